//! Random appends, replays and crashes against a store that fails at random: nothing acknowledged is lost, nothing is
//! recorded twice, and what the spool gives comes in its order.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Replay(Vec<Mood>),
    /// The process dies while it writes a record: so many bytes of it are there.
    Crash(usize),
    /// The process dies, and the position on disk is the one from before the last replay.
    CrashBeforePosition,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mood = prop_oneof![3 => Just(Mood::Takes), 2 => Just(Mood::Fails), 2 => Just(Mood::LosesAnswer)];
    let step = prop_oneof![
        4 => (1usize..6).prop_map(Step::Append),
        3 => prop::collection::vec(mood, 1..4).prop_map(Step::Replay),
        1 => (0usize..700).prop_map(Step::Crash),
        1 => Just(Step::CrashBeforePosition),
    ];
    prop::collection::vec(step, 1..25)
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (dir, store) = (folder(), FakeStore::default());
    let limits = Limits { segment: 2_500, ..Limits::default() };
    let open = || Spool::open(dir.path(), limits).expect("opens");
    let (mut spool, mut acknowledged) = (open(), 0);
    let mut position = None;
    for step in steps {
        match step {
            Step::Append(count) => {
                let batch: Vec<_> = (0..count as u64).map(|n| case(acknowledged + n)).collect();
                spool.append(&batch).expect("room");
                acknowledged += count as u64;
            }
            Step::Replay(moods) => {
                position = fs::read(dir.path().join("position")).ok();
                store.next(moods);
                spool.replay(&store, LIMIT).await;
            }
            Step::Crash(bytes) => {
                drop(spool);
                let mut record = Vec::new();
                let json = serde_json::to_vec(&case(9_999)).expect("JSON");
                frame::write(&mut record, 1 << 40, &json).expect("short");
                if let Some(last) = files(dir.path(), "log").last() {
                    let mut file = OpenOptions::new().append(true).open(last).expect("opens");
                    file.write_all(&record[..bytes.min(record.len() - 1)]).expect("written");
                }
                spool = open();
            }
            Step::CrashBeforePosition => {
                drop(spool);
                if let Some(position) = &position {
                    fs::write(dir.path().join("position"), position).expect("written");
                }
                spool = open();
            }
        }
        prop_assert!(spool.recovered().aside.is_empty());
    }
    store.next(std::iter::repeat_n(Mood::Takes, 50));
    drop(spool);
    let spool = open();
    spool.replay(&store, LIMIT).await;
    let recorded = store.recorded();
    prop_assert_eq!(recorded.iter().collect::<HashSet<_>>().len(), recorded.len(), "nothing twice");
    prop_assert_eq!(recorded, (0..acknowledged).map(id).collect::<Vec<_>>(), "all, in order");
    prop_assert_eq!((spool.len(), spool.bytes()), (0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(run(steps))?;
    }
}
