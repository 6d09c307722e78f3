//! What waits: an index in memory over the segment files, about 200 bytes a case.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use super::folder::{Folder, io};
use super::segment::Segment;
use super::{Limits, SpoolError, frame};
use crate::domain::CaseId;
use crate::store::{NewCase, Recorded, RequestKey};

/// A case that waits.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Number of the record; they grow, with gaps.
    pub number: u64,
    /// File that it lies in.
    pub segment: Arc<Segment>,
    /// Where its record begins.
    pub start: u64,
    /// Bytes of the record.
    pub len: usize,
    /// The case.
    pub case: CaseId,
    /// Key of its request.
    pub request: Option<RequestKey>,
}

impl Entry {
    /// Bytes of the record; checked by nobody yet.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        self.segment.read(self.start, self.len)
    }

    /// The case, if its record is whole.
    pub fn read(&self) -> Option<NewCase> {
        let bytes = self.bytes().ok()?;
        serde_json::from_slice(frame::payload(&bytes)?).ok()
    }
}

/// The index. Entries are in order of their numbers.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Entry>,
    segments: BTreeMap<u64, Arc<Segment>>,
    /// File that appends go to.
    current: Option<Arc<Segment>>,
    /// Number of the next record.
    next: u64,
    cases: HashMap<CaseId, u64>,
    requests: HashMap<[u8; 32], u64>,
}

/// What an append gave: the answers, and the file with the length that must be made durable.
type Written = (Vec<Recorded>, Option<(Arc<Segment>, u64)>);

impl Queue {
    /// An empty index whose records begin at a number.
    pub fn starting_at(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    /// Takes in a file of an earlier run.
    pub fn adopt(&mut self, segment: &Arc<Segment>) {
        self.next = self.next.max(segment.id + 1);
        self.segments.insert(segment.id, Arc::clone(segment));
    }

    /// Adds an entry behind all others.
    pub fn push(&mut self, entry: Entry) {
        self.next = self.next.max(entry.number + 1);
        self.cases.insert(entry.case, entry.number);
        if let Some(request) = &entry.request {
            self.requests.insert(request.scope, entry.number);
        }
        self.waiting.push_back(entry);
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.len()).sum()
    }

    pub fn holds(&self, id: CaseId) -> bool {
        self.cases.contains_key(&id)
    }

    pub fn awaits(&self, key: &RequestKey) -> bool {
        self.requests.contains_key(&key.scope)
    }

    /// The first entries, up to a number of records and bytes, but one at least.
    pub fn front(&self, records: usize, bytes: usize) -> Vec<Entry> {
        let mut sum = 0;
        let fits = |entry: &&Entry| {
            let first = sum == 0;
            sum += entry.len;
            first || sum <= bytes
        };
        self.waiting.iter().take(records).take_while(fits).cloned().collect()
    }

    /// Writes what is new; not durable yet.
    pub fn write(
        &mut self,
        folder: &Folder,
        limits: &Limits,
        cases: &[NewCase],
        payloads: &[Vec<u8>],
    ) -> Result<Written, SpoolError> {
        let (mut answers, mut buffer, mut fresh) = (Vec::new(), Vec::new(), Vec::<Entry>::new());
        let current = self.current(folder, limits)?;
        for (case, payload) in cases.iter().zip(payloads) {
            let key = case.request.as_ref();
            let earlier = cases[..answers.len()].iter().find(|earlier| same(earlier, case.id, key));
            let known = match earlier {
                Some(earlier) => Some(answer(earlier.clone(), key)),
                None => self.find(Some(case.id), key),
            };
            answers.push(known.clone().unwrap_or(Recorded::New));
            if known.is_none() {
                let start = buffer.len() as u64;
                frame::write(&mut buffer, self.next + fresh.len() as u64, payload)
                    .ok_or(SpoolError::Full { records: self.len(), bytes: self.bytes() })?;
                fresh.push(Entry {
                    number: self.next + fresh.len() as u64,
                    segment: Arc::clone(&current),
                    start,
                    len: buffer.len() - start as usize,
                    case: case.id,
                    request: case.request.clone(),
                });
            }
        }
        let bytes = self.bytes();
        if self.len() + fresh.len() > limits.records || bytes + buffer.len() as u64 > limits.bytes {
            return Err(SpoolError::Full { records: self.len(), bytes });
        }
        let start = current.write(&buffer).inspect_err(|_| self.leave(&current))?;
        for mut entry in fresh {
            entry.start += start;
            self.push(entry);
        }
        // A repetition of something that is written but not durable yet waits for that, too.
        let end = current.len();
        Ok((answers, (end > current.synced()).then_some((current, end))))
    }

    /// The file that the next records go to.
    fn current(&mut self, folder: &Folder, limits: &Limits) -> Result<Arc<Segment>, SpoolError> {
        if let Some(current) = self.current.clone() {
            if current.len() < limits.segment {
                return Ok(current);
            }
            // What a later append finds in an earlier file is durable.
            current.sync_to(current.len()).inspect_err(|_| self.forget(&current))?;
        }
        let segment = Arc::new(Segment::create(folder, self.next).map_err(io("begin a file"))?);
        self.adopt(&segment);
        self.current = Some(Arc::clone(&segment));
        Ok(segment)
    }

    /// Never writes to this file again.
    fn leave(&mut self, segment: &Arc<Segment>) {
        self.current.take_if(|current| Arc::ptr_eq(current, segment));
    }

    /// After an fsync failed: what was not durable before was told to be not stored, and goes.
    pub fn forget(&mut self, segment: &Arc<Segment>) {
        self.leave(segment);
        let durable = segment.synced();
        let lost = |entry: &Entry| Arc::ptr_eq(&entry.segment, segment) && entry.start >= durable;
        let (gone, kept) = self.waiting.drain(..).partition(lost);
        self.waiting = kept;
        self.unname(&gone);
        // If this fails too, the records may be replayed later: a case more, never one less.
        let _ = segment.cut(durable);
    }

    /// Forgets entries up to a number, and deletes files that nothing waits in.
    pub fn advance(&mut self, done: u64) {
        let count = self.waiting.partition_point(|entry| entry.number <= done);
        let gone: VecDeque<Entry> = self.waiting.drain(..count).collect();
        self.unname(&gone);
        self.tidy();
    }

    /// Deletes files before the first one that something waits in.
    pub fn tidy(&mut self) {
        let first = self.waiting.front().map_or(u64::MAX, |entry| entry.segment.id);
        let kept = self.segments.split_off(&first);
        for (_, segment) in std::mem::replace(&mut self.segments, kept) {
            self.leave(&segment);
            // A file that stays is found to be done at the next start.
            let _ = segment.delete();
        }
    }

    fn unname(&mut self, gone: &VecDeque<Entry>) {
        for entry in gone {
            self.cases.remove(&entry.case);
            if let Some(request) = &entry.request {
                self.requests.remove(&request.scope);
            }
        }
    }

    /// What is known of a case or a request that waits.
    pub fn find(&self, id: Option<CaseId>, key: Option<&RequestKey>) -> Option<Recorded> {
        let by_id = id.and_then(|id| self.cases.get(&id));
        let number = by_id.or_else(|| key.and_then(|key| self.requests.get(&key.scope)))?;
        let entry = self.waiting.binary_search_by_key(number, |entry| entry.number).ok()?;
        Some(answer(self.waiting[entry].read()?, key.filter(|_| by_id.is_none())))
    }
}

fn same(earlier: &NewCase, id: CaseId, key: Option<&RequestKey>) -> bool {
    let scope = |key: &RequestKey| key.scope;
    earlier.id == id || (key.is_some() && earlier.request.as_ref().map(scope) == key.map(scope))
}

fn answer(earlier: NewCase, key: Option<&RequestKey>) -> Recorded {
    let bodies = earlier.request.as_ref().map(|key| key.body).zip(key.map(|key| key.body));
    match bodies {
        Some((before, now)) if before != now => Recorded::Reused { case: earlier.id },
        _ => Recorded::Same { case: earlier.id, answer: earlier.prediction.answer },
    }
}
