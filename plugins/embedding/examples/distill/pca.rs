//! Principal components: fewer numbers a vector, those first in which vectors differ most.

/// From the model's space to the table's.
pub(crate) struct Projection {
    mean: Vec<f32>,
    axes: Vec<Vec<f32>>,
}

impl Projection {
    /// The components of these vectors in which they differ most.
    pub(crate) fn of(vectors: &[Vec<f32>], dimension: usize) -> Self {
        let mean = mean(vectors);
        let axes = axes(covariance(vectors, &mean), dimension);
        Self { mean, axes }
    }

    /// The same, for vectors around another mean.
    pub(crate) fn around(&self, mean: Vec<f32>) -> Self {
        Self { mean, axes: self.axes.clone() }
    }

    pub(crate) fn all(&self, vectors: &[Vec<f32>]) -> Vec<Vec<f32>> {
        vectors.iter().map(|vector| self.one(vector)).collect()
    }

    fn one(&self, vector: &[f32]) -> Vec<f32> {
        let centred: Vec<f32> = vector.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        self.axes.iter().map(|axis| axis.iter().zip(&centred).map(|(one, other)| one * other).sum()).collect()
    }
}

pub(crate) fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sum.iter().map(|sum| (sum / vectors.len() as f64) as f32).collect()
}

fn covariance(vectors: &[Vec<f32>], mean: &[f32]) -> Vec<Vec<f64>> {
    let size = mean.len();
    let mut matrix = vec![vec![0.0; size]; size];
    for vector in vectors {
        let centred: Vec<f64> =
            vector.iter().zip(mean).map(|(value, mean)| f64::from(value - mean)).collect();
        for (row, value) in matrix.iter_mut().zip(&centred) {
            row.iter_mut().zip(&centred).for_each(|(cell, other)| *cell += value * other);
        }
    }
    matrix
}

/// The eigenvectors of a symmetric matrix with the largest eigenvalues, by Jacobi's rotations.
fn axes(mut matrix: Vec<Vec<f64>>, count: usize) -> Vec<Vec<f32>> {
    let size = matrix.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..size).map(|at| (0..size).map(|i| f64::from(u8::from(i == at))).collect()).collect();
    let total: f64 = (0..size).map(|at| matrix[at][at]).sum();
    for _ in 0..30 {
        let beside: f64 =
            (0..size).flat_map(|p| (0..p).map(move |q| (p, q))).map(|(p, q)| matrix[p][q].powi(2)).sum();
        if beside.sqrt() < 1e-12 * total {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                if matrix[p][q].abs() > 1e-15 * total {
                    rotate(&mut matrix, &mut vectors, p, q);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|one, other| matrix[*other][*other].total_cmp(&matrix[*one][*one]));
    order.iter().take(count).map(|at| upright(&vectors[*at])).collect()
}

/// Makes the cell `p`, `q` zero; `vectors` has one eigenvector a row.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for row in matrix.iter_mut() {
        let (one, other) = (row[p], row[q]);
        (row[p], row[q]) = (cosine * one - sine * other, sine * one + cosine * other);
    }
    for rows in [matrix, vectors] {
        let (above, below) = rows.split_at_mut(q);
        for (one, other) in above[p].iter_mut().zip(&mut below[0]) {
            (*one, *other) = (cosine * *one - sine * *other, sine * *one + cosine * *other);
        }
    }
}

/// An axis has no direction of its own: the largest number shall be positive, so that every run has the same.
fn upright(axis: &[f64]) -> Vec<f32> {
    let largest = axis.iter().copied().max_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap_or(1.0);
    axis.iter().map(|value| (value * largest.signum()) as f32).collect()
}
