//! How far a reply is from its draft: a number for statistics and a word-by-word difference for the log.

use serde::{Deserialize, Serialize};

/// A stretch of a difference. Put together, `keep` and `out` give the draft, `keep` and `in` the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// In both.
    Keep(String),
    /// In the draft only.
    Out(String),
    /// In the reply only.
    In(String),
}

/// Levenshtein distance in characters. Quadratic after the common ends are cut off; replies have some hundred
/// characters, at most a few thousand.
pub fn edit_distance(draft: &str, reply: &str) -> u32 {
    let (a, b): (Vec<char>, Vec<char>) = (draft.chars().collect(), reply.chars().collect());
    let (a, b) = without_common_ends(&a, &b);
    let mut row: Vec<u32> = (0..=b.len() as u32).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as u32 + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + u32::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j].min(diagonal) + 1);
        }
    }
    row[b.len()]
}

fn without_common_ends<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// Difference by words, each with the white space after it, from the longest common subsequence.
pub fn diff(draft: &str, reply: &str) -> Vec<Piece> {
    let (a, b): (Vec<&str>, Vec<&str>) = (words(draft), words(reply));
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut pieces) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            push(&mut pieces, Piece::Keep(a[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            push(&mut pieces, Piece::Out(a[i].to_owned()));
            i += 1;
        } else {
            push(&mut pieces, Piece::In(b[j].to_owned()));
            j += 1;
        }
    }
    pieces
}

fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

/// Adds a piece, joined to the last one where both are of a kind.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Keep(text)), Piece::Keep(more))
        | (Some(Piece::Out(text)), Piece::Out(more))
        | (Some(Piece::In(text)), Piece::In(more)) => text.push_str(&more),
        (_, piece) => pieces.push(piece),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        assert_eq!(edit_distance("고라니 사체", "고라니 사체를"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "안녕"), 2);
    }

    #[test]
    fn a_changed_word_is_taken_out_and_put_in() {
        let pieces = diff("내일 까지 치우겠습니다", "오늘 까지 치우겠습니다");
        assert_eq!(
            pieces,
            [Piece::Out("내일 ".into()), Piece::In("오늘 ".into()), Piece::Keep("까지 치우겠습니다".into())]
        );
    }

    proptest! {
        #[test]
        fn a_difference_holds_both_texts(a in "[가나 ]{0,20}", b in "[가나 ]{0,20}") {
            let pieces = diff(&a, &b);
            let of = |wanted: fn(&Piece) -> Option<&String>| pieces.iter().filter_map(wanted).cloned().collect::<String>();
            prop_assert_eq!(of(|p| match p { Piece::Keep(t) | Piece::Out(t) => Some(t), Piece::In(_) => None }), a);
            prop_assert_eq!(of(|p| match p { Piece::Keep(t) | Piece::In(t) => Some(t), Piece::Out(_) => None }), b);
        }

        #[test]
        fn the_distance_is_a_metric(a in "[가나]{0,8}", b in "[가나]{0,8}", c in "[가나]{0,8}") {
            prop_assert_eq!(edit_distance(&a, &a), 0);
            prop_assert_eq!(edit_distance(&a, &b), edit_distance(&b, &a));
            prop_assert!(edit_distance(&a, &c) <= edit_distance(&a, &b) + edit_distance(&b, &c));
        }
    }
}
