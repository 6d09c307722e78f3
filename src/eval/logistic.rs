//! Logistic regression with a ridge, for a handful of features: Newton's method (Hastie, Tibshirani and Friedman,
//! *The Elements of Statistical Learning*, §4.4.1) on standardised features, given back in their own units.

/// Newton steps; the fit is far within the last digit shown after ten.
const STEPS: usize = 30;
/// Penalty on squared standardised coefficients.
const RIDGE: f64 = 1.0;

/// A row: features, whether it was right, weight.
pub type Row<const N: usize> = ([f64; N], bool, f64);

/// Constant and coefficients; all zero for no rows.
pub fn fit<const N: usize>(rows: &[Row<N>]) -> (f64, [f64; N]) {
    let (mean, spread) = moments(rows);
    let mut beta = vec![0.0; N + 1];
    for _ in 0..STEPS {
        let mut matrix = vec![vec![0.0; N + 2]; N + 1];
        for (features, right, weight) in rows {
            let x: Vec<f64> =
                std::iter::once(1.0).chain((0..N).map(|i| (features[i] - mean[i]) / spread[i])).collect();
            let odds: f64 = x.iter().zip(&beta).map(|(x, b)| x * b).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            let error = f64::from(u8::from(*right)) - p;
            for i in 0..=N {
                for j in 0..=N {
                    matrix[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                }
                matrix[i][N + 1] += weight * error * x[i];
            }
        }
        for i in 1..=N {
            matrix[i][i] += RIDGE;
            matrix[i][N + 1] -= RIDGE * beta[i];
        }
        let Some(step) = solve(matrix) else { break };
        beta.iter_mut().zip(step).for_each(|(b, s)| *b += s);
    }
    let coefficients: [f64; N] = std::array::from_fn(|i| beta[i + 1] / spread[i]);
    let constant = beta[0] - coefficients.iter().zip(&mean).map(|(c, m)| c * m).sum::<f64>();
    (constant, coefficients)
}

/// Mean and standard deviation of each feature; one for a feature that does not vary.
fn moments<const N: usize>(rows: &[Row<N>]) -> ([f64; N], [f64; N]) {
    let n = rows.len().max(1) as f64;
    let mean: [f64; N] = std::array::from_fn(|i| rows.iter().map(|(x, ..)| x[i]).sum::<f64>() / n);
    let spread = std::array::from_fn(|i| {
        let variance = rows.iter().map(|(x, ..)| (x[i] - mean[i]).powi(2)).sum::<f64>() / n;
        if variance > 1e-12 { variance.sqrt() } else { 1.0 }
    });
    (mean, spread)
}

/// Gauss–Jordan elimination with pivoting on a matrix with its right side as last column.
fn solve(mut matrix: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = matrix.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        let head = matrix[column].clone();
        if head[column].abs() < 1e-12 {
            return None;
        }
        for (row, values) in matrix.iter_mut().enumerate() {
            let factor = values[column] / head[column];
            if row != column {
                values.iter_mut().zip(&head).for_each(|(v, h)| *v -= factor * h);
            }
        }
    }
    Some((0..n).map(|i| matrix[i][n] / matrix[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_those_of_scikit_learn() {
        // Reference: x = (x - x.mean()) / x.std(); LogisticRegression(C=1).fit(x, y); coef / std, intercept shifted
        // back; x = [0, 1, 2, 3, 4, 5, 6, 7], y = [0, 0, 1, 0, 1, 1, 0, 1]: coef 0.2626, intercept −0.9192.
        let right = [false, false, true, false, true, true, false, true];
        let rows: Vec<Row<1>> = right.iter().enumerate().map(|(x, y)| ([x as f64], *y, 1.0)).collect();
        let (constant, [slope]) = fit(&rows);
        assert!((slope - 0.2626).abs() < 1e-3, "{slope}");
        assert!((constant + 0.9192).abs() < 1e-3, "{constant}");
    }

    #[test]
    fn a_feature_that_says_nothing_gets_nothing() {
        let rows: Vec<Row<2>> = (0..20).map(|x| ([f64::from(x), 3.0], x % 3 > 0, 1.0)).collect();
        assert!(fit(&rows).1[1].abs() < 1e-9);
        assert_eq!(fit::<2>(&[]), (0.0, [0.0, 0.0]));
    }
}
