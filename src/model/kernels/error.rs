//! What can go wrong when an encoder is built or run.

use super::isa::Isa;

/// Why an encoder could not be built or a batch could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KernelError {
    /// This machine lacks the instructions that were asked for.
    #[error("this machine cannot run the `{0}` kernels; hint: use `Isa::detect()`")]
    IsaUnavailable(Isa),
    /// A size in the shape is zero, too large or does not fit another.
    #[error("encoder shape: {0}")]
    Shape(&'static str),
    /// A weight has another length than the shape demands.
    #[error("weight `{name}`: expected {expected} values, found {found}")]
    WeightLength {
        /// Which weight, for example `layer 3 ffn_up`.
        name: String,
        /// The length that the shape demands.
        expected: usize,
        /// The length that was given.
        found: usize,
    },
    /// A weight holds a NaN or an infinity.
    #[error("weight `{0}` holds a value that is not finite")]
    WeightNotFinite(String),
    /// Calibration statistics were collected on an encoder of another shape.
    #[error("calibration statistics do not fit this encoder's shape")]
    StatsShape,
    /// The batch holds no text.
    #[error("the batch holds no text")]
    EmptyBatch,
    /// A text has no tokens.
    #[error("text {text} has no tokens")]
    EmptyText {
        /// Index of the text in the batch.
        text: usize,
    },
    /// A text has more tokens than the model has positions.
    #[error("text {text} has {tokens} tokens, the model takes at most {limit}; hint: cut it before")]
    TextTooLong {
        /// Index of the text in the batch.
        text: usize,
        /// Its number of tokens.
        tokens: usize,
        /// The largest number of tokens.
        limit: usize,
    },
    /// The lengths do not add up to the number of token ids.
    #[error("the texts' lengths add up to {lengths}, but there are {ids} token ids")]
    LengthSum {
        /// Sum of the lengths.
        lengths: usize,
        /// Number of ids.
        ids: usize,
    },
    /// A token id is outside the vocabulary.
    #[error("token id {id} at position {position} of the batch is outside the vocabulary of {vocabulary}")]
    UnknownToken {
        /// The id.
        id: u32,
        /// Its index in the batch's ids.
        position: usize,
        /// Size of the vocabulary.
        vocabulary: usize,
    },
    /// A thread of the team panicked; the results of the call are not usable.
    #[error("a thread of the team panicked")]
    TeamPanicked,
}
