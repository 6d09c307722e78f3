//! Scan, candidates, fused order; the centre and its upkeep.

use time::OffsetDateTime;

use super::lexical::Bigrams;
use super::rows::{Entry, Filter, Rows, Scope};
use super::vector::{Embedding, ModelTag, dot};
use crate::domain::CaseId;

/// Cases that are kept by cosine for the comparison of wordings.
pub const CANDIDATES: usize = 64;
/// How many cases the prior counts as in the centre.
pub const PRIOR_WEIGHT: f64 = 64.0;
/// Number of cases from which on they move the centre.
const FIRST_CENTRE: usize = 64;
/// Share of the cosine in the score; the rest is the wording's. Fitted with the threshold of `service::repeats`, where
/// the set and the figures are.
const COSINE_SHARE: f32 = 0.6;

/// Fused score, 0 to 1: `0.6 · max(cosine, 0) + 0.4 · lexical`.
pub fn fuse(cosine: f32, lexical: f32) -> f32 {
    COSINE_SHARE * cosine.clamp(0.0, 1.0) + (1.0 - COSINE_SHARE) * lexical
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Embedding of the text.
    pub embedding: &'a Embedding,
    /// Its wording.
    pub wording: &'a Bigrams,
    /// Where to look.
    pub scope: &'a Scope,
    /// Most results, up to [`CANDIDATES`].
    pub limit: usize,
}

/// A similar case.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The case.
    pub case_id: CaseId,
    /// Fused score, 0 to 1.
    pub score: f32,
    /// Cosine of the centred embeddings, −1 to 1.
    pub cosine: f32,
    /// Jaccard index of the bigrams, 0 to 1.
    pub lexical: f32,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// When it came in, to the second.
    pub received_at: OffsetDateTime,
}

/// The index.
#[derive(Debug)]
pub struct Index {
    model: ModelTag,
    rows: Rows,
    prior: Option<Vec<f32>>,
    /// Sum of all embeddings.
    sum: Vec<f64>,
    centre: Vec<f32>,
    /// Square of the centre's length.
    centre_square: f32,
    /// Number of cases when the centre was taken.
    centred_at: usize,
}

impl Index {
    /// An empty index for embeddings of one model with `dim` values. `prior` is the mean of some typical texts'
    /// embeddings of length 1, for as long as there are few cases; without one, the first cosines are those of the
    /// raw embeddings. One of another length is left out.
    pub fn new(model: ModelTag, dim: usize, prior: Option<Vec<f32>>) -> Self {
        let prior = prior.filter(|prior| prior.len() == dim);
        let centre = prior.clone().unwrap_or_else(|| vec![0.0; dim]);
        let (rows, sum) = (Rows::new(dim), vec![0.0; dim]);
        let centre_square = product(centre.iter().copied(), &centre);
        Self { model, rows, prior, sum, centre, centre_square, centred_at: FIRST_CENTRE / 2 }
    }

    /// Number of cases.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a case is there.
    pub fn contains(&self, id: CaseId) -> bool {
        self.rows.place(id).is_some()
    }

    /// Adds a case, or puts it in the place of the one with its id. `false`: its embedding is of another model.
    pub fn insert(&mut self, entry: Entry) -> bool {
        if entry.embedding.model != self.model || entry.embedding.values.len() != self.centre.len() {
            return false;
        }
        self.remove(entry.case_id);
        self.add_to_sum(&entry.embedding, 1.0);
        self.rows.push(entry);
        self.place_to_centre(self.len() - 1);
        if self.len() >= 2 * self.centred_at {
            self.recentre();
        }
        true
    }

    /// Takes a case out. `false`: it was not there.
    pub fn remove(&mut self, id: CaseId) -> bool {
        let Some(row) = self.rows.place(id) else { return false };
        let embedding = self.embedding(row);
        self.add_to_sum(&embedding, -1.0);
        self.rows.remove(row);
        true
    }

    /// Follows a case to another department.
    pub fn set_department(&mut self, id: CaseId, department: &str) {
        if let Some(row) = self.rows.place(id) {
            self.rows.set_department(row, department);
        }
    }

    /// Cases like this text, the best first.
    pub fn search(&self, query: &Query<'_>) -> Vec<Found> {
        let fitting = query.embedding.model == self.model && query.embedding.values.len() == self.centre.len();
        match self.rows.filter(query.scope).filter(|_| fitting) {
            Some(filter) => self.fused(self.candidates(query.embedding, &filter), query),
            None => Vec::new(),
        }
    }

    /// Cases like one that is in the index, itself left out. `None`: it is not there.
    pub fn like(&self, id: CaseId, scope: &Scope, limit: usize) -> Option<Vec<Found>> {
        let row = self.rows.place(id)?;
        let (embedding, wording) = (self.embedding(row), &self.rows.wording[row]);
        let scope = Scope { except: Some(id), ..scope.clone() };
        Some(self.search(&Query { embedding: &embedding, wording, scope: &scope, limit }))
    }

    /// Scores every row in scope by cosine.
    fn candidates(&self, embedding: &Embedding, filter: &Filter) -> Vec<(f32, u32)> {
        let query: Vec<i16> = embedding.values.iter().map(|x| i16::from(*x)).collect();
        let (of_centre, inverse) = self.to_centre(embedding);
        let (scale, constant) = (embedding.scale, self.centre_square - of_centre);
        let rows = &self.rows;
        let mut best = Best::default();
        for row in 0..rows.len() {
            if rows.fits(row, filter) {
                let product = dot(rows.vector(row), &query) as f32 * (scale * rows.scale[row]);
                best.offer((product - rows.product[row] + constant) * (inverse * rows.inverse[row]), row as u32);
            }
        }
        best.finish()
    }

    fn fused(&self, candidates: Vec<(f32, u32)>, query: &Query<'_>) -> Vec<Found> {
        let rows = &self.rows;
        let mut found: Vec<(f32, f32, f32, usize)> = candidates
            .into_iter()
            .map(|(cosine, row)| {
                let lexical = query.wording.jaccard(&rows.wording[row as usize]);
                (fuse(cosine, lexical), cosine, lexical, row as usize)
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| rows.ids[a.3].cmp(&rows.ids[b.3])));
        found.truncate(query.limit);
        let found = found.into_iter().map(|(score, cosine, lexical, row)| Found {
            case_id: rows.ids[row],
            score,
            cosine: cosine.clamp(-1.0, 1.0),
            lexical,
            sigungu: rows.sigungu(row).map(str::to_owned),
            received_at: rows.received_at(row),
        });
        found.collect()
    }

    fn embedding(&self, row: usize) -> Embedding {
        Embedding { model: self.model, scale: self.rows.scale[row], values: self.rows.vector(row).into() }
    }

    /// Product with the centre, and one by the distance from it.
    fn to_centre(&self, embedding: &Embedding) -> (f32, f32) {
        let with_centre = product(embedding.to_f32(), &self.centre);
        let square = embedding.to_f32().map(|x| x * x).sum::<f32>() - 2.0 * with_centre + self.centre_square;
        // What lies at the centre has no direction: it is like nothing.
        (with_centre, if square > 1e-6 { square.sqrt().recip() } else { 0.0 })
    }

    fn place_to_centre(&mut self, row: usize) {
        (self.rows.product[row], self.rows.inverse[row]) = self.to_centre(&self.embedding(row));
    }

    fn add_to_sum(&mut self, embedding: &Embedding, sign: f64) {
        for (sum, x) in self.sum.iter_mut().zip(embedding.to_f32()) {
            *sum += sign * f64::from(x);
        }
    }

    fn recentre(&mut self) {
        let weight = if self.prior.is_some() { PRIOR_WEIGHT } else { 0.0 };
        let count = self.len() as f64 + weight;
        for (i, (centre, sum)) in self.centre.iter_mut().zip(&self.sum).enumerate() {
            let prior = self.prior.as_ref().map_or(0.0, |prior| f64::from(prior[i]));
            *centre = ((sum + weight * prior) / count) as f32;
        }
        self.centre_square = product(self.centre.iter().copied(), &self.centre);
        self.centred_at = self.len();
        (0..self.len()).for_each(|row| self.place_to_centre(row));
    }
}

fn product(a: impl Iterator<Item = f32>, b: &[f32]) -> f32 {
    a.zip(b).map(|(a, b)| a * b).sum()
}

/// The best [`CANDIDATES`] of many: collects twice as many, then drops the lower half and everything below it from
/// there on. A few comparisons a case, and nearly all fail at once.
struct Best {
    kept: Vec<(f32, u32)>,
    floor: f32,
}

impl Default for Best {
    fn default() -> Self {
        Self { kept: Vec::with_capacity(2 * CANDIDATES), floor: f32::NEG_INFINITY }
    }
}

impl Best {
    #[inline]
    fn offer(&mut self, score: f32, row: u32) {
        if score > self.floor {
            self.kept.push((score, row));
            if self.kept.len() == 2 * CANDIDATES {
                self.cut();
                self.floor = self.kept[CANDIDATES - 1].0;
            }
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > CANDIDATES {
            self.kept.select_nth_unstable_by(CANDIDATES - 1, |a, b| b.0.total_cmp(&a.0));
            self.kept.truncate(CANDIDATES);
        }
    }

    fn finish(mut self) -> Vec<(f32, u32)> {
        self.cut();
        self.kept
    }
}

#[cfg(test)]
mod tests;
