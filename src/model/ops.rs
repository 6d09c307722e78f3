//! Operations of the network with a fused CPU form: layer normalisation, GELU and attention over texts laid end to
//! end, each with its gradient.
//!
//! On the CPU each is one candle operation over [`super::kernels::fused`]; elsewhere it is composed of candle's own
//! operations. Both forms are tested against each other, values and gradients.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, D, DType, Device, Layout, Result, Shape, Tensor,
};

use super::kernels::fused;

/// Where the texts of a batch begin and end in the token dimension.
pub struct Sequences {
    lengths: Vec<usize>,
    padded: Option<Padded>,
}

/// Index tensors for attention on devices without the fused operation.
struct Padded {
    /// `texts · longest` rows of the packed tensor, padding pointing at row 0.
    gather: Tensor,
    /// Rows of the padded tensor that are tokens, `tokens`.
    scatter: Tensor,
    /// `texts × 1 × 1 × longest`, 0 for tokens and a large negative number for padding.
    bias: Tensor,
    longest: usize,
}

impl Sequences {
    /// For texts of these lengths; index tensors are only made for a device that needs them.
    ///
    /// # Errors
    /// From candle.
    pub fn new(lengths: &[usize], device: &Device) -> Result<Self> {
        let padded = if device.is_cpu() { None } else { Some(Padded::new(lengths, device)?) };
        Ok(Self { lengths: lengths.to_vec(), padded })
    }
}

impl Padded {
    fn new(lengths: &[usize], device: &Device) -> Result<Self> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let (mut gather, mut scatter, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0;
        for (text, &n) in lengths.iter().enumerate() {
            for i in 0..longest {
                gather.push(if i < n { (start + i) as u32 } else { 0 });
                bias.push(if i < n { 0.0f32 } else { -1e4 });
            }
            scatter.extend((0..n).map(|i| (text * longest + i) as u32));
            start += n;
        }
        Ok(Self {
            gather: Tensor::new(gather, device)?,
            scatter: Tensor::new(scatter, device)?,
            bias: Tensor::from_vec(bias, (lengths.len(), 1, 1, longest), device)?,
            longest,
        })
    }
}

/// Layer normalisation over the last dimension (Ba et al. 2016, arXiv:1607.06450) of a `rows × width` tensor.
///
/// # Errors
/// From candle.
pub fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == DType::F32 {
        return x.contiguous()?.apply_op3(gamma, beta, LayerNorm { eps: eps as f32 });
    }
    layer_norm_composed(x, gamma, beta, eps)
}

fn layer_norm_composed(x: &Tensor, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    let wide = x.to_dtype(DType::F32)?;
    let centred = wide.broadcast_sub(&wide.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let normed = centred.broadcast_div(&(variance + eps)?.sqrt()?)?.to_dtype(x.dtype())?;
    normed.broadcast_mul(gamma)?.broadcast_add(beta)
}

/// GELU with the error function.
///
/// # Errors
/// From candle.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == DType::F32 {
        return x.contiguous()?.apply_op1(Gelu);
    }
    x.gelu_erf()
}

/// Multi-head self-attention within each text: `softmax(q kᵀ / √d) v` (Vaswani et al. 2017). All tensors are
/// `tokens × hidden`, heads side by side in the hidden dimension.
///
/// # Errors
/// From candle.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, heads: usize, sequences: &Sequences) -> Result<Tensor> {
    match &sequences.padded {
        None => {
            let op = Attention { heads, lengths: sequences.lengths.clone() };
            q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
        }
        Some(padded) => attention_composed(q, k, v, heads, padded),
    }
}

fn attention_composed(q: &Tensor, k: &Tensor, v: &Tensor, heads: usize, padded: &Padded) -> Result<Tensor> {
    let (tokens, hidden) = q.dims2()?;
    let (texts, longest, dim) = (padded.bias.dim(0)?, padded.longest, hidden / heads);
    let split = |x: &Tensor| {
        x.index_select(&padded.gather, 0)?
            .reshape((texts, longest, heads, dim))?
            .transpose(1, 2)?
            .contiguous()
    };
    let (q, k, v) = (split(q)?, split(k)?, split(v)?);
    let scores = (q.matmul(&k.t()?)? / (dim as f64).sqrt())?.to_dtype(DType::F32)?;
    let scores = scores.broadcast_add(&padded.bias)?;
    let weights = candle_nn::ops::softmax(&scores, D::Minus1)?.to_dtype(v.dtype())?;
    let context = weights.matmul(&v)?.transpose(1, 2)?.contiguous()?.reshape((texts * longest, hidden))?;
    debug_assert_eq!(padded.scatter.dim(0)?, tokens);
    context.index_select(&padded.scatter, 0)
}

fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("fused operations take contiguous tensors"),
    }
}

/// Values of a contiguous CPU tensor. One copy: candle gives no other safe view outside an operation.
fn values(x: &Tensor) -> Result<Vec<f32>> {
    x.flatten_all()?.to_vec1()
}

struct LayerNorm {
    eps: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        gamma: &CpuStorage,
        lg: &Layout,
        beta: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = fused::layer_norm(floats(x, lx)?, floats(gamma, lg)?, floats(beta, lb)?, self.eps);
        Ok((CpuStorage::F32(out), lx.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _beta: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, width) = x.dims2()?;
        let all = x.apply_op3_no_bwd(gamma, &grad.contiguous()?, &LayerNormGrad { eps: self.eps })?;
        let row = |i: usize| all.narrow(0, rows + i, 1)?.reshape(width);
        Ok((Some(all.narrow(0, 0, rows)?), Some(row(0)?), Some(row(1)?)))
    }
}

/// Gradients of layer normalisation in one tensor: `rows` rows for x, then one for gamma and one for beta.
struct LayerNormGrad {
    eps: f32,
}

impl CustomOp3 for LayerNormGrad {
    fn name(&self) -> &'static str {
        "layer-norm-grad"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        gamma: &CpuStorage,
        lg: &Layout,
        grad: &CpuStorage,
        lgrad: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = lx.shape().dims2()?;
        let out = fused::layer_norm_grad(floats(x, lx)?, floats(gamma, lg)?, floats(grad, lgrad)?, self.eps);
        Ok((CpuStorage::F32(out), Shape::from((rows + 2, width))))
    }
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(fused::gelu(floats(x, layout)?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(x.apply_op2_no_bwd(&grad.contiguous()?, &GeluGrad)?))
    }
}

struct GeluGrad;

impl CustomOp2 for GeluGrad {
    fn name(&self) -> &'static str {
        "gelu-grad"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        grad: &CpuStorage,
        lg: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(fused::gelu_grad(floats(x, lx)?, floats(grad, lg)?)), lx.shape().clone()))
    }
}

struct Attention {
    heads: usize,
    lengths: Vec<usize>,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        lq: &Layout,
        k: &CpuStorage,
        lk: &Layout,
        v: &CpuStorage,
        lv: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let hidden = lq.shape().dims2()?.1;
        let shape = fused::AttentionShape { hidden, heads: self.heads, lengths: &self.lengths };
        let out = fused::attention(floats(q, lq)?, floats(k, lk)?, floats(v, lv)?, &shape);
        Ok((CpuStorage::F32(out), lq.shape().clone()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let shape = fused::AttentionShape { hidden: q.dims2()?.1, heads: self.heads, lengths: &self.lengths };
        let grads = fused::attention_grad(&values(q)?, &values(k)?, &values(v)?, &values(grad)?, &shape);
        let [dq, dk, dv] = grads.map(|g| Tensor::from_vec(g, q.dims2()?, &Device::Cpu).map(Some));
        Ok((dq?, dk?, dv?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Var;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn random(rng: &mut rand_chacha::ChaCha8Rng, shape: (usize, usize)) -> Var {
        let data: Vec<f32> = (0..shape.0 * shape.1).map(|_| rng.random_range(-2.0..2.0)).collect();
        Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu).unwrap()).unwrap()
    }

    fn assert_close(name: &str, a: &Tensor, b: &Tensor, tolerance: f32) {
        let gap = (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(gap <= tolerance, "{name}: largest gap {gap}");
    }

    /// Runs two forms of an operation and compares values and the gradients of all inputs of a weighted sum.
    fn compare(
        inputs: &[&Var],
        fused: &dyn Fn(&[Tensor]) -> Result<Tensor>,
        composed: &dyn Fn(&[Tensor]) -> Result<Tensor>,
        tolerance: f32,
    ) {
        let tensors: Vec<Tensor> = inputs.iter().map(|v| v.as_tensor().clone()).collect();
        let (a, b) = (fused(&tensors).unwrap(), composed(&tensors).unwrap());
        assert_close("values", &a, &b, tolerance);
        let weights = a.sin().unwrap().detach();
        let grads = |y: &Tensor| (y * &weights).unwrap().sum_all().unwrap().backward().unwrap();
        let (ga, gb) = (grads(&a), grads(&b));
        for (i, var) in inputs.iter().enumerate() {
            assert_close(
                &format!("gradient {i}"),
                ga.get(var).unwrap(),
                gb.get(var).unwrap(),
                tolerance * 10.0,
            );
        }
    }

    #[test]
    fn layer_norm_agrees_with_candle() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        for (rows, width) in [(1, 3), (5, 16), (130, 48)] {
            let x = random(&mut rng, (rows, width));
            let [gamma, beta] = [(); 2].map(|()| {
                let row = random(&mut rng, (1, width));
                Var::from_tensor(&row.reshape(width).unwrap()).unwrap()
            });
            compare(
                &[&x, &gamma, &beta],
                &|t| layer_norm(&t[0], &t[1], &t[2], 1e-5),
                &|t| layer_norm_composed(&t[0], &t[1], &t[2], 1e-5),
                2e-5,
            );
        }
    }

    #[test]
    fn gelu_agrees_with_candle() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let x = random(&mut rng, (33, 31));
        compare(&[&x], &|t| gelu(&(&t[0] * 3.0)?), &|t| (&t[0] * 3.0)?.gelu_erf(), 2e-6);
    }

    #[test]
    fn attention_agrees_with_padded_attention() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for (lengths, heads, hidden) in [(vec![1], 1, 4), (vec![3, 1, 7], 2, 8), (vec![33, 20], 3, 24)] {
            let tokens = lengths.iter().sum();
            let inputs = [(); 3].map(|()| random(&mut rng, (tokens, hidden)));
            let packed = Sequences { lengths: lengths.clone(), padded: None };
            let padded = Padded::new(&lengths, &Device::Cpu).unwrap();
            compare(
                &[&inputs[0], &inputs[1], &inputs[2]],
                &|t| attention(&t[0], &t[1], &t[2], heads, &packed),
                &|t| attention_composed(&t[0], &t[1], &t[2], heads, &padded),
                1e-5,
            );
        }
    }
}
