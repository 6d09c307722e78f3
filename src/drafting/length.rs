//! How long a text may be on its channel: 1,000 characters in KakaoTalk consultation (the limit of the dealer API for
//! 상담톡 messages), 90 bytes for an SMS and 2,000 for an LMS, counted in EUC-KR with the extension CP949 that
//! carriers use, where every character outside ASCII takes two bytes.

use encoding_rs::EUC_KR;

/// Most characters of a KakaoTalk message.
pub const KAKAO_CHARS: usize = 1_000;
/// Most bytes of a short message.
pub const SMS_BYTES: usize = 90;
/// Most bytes of a long message.
pub const LMS_BYTES: usize = 2_000;

/// Signs that carriers do not carry, with what says the same.
const STAND_INS: [(char, &str); 10] = [
    ('•', "-"),
    ('▪', "-"),
    ('‑', "-"),
    ('–', "-"),
    ('—', "-"),
    ('\u{a0}', " "),
    ('✓', "-"),
    ('✔', "-"),
    ('₩', "원 "),
    ('〜', "~"),
];

/// A text as carriers carry it: signs outside CP949 become those that say the same, where there are such.
pub fn for_carriers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match STAND_INS.iter().find(|(sign, _)| *sign == c) {
            Some((_, stand_in)) => plain.push_str(stand_in),
            None => plain.push(c),
        }
    }
    plain
}

/// Bytes of a text in CP949; `None` if it holds a character that CP949 lacks, such as Thai letters or emoji.
pub fn carrier_bytes(text: &str) -> Option<usize> {
    let (bytes, _, missing) = EUC_KR.encode(text);
    (!missing).then(|| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    // Reference (Python 3): `len("…".encode("cp949"))`
    #[case("교통비 지원", Some(11))]
    #[case("031-120", Some(7))]
    #[case("똠방각하", Some(8))]
    #[case("19~39세, 30%", Some(12))]
    #[case("①②", Some(4))]
    #[case("•", None)]
    #[case("ไทย", None)]
    #[case("🙂", None)]
    fn bytes_are_those_of_cp949(#[case] text: &str, #[case] bytes: Option<usize>) {
        assert_eq!(carrier_bytes(text), bytes);
    }

    #[test]
    fn stand_ins_can_be_sent() {
        for (_, stand_in) in STAND_INS {
            assert!(carrier_bytes(stand_in).is_some());
        }
        assert_eq!(for_carriers("• 나이: 6–18세"), "- 나이: 6-18세");
    }

    proptest! {
        #[test]
        fn hangul_takes_two_bytes_a_syllable(text in "[가-힣a-z0-9 ]{0,40}") {
            let expected = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
            prop_assert_eq!(carrier_bytes(&text), Some(expected));
        }
    }
}
