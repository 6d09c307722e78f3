//! What the text rooms say about one complaint, put into the words of the answer.
//!
//! Signals are looked for in the text as it was written, so that masking can never hide a danger; everything else,
//! the model included, sees the masked text only, which is also what is stored.

use std::sync::Arc;

use time::OffsetDateTime;

use super::answer::{DueTimes, HelpLineFound, Location, SignalFound};
use crate::calendar::{Clock as OfficeClock, Periods, Question, WorkCalendar};
use crate::domain::{ComplaintText, Span};
use crate::text::language::{HelpLines, Languages};
use crate::text::normalise::Folded;
use crate::text::personal_data::Masked;
use crate::text::places::Places;
use crate::text::signals::{Signal, SignalRules};
use crate::text::view::ModelView;

/// The language that counsellors and model read.
const KOREAN: &str = "ko";

/// Rules, gazetteer and calendar, read once and shared.
pub struct Rooms {
    signals: Arc<SignalRules>,
    places: Places,
    languages: Languages,
    help_lines: HelpLines,
    calendar: WorkCalendar,
    periods: Periods,
}

/// What was found in one text.
pub struct Findings {
    /// The text with personal data replaced.
    pub masked: String,
    /// The masked text, folded: all that the model sees.
    pub folded: Folded,
    /// Signs of danger, strongest first.
    pub signals: Vec<SignalFound>,
    /// The place that the complaint is about.
    pub location: Option<Location>,
    /// Language code (BCP 47).
    pub language: String,
    /// The text is not Korean.
    pub foreign: bool,
    /// Whom a writer in that language can call.
    pub help_line: Option<HelpLineFound>,
}

impl Rooms {
    /// Reads the bundled data files.
    pub fn bundled() -> Self {
        Self {
            signals: SignalRules::bundled(),
            places: Places::bundled(),
            languages: Languages::bundled(),
            help_lines: HelpLines::bundled(),
            calendar: WorkCalendar::bundled(),
            periods: Periods::bundled(),
        }
    }

    /// Looks at one text.
    pub fn look(&self, text: &ComplaintText) -> Findings {
        let ModelView { masked, folded } = ModelView::of(text.as_str());
        let signals = self.signals.detect(text.as_str());
        let signals = signals.iter().map(|signal| signal_found(signal, &masked)).collect();
        let language = self.languages.detect(&masked.text);
        let foreign = language.code != KOREAN;
        let line = if foreign { self.help_lines.for_language(&language.code) } else { None };
        Findings {
            signals,
            location: self.location(&masked.text),
            help_line: line.map(|line| HelpLineFound {
                number: line.number.to_owned(),
                name: line.name.to_owned(),
                label: line.label.to_owned(),
            }),
            language: language.code,
            foreign,
            masked: masked.text,
            folded,
        }
    }

    fn location(&self, masked: &str) -> Option<Location> {
        let place = self.places.main(masked)?;
        let detail: Vec<String> = [place.gu, place.detail].into_iter().flatten().collect();
        Some(Location {
            sigungu: place.sigungu,
            detail: (!detail.is_empty()).then(|| detail.join(" ")),
            span: Span::from_bytes(masked, &place.bytes),
            ambiguous: place.ambiguous,
            candidates: place.candidates,
            outside: place.outside,
        })
    }

    /// Until when a paper has to be passed on (시행령 §13) that was settled at `from`, with the rule.
    pub fn pass_on(&self, clock: OfficeClock, from: OffsetDateTime) -> (OffsetDateTime, String) {
        let deadline = self.periods.clock(clock, from, &self.calendar);
        (deadline.until, deadline.basis)
    }

    /// Due times of a kind of 민원; `None` where each statute has its own period.
    pub fn due(&self, kind: &str, received_at: OffsetDateTime) -> Option<DueTimes> {
        // Whether an inquiry asks about a statute is not told by the model: the shorter period is the safe one.
        let due = self.periods.due(kind, Question::OnProcedure, received_at, &self.calendar).ok()??;
        Some(DueTimes {
            statutory: due.statutory,
            target: due.target,
            basis: due.basis,
            warning: due.warning.map(|w| w.to_string()),
        })
    }
}

fn signal_found(signal: &Signal, masked: &Masked) -> SignalFound {
    let bytes = masked.to_masked(signal.span.clone());
    SignalFound {
        kind: signal.kind.code().to_owned(),
        span: Span::from_bytes(&masked.text, &bytes),
        number: signal.call.number.clone(),
        name: signal.call.name.clone(),
        also: signal.also.iter().map(|agency| format!("{} {}", agency.number, agency.name)).collect(),
        strength: signal.strength.value(),
        source: signal.rule.to_string(),
    }
}
