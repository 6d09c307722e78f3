//! Milliseconds of drafting beyond the encoder, and of making the index, on synthetic topics.
//!
//! `cargo run --release --example drafting [TOPICS…]` (120 and 10,000 if nothing is said)

use std::time::Instant;

use minwon::domain::Channel;
use minwon::drafting::{
    CaseFacts, DenseIndex, Feedback, KnowledgeBase, Priors, Query, Retriever, Topic, Values, compose,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use time::macros::date;

/// Width of the shipped encoder.
const WIDTH: usize = 384;
/// Phrasings a topic.
const QUESTIONS: usize = 10;
/// Measured drafts.
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|n| n.parse()).collect::<Result<_, _>>()?;
    let sizes = if sizes.is_empty() { vec![120, 10_000] } else { sizes };
    println!("| topics | index, s | draft median, ms | p99, ms |\n|---|---|---|---|");
    for topics in sizes {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let kb = KnowledgeBase::new((0..topics).map(|n| topic(n, &mut rng)).collect());
        let vectors: Vec<Vec<f32>> = (0..topics * (QUESTIONS + 1)).map(|_| vector(&mut rng)).collect();
        let from = Instant::now();
        let retriever = Retriever::new(&kb);
        let index = DenseIndex::new(&kb, "synthetic", &vectors)?;
        let built = from.elapsed().as_secs_f64();
        let mut times: Vec<f64> = (0..ROUNDS).map(|_| draft(&kb, &retriever, &index, &mut rng)).collect();
        times.sort_by(f64::total_cmp);
        println!("| {topics} | {built:.2} | {:.3} | {:.3} |", times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    }
    Ok(())
}

/// Ranks all topics for a text of about 60 syllables and composes three drafts; milliseconds.
fn draft(kb: &KnowledgeBase, retriever: &Retriever, index: &DenseIndex, rng: &mut ChaCha8Rng) -> f64 {
    let (text, vector) = (sentence(rng, 20), vector(rng));
    let (priors, feedback) = (Priors::default(), Feedback::default());
    let from = Instant::now();
    let query = Query {
        text: &text,
        dense: Some((index, &vector)),
        priors: &priors,
        sigungu: None,
        danger: &[],
        feedback: &feedback,
        today: date!(2026 - 11 - 28),
    };
    let facts = CaseFacts { channel: Channel::Kakao, language: "ko", values: Values::new() };
    let chars: usize = retriever
        .rank(kb, &query)
        .iter()
        .take(3)
        .map(|hit| compose(&kb.topics()[hit.topic], &facts).text.len())
        .sum();
    std::hint::black_box(chars);
    from.elapsed().as_secs_f64() * 1e3
}

/// A text of Zipf-like words of two to four syllables, so that some terms are in very many topics.
fn sentence(rng: &mut ChaCha8Rng, words: usize) -> String {
    let word = |rng: &mut ChaCha8Rng| -> String {
        let rank = (20_000.0_f64.powf(rng.random::<f64>())) as u32;
        let length = 2 + rank % 3;
        (0..length)
            .map(|i| char::from_u32(0xAC00 + (rank * 131 + i * 977) % 11_172).unwrap_or('가'))
            .collect()
    };
    (0..words).map(|_| word(rng)).collect::<Vec<_>>().join(" ")
}

fn vector(rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..WIDTH).map(|_| rng.random::<f32>() - 0.3).collect()
}

fn topic(n: usize, rng: &mut ChaCha8Rng) -> Topic {
    let questions: Vec<String> = (0..QUESTIONS).map(|_| format!("\"{}\"", sentence(rng, 7))).collect();
    let file = format!(
        "+++\nid = \"t{n}\"\ntitle = \"{}\"\nkind = \"answer\"\ndepartments = [\"transport\"]\njurisdiction = [\"province\"]\nquestions = [{}]\nvalid_from = 2026-01-01\nchecked_at = 2026-01-01\n+++\n## chat\n{}\n## letter\n{}\n",
        sentence(rng, 4),
        questions.join(", "),
        sentence(rng, 80),
        sentence(rng, 80),
    );
    Topic::parse(&format!("t{n}.md"), &file).expect("the file is as it should be")
}
