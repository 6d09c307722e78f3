//! Reading a JSON body with errors that say where, and taking fields out of it with all errors at once.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use serde_json::{Map, Value};

use super::problem::{FieldError, Problem};

/// Reads the whole body as JSON, of at most `limit` bytes.
///
/// # Errors
/// 415, 413 or 400, with the pointer to where the JSON breaks off.
pub async fn json(request: Request, limit: usize) -> Result<Value, Problem> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !is_json(media) {
        return Err(Problem::media_type());
    }
    let declared =
        request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(Problem::body_too_large(limit));
    }
    let bytes = read(request.into_body(), limit).await?;
    parse(&bytes)
}

fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, Problem> {
    to_bytes(body, limit).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(e) = cause {
            if e.is::<http_body_util::LengthLimitError>() {
                return Problem::body_too_large(limit);
            }
            cause = e.source();
        }
        Problem::incomplete_body()
    })
}

/// Parses JSON; nesting beyond serde_json's limit of 128 is refused before it can exhaust the stack.
fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: Result<Value, _> = serde_path_to_error::deserialize(&mut deserializer);
    let value = value.map_err(|error| {
        let pointer = pointer(error.path());
        // serde_json's own message: position and kind of error, never the input.
        Problem::not_json(pointer, error.into_inner().to_string())
    })?;
    deserializer.end().map_err(|error| Problem::not_json(String::new(), error.to_string()))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { variant } => format!("/{}", escape(variant)),
        Segment::Unknown => String::new(),
    };
    path.iter().map(part).collect()
}

/// Escapes a key for a JSON Pointer (RFC 6901 §3); long keys are cut, a pointer is no place to echo input.
fn escape(key: &str) -> String {
    key.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}

/// Fields of a JSON object; collects every error instead of stopping at the first. Unknown fields are left alone.
pub struct Fields<'a> {
    object: Map<String, Value>,
    prefix: &'a str,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Takes an object apart; `prefix` is the pointer to it.
    ///
    /// # Errors
    /// 422 if it is no object.
    pub fn new(value: Value, prefix: &'a str) -> Result<Self, Problem> {
        match value {
            Value::Object(object) => Ok(Self { object, prefix, errors: Vec::new() }),
            other => Err(Problem::invalid(vec![FieldError {
                pointer: prefix.to_owned(),
                detail: format!("expected an object, found {}", kind(&other)),
            }])),
        }
    }

    /// Notes an error of a field.
    pub fn error(&mut self, field: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("{}/{field}", self.prefix), detail: detail.into() });
    }

    /// A field, if it is there and not null, read by `read`, which says what it expected.
    pub fn optional<T>(&mut self, field: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        match self.object.remove(field) {
            None | Some(Value::Null) => None,
            Some(value) => match read(&value) {
                Ok(read) => Some(read),
                Err(detail) => {
                    self.error(field, detail);
                    None
                }
            },
        }
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, field: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        if self.object.get(field).is_none_or(Value::is_null) {
            self.error(field, "the field is required");
            return None;
        }
        self.optional(field, read)
    }

    /// Ends reading.
    ///
    /// # Errors
    /// 422 with every error noted.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }
}

/// A string.
pub fn string(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("expected a string, found {}", kind(value)))
}

/// `true` or `false`.
pub fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("expected true or false, found {}", kind(value)))
}

/// A whole number from 0 to `most`.
pub fn number_up_to(most: usize) -> impl FnOnce(&Value) -> Result<usize, String> {
    move |value| {
        let number = value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= most);
        number.ok_or_else(|| format!("expected a whole number from 0 to {most}"))
    }
}

/// Name of a JSON type, with its article.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_is_located() {
        let problem = parse(br#"{"text": "\ud800"}"#).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.errors[0].pointer.as_str()), (400, "/text"));
        let problem = parse(b"{\"items\": [{\"text\": \"a\"}, {\"text\": \xff}]}").unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/items/1/text");
        assert!(parse(b"{} trailing").is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn all_field_errors_come_at_once() {
        let value = serde_json::json!({"a": 1, "b": "x", "c": null, "other": [1]});
        let mut fields = Fields::new(value, "/items/3").unwrap();
        assert_eq!(fields.required("a", string), None);
        assert_eq!(fields.optional("b", number_up_to(3)), None);
        assert_eq!(fields.required("c", boolean), None);
        let problem = fields.finish().unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, ["/items/3/a", "/items/3/b", "/items/3/c"]);
    }

    #[test]
    fn media_types() {
        assert!(is_json("application/json; charset=utf-8") && is_json("application/vnd.x+json"));
        assert!(!is_json("text/plain") && !is_json("") && !is_json("application/jsonp"));
    }
}
