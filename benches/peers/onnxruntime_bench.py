"""Our kernels against onnxruntime on one thread, in interleaved rounds.

The peer is a BERT encoder of the base's geometry (12 layers, 384, 12 heads, 1536), random weights, written with
onnxruntime's own fused operators (EmbedLayerNormalization, Attention, SkipLayerNormalization, BiasGelu), in f32 and
quantised dynamically to int8. Only times are compared, so weights need not be the same.

    python3 -m venv venv && venv/bin/pip install onnxruntime onnx numpy
    cargo build --release --example bench
    venv/bin/python benches/peers/onnxruntime_bench.py [--rounds 7] [--isa avx512-vnni] [--bench PATH]

In every round each engine computes each case once after the other; a ratio is formed within a round, so that a busy
machine hits both. Printed: the peer's time over ours, minimum, median and maximum over the rounds.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, HIDDEN, HEADS, INNER, WORDS, POSITIONS = 12, 384, 12, 1536, 1000, 512
CASES = [(32, 1), (64, 1), (128, 1), (512, 1), (64, 8)]
FUSED = "com.microsoft"


def build(path):
    """Writes the f32 model."""
    random = np.random.default_rng(1)
    nodes, weights = [], []

    def weight(name, *shape, size=0.05, mean=0.0):
        values = (random.standard_normal(shape) * size + mean).astype(np.float32)
        weights.append(numpy_helper.from_array(values, name))
        return name

    def node(kind, inputs, outputs, **attributes):
        nodes.append(helper.make_node(kind, inputs, outputs, domain=FUSED if kind != "MatMul" else "", **attributes))
        return outputs[0]

    def norm(name):
        return [weight(name + ".g", HIDDEN, mean=1.0), weight(name + ".b", HIDDEN)]

    embedding = [weight("words", WORDS, HIDDEN), weight("positions", POSITIONS, HIDDEN)]
    x = node(
        "EmbedLayerNormalization",
        ["ids", "", embedding[0], embedding[1], "", *norm("embedding"), "mask"],
        ["x0", "lengths"],
        epsilon=1e-12,
    )
    for i in range(LAYERS):
        p = f"l{i}."
        attention = node(
            "Attention",
            [x, weight(p + "qkv", HIDDEN, 3 * HIDDEN), weight(p + "qkv.b", 3 * HIDDEN), "lengths"],
            [p + "attention"],
            num_heads=HEADS,
        )
        out = node("MatMul", [attention, weight(p + "out", HIDDEN, HIDDEN)], [p + "projected"])
        y = node(
            "SkipLayerNormalization", [out, x, *norm(p + "n1"), weight(p + "out.b", HIDDEN)], [p + "y"], epsilon=1e-12
        )
        up = node("MatMul", [y, weight(p + "up", HIDDEN, INNER)], [p + "raised"])
        inner = node("BiasGelu", [up, weight(p + "up.b", INNER)], [p + "inner"])
        down = node("MatMul", [inner, weight(p + "down", INNER, HIDDEN)], [p + "lowered"])
        x = node(
            "SkipLayerNormalization", [down, y, *norm(p + "n2"), weight(p + "down.b", HIDDEN)], [p + "x"], epsilon=1e-12
        )
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"]) for name in ("ids", "mask")]
    output = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["texts", "tokens", HIDDEN])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(helper.make_graph(nodes, "encoder", inputs, [output], weights), opset_imports=opsets)
    model.ir_version = 9
    onnx.save(model, path)


class Peer:
    """An onnxruntime session on one thread."""

    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def median(self, tokens, texts, rounds):
        feed = {
            "ids": (np.arange(tokens * texts) * 7919 % WORDS).astype(np.int32).reshape(texts, tokens),
            "mask": np.ones((texts, tokens), np.int32),
        }
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            self.session.run(None, feed)
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)


class Ours:
    """The Rust bench, answering line by line."""

    def __init__(self, path, isa, precision):
        command = [path, "--serve", "--precision", precision] + (["--isa", isa] if isa else [])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def median(self, tokens, texts, rounds):
        self.process.stdin.write(f"{tokens} {texts} {rounds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(precision, peer, ours, rounds):
    print(f"{precision}: case, ours ms (best, median), onnxruntime ms (best, median), ratio min / median / max")
    for tokens, texts in CASES:
        calls = 7 if tokens * texts < 200 else 3
        for engine in (peer, ours):
            engine.median(tokens, texts, 2)
        pairs = [(ours.median(tokens, texts, calls), peer.median(tokens, texts, calls)) for _ in range(rounds)]
        ratios = [theirs / mine for mine, theirs in pairs]
        mine, theirs = zip(*pairs)
        print(
            f"  {texts}x{tokens:<4} {min(mine):8.2f} {statistics.median(mine):8.2f}   {min(theirs):8.2f} "
            f"{statistics.median(theirs):8.2f}   {min(ratios):.2f} / {statistics.median(ratios):.2f} / {max(ratios):.2f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--isa", default="", help="avx2, avx-vnni, avx512-vnni; default the best of this machine")
    parser.add_argument("--precision", choices=["f32", "i8"], help="only this one")
    parser.add_argument("--bench", default="target/release/examples/bench")
    arguments = parser.parse_args()
    print(f"onnxruntime {ort.__version__}, one thread, isa {arguments.isa or 'detected'}, {arguments.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        paths = {"f32": pathlib.Path(folder, "f32.onnx"), "i8": pathlib.Path(folder, "i8.onnx")}
        build(paths["f32"])
        quantize_dynamic(
            paths["f32"],
            paths["i8"],
            op_types_to_quantize=["MatMul", "Attention"],
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        for precision in [arguments.precision] if arguments.precision else ["f32", "i8"]:
            ours = Ours(arguments.bench, arguments.isa, precision)
            compare(precision, Peer(paths[precision]), ours, arguments.rounds)
            ours.close()


if __name__ == "__main__":
    main()
