//! Named tensors of a model file, in floating point or in 8 bits by row.
//!
//! A matrix `name` may be stored as `I8` with a companion `name.scale` (`F32`, one value a row):
//! `value[r][c] = q[r][c] · scale[r]`, q within ±127. Reading multiplies in `f32`, so loading is exact: the same
//! file always gives the same bits. Norms and biases stay `F32`. Prefixes of Hugging Face files (`bert.`,
//! `roberta.`) are dropped.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// Suffix of the tensor that holds a quantised matrix's row scales.
pub const SCALE_SUFFIX: &str = ".scale";

/// Largest magnitude of a quantised weight.
pub const MAX_QUANTISED: f32 = 127.0;

/// A problem with the weight file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a safetensors file, or damaged.
    #[error("weights: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// A tensor that the network needs is missing or has another shape or type.
    #[error("weights: tensor `{name}`: {what}")]
    Tensor {
        /// Canonical name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// candle refused the data.
    #[error("weights: {0}")]
    Candle(#[from] candle_core::Error),
}

/// One matrix or vector as stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Plain values.
    F32(Vec<f32>),
    /// Rows of 8-bit values and a scale for each row.
    I8 {
        /// Row-major values within ±127.
        rows: Vec<i8>,
        /// One factor a row.
        scales: Vec<f32>,
    },
}

/// A stored tensor with its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Values,
}

impl Stored {
    /// Plain values, dequantised where needed.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(values) => values.clone(),
            Values::I8 { rows, scales } => {
                let width = rows.len() / scales.len().max(1);
                rows.chunks(width.max(1))
                    .zip(scales)
                    .flat_map(|(row, &scale)| row.iter().map(move |&q| f32::from(q) * scale))
                    .collect()
            }
        }
    }
}

/// All tensors of a model, by canonical name, in name order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(BTreeMap<String, Stored>);

impl Weights {
    /// Reads a safetensors file.
    ///
    /// # Errors
    /// [`WeightsError`] with the file or the tensor at fault.
    pub fn from_file(path: &Path) -> Result<Self, WeightsError> {
        let io = |source| WeightsError::Io { path: path.display().to_string(), source };
        Self::from_bytes(&std::fs::read(path).map_err(io)?)
    }

    /// As [`Weights::from_file`], from the file's content.
    ///
    /// # Errors
    /// [`WeightsError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut all = BTreeMap::new();
        for (name, view) in file.iter() {
            let canonical = canonical_name(name);
            if canonical.ends_with(SCALE_SUFFIX) || !is_float_or_quantised(view.dtype()) {
                continue;
            }
            let values = if view.dtype() == Dtype::I8 {
                let scale = file.tensor(&format!("{name}{SCALE_SUFFIX}"))?;
                read_quantised(&canonical, &view, &scale)?
            } else {
                Values::F32(read_floats(&view)?)
            };
            all.insert(canonical, Stored { shape: view.shape().to_vec(), values });
        }
        Ok(Self(all))
    }

    /// Adds or replaces a tensor of plain values.
    pub fn insert(&mut self, name: &str, shape: &[usize], values: Vec<f32>) {
        self.0.insert(name.to_owned(), Stored { shape: shape.to_vec(), values: Values::F32(values) });
    }

    /// A tensor by canonical name.
    ///
    /// # Errors
    /// [`WeightsError::Tensor`] if it is missing or has another shape.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<&Stored, WeightsError> {
        let wrong = |what: String| WeightsError::Tensor { name: name.to_owned(), what };
        let stored = self.0.get(name).ok_or_else(|| wrong("missing".into()))?;
        if stored.shape != shape {
            return Err(wrong(format!("has shape {:?}, expected {shape:?}", stored.shape)));
        }
        Ok(stored)
    }

    /// A tensor as candle tensor on a device.
    ///
    /// # Errors
    /// As [`Weights::get`].
    pub fn tensor(
        &self,
        name: &str,
        shape: &[usize],
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor, WeightsError> {
        let stored = self.get(name, shape)?;
        Ok(Tensor::from_vec(stored.to_f32(), shape, &Device::Cpu)?.to_device(device)?.to_dtype(dtype)?)
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Names and tensors in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stored)> {
        self.0.iter().map(|(name, stored)| (name.as_str(), stored))
    }

    /// Moves a tensor out; used to keep one copy of the large word table.
    pub fn take(&mut self, name: &str) -> Option<Stored> {
        self.0.remove(name)
    }

    /// The same weights with every matrix in 8 bits by row; vectors stay as they are.
    #[must_use]
    pub fn quantised(&self) -> Self {
        let quantise = |stored: &Stored| match (&stored.values, stored.shape.as_slice()) {
            (Values::F32(values), &[_, width]) if width > 1 => {
                Stored { shape: stored.shape.clone(), values: quantise_rows(values, width) }
            }
            _ => stored.clone(),
        };
        Self(self.0.iter().map(|(name, stored)| (name.clone(), quantise(stored))).collect())
    }

    /// Serialises in the format that [`Weights::from_bytes`] reads; the bytes depend on the weights alone.
    ///
    /// # Errors
    /// [`WeightsError::Format`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, WeightsError> {
        let mut parts: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        for (name, stored) in &self.0 {
            match &stored.values {
                Values::F32(values) => {
                    parts.push((name.clone(), Dtype::F32, stored.shape.clone(), floats(values)));
                }
                Values::I8 { rows, scales } => {
                    let bytes = rows.iter().map(|q| q.to_le_bytes()[0]).collect();
                    parts.push((name.clone(), Dtype::I8, stored.shape.clone(), bytes));
                    let scale = format!("{name}{SCALE_SUFFIX}");
                    parts.push((scale, Dtype::F32, vec![scales.len()], floats(scales)));
                }
            }
        }
        let views = parts
            .iter()
            .map(|(name, dtype, shape, bytes)| {
                Ok((name.clone(), TensorView::new(*dtype, shape.clone(), bytes)?))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        Ok(safetensors::serialize(views, None)?)
    }
}

/// Quantises rows of a matrix to 8 bits, symmetric about zero, rounding half away from zero.
pub fn quantise_rows(values: &[f32], width: usize) -> Values {
    let mut rows = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / width);
    for row in values.chunks(width) {
        let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let scale = if largest > 0.0 { largest / MAX_QUANTISED } else { 1.0 };
        rows.extend(row.iter().map(|v| (v / scale).round().clamp(-MAX_QUANTISED, MAX_QUANTISED) as i8));
        scales.push(scale);
    }
    Values::I8 { rows, scales }
}

/// Drops the prefix that Hugging Face puts before the encoder's tensors.
fn canonical_name(name: &str) -> String {
    ["bert.", "roberta.", "xlm_roberta.", "model."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
}

/// Position ids and the like are integers; the network does not read them.
fn is_float_or_quantised(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64 | Dtype::I8)
}

fn read_floats(view: &TensorView<'_>) -> Result<Vec<f32>, WeightsError> {
    let data = view.data();
    if view.dtype() == Dtype::F32 {
        return Ok(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect());
    }
    let dtype = match view.dtype() {
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        _ => DType::F64,
    };
    let tensor = Tensor::from_raw_buffer(data, dtype, view.shape(), &Device::Cpu)?;
    Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
}

fn read_quantised(name: &str, view: &TensorView<'_>, scale: &TensorView<'_>) -> Result<Values, WeightsError> {
    let wrong = |what: &str| WeightsError::Tensor { name: name.to_owned(), what: what.to_owned() };
    let rows: Vec<i8> = view.data().iter().map(|b| i8::from_le_bytes([*b])).collect();
    if view.shape().len() != 2 || scale.dtype() != Dtype::F32 || scale.shape() != [view.shape()[0]] {
        return Err(wrong("8-bit tensors are matrices with one F32 scale a row"));
    }
    if rows.contains(&i8::MIN) {
        return Err(wrong("8-bit values lie within ±127"));
    }
    let scales = read_floats(scale)?;
    if !scales.iter().all(|s| s.is_finite()) {
        return Err(wrong("a scale is not finite"));
    }
    Ok(Values::I8 { rows, scales })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lose_their_prefix() {
        assert_eq!(canonical_name("bert.embeddings.LayerNorm.gamma"), "embeddings.LayerNorm.weight");
        assert_eq!(canonical_name("encoder.layer.0.output.dense.bias"), "encoder.layer.0.output.dense.bias");
    }

    #[test]
    fn a_missing_tensor_and_a_wrong_shape_are_named() {
        let mut weights = Weights::default();
        weights.insert("a.weight", &[2, 2], vec![0.0; 4]);
        let missing = weights.get("b.weight", &[2]).unwrap_err().to_string();
        assert_eq!(missing, "weights: tensor `b.weight`: missing");
        let wrong = weights.get("a.weight", &[4]).unwrap_err().to_string();
        assert_eq!(wrong, "weights: tensor `a.weight`: has shape [2, 2], expected [4]");
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        assert!(matches!(Weights::from_bytes(b"not a model"), Err(WeightsError::Format(_))));
    }

    proptest! {
        #[test]
        fn quantised_weights_survive_the_file_bit_for_bit(
            values in proptest::collection::vec(-10.0f32..10.0, 12), bias in proptest::collection::vec(-1.0f32..1.0, 3)
        ) {
            let mut weights = Weights::default();
            weights.insert("x.weight", &[3, 4], values.clone());
            weights.insert("x.bias", &[3], bias.clone());
            let quantised = weights.quantised();
            let read = Weights::from_bytes(&quantised.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(&read, &quantised);
            prop_assert_eq!(read.get("x.bias", &[3]).unwrap().to_f32(), bias);
            let matrix = read.get("x.weight", &[3, 4]).unwrap().to_f32();
            for (row, back) in values.chunks(4).zip(matrix.chunks(4)) {
                let step = row.iter().fold(0.0f32, |m, v| m.max(v.abs())) / MAX_QUANTISED;
                for (a, b) in row.iter().zip(back) {
                    prop_assert!((a - b).abs() <= step * 0.5001, "{} {}", a, b);
                }
            }
        }
    }
}
