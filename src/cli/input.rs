//! Rows from stdin: JSONL, CSV with a header, or plain lines, told apart by the first line.

use std::io::BufRead;

use serde_json::Value;

use crate::domain::{Channel, ComplaintText};
use crate::text::normalise;

/// How stdin is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// By the first line: `{` begins JSONL, a header with a column `text` CSV, anything else plain lines.
    Auto,
    /// One JSON object a line: `{"id"?, "text", "channel"?}`.
    Jsonl,
    /// Comma-separated with a header that has a column `text`, and perhaps `id` and `channel`.
    Csv,
    /// One text a line.
    Lines,
}

/// One row of input.
#[derive(Debug, Clone, PartialEq)]
pub struct InputRow {
    /// The row's id, or its number.
    pub id: String,
    /// The text.
    pub text: ComplaintText,
    /// The channel.
    pub channel: Channel,
}

/// A row that cannot be read; the others still can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The row's id where it is known, else its number.
    pub id: String,
    /// Line from 1.
    pub line: usize,
    /// What is wrong, without the text.
    pub what: String,
}

/// Rows in order, each readable or not.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<InputRow, RowError>> + 'a>;

/// Reads rows lazily, so that any number of them takes the memory of one.
///
/// # Errors
/// If the first line cannot be read or the CSV header has no column `text`.
pub fn rows<'a, R: BufRead + 'a>(mut reader: R, format: Format) -> Result<Rows<'a>, String> {
    let first = reader.fill_buf().map_err(|e| format!("stdin: {e}"))?;
    let first = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(first);
    let line = first.split(|b| *b == b'\n').next().unwrap_or_default();
    let format = match format {
        Format::Auto => detect(line),
        given => given,
    };
    match format {
        Format::Csv => csv_rows(reader),
        Format::Jsonl => Ok(Box::new(lines(reader).filter_map(|(n, line)| line_row(n, line, json_row)))),
        _ => Ok(Box::new(lines(reader).filter_map(|(n, line)| line_row(n, line, plain_row)))),
    }
}

fn detect(line: &[u8]) -> Format {
    let line = String::from_utf8_lossy(line);
    let is_text = |column: &str| column.trim().trim_matches('"').eq_ignore_ascii_case("text");
    if line.trim_start().starts_with('{') {
        Format::Jsonl
    } else if line.split(',').any(is_text) {
        Format::Csv
    } else {
        Format::Lines
    }
}

type RawLine = Result<Vec<u8>, std::io::Error>;

fn lines<R: BufRead>(reader: R) -> impl Iterator<Item = (usize, RawLine)> {
    reader.split(b'\n').enumerate().map(|(i, line)| (i + 1, line))
}

/// A blank line is no row; one that is no UTF-8 is a row with an error.
fn line_row(
    number: usize,
    line: RawLine,
    read: fn(usize, &str) -> Result<InputRow, RowError>,
) -> Option<Result<InputRow, RowError>> {
    let wrong = |what: String| RowError { id: number.to_string(), line: number, what };
    let bytes = match line {
        Ok(bytes) => bytes,
        Err(error) => return Some(Err(wrong(error.to_string()))),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let text = text.trim_start_matches('\u{feff}').trim_end_matches('\r');
            (!text.trim().is_empty()).then(|| read(number, text))
        }
        Err(_) => Some(Err(wrong("not UTF-8".into()))),
    }
}

fn plain_row(number: usize, line: &str) -> Result<InputRow, RowError> {
    build(number, None, line, None)
}

fn json_row(number: usize, line: &str) -> Result<InputRow, RowError> {
    let wrong = |what: String| RowError { id: number.to_string(), line: number, what };
    let value: Value = serde_json::from_str(line).map_err(|e| wrong(format!("not JSON: {e}")))?;
    let id = match &value["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let text = value["text"].as_str().ok_or_else(|| wrong("`text` is missing or no string".into()))?;
    build(number, id, text, value["channel"].as_str())
}

fn build(number: usize, id: Option<String>, text: &str, channel: Option<&str>) -> Result<InputRow, RowError> {
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| number.to_string());
    let wrong = |what: String| RowError { id: id.clone(), line: number, what };
    let text = normalise::parse(text).map_err(|e| wrong(e.to_string()))?;
    let channel = match channel.filter(|c| !c.is_empty()) {
        Some(name) => name.parse().map_err(|e: crate::domain::UnknownChannel| wrong(e.to_string()))?,
        None => Channel::default(),
    };
    Ok(InputRow { id, text, channel })
}

fn csv_rows<'a, R: BufRead + 'a>(reader: R) -> Result<Rows<'a>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let headers = reader.headers().map_err(|e| format!("CSV header: {e}"))?.clone();
    let column = |name: &str| {
        headers.iter().position(|h| h.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
    };
    let text = column("text").ok_or("the CSV header has no column `text`")?;
    let (id, channel) = (column("id"), column("channel"));
    let row = move |(i, record): (usize, Result<csv::StringRecord, csv::Error>)| {
        let number = i + 2;
        let wrong = |what: &str| RowError { id: number.to_string(), line: number, what: what.to_owned() };
        let record = record.map_err(|e| match e.kind() {
            csv::ErrorKind::Utf8 { .. } => wrong("not UTF-8"),
            _ => wrong("not a CSV record"),
        })?;
        let field = |at: Option<usize>| at.and_then(|at| record.get(at));
        let content = field(Some(text)).ok_or_else(|| wrong("the column `text` is missing"))?;
        build(number, field(id).map(str::to_owned), content, field(channel))
    };
    Ok(Box::new(reader.into_records().enumerate().map(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, text and channel, or line and fault.
    type Read = Result<(String, String, Channel), (usize, String)>;

    fn read(input: &[u8]) -> Vec<Read> {
        rows(input, Format::Auto)
            .unwrap()
            .map(|row| match row {
                Ok(row) => Ok((row.id, row.text.as_str().to_owned(), row.channel)),
                Err(e) => Err((e.line, e.what)),
            })
            .collect()
    }

    #[test]
    fn jsonl_keeps_ids_and_tells_bad_lines() {
        let input = "{\"id\": \"a\", \"text\": \"버스\", \"channel\": \"sms\"}\n\n{\"id\": 7, \"text\": \" \"}\n{oops\n";
        let rows = read(input.as_bytes());
        assert_eq!(rows[0], Ok(("a".into(), "버스".into(), Channel::Sms)));
        assert_eq!(rows[1], Err((3, "the text is blank".into())));
        assert!(matches!(&rows[2], Err((4, what)) if what.starts_with("not JSON")));
    }

    #[test]
    fn csv_finds_its_columns() {
        let rows = read("\u{feff}id,channel,text\r\nx,kakao,\"둘, 셋\n넷\"\r\ny,fax,다섯\r\n".as_bytes());
        assert_eq!(rows[0], Ok(("x".into(), "둘, 셋\n넷".into(), Channel::Kakao)));
        assert!(matches!(&rows[1], Err((3, what)) if what.starts_with("unknown channel")));
    }

    #[test]
    fn lines_are_texts_and_broken_utf8_fails_alone() {
        let rows = read(b"\xea\xb0\x80\n\xff\xfe\n\xeb\x82\x98\r\n");
        assert_eq!(rows[0], Ok(("1".into(), "가".into(), Channel::Web)));
        assert_eq!(rows[1], Err((2, "not UTF-8".into())));
        assert_eq!(rows[2], Ok(("3".into(), "나".into(), Channel::Web)));
    }
}
