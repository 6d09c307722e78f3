//! Reading the query string with all errors at once, as [`super::body::Fields`] reads a body.

use axum::http::Uri;

use super::problem::{FieldError, Problem};

/// Parameters of a query. Values may be repeated or separated by commas; unknown parameters are refused, because a
/// misspelt filter would silently show everything.
pub struct Query {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Query {
    /// Takes the query string apart.
    pub fn new(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self { pairs, errors: Vec::new() }
    }

    /// Notes an error of a parameter.
    pub fn error(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("?{name}"), detail: detail.into() });
    }

    /// All values of a parameter; commas separate.
    pub fn list<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let values = self.take(name);
        let mut out = Vec::new();
        for value in values.iter().flat_map(|value| value.split(',')).filter(|value| !value.is_empty()) {
            match read(value) {
                Ok(value) => out.push(value),
                Err(detail) => self.error(name, detail),
            }
        }
        out
    }

    /// A parameter that may be there once.
    pub fn one<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let values = self.take(name);
        match values.as_slice() {
            [] => None,
            [value] => match read(value) {
                Ok(value) => Some(value),
                Err(detail) => {
                    self.error(name, detail);
                    None
                }
            },
            _ => {
                self.error(name, "is there more than once");
                None
            }
        }
    }

    /// Ends reading.
    ///
    /// # Errors
    /// 422 with every error noted.
    pub fn finish(mut self) -> Result<(), Problem> {
        let unknown: Vec<String> =
            self.pairs.iter().map(|(name, _)| name.chars().take(64).collect()).collect();
        for name in unknown {
            self.error(&name, "there is no such parameter");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.pairs).into_iter().partition(|(found, _)| found == name);
        self.pairs = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_come_at_once() {
        let mut query =
            Query::new(&"/v1/cases?limit=x&status=a,b&status=c&statsu=d&limit=2".parse().unwrap());
        assert_eq!(query.list("status", |v| Ok(v.to_owned())), ["a", "b", "c"]);
        assert_eq!(query.one("limit", |v| v.parse::<u32>().map_err(|e| e.to_string())), None);
        let problem = query.finish().unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, ["?limit", "?statsu"]);
    }
}
