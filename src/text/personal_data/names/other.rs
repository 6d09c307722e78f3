//! Names of another shape: a given name alone, names of newcomers in Hangul, in Latin or Chinese letters.

use std::ops::Range;

use super::{Left, Names, Right};
use crate::text::personal_data::lexicon::Cue;
use crate::text::personal_data::view::is_hangul;
use crate::text::personal_data::{foreign_name, shape};

impl Names<'_> {
    /// `아들 이름은 민수예요`: a given name alone.
    pub(super) fn given_only(&self, i: usize, left: Left) -> Option<Range<usize>> {
        if !shape::given_at(self.view, self.lexicon, i) {
            return None;
        }
        let right = self.right(i + 2);
        let said = match left {
            Left::NameIs => right.says_name(),
            Left::LabelColon => right.closes(),
            _ => right == Right::Ssi && self.view.at(i + 2) == ' ' && left == Left::Open,
        };
        said.then_some(i..i + 2)
    }

    /// `제 이름은 응우옌 티 화입니다`, `이름: 소피아`: a name of another country in Hangul.
    pub(super) fn newcomer(&self, i: usize, left: Left) -> Option<Range<usize>> {
        let family = self.lexicon.word_at(self.view, i, Cue::ForeignFamily.bit());
        let known = family.is_some_and(|end| self.view.at(end) == ' ' || end - i >= 2);
        let words = match left {
            Left::NameIs | Left::LabelColon | Left::Label | Left::SelfIntro if known => 4,
            Left::NameIs | Left::LabelColon => 1,
            _ => return self.titled_newcomer(i, family?),
        };
        let mut at = i;
        for _ in 0..words {
            let end = (at..at + 9).find(|k| !is_hangul(self.view.at(*k)))?;
            if let Some(before_copula) = self.before_copula(at, end) {
                return self.not_a_word(i..before_copula);
            }
            if self.view.at(end) != ' ' || words == 1 {
                let by_colon = left == Left::LabelColon && end > i + 1 && end - i <= 7;
                return by_colon.then_some(i..end).and_then(|units| self.not_a_word(units));
            }
            at = end + 1;
        }
        None
    }

    /// `쩐티마이 씨`: a family name that Korean does not have, and a title.
    fn titled_newcomer(&self, i: usize, family_end: usize) -> Option<Range<usize>> {
        let foreign = family_end - i >= 2 || matches!(self.view.at(i), '쩐' | '팜' | '웬' | '첸' | '쩡');
        let end = (i + 3..i + 8).find(|k| !is_hangul(self.view.at(*k)))?;
        let titled = matches!(self.right(end), Right::Ssi | Right::Title | Right::Number | Right::Age);
        (foreign && titled && (i..end).all(|k| is_hangul(self.view.at(k)))).then_some(i..end)
    }

    /// Where in the word a copula begins that ends it.
    fn before_copula(&self, start: usize, end: usize) -> Option<usize> {
        let copula_at = |k: usize| self.lexicon.word_at(self.view, k, Cue::Copula.bit());
        (start + 1..end).find(|k| copula_at(*k).is_some_and(|after| after >= end))
    }

    /// The units, unless they are a known word or end like a verb.
    fn not_a_word(&self, units: Range<usize>) -> Option<Range<usize>> {
        let whole: String = units.clone().map(|k| self.view.at(k)).collect();
        let ends_like_verb =
            whole.ends_with(['요', '다', '죠', '함', '고', '지', '게', '히', '는', '은', '을', '적']);
        let stem: String = units.clone().take(units.len() - 1).map(|k| self.view.at(k)).collect();
        let known = self.lexicon.not_names.contains(&whole)
            || self.lexicon.not_names.contains(&stem)
            || self.lexicon.with_particle.contains(&whole)
            || self
                .lexicon
                .word_at(self.view, units.start, Cue::Role.bit() | Cue::Thing.bit() | Cue::NameLabel.bit())
                .is_some_and(|end| end >= units.end);
        (!known && !ends_like_verb && (2..=14).contains(&units.len())).then_some(units)
    }

    /// `성명: NGUYEN VAN AN`, `저는 Maria입니다`: one to four words with capital letters.
    pub(super) fn latin(&self, i: usize, left: Left) -> Option<Range<usize>> {
        let han = || foreign_name::han_name(self.view, i).filter(|_| left == Left::LabelColon);
        let end = || foreign_name::capitals(self.view, i, 4).or_else(han);
        let end = match left {
            Left::LabelColon | Left::RoleColon => end().filter(|end| *end > i + 1),
            Left::Label => end().filter(|end| *end > i + 2 && self.right(*end).closes()),
            Left::NameIs => end().filter(|end| self.right(*end).says_name()),
            // `저는 KT입니다`: a firm rather than a name.
            Left::SelfIntro => end().filter(|end| {
                self.right(*end).says_name() && !(i..*end).all(|k| self.view.at(k).is_uppercase())
            }),
            _ => None,
        };
        end.map(|end| i..end)
    }
}
