//! Earlier approved replies to similar cases, as further candidates.

use time::Date;

/// Least similarity of the cases: the same matter, not only the same subject.
const SIMILAR: f32 = 0.8;

/// A reply that a counsellor approved, personal data masked.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierReply {
    /// The case it answered.
    pub case_id: String,
    /// The masked text.
    pub text: String,
    /// Department that answered.
    pub department: String,
    /// Last day on which the facts in it hold: the earliest of its sources'.
    pub valid_until: Option<Date>,
    /// Similarity of its case to this one, 0 to 1.
    pub similarity: f32,
}

/// Those that may be offered: the same department, a like case, facts that still hold; the most alike first.
pub fn usable<'a>(replies: &'a [EarlierReply], department: &str, today: Date) -> Vec<&'a EarlierReply> {
    let fits = |reply: &&EarlierReply| {
        reply.department == department
            && reply.similarity >= SIMILAR
            && reply.valid_until.is_none_or(|last| today <= last)
    };
    let mut usable: Vec<_> = replies.iter().filter(fits).collect();
    usable.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.case_id.cmp(&b.case_id)));
    usable
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn only_like_replies_of_the_department_with_facts_that_hold() {
        let reply = |id: &str, department: &str, similarity, valid_until| EarlierReply {
            case_id: id.into(),
            text: "답".into(),
            department: department.into(),
            valid_until,
            similarity,
        };
        let replies = [
            reply("a", "roads", 0.85, None),
            reply("b", "roads", 0.95, Some(date!(2026 - 12 - 31))),
            reply("c", "roads", 0.99, Some(date!(2026 - 11 - 22))),
            reply("d", "transport", 0.99, None),
            reply("e", "roads", 0.5, None),
        ];
        let found = usable(&replies, "roads", date!(2026 - 11 - 23));
        assert_eq!(found.iter().map(|r| r.case_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }
}
