//! What the model reads of a complaint: the one place that decides it, so that training, evaluation and serving
//! cannot drift apart.

use super::normalise::{Folded, fold};
use super::personal_data::{Masked, mask};

/// A text as the model reads it: personal data replaced, then folded.
pub struct ModelView {
    /// The masked text, with the way back to the original.
    pub masked: Masked,
    /// The masked text, folded, with the way back to the masked one.
    pub folded: Folded,
}

impl ModelView {
    /// The view of a canonical text.
    ///
    /// ```
    /// use minwon::text::view::ModelView;
    /// let view = ModelView::of("가로등이 꺼졌어요!!!! 010-0000-1234로 전화 주세요");
    /// assert_eq!(view.folded.text, "가로등이 꺼졌어요!! [전화번호]로 전화 주세요");
    /// ```
    pub fn of(text: &str) -> Self {
        let masked = mask(text);
        let folded = fold(&masked.text);
        Self { masked, folded }
    }
}
