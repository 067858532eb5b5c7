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

    /// Looks at the last byte of a window first: where it is no digit, no hash part can lie across
    /// it, and the window jumps behind it.
    fn search(&mut self, bytes: &[u8]) {
        let mut start = 0;
        // How many bytes at `start` are known to be digits.
        let mut known = 0;
        while let Some(window) = bytes.get(start..start + HASH_PART_LEN) {
            match window[known..]
                .iter()
                .rposition(|&byte| !nix32::is_digit(byte))
            {
                Some(bad) => {
                    let skipped = known + bad + 1;
                    start += skipped;
                    known = HASH_PART_LEN - skipped;
                }
                None => {
                    self.look_up(window);
                    start += 1;
                    known = LAST;
                }
            }
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

/// A number below 32768 made of the first three characters.
fn start_index(part: &HashPart) -> usize {
    part[..3].iter().fold(0, |index, &byte| {
        index << 5 | usize::from(nix32::digit_value(byte).unwrap_or(0))
    })
}
