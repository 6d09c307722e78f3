//! Search by meaning, two ways: how near a text lies to the centre of a topic, and to the nearest of its questions.
//!
//! The encoder's raw space is narrow: unrelated complaints lie at cosine 0.84. All vectors are therefore centred on the
//! mean of the questions. For the comparison with a topic's centre they are whitened too, by the scatter of questions around their own topic's centre, shrunk half-way to
//! a multiple of the identity (Ledoit and Wolf 2004): directions in which one topic's phrasings differ count little.
//! This is linear discriminant analysis with shrinkage. Figures of the choices are in `docs/REPLIES.md`.

use half::f16;

use super::kb::KnowledgeBase;

/// Weight of the identity in the shrunk scatter.
const SHRINKAGE: f64 = 0.5;
/// Questions that the scatter is estimated from, at most; more are thinned out evenly.
const SCATTER_QUESTIONS: usize = 4_096;
/// First bytes of a file of vectors.
const MAGIC: &[u8; 8] = b"minwonq1";

/// Vectors of a knowledge base under one model.
#[derive(Debug, Clone)]
pub struct DenseIndex {
    model: String,
    width: usize,
    /// Raw vectors, in the order of [`KnowledgeBase::embedded`].
    raw: Vec<f32>,
    /// One over the length of each question's centred vector.
    lengths: Vec<f32>,
    /// First question of each topic, and the number of questions.
    starts: Vec<usize>,
    mean: Vec<f32>,
    /// Lower triangle of the Cholesky factor of the shrunk scatter, row by row, with the diagonal inverted.
    factor: Vec<f32>,
    /// Whitened centres of length one, a row a topic.
    centres: Vec<f32>,
}

impl DenseIndex {
    /// Builds the index from raw vectors in the order of [`KnowledgeBase::embedded`].
    ///
    /// # Errors
    /// If their number or width is not that of the knowledge base.
    pub fn new(kb: &KnowledgeBase, model_sha256: &str, vectors: &[Vec<f32>]) -> Result<Self, String> {
        let width = vectors.first().map_or(0, Vec::len);
        if vectors.iter().any(|vector| vector.len() != width) {
            return Err("vectors of different widths".to_owned());
        }
        // In the precision of the file, so that a start with and without it gives the same drafts.
        let raw = vectors.iter().flatten().map(|v| f16::from_f32(*v).to_f32()).collect();
        Self::from_raw(kb, model_sha256, raw, width)
    }

    /// Reads the file that [`vectors_to_bytes`] wrote.
    ///
    /// # Errors
    /// If it is damaged, or of another model or another state of the knowledge base.
    pub fn from_bytes(kb: &KnowledgeBase, model_sha256: &str, bytes: &[u8]) -> Result<Self, String> {
        let head = header(kb, model_sha256);
        let body = bytes.strip_prefix(head.as_slice());
        let body = body.ok_or("it is of another model or another state of the knowledge base")?;
        let (width, body) = body.split_first_chunk::<4>().ok_or("it is cut off")?;
        let width = u32::from_le_bytes(*width) as usize;
        let (pairs, rest) = body.as_chunks::<2>();
        if !rest.is_empty() {
            return Err("it is cut off".to_owned());
        }
        let raw = pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect();
        Self::from_raw(kb, model_sha256, raw, width)
    }

    fn from_raw(kb: &KnowledgeBase, model_sha256: &str, raw: Vec<f32>, width: usize) -> Result<Self, String> {
        let (questions, topics) = (kb.questions().count(), kb.topics().len());
        if width == 0 || topics == 0 || raw.len() != (questions + topics) * width {
            return Err(format!("{} values, expected {} a vector", raw.len(), (questions + topics) * width));
        }
        if raw.iter().any(|v| !v.is_finite()) {
            return Err("a value is not a number".to_owned());
        }
        let mut starts = Vec::with_capacity(topics + 1);
        let mut next = 0;
        for topic in kb.topics() {
            starts.push(next);
            next += topic.questions.len();
        }
        starts.push(next);
        let mut index = Self {
            model: model_sha256.to_owned(),
            width,
            raw,
            lengths: Vec::new(),
            starts,
            mean: Vec::new(),
            factor: Vec::new(),
            centres: Vec::new(),
        };
        index.mean = index.mean_of(0..questions);
        let length = |at: usize| {
            let centred: f32 = index.row(at).iter().zip(&index.mean).map(|(v, m)| (v - m) * (v - m)).sum();
            1.0 / centred.sqrt().max(f32::MIN_POSITIVE)
        };
        index.lengths = (0..questions).map(length).collect();
        index.factor = cholesky(&index.scatter(questions), width);
        index.centres = (0..topics).flat_map(|topic| index.whitened(&index.centre(topic, None))).collect();
        Ok(index)
    }

    /// SHA-256 of the weights that made the vectors.
    pub fn model_sha256(&self) -> &str {
        &self.model
    }

    /// Length of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Looks at a text's raw vector; `None` for one of another width.
    pub fn look(&self, vector: &[f32]) -> Option<Meaning<'_>> {
        (vector.len() == self.width).then(|| {
            let mut centred: Vec<f32> = vector.iter().zip(&self.mean).map(|(v, m)| v - m).collect();
            normalise(&mut centred);
            let offset = dot(&centred, &self.mean);
            Meaning { index: self, whitened: self.whitened(vector), centred, offset }
        })
    }

    /// Looks at a question of the knowledge base, by its place among all.
    pub fn look_at_question(&self, question: usize) -> Meaning<'_> {
        self.look(self.row(question)).expect("a row has the index's width")
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.raw[at * self.width..(at + 1) * self.width]
    }

    fn mean_of(&self, rows: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
        let n = rows.len().max(1) as f32;
        let mut sum = vec![0.0; self.width];
        for at in rows {
            sum.iter_mut().zip(self.row(at)).for_each(|(s, v)| *s += v);
        }
        sum.iter_mut().for_each(|s| *s /= n);
        sum
    }

    /// Mean of a topic's title and its questions, one left out perhaps.
    fn centre(&self, topic: usize, without: Option<usize>) -> Vec<f32> {
        let title = self.starts[self.starts.len() - 1] + topic;
        let questions = (self.starts[topic]..self.starts[topic + 1]).filter(|at| Some(*at) != without);
        let rows: Vec<usize> = questions.chain([title]).collect();
        self.mean_of(rows.into_iter())
    }

    /// Shrunk scatter of questions around their topic's mean.
    fn scatter(&self, questions: usize) -> Vec<f64> {
        let width = self.width;
        let step = questions.div_ceil(SCATTER_QUESTIONS).max(1);
        let mut scatter = vec![0.0_f64; width * width];
        let mut used = 0_usize;
        for topic in 0..self.starts.len() - 1 {
            let rows = self.starts[topic]..self.starts[topic + 1];
            let mean = self.mean_of(rows.clone());
            for at in rows.filter(|at| at % step == 0) {
                let off: Vec<f32> = self.row(at).iter().zip(&mean).map(|(v, m)| v - m).collect();
                for (row, a) in scatter.chunks_exact_mut(width).zip(&off) {
                    row.iter_mut().zip(&off).for_each(|(s, b)| *s += f64::from(a * b));
                }
                used += 1;
            }
        }
        scatter.iter_mut().for_each(|s| *s /= used.max(1) as f64);
        let trace: f64 = (0..width).map(|i| scatter[i * width + i]).sum();
        // Questions that all coincide leave no scatter; any positive number will do then.
        let level = if trace > 0.0 { trace / width as f64 } else { 1.0 };
        for (i, row) in scatter.chunks_exact_mut(width).enumerate() {
            row.iter_mut().for_each(|s| *s *= 1.0 - SHRINKAGE);
            row[i] += SHRINKAGE * level;
        }
        scatter
    }

    /// Centred, whitened, of length one.
    fn whitened(&self, vector: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0_f32; self.width];
        let mut at = 0;
        for i in 0..self.width {
            let row = &self.factor[at..at + i];
            let below = dot(row, &out[..i]);
            out[i] = (vector[i] - self.mean[i] - below) * self.factor[at + i];
            at += i + 1;
        }
        normalise(&mut out);
        out
    }
}

/// A text's vector as the index sees it.
#[derive(Debug, Clone)]
pub struct Meaning<'a> {
    index: &'a DenseIndex,
    whitened: Vec<f32>,
    /// Centred, of length one.
    centred: Vec<f32>,
    /// Product of `centred` and the mean, which centres every row at once.
    offset: f32,
}

impl Meaning<'_> {
    /// Cosine with every topic's centre, −1 to 1.
    pub fn centres(&self) -> Vec<f32> {
        self.index.centres.chunks_exact(self.index.width).map(|centre| dot(&self.whitened, centre)).collect()
    }

    /// Cosine with the nearest of a topic's questions, −1 to 1.
    pub fn nearest(&self, topic: usize) -> f32 {
        self.nearest_but(topic, None)
    }

    /// Cosines with a topic's centre and nearest question, as if one of its questions did not belong to it. Mean and
    /// scatter still know that question, by one part in their number.
    pub fn without(&self, topic: usize, question: usize) -> (f32, f32) {
        let centre = self.index.whitened(&self.index.centre(topic, Some(question)));
        (dot(&self.whitened, &centre), self.nearest_but(topic, Some(question)))
    }

    fn nearest_but(&self, topic: usize, without: Option<usize>) -> f32 {
        let questions = self.index.starts[topic]..self.index.starts[topic + 1];
        let cosine =
            |at: usize| (dot(&self.centred, self.index.row(at)) - self.offset) * self.index.lengths[at];
        questions.filter(|at| Some(*at) != without).map(cosine).fold(-1.0, f32::max)
    }
}

fn normalise(vector: &mut [f32]) {
    let norm = dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|v| *v /= norm);
}

/// Lower factor of a positive definite matrix, packed row by row, the diagonal inverted.
fn cholesky(matrix: &[f64], width: usize) -> Vec<f32> {
    let mut lower = vec![0.0_f64; width * width];
    for i in 0..width {
        for j in 0..=i {
            let (head_i, head_j) = (&lower[i * width..i * width + j], &lower[j * width..j * width + j]);
            let sum: f64 = head_i.iter().zip(head_j).map(|(a, b)| a * b).sum();
            let rest = matrix[i * width + j] - sum;
            lower[i * width + j] =
                if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / lower[j * width + j] };
        }
    }
    let packed = (0..width).flat_map(|i| {
        let row = &lower[i * width..=i * width + i];
        row.iter().enumerate().map(move |(j, v)| (if i == j { 1.0 / v } else { *v }) as f32)
    });
    packed.collect()
}

/// Eight sums side by side, so that the compiler can use vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (x, y) in a.0.iter().zip(b.0) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a.1.iter().zip(b.1).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

fn header(kb: &KnowledgeBase, model_sha256: &str) -> Vec<u8> {
    [MAGIC.as_slice(), model_sha256.as_bytes(), b"\n", kb.digest().as_bytes(), b"\n"].concat()
}

/// The vectors as a file: what they belong to, their width, then half-precision values.
pub fn vectors_to_bytes(kb: &KnowledgeBase, model_sha256: &str, vectors: &[Vec<f32>]) -> Vec<u8> {
    let mut bytes = header(kb, model_sha256);
    bytes.extend((vectors.first().map_or(0, Vec::len) as u32).to_le_bytes());
    bytes.extend(vectors.iter().flatten().flat_map(|v| f16::from_f32(*v).to_le_bytes()));
    bytes
}
