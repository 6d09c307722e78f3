//! The encoder: packed weights, and the forward over a batch.

use std::sync::Mutex;

use super::{
    arena::{Arena, Need},
    batch::{Batch, Output},
    buffer::Buffer,
    calibrate::{CalibrationStats, I8Options, LinearKind},
    embeddings::Embeddings,
    error::KernelError,
    isa::Isa,
    linear::Linear,
    pack::{Column, Plan},
    pass::Pass,
    shape::{EncoderShape, Padded, Precision},
    table::Table,
    team::{Seat, Team},
    weights::{EncoderWeights, LayerWeights, LinearWeights, NormWeights},
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
        Self {
            precision,
            isa: Isa::detect(),
            i8: I8Options::default(),
        }
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
    pub(super) classes: usize,
    isa: Isa,
    precision: Precision,
    /// Padded inputs by what feeds them: the hidden vector, attention's heads, the feed-forward.
    hidden_inputs: Vec<Option<usize>>,
    context_inputs: Vec<Option<usize>>,
    inner_inputs: Vec<Option<usize>>,
}

/// One packed layer.
pub(super) struct Layer {
    pub qkv: Linear,
    pub attention_output: Linear,
    pub attention_norm: PackedNorm,
    pub ffn_up: Linear,
    pub ffn_down: Linear,
    pub output_norm: PackedNorm,
}

/// Gain and offset, zero in the pads.
pub(super) struct PackedNorm {
    pub gain: Buffer<f32>,
    pub offset: Buffer<f32>,
}

impl PackedNorm {
    pub(super) fn new(norm: &NormWeights<'_>, padded: usize) -> Self {
        Self {
            gain: Buffer::padded(norm.gain, padded),
            offset: Buffer::padded(norm.offset, padded),
        }
    }
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
        let mut encoder = Self {
            shape,
            padded,
            table,
            embeddings: Embeddings::new(&weights.embeddings, shape.hidden, padded.hidden)?,
            layers: Vec::with_capacity(weights.layers.len()),
            classes: weights.heads.bias.len(),
            heads: Linear::f32(&heads_plan(&weights.heads, shape.hidden, padded), &table),
            isa: options.isa,
            precision: options.precision,
            hidden_inputs: plain(shape.hidden, padded.hidden),
            context_inputs: by_head(&shape, padded),
            inner_inputs: plain(shape.intermediate, padded.intermediate),
        };
        for (index, layer) in weights.layers.iter().enumerate() {
            let layer = encoder.pack_layer(layer, index, options);
            encoder.layers.push(layer);
        }
        Ok(encoder)
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
        *stats = watched
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
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
        let of = |layer: &Layer| -> usize {
            let linears = [
                &layer.qkv,
                &layer.attention_output,
                &layer.ffn_up,
                &layer.ffn_down,
            ];
            linears.map(Linear::bytes).iter().sum()
        };
        self.layers.iter().map(of).sum::<usize>() + self.heads.bytes()
    }

    /// Where each padded input of a kind of layer comes from.
    pub(super) fn inputs(&self, kind: LinearKind) -> &[Option<usize>] {
        match kind {
            LinearKind::Qkv | LinearKind::FfnUp => &self.hidden_inputs,
            LinearKind::AttentionOutput => &self.context_inputs,
            LinearKind::FfnDown => &self.inner_inputs,
        }
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
        let pass = Pass {
            encoder: self,
            batch: *batch,
            starts,
            shared,
            desks,
            stats,
        };
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

    fn pack_layer(&self, layer: &LayerWeights<'_>, index: usize, options: &EncoderOptions<'_>) -> Layer {
        let (hidden, inner) = (self.shape.hidden, self.shape.intermediate);
        let linear = |kind: LinearKind, columns: Vec<Column<'_>>, width: usize| {
            let plan = Plan {
                columns,
                inputs: self.inputs(kind).to_vec(),
                width,
            };
            let keep = options.i8.keep_f32.contains(&(index, kind));
            if options.precision == Precision::F32 || keep {
                return Linear::f32(&plan, &self.table);
            }
            let smooth = options
                .i8
                .stats
                .map(|stats| (stats.peaks(index, kind), options.i8.strength));
            Linear::i8(&plan, &self.table, smooth)
        };
        let to = |layer, padded: &[Option<usize>]| -> Vec<Column<'_>> {
            padded
                .iter()
                .map(|row| row.map(|row| (layer, row, 1.0)))
                .collect()
        };
        let root = 1.0 / (self.shape.head_width() as f32).sqrt();
        let heads = |layer, by: f32| {
            self.context_inputs
                .iter()
                .map(move |row| row.map(|row| (layer, row, by)))
        };
        let qkv = heads(&layer.query, root)
            .chain(heads(&layer.key, 1.0))
            .chain(heads(&layer.value, 1.0));
        Layer {
            qkv: linear(LinearKind::Qkv, qkv.collect(), hidden),
            attention_output: linear(
                LinearKind::AttentionOutput,
                to(&layer.attention_output, &self.hidden_inputs),
                hidden,
            ),
            attention_norm: PackedNorm::new(&layer.attention_norm, self.padded.hidden),
            ffn_up: linear(LinearKind::FfnUp, to(&layer.ffn_up, &self.inner_inputs), hidden),
            ffn_down: linear(
                LinearKind::FfnDown,
                to(&layer.ffn_down, &self.hidden_inputs),
                inner,
            ),
            output_norm: PackedNorm::new(&layer.output_norm, self.padded.hidden),
        }
    }
}

fn heads_plan<'a>(heads: &'a LinearWeights<'a>, hidden: usize, padded: Padded) -> Plan<'a> {
    let classes = heads.bias.len();
    let columns = plain(classes, classes.next_multiple_of(padded.panel));
    Plan {
        columns: columns
            .into_iter()
            .map(|row| row.map(|row| (heads, row, 1.0)))
            .collect(),
        inputs: plain(hidden, padded.hidden),
        width: hidden,
    }
}

/// `width` cells, then pads.
fn plain(width: usize, padded: usize) -> Vec<Option<usize>> {
    (0..padded).map(|cell| (cell < width).then_some(cell)).collect()
}

/// The cells of each head, then that head's pads.
fn by_head(shape: &EncoderShape, padded: Padded) -> Vec<Option<usize>> {
    let width = shape.head_width();
    (0..padded.context)
        .map(|cell| (cell / padded.head * width, cell % padded.head))
        .map(|(head, inside)| (inside < width).then_some(head + inside))
        .collect()
}
