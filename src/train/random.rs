//! One seed, many independent streams: what is random for which purpose at which step.

use std::cell::RefCell;

use candle_core::{Result, Tensor};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::network::Dropout;

/// What randomness is used for; each purpose has streams of its own.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Initial weights of the heads.
    Init = 1,
    /// Order of the rows.
    Shuffle = 2,
    /// Typing errors in training texts.
    Augment = 3,
    /// Dropped elements.
    Dropout = 4,
}

/// The generator for a purpose and an index (epoch, step or head).
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 48) | index);
    rng
}

/// Values from a normal distribution with mean 0, by the Box–Muller transform.
pub fn normal(rng: &mut ChaCha8Rng, deviation: f32, count: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random::<f32>());
        let radius = (-2.0 * u.ln()).sqrt() * deviation;
        let (sin, cos) = (v * std::f32::consts::TAU).sin_cos();
        values.extend([radius * cos, radius * sin]);
    }
    values.truncate(count);
    values
}

/// Dropout with a generator of its own; one byte of randomness an element.
pub struct SeededDropout {
    rng: RefCell<ChaCha8Rng>,
    /// Elements whose byte lies below are dropped.
    threshold: u8,
}

impl SeededDropout {
    /// Dropout with a probability that is rounded to 1/256.
    pub fn new(rng: ChaCha8Rng, probability: f64) -> Self {
        Self { rng: RefCell::new(rng), threshold: (probability * 256.0).round() as u8 }
    }
}

impl Dropout for SeededDropout {
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        if self.threshold == 0 {
            return Ok(x.clone());
        }
        let mut bytes = vec![0u8; x.elem_count()];
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        let keep = 256.0 / (256.0 - f32::from(self.threshold));
        let mask = bytes.iter().map(|&b| if b < self.threshold { 0.0 } else { keep }).collect();
        x * Tensor::from_vec(mask, x.shape(), &candle_core::Device::Cpu)?.to_device(x.device())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |purpose, index| stream(7, purpose, index).random::<u64>();
        assert_eq!(draw(Purpose::Shuffle, 3), draw(Purpose::Shuffle, 3));
        assert_ne!(draw(Purpose::Shuffle, 3), draw(Purpose::Shuffle, 4));
        assert_ne!(draw(Purpose::Shuffle, 3), draw(Purpose::Dropout, 3));
    }

    #[test]
    fn normal_values_have_their_moments() {
        let values = normal(&mut stream(1, Purpose::Init, 0), 0.5, 20_001);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt();
        assert_eq!(values.len(), 20_001);
        assert!(mean.abs() < 0.02 && (deviation - 0.5).abs() < 0.02, "{mean} {deviation}");
    }

    #[test]
    fn dropout_keeps_the_mean_and_drops_its_share() {
        let x = Tensor::ones((100, 200), DType::F32, &Device::Cpu).unwrap();
        let dropped = SeededDropout::new(stream(1, Purpose::Dropout, 0), 0.1).apply(&x).unwrap();
        let values = dropped.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let zeros = values.iter().filter(|v| **v == 0.0).count() as f64 / values.len() as f64;
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((zeros - 0.1).abs() < 0.01 && (mean - 1.0).abs() < 0.01, "{zeros} {mean}");
    }
}
