//! The encoder: packed weights, and the forward over a batch.

use std::sync::Mutex;

use super::{
    arena::{Arena, Need},
    batch::{Batch, Output},
    calibrate::{CalibrationStats, I8Options},
    embeddings::Embeddings,
    error::KernelError,
    isa::Isa,
    layers::{Inputs, Layer, Packer},
    linear::Linear,
    pass::Pass,
    shape::{EncoderShape, Padded, Precision},
    table::Table,
    team::{Seat, Team},
    weights::EncoderWeights,
};

/// How an encoder is to be computed.
#[derive(Debug, Clone, Copy)]
pub struct EncoderOptions<'a> {
    /// Numbers of the linear layers.
    pub precision: Precision,
    /// Instructions to use; [`Isa::detect`] finds the best.
    pub isa: Isa,
    /// How layers are made int8; without meaning for [`Precision::F32`].
    pub i8: I8Options<'a>,
}

impl EncoderOptions<'_> {
    /// `precision` on the best instructions of this machine, nothing smoothed.
    pub fn new(precision: Precision) -> Self {
        Self { precision, isa: Isa::detect(), i8: I8Options::default() }
    }
}

/// A BERT-type encoder with its classification heads, packed for one set of instructions.
///
/// It holds no state: any number of threads may call it, each with its own [`Arena`].
pub struct Encoder {
    pub(super) shape: EncoderShape,
    pub(super) padded: Padded,
    pub(super) table: Table,
    pub(super) embeddings: Embeddings,
    pub(super) layers: Vec<Layer>,
    pub(super) heads: Linear,
    pub(super) inputs: Inputs,
    pub(super) classes: usize,
    isa: Isa,
    precision: Precision,
}

impl Encoder {
    /// Checks and packs the weights. The word table is kept as it is, everything else is copied.
    ///
    /// # Errors
    /// When sizes do not fit, a weight is not finite, or this machine lacks `options.isa`.
    pub fn new(
        shape: EncoderShape,
        weights: &EncoderWeights<'_>,
        options: &EncoderOptions<'_>,
    ) -> Result<Self, KernelError> {
        let table = Table::of(options.isa).ok_or(KernelError::IsaUnavailable(options.isa))?;
        shape.check()?;
        weights.check(&shape)?;
        if weights.layers.is_empty() {
            return Err(KernelError::Shape("at least one layer is needed"));
        }
        if let Some(stats) = options.i8.stats {
            stats.check(&shape, weights.layers.len())?;
        }
        let padded = shape.padded(table.panel);
        let inputs = Inputs::new(&shape, padded);
        let packer = Packer { shape: &shape, padded, table: &table, inputs: &inputs, options };
        Ok(Self {
            embeddings: Embeddings::new(&weights.embeddings, shape.hidden, padded.hidden)?,
            layers: weights
                .layers
                .iter()
                .enumerate()
                .map(|(index, layer)| packer.layer(index, layer))
                .collect(),
            heads: packer.heads(&weights.heads),
            classes: weights.heads.bias.len(),
            shape,
            padded,
            table,
            inputs,
            isa: options.isa,
            precision: options.precision,
        })
    }

    /// Pooled vectors and logits of a batch, on the calling thread.
    ///
    /// # Errors
    /// When a text is too long or a token id unknown; the arena stays usable.
    pub fn forward<'a>(&self, batch: &Batch<'_>, arena: &'a mut Arena) -> Result<Output<'a>, KernelError> {
        self.compute(batch, arena, None, None)
    }

    /// As [`forward`](Self::forward), but the team's threads split the work. Results are the same to the bit.
    ///
    /// # Errors
    /// As `forward`; also when a thread of the team panicked.
    pub fn forward_with<'a>(
        &self,
        team: &mut Team,
        batch: &Batch<'_>,
        arena: &'a mut Arena,
    ) -> Result<Output<'a>, KernelError> {
        self.compute(batch, arena, Some(team), None)
    }

    /// Runs a batch only to widen `stats` by what the linear layers' inputs are. Use an f32 encoder.
    ///
    /// # Errors
    /// As [`forward`](Self::forward); also when `stats` was made for another shape.
    pub fn collect_stats(
        &self,
        batch: &Batch<'_>,
        arena: &mut Arena,
        stats: &mut CalibrationStats,
    ) -> Result<(), KernelError> {
        stats.check(&self.shape, self.layers.len())?;
        let watched = Mutex::new(std::mem::replace(stats, CalibrationStats::new(&self.shape, 0)));
        let result = self.compute(batch, arena, None, Some(&watched)).map(drop);
        *stats = watched.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        result
    }

    /// Most tokens of one text.
    pub fn max_tokens(&self) -> usize {
        self.embeddings.max_tokens()
    }

    /// Number of token ids.
    pub fn vocabulary(&self) -> usize {
        self.embeddings.vocabulary()
    }

    /// The shape it was built with.
    pub fn shape(&self) -> &EncoderShape {
        &self.shape
    }

    /// Number of logits a text.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The instructions it uses.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The numbers of its linear layers.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Bytes of the packed matrices, embeddings not counted.
    pub fn weight_bytes(&self) -> usize {
        self.layers.iter().map(Layer::bytes).sum::<usize>() + self.heads.bytes()
    }

    fn compute<'a>(
        &self,
        batch: &Batch<'_>,
        arena: &'a mut Arena,
        team: Option<&mut Team>,
        stats: Option<&Mutex<CalibrationStats>>,
    ) -> Result<Output<'a>, KernelError> {
        batch.check(self.vocabulary(), self.max_tokens())?;
        let need = Need {
            padded: self.padded,
            hidden: self.shape.hidden,
            classes: self.classes,
            head_columns: self.heads.columns(),
            tokens: batch.ids().len(),
            texts: batch.lengths().len(),
            longest: batch.lengths().iter().copied().max().unwrap_or(0),
            threads: team.as_ref().map_or(1, |team| team.threads()),
        };
        let (shared, desks, starts) = arena.prepare(&need, batch.lengths());
        let pass = Pass { encoder: self, batch: *batch, starts, shared, desks, stats };
        // SAFETY: the arena was just prepared for this batch and is borrowed for the call; each seat runs once.
        let work = |seat: Seat<'_>| unsafe { pass.run(&seat) };
        match team {
            None => work(Seat::ALONE)?,
            Some(team) => team.run(&work)?,
        }
        Ok(Output {
            pooled: arena.pooled.as_slice(),
            hidden: self.shape.hidden,
            logits: arena.logits.as_slice(),
            classes: self.classes,
            texts: need.texts,
        })
    }
}
