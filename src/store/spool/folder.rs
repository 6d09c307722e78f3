//! The spool's directory: who may read it, who owns it, how a file in it becomes durable.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::SpoolError;

const LOCK: &str = "lock";
const POSITION: &str = "position";

/// An open, locked directory. The lock goes with the process, however that ends.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    _lock: File,
}

/// What the position file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Every record up to this number has been acknowledged; 0 if the file was never written.
    Done(u64),
    /// The file cannot be read. Everything that is still there is offered again, which the store bears.
    Lost,
}

impl Folder {
    /// Makes the directory if need be and takes the lock.
    ///
    /// # Errors
    /// [`SpoolError::Owned`], [`SpoolError::Open`], [`SpoolError::Io`].
    pub fn open(dir: &Path) -> Result<Self, SpoolError> {
        let new = !dir.exists();
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io("make the directory"))?;
        if new && let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_dir(parent).map_err(io("make the directory"))?;
        }
        close_to_others(dir)?;
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(dir.join(LOCK))
            .map_err(io("open the lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SpoolError::Owned { dir: dir.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(io("take the lock")(error)),
        }
    }

    /// Files whose name ends like this, by name.
    pub fn files(&self, end: &str) -> io::Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(&self.dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == end));
        files.sort();
        Ok(files)
    }

    /// A new file; its name is durable when this returns.
    pub fn create(&self, name: &str) -> io::Result<(PathBuf, File)> {
        let path = self.dir.join(name);
        let file = private(OpenOptions::new().read(true).write(true).create_new(true)).open(&path)?;
        sync_dir(&self.dir)?;
        Ok((path, file))
    }

    /// Keeps bytes in a file of their own. `false`: they were kept before.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        if fs::metadata(self.dir.join(name)).is_ok_and(|kept| kept.len() == bytes.len() as u64) {
            return Ok(false);
        }
        self.replace(name, bytes).map(|()| true)
    }

    /// Where the last replay ended.
    pub fn position(&self) -> Position {
        match fs::read(self.dir.join(POSITION)) {
            Ok(bytes) => read_position(&bytes).map_or(Position::Lost, Position::Done),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Position::Done(0),
            Err(_) => Position::Lost,
        }
    }

    /// Durably says where a replay has come to.
    pub fn save_position(&self, done: u64) -> io::Result<()> {
        let number = done.to_le_bytes();
        let bytes = [&number[..], &Sha256::digest(number)[..8]].concat();
        self.replace(POSITION, &bytes)
    }

    /// Writes a file as a whole or not at all.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let half = self.dir.join(format!("{name}.tmp"));
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, self.dir.join(name))?;
        sync_dir(&self.dir)
    }
}

/// Makes an error of the operating system the spool's own.
pub fn io(what: &'static str) -> impl Fn(io::Error) -> SpoolError {
    move |error| SpoolError::Io { what, reason: error.to_string() }
}

fn read_position(bytes: &[u8]) -> Option<u64> {
    let (number, check) = bytes.split_first_chunk::<8>()?;
    (check == &Sha256::digest(number)[..8]).then(|| u64::from_le_bytes(*number))
}

/// Tightens a directory that is empty or a spool; others belong to somebody else.
fn close_to_others(dir: &Path) -> Result<(), SpoolError> {
    let meta = fs::metadata(dir).map_err(io("look at the directory"))?;
    if meta.mode() & 0o077 == 0 {
        return Ok(());
    }
    let ours = dir.join(LOCK).exists()
        || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    if !ours || fs::set_permissions(dir, Permissions::from_mode(0o700)).is_err() {
        return Err(SpoolError::Open { dir: dir.display().to_string() });
    }
    Ok(())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Makes names in a directory durable.
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
