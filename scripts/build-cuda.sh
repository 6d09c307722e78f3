#!/usr/bin/env bash
# Builds minwon with CUDA on a machine without a GPU, from PyPI wheels alone. Not part of the default build or of CI.
#
#   scripts/build-cuda.sh [CUDA_WHEEL_VERSION]     (13.0 for driver 580; PTX of a newer nvcc may be refused by the driver)
#
# The CUDA libraries themselves must be on the GPU's machine (a PyTorch cu13 installation has them): set LD_LIBRARY_PATH.
# State: the recipe was seen to compile and link in 2026-11; this script has not been run on a GPU yet.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-13.0}
work=$PWD/target/cuda
python3 -m venv "$work/venv"
packages=()
for name in nvcc crt runtime cccl nvrtc; do packages+=("nvidia-cuda-$name==$version.*"); done
"$work/venv/bin/pip" install --quiet "${packages[@]}" nvidia-nvvm nvidia-curand nvidia-cublas
root=$(find "$work/venv" -type d -path '*/nvidia/cu13' | head -n 1)
[ -n "$root" ] || { echo "error: the wheels hold no nvidia/cu13 folder" >&2; exit 3; }
chmod +x "$root"/bin/* "$root"/nvvm/bin/*
for name in cublas cublasLt curand nvrtc cudart; do
  library=$(find "$root/lib" -name "lib$name.so.*" | head -n 1)
  ln -sf "$(basename "$library")" "$root/lib/lib$name.so"
done
ln -sfn lib "$root/lib64"
# cudarc links the driver; a stub with the right name is enough to link.
mkdir -p "$root/lib/stubs"
echo 'int cuInit(unsigned f) { return 999; }' | gcc -shared -fPIC -Wl,-soname,libcuda.so.1 -x c - -o "$root/lib/stubs/libcuda.so"
export CUDA_ROOT=$root CUDA_PATH=$root CUDA_HOME=$root CUDA_TOOLKIT_ROOT_DIR=$root
export PATH=$root/bin:$PATH LIBRARY_PATH=$root/lib:$root/lib/stubs
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-90} CUDARC_CUDA_VERSION=${CUDARC_CUDA_VERSION:-13000}
export RUSTFLAGS="-C link-arg=-Wl,--unresolved-symbols=ignore-all"
cargo build --release --features cuda
