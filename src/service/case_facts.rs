//! What a triaged case gives to its draft replies: slot values and what the model thinks.

use time::{Date, OffsetDateTime};

use super::answer::Answer;
use super::drafts::{DraftRequest, Drafts};
use crate::domain::{Channel, DEPARTMENT, HeadPrediction, JURISDICTION, KIND, Prediction, Taxonomy};
use crate::drafting::{Priors, Slot, Values};
use crate::inference::Answer as Inferred;

/// Jurisdiction of the 31 cities and counties.
const CITY_COUNTY: &str = "city_county";
/// Kind of a 고충민원.
const GRIEVANCE: &str = "grievance";
/// From this probability on a city or county is named as the office that a case goes to.
const SURE: f32 = 0.5;

/// What drafts are wanted.
pub struct Wish<'a> {
    /// How many at most.
    pub suggest: usize,
    /// Where the answer goes.
    pub channel: Channel,
    /// The day on which facts must hold.
    pub today: Date,
    /// What the model said, if it answered.
    pub inferred: Option<&'a Inferred>,
}

/// Puts drafts into an answer, or the reason why there are none.
pub fn add_drafts(
    answer: &mut Answer,
    drafts: &Drafts,
    wish: &Wish<'_>,
    taxonomy: &Taxonomy,
    new_id: &mut dyn FnMut() -> String,
) {
    let sha256 = wish.inferred.map(|found| found.model.manifest.weights_sha256());
    let vector = wish.inferred.and_then(|found| found.embedding.as_deref());
    let request = DraftRequest {
        text: &answer.masked_text,
        vector: sha256.zip(vector),
        channel: wish.channel,
        language: &answer.language,
        priors: wish.inferred.map(|found| priors(&found.prediction, taxonomy)).unwrap_or_default(),
        department: &answer.department.code,
        sigungu: sigungu(answer),
        danger: answer.signals.iter().map(|signal| signal.number.clone()).collect(),
        values: values(answer, taxonomy),
        earlier: &[],
        today: wish.today,
        most: wish.suggest,
    };
    match drafts.suggest(&request, new_id) {
        Ok(replies) => answer.replies = replies,
        Err(reason) => answer.no_draft = Some(reason),
    }
}

/// What the model thinks, for the ranking of topics.
pub fn priors(prediction: &Prediction, taxonomy: &Taxonomy) -> Priors {
    let probabilities = |head: Option<&HeadPrediction>| {
        let pairs = |head: &HeadPrediction| {
            head.spec.labels.iter().cloned().zip(head.probabilities.iter().copied()).collect()
        };
        head.map(pairs).unwrap_or_default()
    };
    let department = prediction.head(DEPARTMENT);
    let no_complaint = taxonomy.department.iter().filter(|label| label.unclassifiable);
    Priors {
        no_complaint: no_complaint
            .map(|label| department.map_or(0.0, |head| head.probability(&label.code)))
            .sum(),
        department: probabilities(department),
        jurisdiction: probabilities(prediction.head(JURISDICTION)),
        grievance: prediction.head(KIND).map(|head| head.probability(GRIEVANCE)),
    }
}

/// 시·군 of the case, if it is sure.
pub fn sigungu(answer: &Answer) -> Option<&str> {
    let place = answer.location.as_ref().filter(|place| !place.ambiguous && place.outside.is_none())?;
    place.sigungu.as_deref()
}

/// What the case fills into slots. Nothing is guessed: what is not known stays open.
pub fn values(answer: &Answer, taxonomy: &Taxonomy) -> Values {
    let mut values = Values::new();
    let mut put = |slot: Slot, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            values.insert(slot, value);
        }
    };
    put(Slot::Sigungu, sigungu(answer).map(str::to_owned));
    let detail = answer.location.as_ref().filter(|place| !place.ambiguous).and_then(|l| l.detail.clone());
    put(Slot::Road, detail.as_deref().and_then(road).map(str::to_owned));
    put(Slot::Place, detail);
    let label = taxonomy.label(DEPARTMENT, &answer.department.code);
    let known = label.filter(|label| !label.unclassifiable && answer.department.confidence > 0.0);
    put(Slot::Department, known.map(|label| label.name.clone()));
    put(Slot::Receipt, answer.case_id.map(|id| id.0.to_string()));
    put(Slot::Due, answer.due.as_ref().map(|due| day_and_time(due.statutory)));
    let city = answer.jurisdiction.code == CITY_COUNTY && answer.jurisdiction.confidence >= SURE;
    put(Slot::Transferee, sigungu(answer).filter(|_| city).map(str::to_owned));
    values
}

/// The road that a place names: `국도 6호선`, `경부고속도로`.
fn road(detail: &str) -> Option<&str> {
    let numbered = ["국가지원지방도", "국지도", "지방도", "국도"].iter().find_map(|class| detail.find(class));
    if let Some(at) = numbered {
        return Some(&detail[at..]);
    }
    detail.split(' ').find(|word| word.ends_with("고속도로") || word.ends_with("대로"))
}

/// `2026년 11월 23일 13시 12분`, in the offset of the time given.
fn day_and_time(at: OffsetDateTime) -> String {
    let (year, month, day) = at.to_calendar_date();
    let date = format!("{year}년 {}월 {day}일", u8::from(month));
    match (at.hour(), at.minute()) {
        (hour, 0) => format!("{date} {hour}시"),
        (hour, minute) => format!("{date} {hour}시 {minute}분"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_read_as_in_a_letter() {
        assert_eq!(day_and_time(datetime!(2026-11-23 13:12 +9)), "2026년 11월 23일 13시 12분");
        assert_eq!(day_and_time(datetime!(2026-12-01 18:00 +9)), "2026년 12월 1일 18시");
    }

    #[test]
    fn a_road_is_taken_out_of_a_place() {
        assert_eq!(road("용문면 국도 6호선"), Some("국도 6호선"));
        assert_eq!(road("경부고속도로 기흥"), Some("경부고속도로"));
        assert_eq!(road("용문면 다문리"), None);
    }
}
