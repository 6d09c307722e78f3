//! Start of a spool: what an earlier run left is read, a torn end cut off, damaged bytes set aside.

use std::path::PathBuf;
use std::sync::Arc;

use super::SpoolError;
use super::folder::{Folder, Position, io};
use super::frame::{self, Piece};
use super::queue::{Entry, Queue};
use super::segment::{ENDING, Segment};
use crate::store::NewCase;

/// Why something was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its check does not fit.
    Damaged,
    /// Whole, but not a case as this program knows it.
    Unreadable,
    /// The store refuses it, though it is up.
    Refused,
}

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Name of the file in the spool's directory; `None` if it could not be written, and the bytes stay where they are.
    pub file: Option<String>,
    /// Why.
    pub why: Why,
    /// How many bytes.
    pub bytes: usize,
}

/// What was found at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Cases that wait.
    pub waiting: usize,
    /// Bytes of torn ends that were cut off; no append had been acknowledged for them.
    pub torn: usize,
    /// What was set aside now; not what earlier starts set aside.
    pub aside: Vec<Aside>,
    /// The position could not be read: all that is there is offered again.
    pub position_lost: bool,
}

/// Reads all files.
pub fn recover(folder: &Folder) -> Result<(Queue, Recovered), SpoolError> {
    let mut recovered = Recovered::default();
    let done = match folder.position() {
        Position::Done(done) => done,
        Position::Lost => {
            recovered.position_lost = true;
            0
        }
    };
    let mut queue = Queue::starting_at(done + 1);
    let mut entries = Vec::new();
    for path in folder.files(ENDING).map_err(io("list its files"))? {
        entries.extend(read_file(folder, path, &mut queue, &mut recovered)?);
    }
    entries.sort_by_key(|entry| entry.number);
    for entry in entries {
        // The number of a record that is done counts all the same: none is given twice.
        queue.push(entry);
    }
    queue.advance(done);
    recovered.waiting = queue.len();
    Ok((queue, recovered))
}

fn read_file(
    folder: &Folder,
    path: PathBuf,
    queue: &mut Queue,
    recovered: &mut Recovered,
) -> Result<Vec<Entry>, SpoolError> {
    let Some((mut segment, bytes)) = Segment::reopen(path).map_err(io("read a file"))? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for piece in frame::scan(&bytes) {
        let (range, why) = match piece {
            Piece::Record { number, range } => match serde_json::from_slice(&bytes[range.clone()][frame::HEAD..]) {
                Ok(case) => {
                    found.push((number, range, case));
                    continue;
                }
                Err(_) => (range, Why::Unreadable),
            },
            Piece::Damaged(range) => (range, Why::Damaged),
            Piece::Torn(range) => {
                segment.cut(range.start as u64).map_err(io("cut off a torn end"))?;
                recovered.torn += range.len();
                continue;
            }
        };
        let new = set_aside(folder, segment.aside(range.start as u64), &bytes[range], why);
        segment.hold |= new.as_ref().is_some_and(|aside| aside.file.is_none());
        recovered.aside.extend(new);
    }
    let segment = Arc::new(segment);
    queue.adopt(&segment);
    let entry = |(number, range, case): (u64, std::ops::Range<usize>, NewCase)| Entry {
        number,
        segment: Arc::clone(&segment),
        start: range.start as u64,
        len: range.len(),
        case: case.id,
        request: case.request,
    };
    Ok(found.into_iter().map(entry).collect())
}

/// Keeps bytes in a `.bad` file. `None`: they were kept before.
pub fn set_aside(folder: &Folder, name: String, bytes: &[u8], why: Why) -> Option<Aside> {
    let file = match folder.keep(&name, bytes) {
        Ok(false) => return None,
        Ok(true) => Some(name),
        Err(_) => None,
    };
    Some(Aside { file, why, bytes: bytes.len() })
}
