//! Korean particles after any filling: 은/는, 이/가, 을/를, 와/과, 으로/로, 이라/라.
//!
//! The form follows the final sound of what is read aloud: the 받침 of a Hangul syllable, a number read in Korean, a
//! letter by its name, an English word by its likely transcription. A bracket at the end does not count (국립국어원:
//! 괄호 안의 말은 조사의 선택에 영향을 주지 않는다), quotes are looked through. Where nothing tells the sound, both
//! forms are written, as in 은(는), rather than a wrong one.

use std::fmt;
use std::str::FromStr;

/// A pair of particle forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Josa {
    /// 은/는
    Topic,
    /// 이/가
    Subject,
    /// 을/를
    Object,
    /// 과/와
    With,
    /// 으로/로
    Toward,
    /// 이라/라
    Copula,
}

impl Josa {
    /// All pairs.
    pub const ALL: [Self; 6] =
        [Self::Topic, Self::Subject, Self::Object, Self::With, Self::Toward, Self::Copula];

    /// The form after a final consonant, after a vowel, and both in one.
    const fn forms(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Topic => ("은", "는", "은(는)"),
            Self::Subject => ("이", "가", "이(가)"),
            Self::Object => ("을", "를", "을(를)"),
            Self::With => ("과", "와", "와(과)"),
            Self::Toward => ("으로", "로", "(으)로"),
            Self::Copula => ("이라", "라", "(이)라"),
        }
    }

    /// The form that fits after `word`.
    ///
    /// ```
    /// use minwon::drafting::josa::Josa;
    /// assert_eq!(Josa::Toward.after("서울"), "로");
    /// assert_eq!(Josa::Object.after("접수번호 120"), "을");
    /// ```
    pub fn after(self, word: &str) -> &'static str {
        let (closed, open, both) = self.forms();
        match final_sound(word) {
            Some(Sound::Vowel) => open,
            Some(Sound::Rieul) if self == Self::Toward => open,
            Some(Sound::Rieul | Sound::Consonant) => closed,
            None => both,
        }
    }
}

/// A pair of forms that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown particle `{0}`, expected 은/는, 이/가, 을/를, 와/과, 으로/로 or 이라/라")]
pub struct UnknownJosa(pub String);

impl FromStr for Josa {
    type Err = UnknownJosa;

    fn from_str(pair: &str) -> Result<Self, Self::Err> {
        let (first, second) = pair.split_once('/').ok_or_else(|| UnknownJosa(pair.to_owned()))?;
        let is = |josa: &Self| {
            let (closed, open, _) = josa.forms();
            (first, second) == (closed, open) || (second, first) == (closed, open)
        };
        Self::ALL.into_iter().find(is).ok_or_else(|| UnknownJosa(pair.to_owned()))
    }
}

impl fmt::Display for Josa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::With => f.write_str("와/과"),
            _ => write!(f, "{}/{}", self.forms().0, self.forms().1),
        }
    }
}

/// What a word ends in when read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Vowel,
    /// ㄹ, which 으로/로 treats as a vowel.
    Rieul,
    Consonant,
}

/// How the word ends when read; `None` where that cannot be told.
fn final_sound(word: &str) -> Option<Sound> {
    let word = significant(word);
    let last = word.chars().next_back()?;
    match last {
        '가'..='힣' => Some(from_jongseong((last as u32 - 0xAC00) % 28)),
        // Letters of the alphabet by their names: 기역, 니은 …; all but ㄹ(리을) end in another consonant.
        'ㄱ'..='ㅎ' => Some(if last == 'ㄹ' { Sound::Rieul } else { Sound::Consonant }),
        '0'..='9' => Some(number(word)),
        'a'..='z' | 'A'..='Z' => Some(latin(word)),
        // Vowels by their sound; 퍼센트, 도, 제곱미터, 킬로미터, 센티미터, 밀리미터.
        'ㅏ'..='ㅣ' | '%' | '℃' | '°' | '㎡' | '㎞' | '㎝' | '㎜' | 'ℓ' => Some(Sound::Vowel),
        // 킬로그램, 밀리그램.
        '㎏' | '㎎' => Some(Sound::Consonant),
        // 원호: ① to ⑳ read as numbers.
        '①'..='⑳' => Some(number(&(last as u32 - '①' as u32 + 1).to_string())),
        _ => None,
    }
}

const fn from_jongseong(index: u32) -> Sound {
    match index {
        0 => Sound::Vowel,
        8 => Sound::Rieul,
        _ => Sound::Consonant,
    }
}

/// The word up to what is read last: without closing marks, and without a bracket after something else.
fn significant(word: &str) -> &str {
    let mut rest = word;
    loop {
        rest = rest.trim_end_matches(|c: char| c.is_whitespace() || is_mark(c));
        let Some(opening) = rest.chars().next_back().and_then(opening_of) else { return rest };
        let inner = &rest[..rest.len() - rest.chars().next_back().map_or(0, char::len_utf8)];
        match inner.rfind(opening) {
            // A bracket that is all there is, such as `[전화번호]`: its content is read.
            Some(at) if significant_is_empty(&inner[..at]) => rest = inner,
            Some(at) => rest = &inner[..at],
            None => rest = inner,
        }
    }
}

fn significant_is_empty(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_mark(c) || "([{<〈《「『【（［".contains(c))
}

const fn opening_of(closing: char) -> Option<char> {
    match closing {
        ')' => Some('('),
        ']' => Some('['),
        '}' => Some('{'),
        '>' => Some('<'),
        '）' => Some('（'),
        '］' => Some('［'),
        '【' | '】' => Some('【'),
        _ => None,
    }
}

/// Marks that are not read: quotes, full stops, title brackets (whose content is read).
fn is_mark(c: char) -> bool {
    "\"'“”‘’`.,!?…~·:;-–—/〉》」』*_".contains(c)
}

/// A number read in Sino-Korean: 일 이 삼 … 십 백 천 만 억 조. Only whole groups of digits count; after a point or in
/// a telephone number digits are read one by one, which gives the same sounds.
fn number(word: &str) -> Sound {
    let digits: Vec<u8> =
        word.bytes().rev().filter(|b| *b != b',').take_while(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let zeros = digits.iter().take_while(|d| **d == 0).count();
    if zeros == 0 {
        return match digits.first() {
            Some(1 | 7 | 8) => Sound::Rieul,
            Some(2 | 4 | 5 | 9) => Sound::Vowel,
            _ => Sound::Consonant,
        };
    }
    // 영·공, 십, 백, 천, 만, 억 end in a consonant; 조 does not.
    if zeros < digits.len() && (12..16).contains(&zeros) { Sound::Vowel } else { Sound::Consonant }
}

/// Latin letters: an abbreviation by the names of its letters, a word by how it is likely transcribed.
fn latin(word: &str) -> Sound {
    let start = word
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + word[at..].chars().next().map_or(1, char::len_utf8));
    let letters = &word[start..];
    // Units after a number: 5km, 3kg, 20m.
    if word[..start].trim_end().ends_with(|c: char| c.is_ascii_digit()) {
        match letters {
            "km" | "m" | "cm" | "mm" | "L" | "l" | "ml" | "mL" | "t" => return Sound::Vowel,
            "kg" | "g" | "mg" => return Sound::Consonant,
            _ => {}
        }
    }
    let vowel = |c: char| "aeiouy".contains(c.to_ascii_lowercase());
    let spelt = letters.chars().all(|c| c.is_ascii_uppercase()) || !letters.chars().any(vowel);
    if spelt || letters.len() == 1 {
        return letter_name(letters.chars().next_back().unwrap_or('a'));
    }
    english(&letters.to_ascii_lowercase())
}

/// 에이, 비, 시 … ; L 엘, R 알, M 엠, N 엔.
fn letter_name(letter: char) -> Sound {
    match letter.to_ascii_uppercase() {
        'L' | 'R' => Sound::Rieul,
        'M' | 'N' => Sound::Consonant,
        _ => Sound::Vowel,
    }
}

/// An English word by the common transcriptions: 구글, 페이지, 앱, 사이트, 홈, 링크.
fn english(word: &str) -> Sound {
    let letters: Vec<char> = word.chars().collect();
    let vowel = |c: &char| "aeiou".contains(*c);
    let silent_e = letters.len() > 3 && letters.ends_with(&['e']) && !vowel(&letters[letters.len() - 2]);
    let core = &letters[..letters.len() - usize::from(silent_e)];
    match core.last() {
        Some('l') => Sound::Rieul,
        Some('m' | 'n') => Sound::Consonant,
        Some('g') if core.ends_with(&['n', 'g']) && !silent_e => Sound::Consonant,
        // A short vowel before p, t, k gives a 받침: 앱, 봇, 북, 클릭; two vowels or a silent e do not: 사이트.
        Some('p' | 't' | 'k' | 'c') if !silent_e => {
            let doubled = core.len() > 2 && ["pp", "tt", "ck"].iter().any(|d| word.ends_with(d));
            let before = core.len() - 1 - usize::from(doubled);
            let short = before > 0
                && vowel(&core[before - 1])
                && (before < 2 || !vowel(&core[before - 2]) || core[before - 2..before] == ['o', 'o']);
            if short || word.ends_with("lk") { Sound::Consonant } else { Sound::Vowel }
        }
        _ => Sound::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    // Hangul
    #[case("수원시", "는 가 를 와 로 라")]
    #[case("양평군", "은 이 을 과 으로 이라")]
    #[case("서울", "은 이 을 과 로 이라")]
    #[case("건설국", "은 이 을 과 으로 이라")]
    #[case("교통국", "은 이 을 과 으로 이라")]
    #[case("한국도로공사", "는 가 를 와 로 라")]
    #[case("경찰", "은 이 을 과 로 이라")]
    #[case("국도 6호선", "은 이 을 과 으로 이라")]
    #[case("용문면 마을길", "은 이 을 과 로 이라")]
    #[case("담당자 ", "는 가 를 와 로 라")]
    #[case("ㅋㅋ", "은 이 을 과 으로 이라")]
    #[case("ㄹ", "은 이 을 과 로 이라")]
    #[case("ㅠㅠ", "는 가 를 와 로 라")]
    // digits, read in Korean
    #[case("0", "은 이 을 과 으로 이라")]
    #[case("1", "은 이 을 과 로 이라")]
    #[case("2", "는 가 를 와 로 라")]
    #[case("3", "은 이 을 과 으로 이라")]
    #[case("4", "는 가 를 와 로 라")]
    #[case("5", "는 가 를 와 로 라")]
    #[case("6", "은 이 을 과 으로 이라")]
    #[case("7", "은 이 을 과 로 이라")]
    #[case("8", "은 이 을 과 로 이라")]
    #[case("9", "는 가 를 와 로 라")]
    #[case("10", "은 이 을 과 으로 이라")]
    #[case("031-120", "은 이 을 과 으로 이라")]
    #[case("1588-2504", "는 가 를 와 로 라")]
    #[case("112", "는 가 를 와 로 라")]
    #[case("119", "는 가 를 와 로 라")]
    #[case("10,000", "은 이 을 과 으로 이라")]
    #[case("100,000,000", "은 이 을 과 으로 이라")]
    #[case("1000000000000", "는 가 를 와 로 라")]
    #[case("3.14", "는 가 를 와 로 라")]
    #[case("2026-11-23", "은 이 을 과 으로 이라")]
    #[case("③", "은 이 을 과 으로 이라")]
    // Latin letters by name
    #[case("CCTV", "는 가 를 와 로 라")]
    #[case("GTX", "는 가 를 와 로 라")]
    #[case("DMZ", "는 가 를 와 로 라")]
    #[case("LH", "는 가 를 와 로 라")]
    #[case("SRT", "는 가 를 와 로 라")]
    #[case("URL", "은 이 을 과 로 이라")]
    #[case("QR", "은 이 을 과 로 이라")]
    #[case("ATM", "은 이 을 과 으로 이라")]
    #[case("PIN", "은 이 을 과 으로 이라")]
    #[case("ARS", "는 가 를 와 로 라")]
    // words
    #[case("app", "은 이 을 과 으로 이라")]
    #[case("site", "는 가 를 와 로 라")]
    #[case("Google", "은 이 을 과 로 이라")]
    #[case("phone", "은 이 을 과 으로 이라")]
    #[case("home", "은 이 을 과 으로 이라")]
    #[case("KakaoTalk", "은 이 을 과 으로 이라")]
    #[case("parking", "은 이 을 과 으로 이라")]
    #[case("bus", "는 가 를 와 로 라")]
    #[case("gits.gg.go.kr", "은 이 을 과 로 이라")]
    #[case("jobaba", "는 가 를 와 로 라")]
    // units and signs
    #[case("53%", "는 가 를 와 로 라")]
    #[case("5km", "는 가 를 와 로 라")]
    #[case("3kg", "은 이 을 과 으로 이라")]
    #[case("84㎡", "는 가 를 와 로 라")]
    #[case("10 m", "는 가 를 와 로 라")]
    // brackets do not count, quotes are looked through
    #[case("경기도(수원)", "는 가 를 와 로 라")]
    #[case("안전신문고(앱)", "는 가 를 와 로 라")]
    #[case("한국전력공사 (123)", "는 가 를 와 로 라")]
    #[case("양평군[이송]", "은 이 을 과 으로 이라")]
    #[case("[전화번호]", "는 가 를 와 로 라")]
    #[case("[이름]", "은 이 을 과 으로 이라")]
    #[case("(주)대한", "은 이 을 과 으로 이라")]
    #[case("'안전신문고'", "는 가 를 와 로 라")]
    #[case("‘똑버스’", "는 가 를 와 로 라")]
    #[case("“국민신문고”", "는 가 를 와 로 라")]
    #[case("「민원 처리에 관한 법률」", "은 이 을 과 로 이라")]
    #[case("'경기민원24'", "는 가 를 와 로 라")]
    #[case("건설국.", "은 이 을 과 으로 이라")]
    // nothing tells the sound
    #[case("", "은(는) 이(가) 을(를) 와(과) (으)로 (이)라")]
    #[case("道路", "은(는) 이(가) 을(를) 와(과) (으)로 (이)라")]
    #[case("🚧", "은(는) 이(가) 을(를) 와(과) (으)로 (이)라")]
    #[case("ถนน", "은(는) 이(가) 을(를) 와(과) (으)로 (이)라")]
    fn particles_fit_what_stands_before(#[case] word: &str, #[case] expected: &str) {
        let found = Josa::ALL.map(|josa| josa.after(word)).join(" ");
        assert_eq!(found, expected, "after {word:?}");
    }

    #[test]
    fn pairs_are_read_in_both_orders() {
        for josa in Josa::ALL {
            assert_eq!(josa.to_string().parse(), Ok(josa));
            let name = josa.to_string();
            let (first, second) = name.split_once('/').expect("a pair");
            assert_eq!(format!("{second}/{first}").parse(), Ok(josa));
        }
        assert!("에/에서".parse::<Josa>().is_err());
        assert!("은".parse::<Josa>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_gets_a_particle(word in any::<String>()) {
            for josa in Josa::ALL {
                let (closed, open, both) = josa.forms();
                prop_assert!([closed, open, both].contains(&josa.after(&word)));
            }
        }

        #[test]
        fn a_syllable_follows_its_final_consonant(c in proptest::char::range('가', '힣')) {
            let closed = !(c as u32 - 0xAC00).is_multiple_of(28);
            let word = format!("어느 {c}");
            prop_assert_eq!(Josa::Topic.after(&word), if closed { "은" } else { "는" });
            let toward = if closed && (c as u32 - 0xAC00) % 28 != 8 { "으로" } else { "로" };
            prop_assert_eq!(Josa::Toward.after(&word), toward);
        }

        #[test]
        fn brackets_and_quotes_change_nothing(word in "[가-힣]{1,6}", inside in "[가-힣A-Z0-9]{1,5}") {
            for josa in Josa::ALL {
                prop_assert_eq!(josa.after(&format!("{word}({inside})")), josa.after(&word));
                prop_assert_eq!(josa.after(&format!("'{word}'")), josa.after(&word));
                prop_assert_eq!(josa.after(&format!("{word} ")), josa.after(&word));
            }
        }

        #[test]
        fn a_number_sounds_as_it_is_read(n in 0_u64..1_000_000_000_000) {
            // Reference: read the last digit or the last unit aloud.
            let units = ["", "십", "백", "천", "만", "십만", "백만", "천만", "억", "십억", "백억", "천억"];
            let digits = ["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];
            let zeros = n.to_string().bytes().rev().take_while(|b| *b == b'0').count();
            let read = if n == 0 { "영" } else if zeros == 0 { digits[(n % 10) as usize] } else { units[zeros] };
            for josa in Josa::ALL {
                prop_assert_eq!(josa.after(&n.to_string()), josa.after(read));
            }
        }
    }
}
