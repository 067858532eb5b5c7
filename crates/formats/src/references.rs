//! Searching bytes for the hash parts of store paths, and replacing them.
//!
//! A reference is nothing but the 32 characters of a hash part, anywhere in an object.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::nix32;
use crate::store_path::HASH_PART_LEN;

/// The characters of a hash part.
pub type HashPart = [u8; HASH_PART_LEN];

/// A text that is no hash part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the hash part of a store path: it must have 32 base-32 characters")]
pub struct NoHashPart(pub String);

/// Checks that a text is a hash part.
pub fn parse_hash_part(text: &str) -> Result<HashPart, NoHashPart> {
    match HashPart::try_from(text.as_bytes()) {
        Ok(part) if part.iter().all(|&byte| nix32::is_digit(byte)) => Ok(part),
        _ => Err(NoHashPart(text.to_owned())),
    }
}

/// Finds which of some hash parts occur in a stream that comes in pieces.
pub struct Scanner {
    /// The candidates, and whether they were found.
    candidates: FxHashMap<HashPart, bool>,
    missing: usize,
    /// One bit for the first three characters of every candidate.
    starts: Box<[u64; 512]>,
    /// The last bytes of the stream so far, fewer than a hash part has.
    tail: Vec<u8>,
}

const LAST: usize = HASH_PART_LEN - 1;

impl Scanner {
    /// Starts a search.
    pub fn new(candidates: impl IntoIterator<Item = HashPart>) -> Self {
        let candidates: FxHashMap<_, _> =
            candidates.into_iter().map(|part| (part, false)).collect();
        let mut starts = Box::new([0; 512]);
        for start in candidates.keys().map(start_index) {
            starts[start / 64] |= 1 << (start % 64);
        }
        Self {
            missing: candidates.len(),
            candidates,
            starts,
            tail: Vec::new(),
        }
    }

    /// Searches the next piece, and where it meets the previous one.
    pub fn scan(&mut self, piece: &[u8]) {
        if self.missing == 0 {
            return;
        }
        let mut seam = std::mem::take(&mut self.tail);
        if !seam.is_empty() {
            seam.extend_from_slice(&piece[..piece.len().min(LAST)]);
            self.search(&seam);
        }
        self.search(piece);
        if piece.len() >= LAST {
            seam.clear();
            seam.extend_from_slice(&piece[piece.len() - LAST..]);
        } else if seam.is_empty() {
            seam.extend_from_slice(piece);
        } else {
            seam.drain(..seam.len().saturating_sub(LAST));
        }
        self.tail = seam;
    }

    /// The candidates that occurred.
    #[must_use]
    pub fn finish(self) -> BTreeSet<HashPart> {
        let found = self
            .candidates
            .into_iter()
            .filter(|(_, is_found)| *is_found);
        found.map(|(part, _)| part).collect()
    }

    fn search(&mut self, bytes: &[u8]) {
        let (mut start, mut known) = (0, 0);
        while let Some(found) = next_window(bytes, start, known) {
            self.look_up(&bytes[found..found + HASH_PART_LEN]);
            (start, known) = (found + 1, LAST);
        }
    }

    fn look_up(&mut self, window: &[u8]) {
        let Ok(part) = HashPart::try_from(window) else {
            return;
        };
        let start = start_index(&part);
        if self.starts[start / 64] >> (start % 64) & 1 == 0 {
            return;
        }
        if let Some(is_found) = self.candidates.get_mut(&part)
            && !*is_found
        {
            *is_found = true;
            self.missing -= 1;
        }
    }
}

/// Where from `start` on the next window of 32 digits starts; the first `known` bytes there are
/// known to be digits.
///
/// Looks at the last byte of a window first: where it is no digit, no hash part can lie across it,
/// and the window jumps behind it.
pub(crate) fn next_window(bytes: &[u8], mut start: usize, mut known: usize) -> Option<usize> {
    loop {
        let window = bytes.get(start..start + HASH_PART_LEN)?;
        let Some(bad) = window[known..]
            .iter()
            .rposition(|&byte| !nix32::is_digit(byte))
        else {
            return Some(start);
        };
        let skipped = known + bad + 1;
        start += skipped;
        known = HASH_PART_LEN - skipped;
    }
}

/// A number below 32768 made of the first three characters.
fn start_index(part: &HashPart) -> usize {
    part[..3].iter().fold(0, |index, &byte| {
        index << 5 | usize::from(nix32::digit_value(byte).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(seed: u64) -> HashPart {
        let digest = crate::hash::Hash::sha256(&seed.to_le_bytes());
        let text = nix32::encode(&digest.digest()[..20]);
        HashPart::try_from(text.as_bytes()).unwrap_or([b'0'; 32])
    }

    fn found(candidates: &[HashPart], pieces: &[&[u8]]) -> BTreeSet<HashPart> {
        let mut scanner = Scanner::new(candidates.iter().copied());
        for piece in pieces {
            scanner.scan(piece);
        }
        scanner.finish()
    }

    /// Only 32 base-32 characters are a hash part.
    #[test]
    fn hash_parts_are_checked() {
        assert!(parse_hash_part("a3qrxr9fv07qngjdfd543q16dz6907hh").is_ok());
        for text in [
            "",
            "a3qrxr9fv07qngjdfd543q16dz6907h",
            "e3qrxr9fv07qngjdfd543q16dz6907hh",
        ] {
            assert!(parse_hash_part(text).is_err());
        }
    }

    /// A hash part is found within a longer run of digits, and twice is as good as once.
    #[test]
    fn runs_of_digits_are_searched() {
        let (a, b) = (part(1), part(2));
        let text = [b"000".as_slice(), &a, b"111", &a, b"!"].concat();
        assert_eq!(found(&[a, b], &[&text]), BTreeSet::from([a]));
    }

    proptest! {
        /// However a stream is cut into pieces, the same is found as by comparing at every place.
        #[test]
        fn cuts_make_no_difference(
            filler in proptest::collection::vec("[a-z0-9./]{0,70}", 1..8),
            cuts in proptest::collection::vec(0_usize..600, 0..12),
        ) {
            let candidates: Vec<HashPart> = (0..6).map(part).collect();
            let mut text = Vec::new();
            for (i, filler) in filler.iter().enumerate() {
                text.extend_from_slice(filler.as_bytes());
                // Whole, cut short, or one character off.
                let part = part(i as u64 / 2);
                text.extend_from_slice(&part[i % 3..]);
            }
            let expected: BTreeSet<HashPart> = candidates
                .iter()
                .copied()
                .filter(|part| text.windows(32).any(|window| window == part))
                .collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            prop_assert_eq!(found(&candidates, &pieces), expected);
        }
    }
}
