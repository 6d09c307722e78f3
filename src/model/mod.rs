//! The encoder and what surrounds it: configuration, tokenizer, weights, network, loading, prediction, calibration.
//!
//! Everything here is synchronous and knows nothing of HTTP, queues or cases. Training and serving share
//! [`network`] and the file formats, nothing else.

pub mod base;
pub mod calibration;
pub mod config;
mod cpu;
pub mod directory;
pub mod explain;
pub mod hub;
pub mod kernels;
pub mod lexical;
mod load;
pub mod manifest;
pub mod network;
pub mod ops;
pub mod quantize;
mod scratch;
pub mod tokenizer;
pub mod weights;

pub use load::{Dtype, LoadError, LoadOptions, Model, Output, PredictError};
pub use scratch::Scratch;

use candle_core::Device;

/// A device name that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Not `cpu`, `cuda` or `cuda:N`.
    #[error("unknown device `{0}`, expected `cpu`, `cuda` or `cuda:N`")]
    Unknown(String),
    /// The binary was built without the feature.
    #[error(
        "this binary has no CUDA support\nhint: build it with `--features cuda`, see `scripts/build-cuda.sh`"
    )]
    NotBuilt,
    /// There is no such device.
    #[error("device `{name}`: {source}")]
    Missing {
        /// The name asked for.
        name: String,
        /// What candle said.
        source: candle_core::Error,
    },
}

/// The candle device for `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// [`DeviceError`].
pub fn device(name: &str) -> Result<Device, DeviceError> {
    if name == "cpu" {
        return Ok(Device::Cpu);
    }
    let number = match name.strip_prefix("cuda") {
        Some("") => Some(0),
        Some(rest) => rest.strip_prefix(':').and_then(|n| n.parse::<usize>().ok()),
        None => None,
    };
    let number = number.ok_or_else(|| DeviceError::Unknown(name.to_owned()))?;
    if !candle_core::utils::cuda_is_available() {
        return Err(DeviceError::NotBuilt);
    }
    Device::new_cuda(number).map_err(|source| DeviceError::Missing { name: name.to_owned(), source })
}
