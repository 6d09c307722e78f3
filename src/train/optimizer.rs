//! AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with a learning rate for each layer.

use std::collections::BTreeMap;

use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Result, Tensor, Var};
use rayon::prelude::*;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPS: f32 = 1e-8;
const CHUNK: usize = 64 * 1024;

/// A trainable tensor with its moments.
pub struct Slot {
    /// The tensor.
    pub var: Var,
    /// First moment.
    pub mean: Tensor,
    /// Second moment.
    pub square: Tensor,
    /// Factor on the learning rate.
    pub lr_factor: f64,
    /// Whether weight decay applies: matrices only.
    pub decays: bool,
}

impl Slot {
    /// A slot with zero moments.
    ///
    /// # Errors
    /// From candle.
    pub fn new(value: &Tensor, lr_factor: f64) -> Result<Self> {
        Ok(Self {
            var: Var::from_tensor(value)?,
            mean: value.zeros_like()?,
            square: value.zeros_like()?,
            lr_factor,
            decays: value.rank() > 1,
        })
    }
}

/// All trainable tensors by name; iteration is in name order, so sums are always taken in the same order.
pub struct AdamW {
    /// Trainable tensors.
    pub slots: BTreeMap<String, Slot>,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest global norm of the gradient.
    pub clip: f64,
}

impl AdamW {
    /// One update, the `step`-th from 1. Returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// From candle.
    pub fn step(&self, grads: &BTreeMap<String, Tensor>, lr: f64, step: usize) -> Result<f64> {
        let mut squares = 0.0;
        for grad in grads.values() {
            squares += f64::from(grad.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        let norm = squares.sqrt();
        if !norm.is_finite() {
            candle_core::bail!("the gradient of step {step} is not finite: lower the learning rate");
        }
        let scale = if norm > self.clip { self.clip / norm } else { 1.0 } as f32;
        let correct1 = 1.0 - BETA1.powi(step as i32);
        let correct2 = 1.0 - BETA2.powi(step as i32);
        for (name, grad) in grads {
            let Some(slot) = self.slots.get(name) else { continue };
            let rate = (lr * slot.lr_factor) as f32;
            let decay = if slot.decays { rate * self.weight_decay as f32 } else { 0.0 };
            let update = Update { rate, decay, correct1, correct2 };
            slot.update(&grad.contiguous()?, scale, &update)?;
        }
        Ok(norm)
    }
}

impl Slot {
    fn update(&self, grad: &Tensor, scale: f32, update: &Update) -> Result<()> {
        if self.var.device().is_cpu() {
            self.mean.inplace_op2(grad, &Average { beta: BETA1, scale, squared: Squared::No })?;
            self.square.inplace_op2(grad, &Average { beta: BETA2, scale, squared: Squared::Yes })?;
            return self.var.inplace_op3(&self.mean, &self.square, update);
        }
        let grad = (grad * f64::from(scale))?;
        let blend = |old: &Tensor, new: &Tensor, beta: f32| {
            (old * f64::from(beta))? + (new * (1.0 - f64::from(beta)))?
        };
        let (mean, square) = (blend(&self.mean, &grad, BETA1)?, blend(&self.square, &grad.sqr()?, BETA2)?);
        let root = ((&square / f64::from(update.correct2))?.sqrt()? + f64::from(EPS))?;
        let change = ((&mean / &root)? * (f64::from(update.rate) / f64::from(update.correct1)))?;
        let kept = (self.var.as_tensor() * (1.0 - f64::from(update.decay)))?;
        self.var.set(&(kept - change)?)?;
        self.mean.slice_set(&mean, 0, 0)?;
        self.square.slice_set(&square, 0, 0)
    }
}

#[derive(PartialEq)]
enum Squared {
    Yes,
    No,
}

/// `a ← β a + (1 − β) (s·g)`, or of its square.
struct Average {
    beta: f32,
    scale: f32,
    squared: Squared,
}

impl InplaceOp2 for Average {
    fn name(&self) -> &'static str {
        "adam-average"
    }

    fn cpu_fwd(&self, a: &mut CpuStorage, la: &Layout, g: &CpuStorage, lg: &Layout) -> Result<()> {
        let g = part(g, lg)?;
        let (beta, scale, squared) = (self.beta, self.scale, self.squared == Squared::Yes);
        part_mut(a, la)?.par_chunks_mut(CHUNK).zip(g.par_chunks(CHUNK)).for_each(|(a, g)| {
            for (a, g) in a.iter_mut().zip(g) {
                let g = g * scale;
                *a = beta * *a + (1.0 - beta) * if squared { g * g } else { g };
            }
        });
        Ok(())
    }
}

/// `w ← w (1 − decay) − rate · (m / c₁) / (√(v / c₂) + ε)`.
struct Update {
    rate: f32,
    decay: f32,
    correct1: f32,
    correct2: f32,
}

impl InplaceOp3 for Update {
    fn name(&self) -> &'static str {
        "adam-update"
    }

    fn cpu_fwd(
        &self,
        w: &mut CpuStorage,
        lw: &Layout,
        m: &CpuStorage,
        lm: &Layout,
        v: &CpuStorage,
        lv: &Layout,
    ) -> Result<()> {
        let (m, v) = (part(m, lm)?, part(v, lv)?);
        let moments = m.par_chunks(CHUNK).zip(v.par_chunks(CHUNK));
        part_mut(w, lw)?.par_chunks_mut(CHUNK).zip(moments).for_each(|(w, (m, v))| {
            for ((w, m), v) in w.iter_mut().zip(m).zip(v) {
                let change = self.rate * (m / self.correct1) / ((v / self.correct2).sqrt() + EPS);
                *w = *w * (1.0 - self.decay) - change;
            }
        });
        Ok(())
    }
}

fn part<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("the optimizer takes contiguous tensors"),
    }
}

fn part_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => candle_core::bail!("the optimizer takes contiguous f32 tensors"),
    }
}

/// Learning rate of a step (from 0): linear rise over `warmup` of the steps, then linear fall to zero.
pub fn rate(peak: f64, warmup: f64, step: usize, steps: usize) -> f64 {
    let rise = (steps as f64 * warmup).max(1.0);
    let at = step as f64 + 1.0;
    if at < rise {
        peak * at / rise
    } else {
        peak * ((steps as f64 - step as f64) / (steps as f64 - rise + 1.0)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_pytorch() {
        // w = torch.tensor([[1.0, -2.0]], requires_grad=True); opt = torch.optim.AdamW([w], lr=0.1, weight_decay=0.01)
        // for g in ([0.5, -1.0], [0.1, 0.2]): w.grad = torch.tensor([g]); opt.step(); the same in f64 below
        let value = Tensor::new(&[[1.0f32, -2.0]], &Device::Cpu).unwrap();
        let slot = Slot::new(&value, 1.0).unwrap();
        let adam = AdamW { slots: BTreeMap::from([("w".into(), slot)]), weight_decay: 0.01, clip: 1e9 };
        for (i, grad) in [[0.5f32, -1.0], [0.1, 0.2]].iter().enumerate() {
            let grad = Tensor::new(&[*grad], &Device::Cpu).unwrap();
            adam.step(&BTreeMap::from([("w".into(), grad)]), 0.1, i + 1).unwrap();
        }
        let got = adam.slots["w"].var.to_vec2::<f32>().unwrap();
        let mut expected = [1.0f64, -2.0];
        for (i, w) in expected.iter_mut().enumerate() {
            let (mut m, mut v) = (0.0f64, 0.0f64);
            for (t, g) in [[0.5, -1.0], [0.1, 0.2]].iter().enumerate() {
                m = 0.9 * m + 0.1 * g[i];
                v = 0.999 * v + 0.001 * g[i] * g[i];
                let (mh, vh) =
                    (m / (1.0 - 0.9f64.powi(t as i32 + 1)), v / (1.0 - 0.999f64.powi(t as i32 + 1)));
                *w = *w * (1.0 - 0.1 * 0.01) - 0.1 * mh / (vh.sqrt() + 1e-8);
            }
        }
        assert!((f64::from(got[0][0]) - expected[0]).abs() < 1e-5, "{got:?} {expected:?}");
        assert!((f64::from(got[0][1]) - expected[1]).abs() < 1e-5, "{got:?} {expected:?}");
    }

    #[test]
    fn a_gradient_that_is_not_finite_stops_the_run() {
        let value = Tensor::new(&[1.0f32], &Device::Cpu).unwrap();
        let slots = BTreeMap::from([("w".into(), Slot::new(&value, 1.0).unwrap())]);
        let adam = AdamW { slots, weight_decay: 0.0, clip: 1.0 };
        let grad = Tensor::new(&[f32::NAN], &Device::Cpu).unwrap();
        assert!(adam.step(&BTreeMap::from([("w".into(), grad)]), 0.1, 1).is_err());
    }

    #[test]
    fn the_rate_rises_and_falls_to_zero() {
        let rates: Vec<f64> = (0..100).map(|step| rate(1.0, 0.1, step, 100)).collect();
        assert!((rates[4] - 0.5).abs() < 1e-9);
        assert!(rates[..10].windows(2).all(|w| w[0] < w[1]) && rates[10..].windows(2).all(|w| w[0] > w[1]));
        assert!(rates[99] > 0.0 && rates[99] < 0.02 && rates.iter().all(|r| *r <= 1.0));
    }
}
