//! How much of a text stands in which script.

/// A script, or what it is read as: Han beside kana is Japanese, beside Hangul Korean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Script {
    Hangul,
    Japanese,
    Han,
    Latin,
    Cyrillic,
    Devanagari,
    Arabic,
    Thai,
    Khmer,
    Myanmar,
    Bengali,
    Other,
}

/// Letters by script.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub hangul: usize,
    /// Single jamo: ㅋㅋ, ㄱㅅ. They are no words, yet Korean.
    pub jamo: usize,
    pub han: usize,
    kana: usize,
    latin: usize,
    cyrillic: usize,
    devanagari: usize,
    arabic: usize,
    /// Letters of the Arabic script that Arabic has not and Urdu has.
    pub urdu: usize,
    thai: usize,
    khmer: usize,
    myanmar: usize,
    bengali: usize,
    other: usize,
}

/// A Hangul or Han syllable says about as much as this many letters.
const SYLLABLE: f32 = 2.0;

impl Counts {
    /// Counts the letters of a text. Web addresses, mail addresses and, if Hangul stands in the text, short words in
    /// capitals (CCTV, GTX) are no language.
    pub fn of(text: &str) -> Self {
        let mut counts = Self::default();
        let korean = text.chars().any(|c| matches!(c, '가'..='힣' | 'ㄱ'..='ㆎ'));
        for word in text.split_whitespace() {
            if word.contains("://") || word.starts_with("www.") || (word.contains('@') && word.contains('.'))
            {
                continue;
            }
            let capitals = word.chars().filter(char::is_ascii_uppercase).count();
            let small = word.chars().filter(char::is_ascii_lowercase).count();
            let abbreviation = korean && capitals > 0 && small <= 1 && capitals <= 5;
            for c in word.chars() {
                if !(abbreviation && c.is_ascii_alphabetic()) {
                    counts.add(c);
                }
            }
        }
        counts
    }

    fn add(&mut self, c: char) {
        let slot = match c {
            '가'..='힣' => &mut self.hangul,
            'ㄱ'..='ㆎ' | '\u{1100}'..='\u{11ff}' => &mut self.jamo,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '々' => {
                &mut self.han
            }
            '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ff66}'..='\u{ff9d}' => &mut self.kana,
            'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ' | 'ھ' | 'چ' | 'گ' | 'پ' => {
                self.urdu += 1;
                &mut self.arabic
            }
            '\u{0620}'..='\u{06ff}' => &mut self.arabic,
            '\u{0400}'..='\u{052f}' => &mut self.cyrillic,
            '\u{0900}'..='\u{097f}' => &mut self.devanagari,
            '\u{0980}'..='\u{09ff}' => &mut self.bengali,
            '\u{0e01}'..='\u{0e4e}' => &mut self.thai,
            '\u{1000}'..='\u{109f}' => &mut self.myanmar,
            '\u{1780}'..='\u{17d3}' => &mut self.khmer,
            c if is_latin(c) => &mut self.latin,
            c if c.is_alphabetic() => &mut self.other,
            _ => return,
        };
        *slot += 1;
    }

    /// Weight of all words; single jamo have none.
    pub fn total(&self) -> f32 {
        self.weights().iter().map(|(_, weight)| weight).sum()
    }

    /// Each script's share of the whole, the empty ones left out.
    pub fn shares(&self) -> Vec<(Script, f32)> {
        let total = self.total();
        self.weights()
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(s, weight)| (s, weight / total))
            .collect()
    }

    fn weights(&self) -> [(Script, f32); 12] {
        let (mut hangul, mut japanese, mut han) = (self.hangul, self.kana, self.han);
        if self.kana > 0 {
            japanese += std::mem::take(&mut han);
        } else if self.hangul > 0 && self.han <= self.hangul * 2 {
            hangul += std::mem::take(&mut han);
        }
        let weight = |letters: usize, each: f32| letters as f32 * each;
        [
            (Script::Hangul, weight(hangul, SYLLABLE)),
            (Script::Japanese, weight(japanese, SYLLABLE)),
            (Script::Han, weight(han, SYLLABLE)),
            (Script::Latin, weight(self.latin, 1.0)),
            (Script::Cyrillic, weight(self.cyrillic, 1.0)),
            (Script::Devanagari, weight(self.devanagari, 1.0)),
            (Script::Arabic, weight(self.arabic, 1.0)),
            (Script::Thai, weight(self.thai, 1.0)),
            (Script::Khmer, weight(self.khmer, 1.0)),
            (Script::Myanmar, weight(self.myanmar, 1.0)),
            (Script::Bengali, weight(self.bengali, 1.0)),
            (Script::Other, weight(self.other, 1.0)),
        ]
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && c.is_alphabetic())
        || matches!(c, '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}
