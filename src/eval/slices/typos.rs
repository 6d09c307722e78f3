//! How carelessly a text is typed: a crude measure that needs no dictionary.

/// Letters that stand in standard Korean hardly anywhere and in hasty typing everywhere: ㅅ for ㅆ at the end of a stem,
/// 되 and 돼 run together.
const HASTY: &str = "햇잇엇겟왓봣됫됬앗줫켯졋렷셧슴";
/// A run of Hangul longer than this has lost its spaces.
const LONGEST_WORD: usize = 10;

/// Marks of haste for 100 characters: lone 자모 (ㅠ, ㅋ, ㅇㅇ), syllables of hasty typing, words without spaces.
pub fn density(text: &str) -> f64 {
    let (mut marks, mut letters, mut run) = (0usize, 0usize, 0usize);
    for c in text.chars() {
        letters += usize::from(!c.is_whitespace());
        let lone = ('ㄱ'..='ㅣ').contains(&c);
        marks += usize::from(lone || HASTY.contains(c));
        run = if ('가'..='힣').contains(&c) { run + 1 } else { 0 };
        marks += usize::from(run == LONGEST_WORD + 1);
    }
    marks as f64 * 100.0 / letters.max(1) as f64
}

/// Band of the density.
pub fn band(text: &str) -> &'static str {
    match density(text) {
        d if d <= 0.0 => "none",
        d if d < 3.0 => "under 3 %",
        _ => "3 % and over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haste_shows() {
        assert_eq!(band("가로등이 사흘째 꺼져 있습니다."), "none");
        assert_eq!(band("뗄수잇나여 도장은 제가들고잇음ㅠㅠ"), "3 % and over");
        assert_eq!(band("버스가안와서한시간을기다렸는데"), "3 % and over");
        assert!((density("") - 0.0).abs() < 1e-12);
    }
}
