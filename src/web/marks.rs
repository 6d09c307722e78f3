//! The complaint's text cut at the edges of what is to be highlighted, so that marks may overlap.

use crate::domain::Span;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A sign of danger.
    Signal,
    /// The place.
    Place,
    /// It moved the department.
    Reason,
}

impl Mark {
    /// Style class.
    const fn class(self) -> &'static str {
        match self {
            Self::Signal => "m-signal",
            Self::Place => "m-place",
            Self::Reason => "m-reason",
        }
    }

    /// In words, for those who do not see the style.
    const fn word(self) -> &'static str {
        match self {
            Self::Signal => "위험 신호",
            Self::Place => "장소",
            Self::Reason => "부서 판단 근거",
        }
    }
}

/// A stretch of text with one and the same set of marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The text.
    pub text: String,
    /// Style classes; empty for plain text.
    pub class: String,
    /// The marks in words.
    pub title: String,
}

/// Cuts a text. Spans count characters; what lies outside the text is ignored.
pub fn stretches(text: &str, marks: &[(Span, Mark)]) -> Vec<Stretch> {
    let chars: Vec<char> = text.chars().collect();
    let mut edges: Vec<usize> =
        marks.iter().flat_map(|(span, _)| [span.start, span.end]).filter(|at| *at <= chars.len()).collect();
    edges.extend([0, chars.len()]);
    edges.sort_unstable();
    edges.dedup();
    let stretch = |edge: &[usize]| {
        let (start, end) = (edge[0], edge[1]);
        let mut of: Vec<Mark> = marks
            .iter()
            .filter(|(span, _)| span.start <= start && end <= span.end && span.end <= chars.len())
            .map(|(_, mark)| *mark)
            .collect();
        of.sort_unstable();
        of.dedup();
        let join = |word: fn(Mark) -> &'static str, between: &str| {
            of.iter().map(|mark| word(*mark)).collect::<Vec<_>>().join(between)
        };
        Stretch {
            text: chars[start..end].iter().collect(),
            class: join(Mark::class, " "),
            title: join(Mark::word, ", "),
        }
    };
    edges.windows(2).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_may_overlap() {
        let cut = stretches(
            "수원역 앞에 불이 났어요",
            &[(Span { start: 0, end: 5 }, Mark::Place), (Span { start: 4, end: 9 }, Mark::Signal)],
        );
        let seen: Vec<_> = cut.iter().map(|s| (s.text.as_str(), s.class.as_str())).collect();
        assert_eq!(
            seen,
            [("수원역 ", "m-place"), ("앞", "m-signal m-place"), ("에 불이", "m-signal"), (" 났어요", "")]
        );
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in "\\PC{0,30}", spans in prop::collection::vec((0usize..40, 0usize..40), 0..5)) {
            let marks: Vec<_> = spans.iter().map(|(a, b)| (Span { start: *a.min(b), end: *a.max(b) }, Mark::Place)).collect();
            let joined: String = stretches(&text, &marks).into_iter().map(|s| s.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
