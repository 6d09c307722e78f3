//! What int8 may be told about the activations: how large each channel gets, and which layers to leave in f32.
//!
//! Smoothing is SmoothQuant's (Xiao et al. 2022, arXiv:2211.10438): a channel whose activations are large
//! and whose weights are small is divided by a factor that its weights are multiplied with. The division
//! happens while a row is quantised, so it is exact for every linear layer and leaves residuals alone.

use super::{error::KernelError, shape::EncoderShape};

/// The linear layers of a transformer layer, as they are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinearKind {
    /// Queries, keys and values, one product.
    Qkv,
    /// Projection after attention.
    AttentionOutput,
    /// Feed-forward, hidden → intermediate.
    FfnUp,
    /// Feed-forward, intermediate → hidden.
    FfnDown,
}

impl LinearKind {
    /// All four, in the order of computing.
    pub const ALL: [Self; 4] = [Self::Qkv, Self::AttentionOutput, Self::FfnUp, Self::FfnDown];
}

/// How the linear layers are made int8.
#[derive(Debug, Clone, Copy)]
pub struct I8Options<'a> {
    /// How large activations get; without it nothing is smoothed.
    pub stats: Option<&'a CalibrationStats>,
    /// How much of a channel's size moves from activation to weight, 0 to 1; SmoothQuant's α.
    pub strength: f32,
    /// Layers (from 0) and kinds that stay in f32.
    pub keep_f32: &'a [(usize, LinearKind)],
}

impl Default for I8Options<'_> {
    fn default() -> Self {
        Self { stats: None, strength: 0.5, keep_f32: &[] }
    }
}

/// Greatest |x| of every input channel of every linear layer, over all tokens seen.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationStats {
    hidden: usize,
    intermediate: usize,
    layers: Vec<[Vec<f32>; 4]>,
}

impl CalibrationStats {
    /// Nothing seen yet.
    pub fn new(shape: &EncoderShape, layers: usize) -> Self {
        let (hidden, inner) = (shape.hidden, shape.intermediate);
        let layer = [hidden, hidden, hidden, inner].map(|width| vec![0.0; width]);
        Self { hidden, intermediate: inner, layers: vec![layer; layers] }
    }

    /// Greatest |x| by channel, to look at or to store.
    pub fn peaks(&self, layer: usize, kind: LinearKind) -> &[f32] {
        &self.layers[layer][kind as usize]
    }

    /// The same, to fill from a store.
    pub fn peaks_mut(&mut self, layer: usize, kind: LinearKind) -> &mut [f32] {
        &mut self.layers[layer][kind as usize]
    }

    /// Takes in one row of a layer's padded inputs; `inputs` gives each one's channel.
    pub(super) fn widen(&mut self, layer: usize, kind: LinearKind, inputs: &[Option<usize>], row: &[f32]) {
        let peaks = self.peaks_mut(layer, kind);
        for (value, input) in row.iter().zip(inputs) {
            if let Some(channel) = *input {
                peaks[channel] = peaks[channel].max(value.abs());
            }
        }
    }

    pub(super) fn check(&self, shape: &EncoderShape, layers: usize) -> Result<(), KernelError> {
        let fits = self.hidden == shape.hidden
            && self.intermediate == shape.intermediate
            && self.layers.len() == layers;
        if fits { Ok(()) } else { Err(KernelError::StatsShape) }
    }
}

/// Factor of each padded input for its weights; the activations are divided by it.
///
/// `inputs` gives each padded input's channel, `weights` its greatest weight. Channels without activation or
/// without weight keep a factor of one.
pub(super) fn smoothing(
    activations: &[f32],
    inputs: &[Option<usize>],
    weights: &[f32],
    strength: f32,
) -> Vec<f32> {
    let factor = |(input, &weight): (&Option<usize>, &f32)| {
        let activation = input.map_or(0.0, |channel| activations[channel]);
        let factor = activation.powf(strength) / weight.powf(1.0 - strength);
        if activation > 0.0 && weight > 0.0 && factor.is_normal() { factor.clamp(1e-4, 1e4) } else { 1.0 }
    };
    inputs.iter().zip(weights).map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::smoothing;

    #[test]
    fn a_large_channel_with_small_weights_is_evened_out() {
        let factors =
            smoothing(&[16.0, 1.0, 0.0], &[Some(0), Some(1), Some(2), None], &[1.0, 1.0, 1.0, 0.0], 0.5);
        assert_eq!(factors, [4.0, 1.0, 1.0, 1.0]);
    }
}
