//! One append-only file of the spool. Several appends share an fsync: whoever comes while one runs waits for its end,
//! and the first of them then makes all of them durable.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Mutex;

use super::folder::{Folder, io};
use super::{SpoolError, lock};

/// Ending of the files' names.
pub const ENDING: &str = "log";

/// A segment file. Its name is a number below those of its records, so that names sort by age.
#[derive(Debug)]
pub struct Segment {
    /// Number in its name.
    pub id: u64,
    path: PathBuf,
    file: File,
    progress: Mutex<Progress>,
    /// Held by whoever syncs.
    turn: Mutex<()>,
    /// Holds damaged bytes that could not be kept elsewhere: not to be deleted.
    pub hold: bool,
}

/// How far the file has come, in bytes.
#[derive(Debug, Clone, Default)]
struct Progress {
    written: u64,
    synced: u64,
    /// Why the file can no longer be trusted.
    failed: Option<SpoolError>,
}

impl Segment {
    /// A new, empty file.
    pub fn create(folder: &Folder, id: u64) -> io::Result<Self> {
        let (path, file) = folder.create(&format!("{id:020}.{ENDING}"))?;
        Ok(Self { id, path, file, progress: Mutex::default(), turn: Mutex::new(()), hold: false })
    }

    /// A file from an earlier run with its whole content; `None` for a file that is not the spool's.
    pub fn reopen(path: PathBuf) -> io::Result<Option<(Self, Vec<u8>)>> {
        let Some(id) = path.file_stem().and_then(|name| name.to_str()?.parse().ok()) else { return Ok(None) };
        let (bytes, file) = (fs::read(&path)?, File::options().read(true).write(true).open(&path)?);
        let progress = Progress { written: bytes.len() as u64, synced: bytes.len() as u64, failed: None };
        let progress = Mutex::new(progress);
        Ok(Some((Self { id, path, file, progress, turn: Mutex::new(()), hold: false }, bytes)))
    }

    /// Length in bytes, synced or not.
    pub fn len(&self) -> u64 {
        lock(&self.progress).written
    }

    /// Length that is known to be on disk.
    pub fn synced(&self) -> u64 {
        lock(&self.progress).synced
    }

    /// Writes at the end; gives the place where the bytes begin. Not durable yet.
    ///
    /// # Errors
    /// Nothing was added then.
    pub fn write(&self, bytes: &[u8]) -> Result<u64, SpoolError> {
        let mut progress = lock(&self.progress);
        let start = progress.written;
        if let Err(error) = self.file.write_all_at(bytes, start) {
            // Half a record may lie there now. If it cannot be cut off, it is a tear for the next start.
            let _ = self.file.set_len(start);
            return Err(io("write a record")(error));
        }
        progress.written += bytes.len() as u64;
        Ok(start)
    }

    /// Returns when everything before `end` is on disk.
    ///
    /// # Errors
    /// After an fsync failed, the operating system may have dropped the bytes: the file is not used any more, and
    /// nothing that was not durable before counts.
    pub fn sync_to(&self, end: u64) -> Result<(), SpoolError> {
        let _turn = lock(&self.turn);
        let now = lock(&self.progress).clone();
        if now.synced >= end {
            return Ok(());
        }
        let result = now.failed.map_or_else(|| self.file.sync_data().map_err(io("make a record durable")), Err);
        let mut progress = lock(&self.progress);
        match &result {
            Ok(()) => progress.synced = now.written,
            Err(error) => progress.failed = Some(error.clone()),
        }
        result
    }

    /// Cuts the file off.
    pub fn cut(&self, end: u64) -> io::Result<()> {
        let mut progress = lock(&self.progress);
        self.file.set_len(end)?;
        (progress.written, progress.synced) = (end, progress.synced.min(end));
        self.file.sync_all()
    }

    /// Reads a stretch.
    pub fn read(&self, start: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }

    /// Name for the file that a stretch is set aside in.
    pub fn aside(&self, start: u64) -> String {
        format!("{:020}-{start}.bad", self.id)
    }

    /// Deletes the file, if nothing in it must be held.
    pub fn delete(&self) -> io::Result<()> {
        if self.hold { Ok(()) } else { fs::remove_file(&self.path) }
    }
}
