//! A record of what a matcher tried and how that ended.

use rustc_hash::FxHashMap;

use super::RegexError;

/// The most bits that the table may take.
const TABLE_LIMIT: u64 = 1 << 32;
/// The most visits that a record may hold outside its table.
const OTHERS_LIMIT: usize = 1 << 18;

/// The most counters around a fork whose visits can be recorded.
pub(super) const MAX_COUNTERS: usize = 32;

/// What the outcome of going through a fork depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Visit {
    pub(super) fork: u32,
    /// The position in the text.
    pub(super) at: u32,
    /// The counters around the fork, two bits each.
    pub(super) counters: u64,
    /// Whether this is where the run started and the outcome depends on that.
    pub(super) at_start: bool,
}

/// What is known of visits, for a part of the text that starts at `base`.
pub(super) struct Memo {
    base: u32,
    forks: usize,
    /// A table of the visits that depend on nothing but fork and position.
    concluded: Vec<u64>,
    accepting: Vec<u64>,
    /// The other ones.
    others: FxHashMap<Visit, bool>,
    /// The visits whose outcome is good for the current run only.
    passing: Vec<Visit>,
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
            others: FxHashMap::default(),
            passing: Vec::new(),
        })
    }

    /// Whether it holds as much as it may.
    pub(super) fn is_full(&self) -> bool {
        self.others.len() > OTHERS_LIMIT
    }

    /// Where the table has a visit, if it has its like: the word and the bit.
    fn entry(&self, visit: Visit) -> Option<(usize, u64)> {
        let entry = (visit.at - self.base) as usize * self.forks + visit.fork as usize;
        let simple = visit.counters == 0 && !visit.at_start;
        simple.then_some((entry / 64, 1 << (entry % 64)))
    }

    /// Whether a visit led to acceptance, if that is known.
    pub(super) fn get(&self, visit: Visit) -> Option<bool> {
        let Some((word, bit)) = self.entry(visit) else {
            return self.others.get(&visit).copied();
        };
        (self.concluded[word] & bit != 0).then(|| self.accepting[word] & bit != 0)
    }

    /// Says that a visit led to acceptance, or did not.
    pub(super) fn set(&mut self, visit: Visit, accepting: bool) {
        if accepting || visit.at_start {
            self.passing.push(visit);
        }
        let Some((word, bit)) = self.entry(visit) else {
            self.others.insert(visit, accepting);
            return;
        };
        self.concluded[word] |= bit;
        if accepting {
            self.accepting[word] |= bit;
        }
    }

    /// Forgets what does not hold for another run. What led to acceptance must be gone through again, to
    /// set the slots.
    pub(super) fn start_run(&mut self) {
        while let Some(visit) = self.passing.pop() {
            if let Some((word, bit)) = self.entry(visit) {
                self.concluded[word] &= !bit;
                self.accepting[word] &= !bit;
            } else {
                self.others.remove(&visit);
            }
        }
    }
}
