//! The rule file against its own sentences, what must hold for any text, and what a rule file may not say.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::file::{RuleFile, WordList};
use super::*;

static RULES: LazyLock<Arc<SignalRules>> = LazyLock::new(SignalRules::bundled);

fn kinds(text: &str) -> Vec<SignalKind> {
    RULES.detect(text).iter().map(|signal| signal.kind).collect()
}

fn rule_file() -> RuleFile {
    toml::from_str(include_str!("../../../config/signals.toml")).expect("the bundled file is a rule file")
}

fn fires() -> Vec<(SignalKind, String)> {
    let rules = rule_file().rules;
    rules.into_iter().flat_map(|rule| rule.fires.into_iter().map(move |text| (rule.kind, text))).collect()
}

#[test]
fn every_rule_keeps_its_own_sentences() {
    let faults = RULES.check_sentences();
    let list: Vec<String> = faults.iter().map(|fault| format!("{fault:#?}")).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), list.join("\n"));
    for rule in rule_file().rules {
        assert!(!rule.fires.is_empty() && !rule.silent.is_empty(), "rule `{}` has no sentences", rule.id);
    }
}

#[test]
fn nothing_in_the_rule_file_is_unused() {
    let file = rule_file();
    let mut patterns: Vec<&str> = Vec::new();
    patterns.extend(file.rules.iter().flat_map(|rule| &rule.patterns).map(String::as_str));
    patterns.extend(file.evidence.values().flat_map(|row| &row.patterns).map(String::as_str));
    patterns.extend(file.guards.values().flat_map(|guard| &guard.patterns).map(String::as_str));
    for list in file.concepts.values() {
        let (WordList::Plain(words) | WordList::Full(super::lexicon::Words { any: words, .. })) = list;
        patterns.extend(words.iter().map(String::as_str));
    }
    let mut named: BTreeSet<&str> = BTreeSet::new();
    named
        .extend(file.guards.values().flat_map(|g| g.unless.iter().chain(&g.unless_text)).map(String::as_str));
    named.extend(file.kinds.values().flat_map(|kind| &kind.also_if).map(|also| also.concept.as_str()));
    for name in file.concepts.keys() {
        let token = format!("{{{name}}}");
        let used = named.contains(name.as_str()) || patterns.iter().any(|pattern| pattern.contains(&token));
        assert!(used, "the concept `{name}` is used nowhere");
    }
    let guards: BTreeSet<&String> = file
        .kinds
        .values()
        .flat_map(|k| &k.guards)
        .chain(file.rules.iter().flat_map(|r| &r.guards))
        .collect();
    for name in file.guards.keys() {
        assert!(guards.contains(name), "the guard `{name}` is used nowhere");
    }
}

#[test]
fn every_kind_has_rules_and_a_number() {
    let found: BTreeSet<SignalKind> = rule_file().rules.iter().map(|rule| rule.kind).collect();
    assert_eq!(found, BTreeSet::from(SignalKind::ALL));
    for (kind, text) in fires() {
        let signals = RULES.detect(&text);
        let signal = signals.iter().find(|signal| signal.kind == kind).expect("checked above");
        let expected = match kind {
            SignalKind::SelfHarm => "109",
            SignalKind::Fire
            | SignalKind::Gas
            | SignalKind::Disaster
            | SignalKind::Drowning
            | SignalKind::Medical => "119",
            _ => "112",
        };
        assert_eq!(signal.call.number, expected, "{text}");
        for agency in signal.also.iter().chain([&signal.call]) {
            assert_eq!(agency.state, AgencyState::Ok);
        }
    }
}

#[test]
fn second_numbers_follow_the_text() {
    let numbers = |text: &str| -> Vec<String> {
        let signals = RULES.detect(text);
        signals[0].also.iter().map(|agency| agency.number.clone()).collect()
    };
    assert_eq!(numbers("죽고 싶어요"), ["1577-0199"]);
    assert_eq!(numbers("고2인데 죽고 싶어요"), ["1577-0199", "1388"]);
    assert_eq!(numbers("남편이 지금 때리고 있어요"), ["1366"]);
    assert_eq!(numbers("사장님이 여권을 뺏고 밤에 문을 잠가요"), ["1345"]);
}

#[test]
fn spans_point_at_the_words_although_spaces_do_not_count() {
    let text = "정말이지 죽 고 싶 어요…";
    let signals = RULES.detect(text);
    assert_eq!(&text[signals[0].span.clone()], "죽 고 싶");
}

#[test]
fn a_guard_says_what_it_took_back() {
    let inspection = RULES.inspect("작년에 남편이 때렸었는데 이혼했어요");
    assert!(inspection.signals.is_empty());
    assert!(inspection.silenced.iter().any(|s| &*s.guard == "past"), "{:?}", inspection.silenced);
}

#[test]
fn a_guard_reaches_no_other_clause() {
    for (text, kind) in [
        ("작년에도 그랬고 지금 또 때리고 있어요", SignalKind::Violence),
        ("어제 불났던 건물에서 지금 다시 불길이 보여요", SignalKind::Fire),
        ("훈련 아니고 진짜 불났어요", SignalKind::Fire),
        ("드라마 얘기 아니에요. 남편이 칼을 들고 있어요", SignalKind::Violence),
        ("자살예방센터는 전화를 안 받아요. 그냥 죽고 싶어요", SignalKind::SelfHarm),
    ] {
        assert!(kinds(text).contains(&kind), "{text}");
    }
}

#[test]
fn victims_and_subtypes_are_given_where_they_belong() {
    for (_, text) in fires() {
        for signal in RULES.detect(&text) {
            assert_eq!(signal.victim.is_some(), signal.kind == SignalKind::Abuse, "{text}");
            assert_eq!(signal.subtype.is_some(), signal.kind == SignalKind::Disaster, "{text}");
        }
    }
    let signals = RULES.detect("옆집 아들이 할머니를 때려요");
    assert!(signals.iter().any(|signal| signal.victim == Some(Victim::Elder)));
}

/// What holds for the signals of any text.
fn assert_sound(text: &str) {
    let signals = RULES.detect(text);
    assert!(signals.len() <= 6);
    for signal in &signals {
        assert!(text.get(signal.span.clone()).is_some_and(|words| !words.is_empty()), "{text:?}");
        assert!(signal.strength >= Strength::REPORTED);
    }
    for pair in signals.windows(2) {
        assert!(pair[0].strength >= pair[1].strength);
    }
    for (i, one) in signals.iter().enumerate() {
        for other in signals[i + 1..].iter().filter(|other| other.kind == one.kind) {
            assert!(one.span.end <= other.span.start || other.span.end <= one.span.start);
        }
    }
}

/// Steps are bounded by this many for each byte of the text, whatever it says.
const STEPS_PER_BYTE: usize = 20;

fn assert_linear(text: &str) {
    let steps = RULES.inspect(text).steps;
    assert!(
        steps <= 2_000 + STEPS_PER_BYTE * text.len(),
        "{steps} steps for {} bytes: {text:.60}",
        text.len()
    );
}

#[test]
fn repetition_costs_no_more_than_its_length() {
    let all_words: String = fires().into_iter().map(|(_, text)| text).collect();
    let mut texts: Vec<String> = fires().into_iter().map(|(_, text)| text).collect();
    texts.extend(
        ["죽", "때리", "불", "아", "살려", " ", ".", "ㅠ", "남편이", "피가 ", "\u{11a8}", "a"]
            .map(String::from),
    );
    texts.push(all_words.clone());
    texts.push(all_words.replace(' ', ""));
    for text in texts {
        assert_linear(&text.chars().cycle().take(4_000).collect::<String>());
        assert_linear(&text.replace(' ', "").chars().cycle().take(4_000).collect::<String>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_gives_sound_signals(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn any_mixture_of_dangerous_words_gives_sound_signals(
        parts in prop::collection::vec((0..10_000_usize, "[ .,!?ㅠㅋ\n가-힣a-z]{0,6}"), 0..20)
    ) {
        let sentences = fires();
        let mut text = String::new();
        for (pick, noise) in parts {
            text.push_str(&sentences[pick % sentences.len()].1);
            text.push_str(&noise);
        }
        assert_sound(&text);
        assert_linear(&text);
    }
}

#[test]
fn a_calm_sentence_beside_it_silences_nothing() {
    for (kind, text) in fires() {
        for calm in CALM {
            for whole in [format!("{calm} {text}"), format!("{text}. {calm}")] {
                assert!(kinds(&whole).contains(&kind), "{whole}");
            }
        }
    }
}

/// Sentences that say nothing of danger and ask for nothing.
const CALM: [&str; 6] = [
    "안녕하세요.",
    "저는 수원에 사는 주민입니다.",
    "오늘 날씨가 참 맑네요.",
    "읽어 주셔서 고맙습니다.",
    "좋은 하루 보내세요.",
    "점심은 맛있게 드셨나요?",
];

fn with_rule(rule: &str) -> Result<SignalRules, RuleError> {
    let text = format!(
        "prior = 0.02\n[concepts]\nfire = [\"불\"]\n[guards.calm]\nreach = \"text\"\npatterns = [\"훈련\"]\n\
         [kinds.fire]\ncall = \"rescue\"\nguards = [\"calm\"]\n[kinds.abuse]\ncall = \"elder_abuse\"\n\
         [[rules]]\nid = \"r\"\nstrength = 0.9\nfires = []\nsilent = []\n{rule}\n"
    );
    SignalRules::from_toml(&text, &Agencies::bundled())
}

#[test]
fn a_faulty_rule_file_is_refused_with_its_place() {
    assert!(with_rule("kind = \"fire\"\npatterns = [\"{fire} <2> 났어\"]").is_ok());
    for (rule, expected) in [
        ("kind = \"fire\"\npatterns = [\"{water}\"]", "rule `r` names the concept `{water}`"),
        ("kind = \"fire\"\npatterns = [\"불 &\"]", "has an empty part"),
        ("kind = \"fire\"\npatterns = [\"불 <x> 났어\"]", "no number"),
        ("kind = \"fire\"\npatterns = [\"불=이\"]", "mark in the middle"),
        ("kind = \"fire\"\npatterns = [\"불\"]\nguards = [\"drill\"]", "guard `drill`"),
        ("kind = \"fire\"\npatterns = [\"불\"]\nwithout = [\"drill\"]", "`without` names"),
        ("kind = \"fire\"\npatterns = [\"불\"]\nvictim = \"child\"", "`victim` belongs"),
        ("kind = \"fire\"\npatterns = [\"불\"]\nsubtype = \"other\"", "`subtype` belongs"),
        ("kind = \"gas\"\npatterns = [\"불\"]", "kind `gas`"),
        ("kind = \"fire\"\npatterns = [\"불\"]\ncall = \"gas\"", "not verified"),
        ("kind = \"abuse\"\nvictim = \"elder\"\npatterns = [\"불\"]", "`elder_abuse`, which is not verified"),
        ("kind = \"fire\"\npatterns = 3", "line"),
    ] {
        let error = with_rule(rule).expect_err(rule).to_string();
        assert!(error.contains(expected), "{rule}\n{error}");
    }
}

const WEIGHED: &str = "prior = 0.1\n[concepts]\n[guards]\n[kinds.fire]\ncall = \"rescue\"\n\
    [evidence.now]\nweight = 1.5\npatterns = [\"지금\"]\n[evidence.long]\nweight = -9.0\nlonger_than = 20\n\
    [[rules]]\nid = \"smoke\"\nkind = \"fire\"\nstrength = 0.3\npatterns = [\"연기\"]\nfires = []\nsilent = []\n\
    [[rules]]\nid = \"heat\"\nkind = \"fire\"\nstrength = 0.3\npatterns = [\"열기\"]\nfires = []\nsilent = []\n";

#[test]
fn weak_rules_count_together_and_with_what_else_is_said() {
    let rules = SignalRules::from_toml(WEIGHED, &Agencies::bundled()).expect("a sound file");
    assert!(rules.detect("연기").is_empty());
    assert!(!rules.detect("연기와 열기").is_empty());
    assert!(!rules.detect("지금 연기").is_empty());
    assert!(rules.detect("지금 아무것도 없어요").is_empty());
    assert!(rules.detect(&format!("지금 연기 {}", "가".repeat(20))).is_empty());
    let rules = rules.with_pieces("_집에\t3.0\n").expect("a sound list");
    assert!(!rules.detect("집에 연기").is_empty());
    assert!(rules.detect("집에 아무것도 없어요").is_empty());
}

#[test]
fn evidence_is_either_said_or_a_length() {
    for row in ["", "patterns = [\"지금\"]\nlonger_than = 3\n"] {
        let text = WEIGHED.replace("[evidence.long]\nweight = -9.0\nlonger_than = 20\n", &format!("[evidence.long]\nweight = 1.0\n{row}"));
        let error = SignalRules::from_toml(&text, &Agencies::bundled()).expect_err(row).to_string();
        assert!(error.contains("evidence `long`"), "{error}");
    }
}
