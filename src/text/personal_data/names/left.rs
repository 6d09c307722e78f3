//! What stands before a candidate.

use super::{Names, is_contact};
use crate::text::personal_data::PersonalDataKind;
use crate::text::personal_data::lexicon::Cue;
use crate::text::personal_data::view::{is_hangul, is_word, placeholder};

/// How far back the place of residence may stand: `수원에 사는 `.
const DWELL: usize = 3;
/// How far back `저는` may stand: `저는 팔달구 매산동에 사는 37세 `.
const SENTENCE: usize = 40;

/// The cue before a candidate, from the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// `이름: `
    LabelColon,
    /// `성명 `
    Label,
    /// `이름은 `
    NameIs,
    /// `신고인: `
    RoleColon,
    /// `저는 `
    SelfIntro,
    /// `피해자 `, `아들 `
    Role,
    /// `수원 사는 `, or `저는` further back
    Dwell,
    /// Begin of the text or of a sentence, or a greeting.
    Start,
    /// The end of a letter: `감사합니다. `
    Closing,
    /// A telephone number or the like.
    Number,
    /// Another name and a comma or `와`.
    List,
    /// A word without meaning for this.
    Open,
    /// The candidate is the middle of a word.
    Inside,
}

impl Left {
    pub(super) fn is_role(self) -> bool {
        matches!(self, Self::Role | Self::RoleColon | Self::Label | Self::LabelColon)
    }

    /// Whether `NAME입니다` after it says who somebody is.
    pub(super) fn introduces(self) -> bool {
        matches!(
            self,
            Self::Dwell
                | Self::Start
                | Self::Closing
                | Self::SelfIntro
                | Self::Role
                | Self::RoleColon
                | Self::List
        )
    }
}

impl Names<'_> {
    pub(super) fn left(&self, i: usize, last: Option<usize>) -> Left {
        let (view, cues) = (self.view, self.cues);
        let attached = is_word(view.before(i));
        if attached && !self.cue_ends(i) {
            return Left::Inside;
        }
        let end = view.skip_blanks_back(i, 2);
        if let Some(left) = self.colon(end).or_else(|| self.particle(end)) {
            return left;
        }
        if cues.end_at(end, Cue::NameLabel.bit()) && self.stands_alone(end) {
            return if self.thing_before(cues.start_of(end)) { Left::Open } else { Left::Label };
        }
        let open_attached = |left| if attached { Left::Inside } else { left };
        if cues.end_at(end, Cue::SelfIntro.bit()) && self.stands_alone(end) && end < i {
            return Left::SelfIntro;
        }
        if cues.end_at(end, Cue::Role.bit())
            && (end < i || end - cues.start_of(end) >= 3)
            && self.role_is_word(end)
        {
            return Left::Role;
        }
        if attached {
            return Left::Inside;
        }
        open_attached(self.loose(i, end, last))
    }

    /// Cues that need not be next to the name.
    fn loose(&self, i: usize, end: usize, last: Option<usize>) -> Left {
        let (view, cues) = (self.view, self.cues);
        let before = view.before(end);
        if is_contact(before) || (matches!(before, ',' | '/' | ')' | '(') && is_contact(view.before(end - 1)))
        {
            return Left::Number;
        }
        let mark = |c: char| matches!(c, ',' | '·' | '/' | '&' | '와' | '과' | '및');
        let list = end.checked_sub(1).map_or(end, |k| view.skip_blanks_back(k, 1));
        // A name of an earlier round, or of this one; perhaps with a title.
        let is_name_end =
            |k: usize| last == Some(k) || placeholder(view.before(k)) == Some(PersonalDataKind::Name);
        let after_title = |k: usize| (0..=4.min(k)).any(|back| is_name_end(k - back));
        if mark(before) && after_title(list)
            || view.text(end.saturating_sub(2), "하고") == Some(end) && after_title(end - 2)
        {
            return Left::List;
        }
        if cues.before(i, DWELL, Cue::Dwell.bit()).is_some() || self.sentence_has_self(i) {
            return Left::Dwell;
        }
        let greeted = cues.before(i, DWELL, Cue::Greeting.bit()).is_some();
        if cues.end_at(end, Cue::Closing.bit())
            || (matches!(before, '.' | '!' | '-' | '\n') && end > 0 && self.ends_letter(end))
        {
            return Left::Closing;
        }
        if end == 0 || greeted || matches!(before, '.' | '!' | '?' | '\n') {
            return Left::Start;
        }
        Left::Open
    }

    /// Whether a closing formula stands before the mark that ends at `end`.
    fn ends_letter(&self, end: usize) -> bool {
        (1..=3).any(|back| end >= back && self.cues.end_at(end - back, Cue::Closing.bit()))
    }

    /// `이름: `, `신고인(성명) - `, `피해자=`, `환자(`.
    fn colon(&self, end: usize) -> Option<Left> {
        let (view, cues) = (self.view, self.cues);
        if !matches!(view.before(end), ':' | '=' | '-' | '(' | '>' | '|' | '/' | '\n' | ']' | ')' | '【') {
            return None;
        }
        let mut label = view.skip_blanks_back(end - 1, 2);
        let note_closed = view.before(end) == ')' || view.before(label) == ')';
        if note_closed {
            let close = if view.before(end) == ')' { end } else { label };
            let open = (close.saturating_sub(10)..close).rev().find(|k| view.at(*k) == '(')?;
            label = view.skip_blanks_back(open, 1);
        }
        let weak = matches!(view.before(end), '\n' | '/' | ')' | ']');
        if cues.end_at(label, Cue::NameLabel.bit()) && self.stands_alone(label) {
            if self.thing_before(cues.start_of(label)) {
                return Some(Left::Open);
            }
            return Some(if weak { Left::Label } else { Left::LabelColon });
        }
        let role = cues.end_at(label, Cue::Role.bit()) && self.role_is_word(label) && label < end;
        (role && view.before(end) != '\n').then_some(if weak { Left::Role } else { Left::RoleColon })
    }

    /// `이름은 `, `성함이 `, `피해자는 `.
    fn particle(&self, end: usize) -> Option<Left> {
        let (view, cues) = (self.view, self.cues);
        if !matches!(view.before(end), '은' | '는' | '이' | '가') {
            return None;
        }
        let label = view.skip_blanks_back(end - 1, 1);
        if cues.end_at(label, Cue::NameLabel.bit()) && self.stands_alone(label) {
            let thing = self.thing_before(cues.start_of(label));
            return Some(if thing { Left::Open } else { Left::NameIs });
        }
        (cues.end_at(end - 1, Cue::Role.bit())
            && matches!(view.before(end), '은' | '는')
            && self.role_is_word(end - 1))
        .then_some(Left::Role)
    }

    /// Whether some cue after which a name may be attached ends at `i`.
    fn cue_ends(&self, i: usize) -> bool {
        let direct = Cue::NameLabel.bit() | Cue::Role.bit();
        let particle = matches!(self.view.before(i), '은' | '는' | '이' | '가');
        self.cues.end_at(i, direct) || (particle && self.cues.end_at(i - 1, Cue::NameLabel.bit()))
    }

    /// Whether the cue that ends at `end` begins a word, or follows another cue (`신청인성명`, `아들이름`).
    fn stands_alone(&self, end: usize) -> bool {
        let start = self.cues.start_of(end);
        !is_word(self.view.before(start)) || self.cues.end_at(start, Cue::Role.bit() | Cue::SelfIntro.bit())
    }

    /// A role may end a longer word (`피해학생`, `담당공무원`), but one syllable must be a word of its own.
    fn role_is_word(&self, end: usize) -> bool {
        let start = self.cues.start_of(end);
        !is_word(self.view.before(start)) || (end - start >= 2 && is_hangul(self.view.before(start)))
    }

    /// `회사 이름은`: not a person's name.
    fn thing_before(&self, label: usize) -> bool {
        let end = self.view.skip_blanks_back(label, 1);
        let end = if self.view.before(end) == '의' { end - 1 } else { end };
        self.cues.end_at(end, Cue::Thing.bit()) && !self.cues.end_at(end, Cue::Role.bit())
    }

    /// Whether the sentence so far has `저는` or `제가`.
    fn sentence_has_self(&self, i: usize) -> bool {
        let from = i.saturating_sub(SENTENCE);
        (from..i).rev().take_while(|k| !matches!(self.view.at(*k), '.' | '!' | '?' | '\n')).any(|k| {
            k + 2 <= i
                && matches!((self.view.at(k), self.view.at(k + 1)), ('저', '는') | ('본', '인'))
                && !is_word(self.view.before(k))
        })
    }
}
