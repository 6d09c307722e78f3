//! How a record lies in a segment file, and how a file is read that may have been cut off or damaged. Pure.
//!
//! ```text
//! 0   4  mark F5 6D 77 01: no valid UTF-8 holds F5, so that no payload holds the mark
//! 4   4  length of the payload, little-endian
//! 8   8  number of the record, little-endian
//! 16  4  start of the SHA-256 of bytes 0 to 16
//! 20 12  start of the SHA-256 of number and payload
//! 32     payload: the case as JSON
//! ```
//! The head has a check of its own. So a record that ends after the file does is known to be torn (it was never
//! acknowledged) and not damaged, and a damaged payload does not hide where the next record begins.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// Bytes before the payload.
pub const HEAD: usize = 32;
const MARK: [u8; 4] = [0xf5, b'm', b'w', 1];

/// A stretch of a segment file. Stretches follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole record.
    Record {
        /// Its number.
        number: u64,
        /// Head and payload.
        range: Range<usize>,
    },
    /// Bytes that were a record once.
    Damaged(Range<usize>),
    /// The end of a file that was cut off while a record was written.
    Torn(Range<usize>),
}

/// Appends a record to a buffer. `None` if the payload is longer than 4 GiB.
pub fn write(buffer: &mut Vec<u8>, number: u64, payload: &[u8]) -> Option<()> {
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&MARK);
    head[4..8].copy_from_slice(&u32::try_from(payload.len()).ok()?.to_le_bytes());
    head[8..16].copy_from_slice(&number.to_le_bytes());
    let check = head_check(&head);
    head[16..20].copy_from_slice(&check);
    head[20..].copy_from_slice(&payload_check(number, payload));
    buffer.extend_from_slice(&head);
    buffer.extend_from_slice(payload);
    Some(())
}

/// The payload of a record that was read back, if it is whole.
pub fn payload(record: &[u8]) -> Option<&[u8]> {
    let (number, length) = head(record)?;
    let payload = record.get(HEAD..)?;
    (payload.len() == length && record[20..HEAD] == payload_check(number, payload)).then_some(payload)
}

/// Takes a file apart.
pub fn scan(bytes: &[u8]) -> Vec<Piece> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let piece = piece(bytes, at);
        at = match &piece {
            Piece::Record { range, .. } | Piece::Damaged(range) | Piece::Torn(range) => range.end,
        };
        pieces.push(piece);
    }
    pieces
}

fn piece(bytes: &[u8], at: usize) -> Piece {
    let rest = &bytes[at..];
    // A file system may lengthen a file before it has the bytes: zeros to the end are a tear, too.
    if rest.len() < HEAD || rest.iter().all(|byte| *byte == 0) {
        return Piece::Torn(at..bytes.len());
    }
    let Some((number, length)) = head(rest) else {
        let next = (1..rest.len()).find(|i| head(&rest[*i..]).is_some());
        return Piece::Damaged(at..next.map_or(bytes.len(), |next| at + next));
    };
    let range = at..at.saturating_add(HEAD + length);
    match bytes.get(range.clone()) {
        None => Piece::Torn(at..bytes.len()),
        Some(record) if payload(record).is_some() => Piece::Record { number, range },
        Some(_) => Piece::Damaged(range),
    }
}

/// Number of the record and length of its payload.
fn head(bytes: &[u8]) -> Option<(u64, usize)> {
    let head: &[u8; HEAD] = bytes.first_chunk()?;
    if head[..4] != MARK || head[16..20] != head_check(head) {
        return None;
    }
    let length = u32::from_le_bytes(head[4..8].try_into().expect("four bytes"));
    Some((u64::from_le_bytes(head[8..16].try_into().expect("eight bytes")), length as usize))
}

fn head_check(head: &[u8; HEAD]) -> [u8; 4] {
    *Sha256::digest(&head[..16]).first_chunk().expect("a digest has 32 bytes")
}

fn payload_check(number: u64, payload: &[u8]) -> [u8; 12] {
    let mut hash = Sha256::new();
    hash.update(number.to_le_bytes());
    hash.update(payload);
    *hash.finalize().first_chunk().expect("a digest has 32 bytes")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(payloads: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (i, payload) in payloads.iter().enumerate() {
            write(&mut bytes, i as u64 + 1, payload).expect("short");
        }
        bytes
    }

    fn numbers(bytes: &[u8]) -> Vec<u64> {
        let number = |piece: &Piece| match piece {
            Piece::Record { number, .. } => Some(*number),
            _ => None,
        };
        scan(bytes).iter().filter_map(number).collect()
    }

    #[test]
    fn a_file_cut_anywhere_keeps_what_is_whole() {
        let bytes = file(&[b"{}", b"", b"{\"a\":1}", b"x"]);
        let ends: Vec<usize> = scan(&bytes)
            .iter()
            .map(|piece| match piece {
                Piece::Record { range, .. } => range.end,
                other => panic!("{other:?}"),
            })
            .collect();
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let pieces = scan(&bytes[..cut]);
            assert_eq!(numbers(&bytes[..cut]).len(), whole, "cut at {cut}");
            let tear = ends.iter().rfind(|end| **end <= cut).copied().unwrap_or(0);
            let torn = pieces.len() > whole;
            assert_eq!(torn, tear < cut, "cut at {cut}");
            assert!(!torn || pieces.last() == Some(&Piece::Torn(tear..cut)), "cut at {cut}: {pieces:?}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_one_record_only() {
        let bytes = file(&[b"{\"first\":1}", b"{\"second\":2}", b"{\"third\":3}"]);
        let size = bytes.len() / 3;
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                let hit = bytes_to_record(&bytes, at);
                let left: Vec<u64> = (1..=3).filter(|n| *n != hit).collect();
                assert_eq!(numbers(&damaged), left, "bit {bit} of byte {at} (about record {})", at / size);
                let set_aside = scan(&damaged).iter().any(|p| matches!(p, Piece::Damaged(r) if r.contains(&at)));
                assert!(set_aside, "byte {at} is kept for people to look at");
            }
        }
    }

    fn bytes_to_record(bytes: &[u8], at: usize) -> u64 {
        let hit = scan(bytes).into_iter().find_map(|piece| match piece {
            Piece::Record { number, range } if range.contains(&at) => Some(number),
            _ => None,
        });
        hit.expect("every byte belongs to a record")
    }

    #[test]
    fn zeros_after_the_last_record_are_a_tear() {
        let mut bytes = file(&[b"{}"]);
        let end = bytes.len();
        bytes.extend([0; 100]);
        assert_eq!(scan(&bytes).last(), Some(&Piece::Torn(end..end + 100)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart_without_a_gap(
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
            payload in prop::collection::vec(any::<u8>(), 0..40),
            at in any::<prop::sample::Index>(),
        ) {
            let mut record = Vec::new();
            write(&mut record, 7, &payload).expect("short");
            let place = at.index(bytes.len() + 1);
            bytes.splice(place..place, record);
            let mut end = 0;
            for piece in scan(&bytes) {
                let (Piece::Record { range, .. } | Piece::Damaged(range) | Piece::Torn(range)) = piece;
                prop_assert_eq!(range.start, end);
                prop_assert!(range.end > range.start);
                end = range.end;
            }
            prop_assert_eq!(end, bytes.len());
            prop_assert_eq!(numbers(&bytes), vec![7]);
        }
    }
}
