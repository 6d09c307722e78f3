//! Fitting the lexical features: one linear support vector machine a class, one against the rest.
//!
//! Dual coordinate descent for L2-regularised squared hinge loss (Hsieh et al. 2008, ICML), rows in a fixed order, so
//! the result is the same on every machine. Classes are balanced as in scikit-learn's `class_weight="balanced"`.

use rayon::prelude::*;

use super::examples::Example;
use crate::domain::{HeadKind, HeadSpec};
use crate::model::lexical::{BIAS, BUCKETS, IDF, WEIGHT, features, term_frequencies};
use crate::model::weights::Weights;

/// Passes over the rows.
const PASSES: usize = 30;
/// Penalty of a margin error.
const C: f32 = 1.0;

/// Fits all heads and adds the tensors to the weights. Multi-label heads get no lexical features.
pub fn fit(ids: &[Vec<u32>], examples: &[Example], heads: &[HeadSpec], weights: &mut Weights) {
    let idf = inverse_document_frequencies(ids);
    let rows: Vec<Vec<(usize, f32)>> = ids.par_iter().map(|ids| features(ids, &idf)).collect();
    let classes: Vec<(usize, usize)> = heads
        .iter()
        .enumerate()
        .flat_map(|(task, head)| (0..head.labels.len()).map(move |l| (task, l)))
        .collect();
    let machine = |&(task, label): &(usize, usize)| {
        if heads[task].kind == HeadKind::Multi {
            return (vec![0.0; BUCKETS], 0.0);
        }
        let truth: Vec<Option<bool>> =
            examples.iter().map(|e| e.targets[task].first().map(|l| *l == label)).collect();
        separate(&rows, &truth)
    };
    let machines: Vec<(Vec<f32>, f32)> = classes.par_iter().map(machine).collect();
    let mut flat = vec![0.0; BUCKETS * classes.len()];
    for (class, (weight, _)) in machines.iter().enumerate() {
        for (bucket, value) in weight.iter().enumerate() {
            flat[bucket * classes.len() + class] = *value;
        }
    }
    weights.insert(WEIGHT, &[BUCKETS, classes.len()], flat);
    weights.insert(BIAS, &[classes.len()], machines.iter().map(|(_, bias)| *bias).collect());
    weights.insert(IDF, &[BUCKETS], idf);
}

/// `ln((1 + rows) / (1 + rows with the bucket)) + 1`, as scikit-learn smooths it.
fn inverse_document_frequencies(ids: &[Vec<u32>]) -> Vec<f32> {
    let mut counts = vec![0usize; BUCKETS];
    for ids in ids {
        for (bucket, _) in term_frequencies(ids) {
            counts[bucket] += 1;
        }
    }
    counts.iter().map(|&n| ((1.0 + ids.len() as f32) / (1.0 + n as f32)).ln() + 1.0).collect()
}

/// Weight and constant term of one class against the rest; rows without a label are left out.
fn separate(rows: &[Vec<(usize, f32)>], truth: &[Option<bool>]) -> (Vec<f32>, f32) {
    let known = truth.iter().flatten().count() as f32;
    let positive = truth.iter().flatten().filter(|t| **t).count() as f32;
    let penalty = |own: bool| C * known / (2.0 * if own { positive } else { known - positive }.max(1.0));
    let (mut weight, mut bias) = (vec![0.0f32; BUCKETS], 0.0f32);
    let mut alpha = vec![0.0f32; rows.len()];
    for _ in 0..PASSES {
        for (i, row) in rows.iter().enumerate() {
            let Some(own) = truth[i] else { continue };
            let sign = if own { 1.0 } else { -1.0 };
            let diagonal = 0.5 / penalty(own);
            // Features have length 1; the constant feature adds 1.
            let curvature = 2.0 + diagonal;
            let margin = row.iter().map(|(b, v)| weight[*b] * v).sum::<f32>() + bias;
            let gradient = sign * margin - 1.0 + diagonal * alpha[i];
            let new = (alpha[i] - gradient / curvature).max(0.0);
            let change = (new - alpha[i]) * sign;
            if change != 0.0 {
                row.iter().for_each(|(b, v)| weight[*b] += change * v);
                bias += change;
            }
            alpha[i] = new;
        }
    }
    (weight, bias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lexical::Lexical;

    #[test]
    fn the_word_that_tells_the_classes_apart_is_found() {
        let ids: Vec<Vec<u32>> =
            (0..40).map(|i| vec![0, 10 + i % 5, if i % 2 == 0 { 100 } else { 200 }, 2]).collect();
        let examples: Vec<Example> =
            (0..40).map(|i| Example { text: String::new(), targets: vec![vec![i % 2]] }).collect();
        let heads =
            [HeadSpec { name: "x".into(), labels: vec!["a".into(), "b".into()], kind: HeadKind::Single }];
        let mut weights = Weights::default();
        fit(&ids, &examples, &heads, &mut weights);
        let lexical = Lexical::take(&mut weights.quantised(), 2).unwrap().unwrap();
        let margins = lexical.margins(&[0, 99, 200, 2]);
        assert!(margins[1] > 0.2 && margins[0] < -0.2, "{margins:?}");
    }
}
