//! Asking a model, and the text rooms, about every row.
//!
//! What comes out is all that figures are made of; where predictions come from makes no difference to them. Rows that
//! carry predictions of their own (exported cases) can be turned into the same.

use std::sync::Arc;

use rayon::prelude::*;

use super::metrics::HeadRows;
use super::run::EvalError;
use crate::data::Row;
use crate::domain::{Decision, DecisionInput, Findings, HeadKind, HeadSpec, Prediction, Taxonomy, decide};
use crate::model::tokenizer::Encoded;
use crate::model::{Model, Output, Scratch};
use crate::text::language::Languages;
use crate::text::normalise::parse;
use crate::text::personal_data::Found;
use crate::text::places::Places;
use crate::text::signals::SignalRules;
use crate::text::view::ModelView;

/// Texts computed at once.
const BATCH: usize = 16;
/// Batches between two reports of progress.
const BATCHES: usize = 16;
/// The language that the model reads.
const KOREAN: &str = "ko";

/// What is said of one row.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The model's probabilities.
    pub prediction: Prediction,
    /// What the decision rule makes of them; `None` if the model lacks a head for it.
    pub decision: Option<Decision>,
    /// What the text rooms see.
    pub seen: Seen,
    /// The text's embedding; empty where nobody asked for it.
    pub embedding: Vec<f32>,
}

/// Whether embeddings are kept: 1.5 kB a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embeddings {
    /// Labels and probabilities are enough.
    Drop,
    /// Texts are compared too.
    Keep,
}

/// What the text rooms see in one row.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The text without personal data.
    pub masked: String,
    /// Personal data in the text as parsed.
    pub personal: Vec<Found>,
    /// Codes of the signals, strongest first.
    pub signals: Vec<&'static str>,
    /// 시·군 of the main place, if it is settled.
    pub sigungu: Option<String>,
    /// Language code.
    pub language: String,
}

/// All rows as one model sees them.
pub struct Judged {
    /// Name and version of the model.
    pub model: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Device and arithmetic.
    pub backend: String,
    /// Its heads, in the order of each prediction.
    pub heads: Vec<Arc<HeadSpec>>,
    /// One entry a row.
    pub rows: Vec<Judgement>,
}

impl Judged {
    /// Positions of the heads of which one label holds.
    pub fn single_label_heads(&self) -> impl Iterator<Item = usize> {
        (0..self.heads.len()).filter(|&index| self.heads[index].kind == HeadKind::Single)
    }

    /// The rows that have a label for a head, with their positions; `None` if there are none.
    ///
    /// # Errors
    /// [`EvalError::Row`] for a label that the head does not have.
    pub fn head(&self, index: usize, rows: &[Row]) -> Result<Option<(Vec<usize>, HeadRows)>, EvalError> {
        let head = &self.heads[index];
        let (mut picked, mut truth, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
        for (position, (row, judgement)) in rows.iter().zip(&self.rows).enumerate() {
            let Some(label) = row.label(&head.name) else { continue };
            let own = head.labels.iter().position(|l| l == label).ok_or_else(|| EvalError::Row {
                id: row.id.clone(),
                what: format!("the model's head `{}` has no label `{label}`", head.name),
            })?;
            picked.push(position);
            truth.push(own);
            let own = &judgement.prediction.heads[index].probabilities;
            // A softmax in f32 may end a hair over 1.
            probabilities.extend(own.iter().map(|p| f64::from(*p).clamp(0.0, 1.0)));
        }
        if picked.is_empty() {
            return Ok(None);
        }
        Ok(Some((picked, HeadRows::new(head.labels.len(), truth, probabilities)?)))
    }
}

/// The rooms of the service, read once.
struct Rooms {
    taxonomy: Taxonomy,
    signals: Arc<SignalRules>,
    places: Places,
    languages: Languages,
}

/// Asks the model about every row, on all cores; `progress` is told how many rows are done.
///
/// # Errors
/// [`EvalError`] with the row at fault.
pub fn judge(
    model: &Model,
    rows: &[Row],
    embeddings: Embeddings,
    progress: &mut dyn FnMut(usize),
) -> Result<Judged, EvalError> {
    let rooms = Rooms {
        taxonomy: Taxonomy::bundled(),
        signals: SignalRules::bundled(),
        places: Places::bundled(),
        languages: Languages::bundled(),
    };
    let mut judged = Vec::with_capacity(rows.len());
    for some in rows.chunks(BATCH * BATCHES) {
        let batches: Vec<_> = some
            .par_chunks(BATCH)
            .map_init(Scratch::default, |scratch, batch| judge_batch(model, &rooms, batch, scratch))
            .collect::<Result<_, _>>()?;
        judged.extend(batches.into_iter().flatten());
        if embeddings == Embeddings::Drop {
            judged
                .iter_mut()
                .rev()
                .take(some.len())
                .for_each(|own: &mut Judgement| own.embedding = Vec::new());
        }
        progress(judged.len());
    }
    Ok(Judged {
        model: format!("{} {}", model.manifest.name, model.manifest.version),
        sha256: model.manifest.weights_sha256().to_owned(),
        backend: model.describe(),
        heads: model.heads().to_vec(),
        rows: judged,
    })
}

fn judge_batch(
    model: &Model,
    rooms: &Rooms,
    batch: &[Row],
    scratch: &mut Scratch,
) -> Result<Vec<Judgement>, EvalError> {
    let (mut encoded, mut seen) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for row in batch {
        let (own, folded) = rooms.look(row)?;
        encoded.push(model.encode(&folded)?);
        seen.push(own);
    }
    let ids: Vec<&[u32]> = encoded.iter().map(|e| e.ids.as_slice()).collect();
    let outputs = model.forward(&ids, scratch)?;
    let judgement = |((output, encoded), seen): ((Output, &Encoded), Seen)| {
        let prediction = model.prediction(&output, encoded.ids.len());
        let findings = Findings {
            signal: !seen.signals.is_empty(),
            foreign: seen.language != KOREAN,
            truncated: encoded.truncated,
        };
        let input = DecisionInput::new(&prediction, &rooms.taxonomy, findings);
        let decision = input.map(|input| decide(&input, &model.calibration.policy).0);
        Judgement { prediction, decision, seen, embedding: output.embedding }
    };
    Ok(outputs.into_iter().zip(&encoded).zip(seen).map(judgement).collect())
}

impl Rooms {
    /// As the service does it: signals in the text as written, everything else in the masked text; with the view that the
    /// model reads.
    fn look(&self, row: &Row) -> Result<(Seen, String), EvalError> {
        let text =
            parse(&row.text).map_err(|e| EvalError::Row { id: row.id.clone(), what: e.to_string() })?;
        let ModelView { masked, folded } = ModelView::of(text.as_str());
        let personal = masked.found().to_vec();
        let masked = masked.text;
        let signals = self.signals.detect(text.as_str());
        let seen = Seen {
            personal,
            signals: signals.iter().map(|signal| signal.kind.code()).collect(),
            sigungu: self.places.main(&masked).and_then(|place| place.sigungu),
            language: self.languages.detect(&masked).code,
            masked,
        };
        Ok((seen, folded.text))
    }
}
