//! The spool against torn and damaged files, crashes, and a store that fails.

pub(crate) mod fake;
mod random;
mod recorder;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use self::fake::{FakeStore, Mood, case, id, keyed};
use super::*;
use crate::store::{NewCase, StoreError};

const LIMIT: Duration = Duration::from_secs(20);

/// A directory in memory, where there is one: an fsync costs nothing there.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a directory")
}

fn open(dir: &Path) -> Spool {
    Spool::open(dir, Limits::default()).expect("the spool opens")
}

/// Files that end like this.
fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(dir).expect("dir").map(|entry| entry.expect("entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == end));
    files.sort();
    files
}

/// A directory like another one.
fn copy(dir: &Path) -> TempDir {
    let copy = folder();
    for entry in fs::read_dir(dir).expect("dir") {
        let path = entry.expect("entry").path();
        fs::copy(&path, copy.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    copy
}

/// A directory in which cases wait, and the bytes of its only segment file.
fn filled(cases: u64) -> (TempDir, PathBuf, Vec<u8>) {
    let dir = folder();
    let spool = open(dir.path());
    for n in 0..cases {
        spool.append(&[case(n)]).expect("room");
    }
    drop(spool);
    let segments = files(dir.path(), "log");
    assert_eq!(segments.len(), 1);
    let bytes = fs::read(&segments[0]).expect("readable");
    (dir, segments[0].clone(), bytes)
}

async fn replayed(dir: &Path) -> Vec<u64> {
    let store = FakeStore::default();
    let replayed = open(dir).replay(&store, LIMIT).await;
    assert_eq!(replayed.blocked, None);
    store.recorded().iter().map(|id| id.0.as_u128() as u64 - 1).collect()
}

#[tokio::test]
async fn what_waits_is_replayed_in_order_and_then_gone() {
    let dir = folder();
    let spool = Spool::open(dir.path(), Limits { segment: 3_000, ..Limits::default() }).expect("opens");
    let (first, second): (Vec<_>, Vec<_>) = ((0..300).map(case).collect(), (300..305).map(case).collect());
    assert!(spool.append(&first).expect("room").iter().all(|answer| *answer == Recorded::New));
    for case in second {
        spool.append(&[case]).expect("room");
    }
    assert_eq!((spool.len(), files(dir.path(), "log").len() > 1), (305, true));
    let store = FakeStore::default();
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.known, replayed.blocked), (305, 0, None));
    assert_eq!(store.recorded(), (0..305).map(id).collect::<Vec<_>>());
    assert_eq!((spool.len(), spool.bytes(), files(dir.path(), "log").len()), (0, 0, 0));
    spool.append(&[case(400)]).expect("goes on");
    assert!(spool.holds(id(400)) && !spool.holds(id(1)));
}

#[tokio::test]
async fn a_file_torn_at_any_byte_keeps_every_whole_case() {
    let (dir, segment, bytes) = filled(3);
    let one = bytes.len() / 3;
    for cut in 0..=bytes.len() {
        let torn = copy(dir.path());
        fs::write(torn.path().join(segment.file_name().expect("a name")), &bytes[..cut]).expect("written");
        let spool = open(torn.path());
        let whole = cut / one;
        assert_eq!(spool.len(), whole, "cut at {cut}");
        assert_eq!(spool.recovered().torn, cut - whole * one, "cut at {cut}");
        assert!(spool.recovered().aside.is_empty());
        spool.append(&[case(7)]).expect("goes on behind the tear");
        drop(spool);
        assert_eq!(open(torn.path()).recovered().torn, 0, "the tear is gone");
        // All cuts within a record are alike from here on.
        if cut % 97 == 0 || cut % one < 2 {
            let expected: Vec<u64> = (0..whole as u64).chain([7]).collect();
            assert_eq!(replayed(torn.path()).await, expected, "cut at {cut}");
        }
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_set_aside_and_blocks_nothing() {
    let (dir, segment, bytes) = filled(3);
    let one = bytes.len() / 3;
    for at in [one, one + 5, one + 20, one + 40, 2 * one - 1] {
        let damaged = copy(dir.path());
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(damaged.path().join(segment.file_name().expect("a name")), &changed).expect("written");
        let spool = open(damaged.path());
        let [aside] = &spool.recovered().aside[..] else { panic!("{:?}", spool.recovered()) };
        assert_eq!((aside.why, aside.bytes), (Why::Damaged, one));
        let kept = fs::read(damaged.path().join(aside.file.as_ref().expect("a name"))).expect("there");
        assert_eq!(kept, changed[one..2 * one]);
        drop(spool);
        assert!(open(damaged.path()).recovered().aside.is_empty(), "reported once");
        assert_eq!(replayed(damaged.path()).await, [0, 2]);
        assert_eq!(files(damaged.path(), "bad").len(), 1, "stays until a person has looked");
        assert_eq!(files(damaged.path(), "log").len(), 0);
    }
}

#[tokio::test]
async fn damage_after_the_start_is_noticed_at_the_replay() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&[case(0), case(1), case(2)]).expect("room");
    let segment = &files(dir.path(), "log")[0];
    let mut bytes = fs::read(segment).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(segment, bytes).expect("written");
    let store = FakeStore::default();
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.aside.len(), spool.len()), (2, 1, 0));
    assert_eq!(store.recorded(), [id(0), id(2)]);
}

#[test]
fn a_case_of_a_newer_program_is_set_aside() {
    let dir = folder();
    drop(open(dir.path()));
    let mut bytes = Vec::new();
    frame::write(&mut bytes, 1, b"{\"id\":\"of a newer program\"}").expect("short");
    fs::write(dir.path().join("00000000000000000001.log"), &bytes).expect("written");
    let spool = open(dir.path());
    assert_eq!(spool.recovered().aside[0].why, Why::Unreadable);
    assert_eq!((spool.len(), files(dir.path(), "bad").len()), (0, 1));
}

#[test]
fn a_full_spool_says_so_and_takes_no_part_of_a_batch() {
    let dir = folder();
    let spool = Spool::open(dir.path(), Limits { records: 3, ..Limits::default() }).expect("opens");
    spool.append(&[case(0), case(1)]).expect("room");
    assert!(matches!(spool.append(&[case(2), case(3)]), Err(SpoolError::Full { records: 2, .. })));
    assert_eq!(spool.len(), 2);
    spool.append(&[case(2)]).expect("room for one");
    drop(spool);
    let tight = Limits { bytes: open(dir.path()).bytes() + 10, ..Limits::default() };
    let spool = Spool::open(dir.path(), tight).expect("opens");
    let error = spool.append(&[case(3)]).expect_err("no room");
    assert!(error.to_string().starts_with("the spool is full: 3 cases,"), "{error}");
    assert!(!error.to_string().contains("고라니"));
}

#[tokio::test]
async fn room_comes_back() {
    let dir = folder();
    let spool = Spool::open(dir.path(), Limits { records: 2, ..Limits::default() }).expect("opens");
    spool.append(&[case(0), case(1)]).expect("room");
    spool.append(&[case(2)]).expect_err("full");
    spool.replay(&FakeStore::default(), LIMIT).await;
    spool.append(&[case(2), case(3)]).expect("room again");
}

#[tokio::test]
async fn a_crash_between_record_and_position_offers_twice_and_records_once() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&(0..5).map(case).collect::<Vec<_>>()).expect("room");
    let before = copy(dir.path());
    let store = FakeStore::default();
    spool.replay(&store, LIMIT).await;
    // The disk as it was when the store had acknowledged and nothing was saved yet.
    let spool = open(before.path());
    spool.append(&[case(5)]).expect("room");
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.known), (1, 5));
    assert_eq!(store.recorded(), (0..6).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_saved_position_is_not_offered_again() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&(0..300).map(case).collect::<Vec<_>>()).expect("room");
    let store = FakeStore::default();
    store.next([Mood::Takes, Mood::Fails]);
    let replayed = spool.replay(&store, LIMIT).await;
    assert!(matches!(replayed.blocked, Some(StoreError::Unavailable { .. })));
    let left = spool.len();
    assert!(left > 0 && left < 300);
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(spool.recovered().waiting, left);
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.known), (left, 0));
}

#[tokio::test]
async fn without_its_position_everything_is_offered_again() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&(0..300).map(case).collect::<Vec<_>>()).expect("room");
    let store = FakeStore::default();
    store.next([Mood::Takes, Mood::Fails]);
    let taken = spool.replay(&store, LIMIT).await.recorded;
    drop(spool);
    fs::write(dir.path().join("position"), b"what is this?").expect("written");
    let spool = open(dir.path());
    assert!(spool.recovered().position_lost);
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.known), (300 - taken, taken));
}

#[tokio::test]
async fn a_lost_acknowledgement_duplicates_nothing() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&[case(0), case(1)]).expect("room");
    let store = FakeStore::default();
    store.next([Mood::LosesAnswer]);
    assert!(spool.replay(&store, LIMIT).await.blocked.is_some());
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.known, store.recorded().len()), (0, 2, 2));
}

#[tokio::test]
async fn a_case_that_the_store_refuses_does_not_block_the_others() {
    let dir = folder();
    let spool = open(dir.path());
    spool.append(&[case(0), case(1), case(2)]).expect("room");
    let store = FakeStore::default();
    store.refuse(id(1));
    let replayed = spool.replay(&store, LIMIT).await;
    assert_eq!((replayed.recorded, replayed.blocked), (2, None));
    assert_eq!(replayed.aside[0].why, Why::Refused);
    assert_eq!(store.recorded(), [id(0), id(2)]);
    let kept = fs::read(dir.path().join(replayed.aside[0].file.as_ref().expect("a name"))).expect("there");
    let back: NewCase = serde_json::from_slice(frame::payload(&kept).expect("whole")).expect("a case");
    assert_eq!(back, case(1));
}

#[test]
fn a_second_owner_is_refused() {
    let dir = folder();
    let first = open(dir.path());
    let error = Spool::open(dir.path(), Limits::default()).expect_err("owned");
    assert!(
        matches!(error, SpoolError::Owned { .. }) && error.to_string().contains("another running process")
    );
    drop(first);
    open(dir.path());
}

#[test]
fn only_the_owner_may_read() {
    let parent = folder();
    let dir = parent.path().join("deep/spool");
    let spool = open(&dir);
    spool.append(&[case(0)]).expect("room");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in fs::read_dir(&dir).expect("dir") {
        assert_eq!(mode(&entry.expect("entry").path()), 0o600);
    }
    let strange = parent.path().join("strange");
    fs::create_dir(&strange).expect("made");
    fs::write(strange.join("somebody's"), b"").expect("written");
    fs::set_permissions(&strange, fs::Permissions::from_mode(0o755)).expect("set");
    assert!(matches!(Spool::open(&strange, Limits::default()), Err(SpoolError::Open { .. })));
}

#[test]
fn a_request_that_waits_is_known() {
    let dir = folder();
    let spool = open(dir.path());
    let first = spool.append(&[keyed(0, "k", "body"), keyed(1, "k", "body"), keyed(2, "k", "other")]);
    let same = Recorded::Same { case: id(0), answer: serde_json::json!({ "n": 0 }) };
    assert_eq!(first.expect("room"), [Recorded::New, same.clone(), Recorded::Reused { case: id(0) }]);
    assert_eq!(spool.append(&[keyed(3, "k", "body")]).expect("room"), std::slice::from_ref(&same));
    assert_eq!(spool.append(&[case(0)]).expect("room"), std::slice::from_ref(&same));
    assert_eq!(spool.len(), 1);
    drop(spool);
    let spool = open(dir.path());
    assert_eq!(spool.find_request(keyed(9, "k", "body").request.as_ref().expect("a key")), Some(same));
    assert_eq!(spool.find_request(keyed(9, "new", "body").request.as_ref().expect("a key")), None);
}

#[test]
fn a_case_that_json_cannot_hold_is_refused_at_the_door() {
    let dir = folder();
    let spool = open(dir.path());
    let mut broken = case(0);
    broken.prediction.confidences.kind = f32::NAN;
    assert!(matches!(spool.append(&[broken]), Err(SpoolError::Unwritable { .. })));
    assert!(spool.is_empty());
}

#[tokio::test]
async fn concurrent_appends_are_all_kept() {
    let dir = folder();
    let spool = Spool::open(dir.path(), Limits { segment: 20_000, ..Limits::default() }).expect("opens");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let spool = spool.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    spool.append(&[case(thread * 100 + n)]).expect("room");
                }
            });
        }
    });
    drop(spool);
    let mut found = replayed(dir.path()).await;
    found.sort_unstable();
    let expected: Vec<u64> = (0..8).flat_map(|thread| (0..25).map(move |n| thread * 100 + n)).collect();
    assert_eq!(found, expected);
}
