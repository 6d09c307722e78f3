//! The index against a plain reference in f64, and under random insertions and removals.

use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::*;

const MODEL: ModelTag = ModelTag(*b"a model ");
const DAY: OffsetDateTime = datetime!(2026-11-23 09:00 +9);

/// Numbers of a small linear congruential generator, −1 to 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32 / (1u64 << 23) as f32) - 1.0
    }

    /// A vector in the narrow cone of a real encoder: far more common part than own.
    fn vector(&mut self, dim: usize) -> Vec<f32> {
        (0..dim).map(|i| 2.0 * ((i * 37 % 11) as f32 / 11.0 - 0.5) + 0.6 * self.next()).collect()
    }
}

fn id(n: u64) -> CaseId {
    CaseId(Uuid::from_u128(u128::from(n)))
}

fn entry(n: u64, vector: &[f32], text: &str) -> Entry {
    Entry {
        case_id: id(n),
        department: if n.is_multiple_of(2) { "roads" } else { "animal" }.into(),
        sigungu: [None, Some("양평군".into()), Some("수원시".into())][n as usize % 3].clone(),
        received_at: DAY + Duration::days(n as i64),
        wording: Bigrams::of(text),
        embedding: Embedding::new(MODEL, vector).expect("a vector"),
    }
}

/// Cosine of centred vectors of length 1, in f64 and from the definition.
fn cosine(a: &[f32], b: &[f32], centre: &[f64]) -> f64 {
    let unit = |v: &[f32]| -> Vec<f64> {
        let norm = v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        v.iter().zip(centre).map(|(x, m)| f64::from(*x) / norm - m).collect()
    };
    let (a, b) = (unit(a), unit(b));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

fn mean(vectors: &[Vec<f32>]) -> Vec<f64> {
    let mut mean = vec![0.0; vectors[0].len()];
    for vector in vectors {
        let norm = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        mean.iter_mut().zip(vector).for_each(|(m, x)| *m += f64::from(*x) / norm / vectors.len() as f64);
    }
    mean
}

fn search(index: &Index, vector: &[f32], scope: &Scope) -> Vec<Found> {
    let embedding = Embedding::new(MODEL, vector).expect("a vector");
    index.search(&Query { embedding: &embedding, wording: &Bigrams::of("고라니"), scope, limit: CANDIDATES })
}

#[test]
fn cosines_are_those_of_the_definition() {
    let mut numbers = Numbers(1);
    let vectors: Vec<Vec<f32>> = (0..256).map(|_| numbers.vector(384)).collect();
    let mut index = Index::new(MODEL, 384, None);
    for (n, vector) in vectors.iter().enumerate() {
        assert!(index.insert(entry(n as u64, vector, "")));
    }
    let query = numbers.vector(384);
    let found = search(&index, &query, &Scope::default());
    // 256 is a doubling: the centre is the mean of all.
    let mean = mean(&vectors);
    let mut exact: Vec<(f64, usize)> =
        vectors.iter().enumerate().map(|(n, v)| (cosine(v, &query, &mean), n)).collect();
    exact.sort_by(|a, b| b.0.total_cmp(&a.0));
    assert_eq!(found.len(), CANDIDATES);
    for case in &found {
        let n = case.case_id.0.as_u128() as usize;
        let exact = cosine(&vectors[n], &query, &mean);
        assert!((f64::from(case.cosine) - exact).abs() < 0.01, "{n}: {} for {exact}", case.cosine);
    }
    assert_eq!(found[0].case_id, id(exact[0].1 as u64));
    let best: Vec<CaseId> = exact[..48].iter().map(|(_, n)| id(*n as u64)).collect();
    let missing = best.iter().filter(|id| found.iter().all(|case| case.case_id != **id)).count();
    assert_eq!(missing, 0, "of the 48 best, all are among the 64 candidates");
    let raw = cosine(&vectors[0], &vectors[1], &vec![0.0; 384]);
    assert!(raw > 0.7 && found[40].cosine < 0.5, "centring opens the cone: {raw}, {}", found[40].cosine);
}

#[test]
fn the_same_text_is_found_whatever_else_is_there() {
    let mut numbers = Numbers(2);
    let mut index = Index::new(MODEL, 64, None);
    let vectors: Vec<Vec<f32>> = (0..500).map(|_| numbers.vector(64)).collect();
    for (n, vector) in vectors.iter().enumerate() {
        index.insert(entry(n as u64, vector, if n == 77 { "길가에 고라니" } else { "가로등" }));
    }
    let found = index.like(id(77), &Scope::default(), 5).expect("it is there");
    assert!(found.iter().all(|case| case.case_id != id(77)), "not itself");
    index.insert(entry(1_000, &vectors[77], "길가에 고라니"));
    let found = index.like(id(77), &Scope::default(), 5).expect("it is there");
    assert_eq!(found[0].case_id, id(1_000));
    assert!(found[0].score > 0.99 && found[0].cosine > 0.99 && found[0].lexical > 0.99, "{:?}", found[0]);
    assert_eq!(index.like(id(2_000), &Scope::default(), 5), None);
}

#[test]
fn wording_decides_among_equals() {
    let vector = Numbers(3).vector(32);
    let mut index = Index::new(MODEL, 32, None);
    index.insert(entry(1, &vector, "가로등이 꺼졌어요"));
    index.insert(entry(2, &vector, "고라니가 죽어 있어요"));
    let found = search(&index, &vector, &Scope::default());
    assert_eq!(found[0].case_id, id(2));
    assert!((found[0].score - fuse(found[0].cosine, found[0].lexical)).abs() < f32::EPSILON);
}

#[test]
fn filters_hold_before_scoring() {
    let mut numbers = Numbers(4);
    let mut index = Index::new(MODEL, 32, None);
    let near = numbers.vector(32);
    // Two hundred better cases out of scope must not push out the ones in scope.
    for n in 0..200 {
        index.insert(entry(2 * n, &near, ""));
    }
    for n in 0..20 {
        index.insert(entry(2 * n + 1, &numbers.vector(32), ""));
    }
    let of = |scope: Scope| -> Vec<u64> {
        let mut found: Vec<u64> =
            search(&index, &near, &scope).iter().map(|case| case.case_id.0.as_u128() as u64).collect();
        found.sort_unstable();
        found
    };
    let animal = Scope { department: Some("animal".into()), ..Scope::default() };
    assert_eq!(of(animal.clone()), (0..20).map(|n| 2 * n + 1).collect::<Vec<_>>());
    let here = Scope { sigungu: Some("양평군".into()), ..animal.clone() };
    assert_eq!(of(here), (0..20).map(|n| 2 * n + 1).filter(|n| n % 3 != 2).collect::<Vec<_>>(), "there or nowhere");
    let nowhere = Scope { sigungu: Some("가평군".into()), ..animal.clone() };
    assert_eq!(of(nowhere), (0..20).map(|n| 2 * n + 1).filter(|n| n % 3 == 0).collect::<Vec<_>>());
    let days = |n| Some(DAY + Duration::days(n));
    assert_eq!(of(Scope { from: days(5), until: days(9), ..animal.clone() }), [5, 7], "from on, until not");
    assert_eq!(of(Scope { until: days(5), except: Some(id(1)), ..animal }), [3]);
    assert_eq!(of(Scope { department: Some("unknown".into()), ..Scope::default() }), [] as [u64; 0]);
}

#[test]
fn a_case_follows_its_department() {
    let vector = Numbers(5).vector(32);
    let mut index = Index::new(MODEL, 32, None);
    index.insert(entry(1, &vector, ""));
    index.set_department(id(1), "water");
    let scope = |name: &str| Scope { department: Some(name.into()), ..Scope::default() };
    assert!(search(&index, &vector, &scope("animal")).is_empty());
    assert_eq!(search(&index, &vector, &scope("water")).len(), 1);
}

#[test]
fn embeddings_of_another_model_are_left_out() {
    let vector = Numbers(6).vector(32);
    let mut index = Index::new(MODEL, 32, None);
    let mut other = entry(1, &vector, "");
    other.embedding.model = ModelTag(*b"another ");
    assert!(!index.insert(other.clone()));
    assert!(!index.insert(entry(2, &vector[..31], "")));
    assert!(index.insert(entry(3, &vector, "")));
    let query = Query { embedding: &other.embedding, wording: &other.wording, scope: &Scope::default(), limit: 5 };
    assert!(index.search(&query).is_empty());
}

#[test]
fn a_prior_opens_the_cone_before_there_are_cases() {
    let mut numbers = Numbers(7);
    let typical: Vec<Vec<f32>> = (0..64).map(|_| numbers.vector(384)).collect();
    let prior: Vec<f32> = mean(&typical).iter().map(|x| *x as f32).collect();
    let (mut with, mut without) = (Index::new(MODEL, 384, Some(prior)), Index::new(MODEL, 384, None));
    let (a, b) = (numbers.vector(384), numbers.vector(384));
    with.insert(entry(1, &a, ""));
    without.insert(entry(1, &a, ""));
    let cosine = |index: &Index| search(index, &b, &Scope::default())[0].cosine;
    assert!(cosine(&with).abs() < 0.3 && cosine(&without) > 0.7, "{} {}", cosine(&with), cosine(&without));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Whatever came in between: the index gives what a plain list of the remaining cases gives.
    #[test]
    fn it_is_a_plain_list(steps in prop::collection::vec((0u64..90, any::<bool>(), 0u64..1_000), 1..200)) {
        let mut index = Index::new(MODEL, 24, None);
        let mut plain: Vec<(u64, Vec<f32>)> = Vec::new();
        for (n, put, seed) in steps {
            plain.retain(|(m, _)| *m != n);
            if put {
                let vector = Numbers(seed).vector(24);
                prop_assert!(index.insert(entry(n, &vector, "고라니")));
                plain.push((n, vector));
            } else {
                index.remove(id(n));
            }
            prop_assert_eq!(index.len(), plain.len());
            prop_assert_eq!(index.contains(id(n)), put);
        }
        let query = Numbers(5_000).vector(24);
        let scope = Scope { department: Some("animal".into()), ..Scope::default() };
        let found = search(&index, &query, &scope);
        let centre: Vec<f64> = index.centre.iter().map(|x| f64::from(*x)).collect();
        let mut exact: Vec<f64> = plain
            .iter()
            .filter(|(n, _)| n % 2 == 1)
            .map(|(_, vector)| cosine(vector, &query, &centre))
            .collect();
        exact.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(found.len(), exact.len().min(CANDIDATES));
        let mut cosines: Vec<f64> = found.iter().map(|case| f64::from(case.cosine)).collect();
        cosines.sort_by(|a, b| b.total_cmp(a));
        for (found, exact) in cosines.iter().zip(&exact) {
            prop_assert!((found - exact).abs() < 0.03, "{} for {}", found, exact);
        }
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    }
}
