//! The filters of the queue: read leniently from a query string, shown as a form, carried along in addresses.

use axum::http::Uri;

use crate::domain::case::Status;
use crate::domain::{Channel, DEPARTMENT, HEADS, JURISDICTION, Taxonomy, URGENCY};
use crate::store::{CaseRow, Cursor, Filter};

use super::words;

/// Longest search text, in characters.
const LONGEST_SEARCH: usize = 100;
/// Names of the filters in addresses.
const NAMES: [&str; 7] = ["q", "status", DEPARTMENT, URGENCY, JURISDICTION, "channel", "alarm"];

/// Which cases are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// What was asked for, in the order of [`NAMES`]; what is unknown was left out.
    pairs: Vec<(&'static str, String)>,
    /// For the store. Open cases are not asked for by status: the queue's order has them first.
    pub filter: Filter,
    /// Only cases that have not ended; so unless a status is named.
    pub open_only: bool,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// A choice of a filter.
pub struct Choice {
    /// Value in the address.
    pub value: String,
    /// Shown.
    pub name: String,
    /// It is the one in force.
    pub chosen: bool,
}

/// A filter with its choices.
pub struct Field {
    /// Name in the address.
    pub name: &'static str,
    /// Shown.
    pub title: &'static str,
    /// Choices; the first is no restriction.
    pub choices: Vec<Choice>,
}

impl Wanted {
    /// Reads a query string; what is not known is ignored, because an address may be old.
    pub fn read(uri: &Uri, taxonomy: &Taxonomy) -> Self {
        let given: Vec<(String, String)> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let value = |name: &str| given.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim());
        let mut wanted = Self { open_only: true, ..Self::default() };
        wanted.cursor = value("cursor").and_then(|text| text.parse().ok());
        for name in NAMES {
            if let Some(value) = value(name).filter(|value| !value.is_empty()) {
                wanted.take(name, value, taxonomy);
            }
        }
        wanted
    }

    fn take(&mut self, name: &'static str, value: &str, taxonomy: &Taxonomy) {
        let filter = &mut self.filter;
        match name {
            "q" => filter.text = Some(value.chars().take(LONGEST_SEARCH).collect()),
            "status" => match value.parse::<Status>() {
                Ok(status) => {
                    filter.status = vec![status];
                    self.open_only = false;
                }
                Err(_) if value == "all" => self.open_only = false,
                Err(_) => return,
            },
            "channel" => match value.parse::<Channel>() {
                Ok(channel) => filter.channel = vec![channel],
                Err(_) => return,
            },
            "alarm" => filter.alarm = true,
            head if taxonomy.label(head, value).is_some() => {
                let list = match head {
                    DEPARTMENT => &mut filter.department,
                    URGENCY => &mut filter.urgency,
                    _ => &mut filter.jurisdiction,
                };
                *list = vec![value.to_owned()];
            }
            _ => return,
        }
        self.pairs.push((name, value.chars().take(LONGEST_SEARCH).collect()));
    }

    /// The value of a filter; empty where there is none.
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }

    /// The query string, with `?`; empty without filters.
    pub fn query(&self) -> String {
        self.with(&[])
    }

    /// The query string with some values changed or added; an empty value takes a filter away.
    pub fn with(&self, changed: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = self.pairs.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in kept.filter(|(name, _)| !changed.iter().any(|(other, _)| other == name)) {
            query.append_pair(name, value);
        }
        for (name, value) in changed.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// Whether a case belongs into this list. A search is looked up letter by letter here, without the store's index.
    pub fn takes(&self, row: &CaseRow) -> bool {
        let filter = &self.filter;
        let any = |list: &[String], code: &String| list.is_empty() || list.contains(code);
        let words = filter.text.as_deref().unwrap_or_default().split_whitespace();
        (!self.open_only || !row.status.is_final())
            && (filter.status.is_empty() || filter.status.contains(&row.status))
            && (filter.channel.is_empty() || filter.channel.contains(&row.channel))
            && any(&filter.department, &row.labels.department)
            && any(&filter.urgency, &row.labels.urgency)
            && any(&filter.jurisdiction, &row.labels.jurisdiction)
            && (!filter.alarm || row.alarm)
            && words.into_iter().all(|word| row.masked_text.contains(word))
    }

    /// The filters as fields of a form, the search apart.
    pub fn fields(&self, taxonomy: &Taxonomy) -> Vec<Field> {
        let mut fields: Vec<Field> = HEADS[..3]
            .iter()
            .map(|head| {
                let labels = taxonomy.head(head).unwrap_or_default();
                let names = labels.iter().map(|label| (label.code.as_str(), label.name.as_str()));
                self.field(head, words::head(head), names)
            })
            .collect();
        let channels = Channel::ALL.map(|channel| (channel.as_str(), words::channel(channel)));
        fields.push(self.field("channel", "접수 경로", channels.into_iter()));
        fields
    }

    fn field<'a>(
        &self,
        name: &'static str,
        title: &'static str,
        values: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Field {
        let now = self.value(name);
        let all = std::iter::once(("", "전체"));
        let choice = |(value, shown): (&str, &str)| Choice {
            value: value.to_owned(),
            name: shown.to_owned(),
            chosen: value == now,
        };
        Field { name, title, choices: all.chain(values).map(choice).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Wanted {
        Wanted::read(&format!("/?{query}").parse().unwrap(), &Taxonomy::bundled())
    }

    #[test]
    fn an_address_gives_the_filters_and_filters_the_address() {
        let wanted = read("department=roads&urgency=high&status=in_review&q=%ED%8F%AC%ED%8A%B8%ED%99%80&x=1");
        assert_eq!(wanted.filter.department, ["roads"]);
        assert_eq!(wanted.filter.status, [Status::InReview]);
        assert_eq!(wanted.filter.text.as_deref(), Some("포트홀"));
        assert_eq!(read(wanted.query().trim_start_matches('?')), wanted);
        assert_eq!(
            read(wanted.with(&[("q", ""), ("status", "all")]).trim_start_matches('?')).value("status"),
            "all"
        );
    }

    #[test]
    fn what_is_not_known_restricts_nothing() {
        let wanted = read("department=nowhere&status=lost&channel=pigeon&cursor=zzz&urgency=");
        assert_eq!(wanted, Wanted { open_only: true, ..Wanted::default() });
        assert_eq!(wanted.query(), "");
    }
}
