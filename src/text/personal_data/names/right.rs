//! What stands after a candidate.

use super::{Names, is_contact};
use crate::text::personal_data::lexicon::Cue;
use crate::text::personal_data::view::is_word;

/// The cue after a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// `씨`, `님` after a blank: hardly ever anything but a name before it.
    Ssi,
    /// `주무관`, `님`, `학생`
    Title,
    /// `올림`, `(인)`, `명의로`
    Sign,
    /// `입니다`, `이라고`
    Copula,
    /// `이라는 사람`
    Reported,
    /// `고`, `야`: only after `이름은`
    CopulaWeak,
    /// `(45세)`, `(남)`
    Age,
    /// A telephone number or the like.
    Number,
    /// `가`, `에게`
    Particle,
    /// The word ends.
    End,
    /// The candidate is the begin of a longer word.
    Inside,
}

impl Right {
    /// Whether the name may end here.
    pub(super) fn closes(self) -> bool {
        !matches!(self, Self::Inside | Self::CopulaWeak)
    }

    /// Whether it says that what stands before is how somebody is called.
    pub(super) fn says_name(self) -> bool {
        matches!(self, Self::Copula | Self::CopulaWeak | Self::Reported)
    }
}

impl Names<'_> {
    pub(super) fn right(&self, end: usize) -> Right {
        let (view, lexicon) = (self.view, self.lexicon);
        let next = view.skip_blanks(end, 1);
        if !is_word(view.at(end))
            && let Some(right) = self.marked(end, next)
        {
            return right;
        }
        if let Some(right) = self.titled(end, next) {
            return right;
        }
        let reported = |word: &str| view.text(end, word).is_some_and(|after| self.names_person(after));
        if reported("이라는") || reported("라는") || reported("이란") || reported("란") {
            return Right::Reported;
        }
        if lexicon.word_at(view, end, Cue::Copula.bit()).is_some() {
            return Right::Copula;
        }
        if self.word_ends(end, Cue::Particle) {
            return if self.is_weak(end) { Right::CopulaWeak } else { Right::Particle };
        }
        if lexicon.word_at(view, end, Cue::CopulaWeak.bit()).is_some() {
            return Right::CopulaWeak;
        }
        if is_word(view.at(end)) { Right::Inside } else { Right::End }
    }

    /// Signs of writing after the name: parentheses, numbers.
    fn marked(&self, end: usize, next: usize) -> Option<Right> {
        let view = self.view;
        let mut at = next;
        if matches!(view.at(at), '(' | ',' | '/' | ':' | '-') {
            if view.at(at) == '(' && self.is_age(at + 1) {
                return Some(Right::Age);
            }
            at = view.skip_blanks(at + 1, 1);
        }
        if is_contact(view.at(at)) {
            return Some(Right::Number);
        }
        let label = Cue::Contact.bit() | Cue::Bank.bit() | Cue::BankNear.bit();
        let phone_follows = self.lexicon.word_at(view, at, label);
        let with_label = phone_follows.is_some_and(|after| {
            let number = view.skip_blanks(after, 1);
            let number = if view.at(number) == ':' { view.skip_blanks(number + 1, 1) } else { number };
            is_contact(view.at(number))
        });
        (with_label && at > end).then_some(Right::Number)
    }

    /// `(45)`, `(만 7세`, `(남`, `(여성`, `(70대`.
    fn is_age(&self, at: usize) -> bool {
        let view = self.view;
        let at = view.text(at, "만").map_or(at, |after| view.skip_blanks(after, 1));
        let digits = (0..3).take_while(|k| view.at(at + k).is_ascii_digit()).count();
        let after = view.at(at + digits);
        let aged = digits > 0 && matches!(after, ')' | '세' | '살' | '대' | ',' | '개' | '년');
        aged || (matches!(view.at(at), '남' | '여')
            && matches!(view.at(at + 1), ')' | ',' | '자' | '성' | '/' | ' '))
    }

    /// A title or signature at `end`, or after one blank at `next`.
    fn titled(&self, end: usize, next: usize) -> Option<Right> {
        let (view, lexicon) = (self.view, self.lexicon);
        let apart = next > end;
        if view.at(next) == '씨' && self.title_ends(next + 1) {
            return Some(Right::Ssi);
        }
        let title = lexicon.word_at(view, next, Cue::Title.bit()).filter(|after| self.title_ends(*after));
        if title.is_some() {
            // `김민수 님` is a name; `주민 님` is not, but that is no shape of a name either.
            return Some(if apart && view.at(next) == '님' { Right::Ssi } else { Right::Title });
        }
        let ends = |after: usize| !is_word(view.at(after)) || self.word_ends(after, Cue::Particle);
        let sign = |cue: Cue| lexicon.word_at(view, next, cue.bit()).is_some_and(ends);
        if sign(Cue::Sign) && (apart || !is_word(view.at(next))) {
            return Some(Right::Sign);
        }
        (apart && sign(Cue::SignWeak)).then_some(Right::Title)
    }

    /// After a title nothing may follow but `님`, a particle or a copula.
    fn title_ends(&self, end: usize) -> bool {
        let end = self.view.text(end, "님").unwrap_or(end);
        let end = self.view.text(end, "들").unwrap_or(end);
        !is_word(self.view.at(end))
            || self.word_ends(end, Cue::Particle)
            || self.lexicon.word_at(self.view, end, Cue::Copula.bit()).is_some()
    }

    /// Whether a word of the class at `end` ends the written word.
    fn word_ends(&self, end: usize, cue: Cue) -> bool {
        self.lexicon.word_at(self.view, end, cue.bit()).is_some_and(|after| {
            // `에게도`, `한테는`
            let more = matches!(self.view.at(after), '도' | '는' | '만' | '요');
            !is_word(self.view.at(after + usize::from(more)))
        })
    }

    /// `야`, `로` and the like that are also weak copulas.
    fn is_weak(&self, end: usize) -> bool {
        self.lexicon
            .word_at(self.view, end, Cue::CopulaWeak.bit())
            .is_some_and(|after| !is_word(self.view.at(after)))
    }

    /// `이라는 사람`, `라는 직원이`.
    fn names_person(&self, after: usize) -> bool {
        let at = self.view.skip_blanks(after, 1);
        [
            "사람",
            "분",
            "자가",
            "직원",
            "공무원",
            "주무관",
            "학생",
            "아이",
            "애",
            "남자",
            "여자",
            "놈",
            "이름",
            "팀장",
            "과장",
            "기사",
            "환자",
            "노인",
            "어르신",
            "친구",
            "담당",
            "사장",
            "교사",
            "선생",
            "의사",
            "할머니",
            "할아버지",
        ]
        .into_iter()
        .any(|word| self.view.text(at, word).is_some())
    }
}
