//! Runs a program over a text by backtracking, in the order in which libstdc++ explores.
//!
//! The order decides which text each group gets, and (as repetitions are not given up once they led to
//! a match) even where a match ends. A run first goes without a record of what was tried; when that
//! takes too long, it starts over and remembers every fork at every position, so that the work stays
//! within the size of the program times that of the text.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::RegexError;
use super::memo::{MAX_COUNTERS, Memo, Visit};
use super::program::{Choice, FIRST, Fork, Program, SECOND, Step};

/// In a slot: the group has no position yet.
pub(super) const UNSET: u32 = u32::MAX;

/// What to do when a path of the search ends.
enum Frame {
    Explore {
        step: u32,
        at: u32,
    },
    /// Explore only if nothing was accepted since.
    ExploreElse {
        step: u32,
        at: u32,
        accepted: u32,
    },
    /// Leave the run of a fork at `at` or before, down to `low`, if nothing was accepted since.
    LeaveRun {
        fork: u32,
        low: u32,
        at: u32,
        accepted: u32,
    },
    RestoreSlot {
        slot: u32,
        value: u32,
    },
    RestoreCounter {
        counter: u32,
        value: Counter,
    },
    /// All that follows from a fork at a position was explored.
    Conclude {
        fork: u32,
        at: u32,
        accepted: u32,
    },
}

/// How often the first branch of a fork was entered at a position.
#[derive(Clone, Copy)]
struct Counter {
    at: u32,
    entered: u32,
}

/// Buffers of a matcher, kept to be used again.
#[derive(Default)]
pub(super) struct Buffers {
    stack: Vec<Frame>,
    slots: Vec<u32>,
    /// The slots of the best match so far.
    pub(super) best: Vec<u32>,
    counters: Vec<Counter>,
    /// Ends the run when somebody sets it.
    pub(super) stop: Arc<AtomicBool>,
}

/// Where a match may start and how it must look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) at: u32,
    /// `^` matches at the start.
    pub(super) line_begin: bool,
    /// An empty match does not count.
    pub(super) not_empty: bool,
}

/// A step to run next, and the position in the text.
type Place = (u32, u32);

/// The run may not take as many steps as it needs.
struct OutOfSteps;

/// Runs one program over one text: either over the whole of it or at several places, not both, since it
/// remembers what failed.
pub(super) struct Matcher<'r> {
    program: &'r Program,
    text: &'r [u8],
    pub(super) buffers: &'r mut Buffers,
    memo: Option<Memo>,
    steps_left: u64,
    start: Start,
    /// The slots and counters are not as they were before the first run.
    used: bool,
    /// How often a match was found in this run.
    accepted: u32,
    best_end: u32,
}

impl<'r> Matcher<'r> {
    pub(super) fn new(
        program: &'r Program,
        text: &'r [u8],
        buffers: &'r mut Buffers,
    ) -> Result<Self, RegexError> {
        if text.len() >= UNSET as usize {
            return Err(RegexError::TooLarge);
        }
        let steps_left = 64 * (text.len() as u64 + program.steps.len() as u64) + 4096;
        let start = Start {
            at: 0,
            line_begin: true,
            not_empty: false,
        };
        Ok(Self {
            program,
            text,
            buffers,
            memo: None,
            steps_left,
            start,
            used: true,
            accepted: 0,
            best_end: 0,
        })
    }

    /// Matches the whole text; the slots are then in `buffers.best`.
    pub(super) fn match_whole(&mut self) -> Result<bool, RegexError> {
        let start = self.start;
        Ok(self.run_at::<true>(start)?.is_some())
    }

    /// Matches at one place, up to wherever the match may end. Gives the end.
    pub(super) fn match_at(&mut self, start: Start) -> Result<Option<u32>, RegexError> {
        self.run_at::<false>(start)
    }

    fn run_at<const EXACT: bool>(&mut self, start: Start) -> Result<Option<u32>, RegexError> {
        if self.memo.is_none() {
            self.prepare(start);
            if let Ok(end) = self.run::<EXACT, false>() {
                return Ok(end);
            }
            self.used = true;
            self.start_memo()?;
        }
        self.prepare(start);
        if let Some(memo) = &mut self.memo {
            memo.start_run();
        }
        let result = self.run::<EXACT, true>();
        self.used |= result.is_err();
        result.map_err(|OutOfSteps| RegexError::TooLarge)
    }

    fn prepare(&mut self, start: Start) {
        self.start = start;
        self.accepted = 0;
        self.best_end = 0;
        if !std::mem::take(&mut self.used) {
            return;
        }
        let buffers = &mut *self.buffers;
        buffers.stack.clear();
        buffers.slots.clear();
        buffers
            .slots
            .resize(2 * self.program.groups as usize, UNSET);
        buffers.counters.clear();
        let unused = Counter {
            at: UNSET,
            entered: 0,
        };
        buffers
            .counters
            .resize(self.program.counters as usize, unused);
    }

    fn start_memo(&mut self) -> Result<(), RegexError> {
        let length = self.text.len() as u64;
        self.memo = Some(Memo::new(
            self.program.forks.len(),
            self.start.at,
            length as u32,
        )?);
        // Without counters the memo bounds the run; counters can still make it explode.
        let bounded = self.program.counters == 0;
        self.steps_left = if bounded {
            u64::MAX
        } else {
            (1 << 22) + 1024 * length
        };
        Ok(())
    }

    fn spend(&mut self, steps: usize) -> Result<(), OutOfSteps> {
        if self.buffers.stop.load(Ordering::Relaxed) {
            return Err(OutOfSteps);
        }
        self.steps_left = self
            .steps_left
            .checked_sub(steps as u64)
            .ok_or(OutOfSteps)?;
        Ok(())
    }

    /// Explores from the start. Gives the end of the match.
    fn run<const EXACT: bool, const MEMO: bool>(&mut self) -> Result<Option<u32>, OutOfSteps> {
        let mut place = Some((0, self.start.at));
        loop {
            let Some((step, at)) = place else {
                match self.backtrack::<EXACT>()? {
                    None => return Ok((self.accepted > 0).then_some(self.best_end)),
                    resumed => place = resumed,
                }
                continue;
            };
            let next_byte = self.text.get(at as usize);
            place = match self.program.steps[step as usize] {
                Step::Byte(byte, next) => (next_byte == Some(&byte)).then_some((next, at + 1)),
                Step::Set(set, next) => next_byte
                    .is_some_and(|&byte| self.program.sets[set as usize].contains(byte))
                    .then_some((next, at + 1)),
                Step::Note(slot, next) => {
                    self.note(slot, at);
                    Some((next, at))
                }
                Step::LineBegin(next) => {
                    (at == self.start.at && self.start.line_begin).then_some((next, at))
                }
                Step::LineEnd(next) => next_byte.is_none().then_some((next, at)),
                Step::Fork(fork) => self.fork::<EXACT, MEMO>(fork, at)?,
                Step::Accept => {
                    if self.accept::<EXACT>(at) {
                        return Ok(Some(at));
                    }
                    None
                }
            };
        }
    }

    fn note(&mut self, slot: u32, at: u32) {
        let buffers = &mut *self.buffers;
        let value = std::mem::replace(&mut buffers.slots[slot as usize], at);
        if buffers.stack.is_empty() {
            // Nothing will be explored with the old value.
            self.used = true;
        } else {
            buffers.stack.push(Frame::RestoreSlot { slot, value });
        }
    }

    /// Takes note of a match that ends here, and says whether no other can be better.
    fn accept<const EXACT: bool>(&mut self, at: u32) -> bool {
        let at_end = at as usize == self.text.len();
        if EXACT && !at_end || self.start.not_empty && at == self.start.at {
            return false;
        }
        self.accepted += 1;
        if self.accepted == 1 || at > self.best_end {
            self.best_end = at;
            let buffers = &mut *self.buffers;
            buffers.best.clone_from(&buffers.slots);
        }
        self.used |= at_end;
        at_end
    }

    fn fork<const EXACT: bool, const MEMO: bool>(
        &mut self,
        number: u32,
        at: u32,
    ) -> Result<Option<Place>, OutOfSteps> {
        let viable = self
            .program
            .viable::<EXACT>(number, self.text.get(at as usize));
        if viable == 0 {
            return Ok(None);
        }
        self.spend(1)?;
        if MEMO && self.is_known::<EXACT>(number, at)? {
            return Ok(None);
        }
        let Fork {
            first,
            second,
            choice,
            ..
        } = self.program.forks[number as usize];
        match choice {
            _ if viable == SECOND => return Ok(Some((second, at))),
            Choice::Run(set) if !MEMO => return self.enter_run::<EXACT>((number, set), at),
            Choice::Counted(counter) => {
                return Ok(self.enter_counted((counter, number), at, viable));
            }
            _ if viable == FIRST => {}
            Choice::Both => self.buffers.stack.push(Frame::Explore { step: second, at }),
            Choice::FirstElseSecond | Choice::Run(_) => self.push_else(second, at),
        }
        Ok(Some((first, at)))
    }

    /// Leaves a branch for the case that nothing is accepted before.
    fn push_else(&mut self, step: u32, at: u32) {
        let accepted = self.accepted;
        self.buffers
            .stack
            .push(Frame::ExploreElse { step, at, accepted });
    }

    /// Whether a fork was explored at a position before; if it led to acceptance, counts that again.
    /// If not, sees to it that it will be known.
    fn is_known<const EXACT: bool>(&mut self, fork: u32, at: u32) -> Result<bool, OutOfSteps> {
        let counters = self.program.counters_around(fork).len();
        self.spend(counters)?;
        if counters > MAX_COUNTERS {
            return Ok(false);
        }
        let visit = self.visit(fork, at);
        let Some(memo) = &mut self.memo else {
            return Ok(false);
        };
        if memo.is_full() {
            return Err(OutOfSteps);
        }
        let known = memo.get(visit);
        if known.is_none() {
            if EXACT {
                // The run ends with the first acceptance, so whatever is met again has failed.
                memo.set(visit, false);
            } else {
                let accepted = self.accepted;
                self.buffers
                    .stack
                    .push(Frame::Conclude { fork, at, accepted });
            }
        }
        self.accepted += u32::from(known == Some(true));
        Ok(known.is_some())
    }

    /// A visit of a fork, with up to [`MAX_COUNTERS`] counters around it.
    fn visit(&self, fork: u32, at: u32) -> Visit {
        let counters = self.program.counters_around(fork).iter();
        let entered = counters.map(|&counter| {
            let counter = self.buffers.counters[counter as usize];
            if counter.at == at {
                u64::from(counter.entered)
            } else {
                0
            }
        });
        let counters = entered.fold(0, |state, entered| state << 2 | entered);
        let anchored = self.program.has_line_begin || self.start.not_empty;
        let at_start = anchored && at == self.start.at;
        Visit {
            fork,
            at,
            counters,
            at_start,
        }
    }

    /// Consumes as much as a repetition of one set can, and leaves it there or earlier.
    fn enter_run<const EXACT: bool>(
        &mut self,
        (fork, set): (u32, u32),
        at: u32,
    ) -> Result<Option<Place>, OutOfSteps> {
        let set = &self.program.sets[set as usize];
        let length = self.text[at as usize..]
            .iter()
            .take_while(|byte| set.contains(**byte))
            .count();
        self.spend(length)?;
        Ok(self.leave_run::<EXACT>((fork, at), at + length as u32))
    }

    /// Leaves a run at the last position up to `at` from which it can go on.
    fn leave_run<const EXACT: bool>(&mut self, (fork, low): (u32, u32), at: u32) -> Option<Place> {
        let (program, text) = (self.program, self.text);
        let leaves = |at: u32| program.viable::<EXACT>(fork, text.get(at as usize)) & SECOND != 0;
        let at = (low..=at).rev().find(|&at| leaves(at))?;
        if at > low {
            let accepted = self.accepted;
            self.buffers.stack.push(Frame::LeaveRun {
                fork,
                low,
                at: at - 1,
                accepted,
            });
        }
        Some((program.forks[fork as usize].second, at))
    }

    /// Enters the first branch of a fork unless it was entered twice at this position.
    fn enter_counted(&mut self, (counter, fork): (u32, u32), at: u32, viable: u8) -> Option<Place> {
        let value = self.buffers.counters[counter as usize];
        let entered = if value.at == at { value.entered } else { 0 };
        let Fork { first, second, .. } = self.program.forks[fork as usize];
        let may_leave = viable & SECOND != 0;
        if entered == 2 {
            return may_leave.then_some((second, at));
        }
        if may_leave {
            self.push_else(second, at);
        }
        self.buffers.counters[counter as usize] = Counter {
            at,
            entered: entered + 1,
        };
        self.buffers
            .stack
            .push(Frame::RestoreCounter { counter, value });
        Some((first, at))
    }

    /// Undoes what the path that ended did, up to the last branch that is still to be explored.
    fn backtrack<const EXACT: bool>(&mut self) -> Result<Option<Place>, OutOfSteps> {
        while let Some(frame) = self.buffers.stack.pop() {
            match frame {
                Frame::Explore { step, at } => {
                    self.spend(1)?;
                    return Ok(Some((step, at)));
                }
                Frame::ExploreElse { step, at, accepted } if accepted == self.accepted => {
                    self.spend(1)?;
                    return Ok(Some((step, at)));
                }
                Frame::LeaveRun {
                    fork,
                    low,
                    at,
                    accepted,
                } if accepted == self.accepted => {
                    self.spend(1)?;
                    if let Some(place) = self.leave_run::<EXACT>((fork, low), at) {
                        return Ok(Some(place));
                    }
                }
                Frame::ExploreElse { .. } | Frame::LeaveRun { .. } => {}
                Frame::RestoreSlot { slot, value } => self.buffers.slots[slot as usize] = value,
                Frame::RestoreCounter { counter, value } => {
                    self.buffers.counters[counter as usize] = value;
                }
                Frame::Conclude { fork, at, accepted } => {
                    // The counters are again what they were when the frame was made.
                    let visit = self.visit(fork, at);
                    if let Some(memo) = &mut self.memo {
                        memo.set(visit, accepted != self.accepted);
                    }
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fuzz::Numbers;
    use super::super::graph;
    use super::*;

    fn random_pattern(numbers: &mut Numbers, depth: usize) -> String {
        let mut pattern = String::new();
        for _ in 0..numbers.below(4) {
            match numbers.below(if depth > 0 { 12 } else { 8 }) {
                0 => pattern.push('|'),
                1 => pattern.push('.'),
                2 => pattern.push(if numbers.below(2) == 0 { '^' } else { '$' }),
                3 => pattern += "[^a]",
                4..8 => pattern.push(char::from(b'a' + numbers.below(3) as u8)),
                _ => pattern = [&pattern, "(", &random_pattern(numbers, depth - 1), ")"].concat(),
            }
            if !pattern.ends_with(['|', '^', '$']) {
                pattern += ["", "", "*", "+", "?", "{0,2}", "{2,}"][numbers.below(7)];
            }
        }
        pattern
    }

    fn random_text(numbers: &mut Numbers) -> Vec<u8> {
        (0..numbers.below(8))
            .map(|_| b'a' + numbers.below(3) as u8)
            .collect()
    }

    type Found = Option<(u32, Vec<u32>)>;

    /// The whole match, and the matches at each place; with a record of what was tried from the first
    /// step on, or (as long as that is enough) within a number of steps without one.
    fn results(program: &Program, text: &[u8], steps_left: u64) -> Option<Vec<Found>> {
        let mut buffers = Buffers::default();
        let mut found = Vec::new();
        let mut matcher = Matcher::new(program, text, &mut buffers).ok()?;
        matcher.steps_left = steps_left;
        let whole = matcher.match_whole().ok()?;
        found.push(whole.then(|| (matcher.best_end, matcher.buffers.best.clone())));
        let mut matcher = Matcher::new(program, text, &mut buffers).ok()?;
        matcher.steps_left = steps_left;
        for at in 0..=text.len() as u32 {
            for not_empty in [false, true] {
                let start = Start {
                    at,
                    line_begin: at == 0,
                    not_empty,
                };
                let end = matcher.match_at(start).ok()?;
                found.push(end.map(|end| (end, matcher.buffers.best.clone())));
            }
        }
        (matcher.memo.is_some() == (steps_left == 0)).then_some(found)
    }

    #[test]
    fn remembering_what_was_tried_changes_no_result() {
        let mut numbers = Numbers(7);
        let mut compared = 0;
        while compared < 2000 {
            let pattern = random_pattern(&mut numbers, 2) + &random_pattern(&mut numbers, 2);
            let Ok(graph) = graph::parse(pattern.as_bytes()) else {
                continue;
            };
            let (program, text) = (Program::new(graph), random_text(&mut numbers));
            let Some(plain) = results(&program, &text, 20_000) else {
                continue;
            };
            let remembering = results(&program, &text, 0);
            // A program without forks has nothing to remember.
            if let Some(remembering) = remembering {
                assert_eq!(plain, remembering, "{pattern} {}", text.escape_ascii());
                compared += 1;
            }
        }
    }
}
