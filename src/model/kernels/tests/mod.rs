//! The encoder against the naive reference, on every set of instructions that this machine has.

mod products;
mod reference;

use proptest::prelude::*;

use self::reference::{Model, Random, Recipe, Stored};
use super::{
    Activation, Arena, Batch, CalibrationStats, Encoder, EncoderOptions, EncoderShape, I8Options, Isa,
    KernelError, LinearKind, Pooling, Precision, Team, WordTable,
};

/// f32 against f64, relative to the largest value.
const F32_TOLERANCE: f64 = 1e-5;
/// int8 against f64: one minus the cosine of pooled vectors. Wide: random models of a few channels are far
/// noisier than real ones. That the sums themselves are exact is checked in `products`.
const I8_TOLERANCE: f64 = 0.03;

fn available() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| {
        let available = isa.is_available();
        if !available {
            println!("note: `{isa}` is skipped, this machine lacks it");
        }
        available
    })
}

fn options(precision: Precision, isa: Isa) -> EncoderOptions<'static> {
    EncoderOptions { precision, isa, i8: I8Options::default() }
}

fn recipe() -> Recipe {
    Recipe {
        shape: EncoderShape {
            hidden: 32,
            heads: 4,
            intermediate: 64,
            layer_norm_eps: 1e-12,
            activation: Activation::Gelu,
            pooling: Pooling::Mean,
        },
        layers: 2,
        vocabulary: 50,
        positions: 512,
        position_offset: 0,
        classes: 5,
        stored_as_bytes: false,
        seed: 7,
    }
}

fn ids(lengths: &[usize], vocabulary: usize, seed: u64) -> Vec<u32> {
    let mut random = Random(seed);
    (0..lengths.iter().sum()).map(|_| (random.next() % vocabulary as u64) as u32).collect()
}

/// Pooled vectors and logits of a batch, copied out.
fn run(encoder: &Encoder, ids: &[u32], lengths: &[usize]) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut arena = Arena::new();
    collect(encoder.forward(&Batch::new(ids, lengths).unwrap(), &mut arena).unwrap())
}

fn collect(output: super::Output<'_>) -> Vec<(Vec<f32>, Vec<f32>)> {
    (0..output.texts()).map(|text| (output.pooled(text).to_vec(), output.logits(text).to_vec())).collect()
}

/// The greatest difference, relative to the largest expected value.
fn far(found: &[f32], expected: &[f64]) -> f64 {
    far_at(found, expected, expected)
}

/// The greatest difference, relative to the largest value of `size`.
fn far_at(found: &[f32], expected: &[f64], size: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let size = size.iter().fold(1e-3_f64, |size, value| size.max(value.abs()));
    found.iter().zip(expected).fold(0.0, |far: f64, (found, expected)| {
        assert!(found.is_finite());
        far.max((f64::from(*found) - expected).abs() / size)
    })
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum();
    let size = a.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>() * b.iter().map(|b| b * b).sum::<f64>();
    dot / size.sqrt()
}

/// Asserts that both precisions agree with the reference on every set of instructions.
fn agrees(recipe: &Recipe, lengths: &[usize]) {
    let model = Model::random(recipe);
    let ids = ids(lengths, recipe.vocabulary, recipe.seed);
    let mut start = 0;
    let expected: Vec<_> = lengths
        .iter()
        .map(|length| {
            start += length;
            model.forward(&ids[start - length..start])
        })
        .collect();
    for isa in available() {
        let encoder = Encoder::new(model.shape, &model.weights(), &options(Precision::F32, isa)).unwrap();
        for ((pooled, logits), expected) in run(&encoder, &ids, lengths).iter().zip(&expected) {
            assert!(
                far(pooled, &expected.0) < F32_TOLERANCE,
                "{isa} {recipe:?} pooled {}",
                far(pooled, &expected.0)
            );
            // A logit may come out small where large terms cancel; what counts is the size of the terms.
            let away = far_at(logits, &expected.1, &expected.0);
            assert!(away < F32_TOLERANCE, "{isa} {recipe:?} logits {away}");
        }
        let encoder = Encoder::new(model.shape, &model.weights(), &options(Precision::I8, isa)).unwrap();
        for ((pooled, _), expected) in run(&encoder, &ids, lengths).iter().zip(&expected) {
            let away = 1.0 - cosine(pooled, &expected.0);
            assert!(away < I8_TOLERANCE, "{isa} {recipe:?} {lengths:?} int8 cosine is 1 - {away}");
        }
    }
}

#[test]
fn the_usual_geometry_agrees_with_the_reference() {
    let shape = EncoderShape { hidden: 384, heads: 12, intermediate: 1536, ..recipe().shape };
    agrees(&Recipe { shape, layers: 1, ..recipe() }, &[9, 1]);
    let shape = EncoderShape { pooling: Pooling::Cls, ..shape };
    agrees(&Recipe { shape, layers: 1, stored_as_bytes: true, ..recipe() }, &[3, 8]);
}

#[test]
fn every_length_up_to_the_limit_agrees() {
    let shape = EncoderShape { hidden: 16, heads: 2, intermediate: 16, ..recipe().shape };
    for lengths in [&[512, 1, 2][..], &[511], &[97, 96, 95], &[31, 32, 33, 15, 16, 17], &[200, 300]] {
        agrees(&Recipe { shape, layers: 1, ..recipe() }, lengths);
    }
}

#[test]
fn positions_start_after_the_padding_id_for_roberta() {
    agrees(&Recipe { position_offset: 2, positions: 14, ..recipe() }, &[12, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn random_shapes_and_lengths_agree(
        heads in 1_usize..5,
        head in 4_usize..41,
        intermediate in 8_usize..100,
        layers in 1_usize..3,
        lengths in prop::collection::vec(1_usize..40, 1..5),
        long in prop::option::weighted(0.1, 100_usize..512),
        activation in prop::sample::select(vec![Activation::Gelu, Activation::GeluTanh, Activation::Relu]),
        pooling in prop::sample::select(vec![Pooling::Mean, Pooling::Cls]),
        classes in 0_usize..40,
        stored_as_bytes: bool,
        seed: u64,
    ) {
        // A LayerNorm over a handful of values throws a model about; real ones are wide.
        let hidden = (heads * head).max(16 * heads) / heads * heads;
        let shape = EncoderShape { hidden, heads, intermediate, layer_norm_eps: 1e-5, activation, pooling };
        let recipe = Recipe { shape, layers, classes, stored_as_bytes, seed, ..recipe() };
        let lengths: Vec<usize> = lengths.into_iter().chain(long).collect();
        agrees(&recipe, &lengths);
    }

    #[test]
    fn a_team_gives_the_same_bits_as_one_thread(
        threads in 2_usize..5,
        lengths in prop::collection::vec(1_usize..60, 1..5),
        pooling in prop::sample::select(vec![Pooling::Mean, Pooling::Cls]),
        seed: u64,
    ) {
        let shape = EncoderShape { pooling, ..recipe().shape };
        let model = Model::random(&Recipe { shape, layers: 3, seed, ..recipe() });
        let ids = ids(&lengths, 50, seed);
        let batch = Batch::new(&ids, &lengths).unwrap();
        let (mut team, mut arena) = (Team::new(threads).unwrap(), Arena::new());
        for isa in available() {
            for precision in [Precision::F32, Precision::I8] {
                let encoder = Encoder::new(model.shape, &model.weights(), &options(precision, isa)).unwrap();
                let together = collect(encoder.forward_with(&mut team, &batch, &mut arena).unwrap());
                prop_assert_eq!(together, run(&encoder, &ids, &lengths));
            }
        }
    }

    #[test]
    fn a_text_does_not_depend_on_its_neighbours_nor_on_what_the_arena_held(
        batches in prop::collection::vec(prop::collection::vec(1_usize..50, 1..6), 1..5),
        seed: u64,
    ) {
        let model = Model::random(&Recipe { seed, ..recipe() });
        for isa in available() {
            let encoder = Encoder::new(model.shape, &model.weights(), &options(Precision::I8, isa)).unwrap();
            let mut arena = Arena::new();
            for lengths in &batches {
                let ids = ids(lengths, 50, seed);
                let batch = Batch::new(&ids, lengths).unwrap();
                let together = collect(encoder.forward(&batch, &mut arena).unwrap());
                let mut start = 0;
                for (text, &length) in lengths.iter().enumerate() {
                    let alone = run(&encoder, &ids[start..start + length], &[length]);
                    prop_assert_eq!(&alone[0], &together[text]);
                    start += length;
                }
            }
        }
    }
}

/// Both precisions of a model give finite numbers on every set of instructions.
fn stays_finite(model: &Model, lengths: &[usize]) {
    let ids = ids(lengths, 50, 3);
    for isa in available() {
        for precision in [Precision::F32, Precision::I8] {
            let encoder = Encoder::new(model.shape, &model.weights(), &options(precision, isa)).unwrap();
            for (pooled, logits) in run(&encoder, &ids, lengths) {
                assert!(pooled.iter().chain(&logits).all(|value| value.is_finite()), "{isa} {precision:?}");
            }
        }
    }
}

#[test]
fn adversarial_values_give_finite_numbers() {
    for value in [0.0, 1.0, -1.0, 1e-40, f32::MIN_POSITIVE, 1e15, -1e15] {
        let mut model = Model::random(&recipe());
        model.words = WordTable::F32(vec![value; 50 * 32].into());
        model.positions.fill(value);
        model.token_type.fill(value);
        stays_finite(&model, &[7, 40]);
        for layer in &mut model.layers {
            for linear in &mut layer.linears {
                linear.weight = Stored::F32(
                    vec![value.clamp(-1e6, 1e6); linear.bias.len() * 64][..weights_of(linear)].to_vec(),
                );
                linear.bias.fill(value.clamp(-1e6, 1e6));
            }
        }
        stays_finite(&model, &[7, 40]);
    }
}

fn weights_of(linear: &reference::Linear) -> usize {
    match &linear.weight {
        Stored::F32(values) => values.len(),
        Stored::I8(rows, _) => rows.len(),
    }
}

#[test]
fn zero_rows_and_outlier_weights_agree_with_the_reference() {
    let mut model = Model::random(&recipe());
    for layer in &mut model.layers {
        for linear in &mut layer.linears {
            if let Stored::F32(values) = &mut linear.weight {
                values[..40].fill(0.0);
                values[100] = 8.0;
                values[101] = -8.0;
                values[200] = 1e-42;
            }
        }
    }
    let ids = ids(&[20], 50, 1);
    let (expected, _) = model.forward(&ids);
    for isa in available() {
        let encoder = Encoder::new(model.shape, &model.weights(), &options(Precision::F32, isa)).unwrap();
        assert!(far(&run(&encoder, &ids, &[20])[0].0, &expected) < F32_TOLERANCE);
        let encoder = Encoder::new(model.shape, &model.weights(), &options(Precision::I8, isa)).unwrap();
        assert!(1.0 - cosine(&run(&encoder, &ids, &[20])[0].0, &expected) < 0.02);
    }
}

#[test]
fn smoothing_and_kept_layers_bring_int8_nearer_where_channels_stick_out() {
    let shape = EncoderShape { hidden: 64, intermediate: 128, ..recipe().shape };
    let mut model = Model::random(&Recipe { shape, layers: 2, ..recipe() });
    // One channel sixty times as large as the others, as trained encoders have them.
    for norm in model.layers.iter_mut().flat_map(|layer| &mut layer.norms).chain([&mut model.norm]) {
        norm.gain[5] = 60.0;
    }
    for layer in &mut model.layers {
        for linear in &mut layer.linears {
            if let Stored::F32(values) = &mut linear.weight {
                values.chunks_exact_mut(linear.bias.len().min(64)).for_each(|row| row[5] /= 60.0);
            }
        }
    }
    let lengths = [30, 20];
    let ids = ids(&lengths, 50, 9);
    let batch = Batch::new(&ids, &lengths).unwrap();
    let expected = model.forward(&ids[..30]).0;
    for isa in available() {
        let f32 = Encoder::new(shape, &model.weights(), &options(Precision::F32, isa)).unwrap();
        let mut stats = CalibrationStats::new(&shape, 2);
        f32.collect_stats(&batch, &mut Arena::new(), &mut stats).unwrap();
        assert!(stats.peaks(1, LinearKind::Qkv)[5] > 20.0);
        let away = |i8: I8Options<'_>| {
            let options = EncoderOptions { i8, ..options(Precision::I8, isa) };
            let encoder = Encoder::new(shape, &model.weights(), &options).unwrap();
            far(&run(&encoder, &ids, &lengths)[0].0, &expected)
        };
        let plain = away(I8Options::default());
        let smooth = away(I8Options { stats: Some(&stats), ..I8Options::default() });
        assert!(smooth < plain / 2.0, "{isa}: {plain} to {smooth}");
        let all: Vec<_> = (0..2).flat_map(|layer| LinearKind::ALL.map(|kind| (layer, kind))).collect();
        let kept = away(I8Options { keep_f32: &all, ..I8Options::default() });
        assert!(kept < F32_TOLERANCE, "{isa}: {kept}");
    }
}

#[test]
fn bad_input_is_an_error_and_the_arena_works_on() {
    let model = Model::random(&Recipe { positions: 9, position_offset: 1, ..recipe() });
    let encoder = Encoder::new(model.shape, &model.weights(), &EncoderOptions::new(Precision::I8)).unwrap();
    let mut arena = Arena::new();
    assert_eq!((encoder.max_tokens(), encoder.vocabulary(), encoder.classes()), (8, 50, 5));
    let long = Batch::new(&[1; 9], &[9]).unwrap();
    let error = encoder.forward(&long, &mut arena).unwrap_err();
    assert_eq!(error, KernelError::TextTooLong { text: 0, tokens: 9, limit: 8 });
    let unknown = Batch::new(&[1, 50], &[1, 1]).unwrap();
    let error = encoder.forward(&unknown, &mut arena).unwrap_err();
    assert_eq!(error, KernelError::UnknownToken { id: 50, position: 1, vocabulary: 50 });
    assert_eq!(encoder.forward(&Batch::new(&[1; 8], &[8]).unwrap(), &mut arena).unwrap().texts(), 1);
}

#[test]
fn encoders_are_shared_between_threads_and_arenas_move_between_them() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Encoder>();
    moved::<Arena>();
    moved::<Team>();
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let model = Model::random(&recipe());
    let build = |change: &dyn Fn(&mut Model)| {
        let mut model = model.clone();
        change(&mut model);
        let options = EncoderOptions::new(Precision::F32);
        Encoder::new(model.shape, &model.weights(), &options).err().map(|error| error.to_string())
    };
    assert_eq!(build(&|_| ()), None);
    let message = build(&|model| model.layers[1].linears[4].bias.truncate(3)).unwrap();
    assert_eq!(message, "weight `layer 1 ffn_up bias`: expected 64 values, found 3");
    let message = build(&|model| model.norm.gain[0] = f32::NAN).unwrap();
    assert_eq!(message, "weight `embedding norm gain` holds a value that is not finite");
    assert!(build(&|model| model.shape.heads = 5).unwrap().contains("`heads` must divide `hidden`"));
    assert!(build(&|model| model.position_offset = 512).unwrap().contains("`position_offset`"));
    assert!(build(&|model| model.layers.clear()).unwrap().contains("at least one layer"));
}

#[test]
fn a_machine_without_the_instructions_says_so() {
    let model = Model::random(&recipe());
    for isa in Isa::ALL.into_iter().filter(|isa| !isa.is_available()) {
        let error = Encoder::new(model.shape, &model.weights(), &options(Precision::F32, isa)).err();
        assert_eq!(error, Some(KernelError::IsaUnavailable(isa)));
    }
}
