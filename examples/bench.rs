//! Median milliseconds of the encoder at the base's geometry (12 layers, 384, 12 heads, 1536), random weights.
//!
//! `cargo run --release --example bench [-- OPTION…]`
//!
//! Without options: a table over precisions and sets of instructions, with the core's measured peaks.
//! `--isa NAME`, `--precision f32|i8`: only that. `--threads N`: a team of N. `--serve`: reads a line
//! `TOKENS TEXTS ROUNDS` from stdin and answers with the median in milliseconds, for interleaving with peers.

#[path = "bench/geometry.rs"]
mod geometry;
#[path = "bench/model.rs"]
mod model;
#[path = "bench/peak.rs"]
mod peak;

use std::{
    io::{self, BufRead, Write},
    time::Instant,
};

use minwon::model::kernels::{Arena, Batch, Encoder, EncoderOptions, I8Options, Isa, Precision, Team};

/// (tokens a text, texts).
const CASES: [(usize, usize); 5] = [(32, 1), (64, 1), (128, 1), (512, 1), (64, 8)];

struct Choice {
    isas: Vec<Isa>,
    precisions: Vec<Precision>,
    threads: usize,
    serve: bool,
    seconds: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let choice = Choice::parse()?;
    let model = model::Random::new();
    if !choice.serve {
        println!("peaks of one core, GOP/s: {}", peak::report());
        println!("{:>12} {:>4} {:>9} {:>9} {:>9} {:>9} {:>9}", "isa", "", "32", "64", "128", "512", "8x64");
    }
    for &isa in &choice.isas {
        for &precision in &choice.precisions {
            let options = EncoderOptions { precision, isa, i8: I8Options::default() };
            let encoder = Encoder::new(geometry::SHAPE, &model.weights(), &options)?;
            if choice.serve {
                return serve(&encoder, choice.threads);
            }
            print!("{:>12} {:>4}", isa.name(), format!("{precision:?}").to_lowercase());
            let mut stand = Stand::new(&encoder, choice.threads)?;
            for (tokens, texts) in CASES {
                let once = stand.median(tokens, texts, 2)?;
                let rounds = (choice.seconds * 1e3 / once).ceil().max(3.0) as usize;
                print!(" {:>9.2}", stand.median(tokens, texts, rounds)?);
                io::stdout().flush()?;
            }
            println!("  ms");
        }
    }
    Ok(())
}

impl Choice {
    fn parse() -> Result<Self, String> {
        let available = Isa::ALL.into_iter().filter(|isa| isa.is_available()).collect();
        let precisions = vec![Precision::F32, Precision::I8];
        let mut choice = Self { isas: available, precisions, threads: 1, serve: false, seconds: 1.0 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` needs a value"));
            match word.as_str() {
                "--isa" => {
                    let name = value()?;
                    choice.isas = Isa::ALL.into_iter().filter(|isa| isa.name() == name).collect();
                }
                "--precision" if value()? == "f32" => choice.precisions = vec![Precision::F32],
                "--precision" => choice.precisions = vec![Precision::I8],
                "--threads" => choice.threads = value()?.parse().map_err(|error| format!("{error}"))?,
                "--seconds" => choice.seconds = value()?.parse().map_err(|error| format!("{error}"))?,
                "--serve" => choice.serve = true,
                _ => return Err(format!("unknown option `{word}`")),
            }
        }
        if choice.serve && choice.isas.len() > 1 {
            choice.isas = vec![Isa::detect()];
        }
        Ok(choice)
    }
}

/// An encoder with what it needs to be timed.
struct Stand<'a> {
    encoder: &'a Encoder,
    team: Option<Team>,
    arena: Arena,
}

impl<'a> Stand<'a> {
    fn new(encoder: &'a Encoder, threads: usize) -> io::Result<Self> {
        let team = if threads > 1 { Some(Team::new(threads)?) } else { None };
        Ok(Self { encoder, team, arena: Arena::new() })
    }

    /// Median time of a forward in milliseconds.
    fn median(
        &mut self,
        tokens: usize,
        texts: usize,
        rounds: usize,
    ) -> Result<f64, Box<dyn std::error::Error>> {
        let ids: Vec<u32> = (0..tokens * texts).map(|i| (i * 7919 % model::WORDS) as u32).collect();
        let lengths = vec![tokens; texts];
        let batch = Batch::new(&ids, &lengths)?;
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let start = Instant::now();
            let output = match &mut self.team {
                None => self.encoder.forward(&batch, &mut self.arena)?,
                Some(team) => self.encoder.forward_with(team, &batch, &mut self.arena)?,
            };
            assert!(output.pooled(0)[0].is_finite());
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }
}

fn serve(encoder: &Encoder, threads: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut stand = Stand::new(encoder, threads)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let numbers: Vec<usize> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let &[tokens, texts, rounds] = numbers.as_slice() else {
            return Err("`TOKENS TEXTS ROUNDS`".into());
        };
        println!("{:.4}", stand.median(tokens, texts, rounds)?);
    }
    Ok(())
}
