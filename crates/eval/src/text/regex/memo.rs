//! A record of what a matcher tried and how that ended.

use rustc_hash::FxHashMap;

use super::RegexError;

/// The most bits that the table may take.
const TABLE_LIMIT: u64 = 1 << 32;
/// The most visits with counters that a record may hold.
const COUNTED_LIMIT: usize = 1 << 20;

/// A fork, a position in the text, and the state of the counters that matter there.
pub(super) type Visit = (u32, u32, u64);

/// What is known of visits, for a part of the text that starts at `base`.
pub(super) struct Memo {
    base: u32,
    forks: usize,
    /// Visits with all counters at zero, in a table.
    concluded: Vec<u64>,
    accepting: Vec<u64>,
    /// The other ones.
    counted: FxHashMap<Visit, bool>,
    /// The visits that led to acceptance.
    accepting_visits: Vec<Visit>,
}

impl Memo {
    pub(super) fn new(forks: usize, base: u32, end: u32) -> Result<Self, RegexError> {
        let bits = forks as u64 * (u64::from(end - base) + 1);
        if bits > TABLE_LIMIT {
            return Err(RegexError::TooLarge);
        }
        let words = bits.div_ceil(64) as usize;
        Ok(Self {
            base,
            forks,
            concluded: vec![0; words],
            accepting: vec![0; words],
            counted: FxHashMap::default(),
            accepting_visits: Vec::new(),
        })
    }

    /// Whether it holds as much as it may.
    pub(super) fn is_full(&self) -> bool {
        self.counted.len() > COUNTED_LIMIT
    }

    /// Where the table has a visit: the word and the bit.
    fn entry(&self, (fork, at, _): Visit) -> (usize, u64) {
        let entry = (at - self.base) as usize * self.forks + fork as usize;
        (entry / 64, 1 << (entry % 64))
    }

    /// Whether a visit led to acceptance, if that is known.
    pub(super) fn get(&self, visit: Visit) -> Option<bool> {
        if visit.2 != 0 {
            return self.counted.get(&visit).copied();
        }
        let (word, bit) = self.entry(visit);
        (self.concluded[word] & bit != 0).then(|| self.accepting[word] & bit != 0)
    }

    /// Says that a visit led to acceptance, or did not.
    pub(super) fn set(&mut self, visit: Visit, accepting: bool) {
        if accepting {
            self.accepting_visits.push(visit);
        }
        if visit.2 != 0 {
            self.counted.insert(visit, accepting);
            return;
        }
        let (word, bit) = self.entry(visit);
        self.concluded[word] |= bit;
        if accepting {
            self.accepting[word] |= bit;
        }
    }

    /// Forgets what led to acceptance: a new search has to go there again to set its slots.
    pub(super) fn forget_accepting(&mut self) {
        while let Some(visit) = self.accepting_visits.pop() {
            if visit.2 == 0 {
                let (word, bit) = self.entry(visit);
                self.concluded[word] &= !bit;
                self.accepting[word] &= !bit;
            } else {
                self.counted.remove(&visit);
            }
        }
    }
}
