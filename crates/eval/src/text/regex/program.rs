//! The compact form of a pattern that the matcher runs, with what each fork may expect to see next.

use rustc_hash::FxHashMap;

use super::bracket::ByteSet;
use super::graph::{Action, Graph, State};

/// One step of a program. The last number of each is that of the step to go on with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Matches one byte.
    Byte(u8, u32),
    /// Matches one byte of a set.
    Set(u32, u32),
    /// Notes the position in a slot: even slots are starts of groups, odd ones ends.
    Note(u32, u32),
    LineBegin(u32),
    LineEnd(u32),
    /// Goes on in two ways; the number is that of the fork.
    Fork(u32),
    Accept,
}

/// How a fork treats its two branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Both are tried.
    Both,
    /// The second is tried only if the first leads nowhere.
    FirstElseSecond,
    /// The same, and the first branch consumes one byte of a set and comes back here.
    Run(u32),
    /// The same, but the first branch may be entered only twice at one place of the text, as it can
    /// come back without consuming anything. The number is that of the counter.
    Counted(u32),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fork {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) choice: Choice,
    /// The part of the program that can be run through again and again without consuming anything.
    pub(super) cycle: u32,
}

/// The first branch of a fork can lead to acceptance.
pub(super) const FIRST: u8 = 1;
/// The second branch of a fork can lead to acceptance.
pub(super) const SECOND: u8 = 2;
/// The bits are shifted by this for matches that may end before the text does.
const PREFIX_SHIFT: u32 = 2;

/// How often the search for outlooks goes over the program before it gives up.
const OUTLOOK_PASSES: usize = 16;

pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) forks: Vec<Fork>,
    pub(super) sets: Vec<ByteSet>,
    pub(super) groups: u32,
    pub(super) counters: u32,
    /// The counters of the forks of each cycle.
    cycles: FxHashMap<u32, Vec<u32>>,
    pub(super) has_line_begin: bool,
    /// Bytes with which a match can start; nothing if an empty match is possible.
    pub(super) first_bytes: Option<ByteSet>,
    /// The kind of each byte: bytes that no step tells apart are of one kind.
    kinds: [u8; 256],
    /// The number of kinds, which also stands for the end of the text.
    end_kind: usize,
    /// For each fork and kind of byte, which branches can go on when such a byte comes next.
    viable: Vec<u8>,
}

/// What can come next on the way from a step to acceptance.
#[derive(Clone, Copy, Default, PartialEq)]
struct Outlook {
    bytes: ByteSet,
    /// The program can accept here at the end of the text.
    at_end: bool,
    /// The program can accept here anywhere.
    anywhere: bool,
}

impl Outlook {
    fn union(mut self, other: Self) -> Self {
        self.bytes.extend(&other.bytes);
        self.at_end |= other.at_end;
        self.anywhere |= other.anywhere;
        self
    }

    /// Whether the program can go on before a byte, or at the end of the text; in the low bit for
    /// matches of the whole text, in the next but one for matches that may end anywhere.
    fn bits(self, next: Option<u8>) -> u8 {
        let exact = next.map_or(self.at_end, |byte| self.bytes.contains(byte));
        u8::from(exact) | u8::from(exact || self.anywhere) << PREFIX_SHIFT
    }
}

impl Program {
    /// Compiles a graph.
    pub(super) fn new(graph: Graph) -> Self {
        let (steps, forks) = number_steps(&graph);
        let parts = kinds_of_bytes(&graph.sets);
        let mut kinds = [0; 256];
        for (kind, part) in parts.iter().enumerate() {
            part.bytes()
                .for_each(|byte| kinds[usize::from(byte)] = kind as u8);
        }
        let has_line_begin = steps.iter().any(|step| matches!(step, Step::LineBegin(_)));
        let mut program = Self {
            steps,
            forks,
            sets: graph.sets,
            groups: graph.groups,
            counters: 0,
            cycles: FxHashMap::default(),
            has_line_begin,
            first_bytes: None,
            kinds,
            end_kind: parts.len(),
            viable: Vec::new(),
        };
        program.choose();
        program.look_out(&parts);
        program
    }

    /// The only text that the program accepts, if it is not empty and has no groups or anchors.
    pub(super) fn literal(&self) -> Option<Vec<u8>> {
        let bytes = self.steps.iter().map_while(|step| match step {
            Step::Byte(byte, _) => Some(*byte),
            _ => None,
        });
        let literal: Vec<u8> = bytes.collect();
        // Steps are in the order in which a program without forks runs.
        let plain = self.groups == 0 && literal.len() + 1 == self.steps.len();
        (plain && !literal.is_empty()).then_some(literal)
    }

    /// Which branches of a fork can go on before `next`, or at the end of the text.
    #[inline]
    pub(super) fn viable<const EXACT: bool>(&self, fork: u32, next: Option<&u8>) -> u8 {
        let kind = next.map_or(self.end_kind, |&byte| {
            usize::from(self.kinds[usize::from(byte)])
        });
        let bits = self.viable[fork as usize * (self.end_kind + 1) + kind];
        (if EXACT { bits } else { bits >> PREFIX_SHIFT }) & (FIRST | SECOND)
    }

    /// The counters that matter to a fork: those that can be met again without consuming anything.
    pub(super) fn counters_around(&self, fork: u32) -> &[u32] {
        self.cycles
            .get(&self.forks[fork as usize].cycle)
            .map_or(&[], Vec::as_slice)
    }

    /// The steps that follow a step without consuming anything.
    fn idle_successors(&self, step: usize) -> [Option<u32>; 2] {
        match self.steps[step] {
            Step::Byte(..) | Step::Set(..) | Step::Accept => [None, None],
            Step::Note(_, next) | Step::LineBegin(next) | Step::LineEnd(next) => [Some(next), None],
            Step::Fork(fork) => {
                let fork = &self.forks[fork as usize];
                [Some(fork.first), Some(fork.second)]
            }
        }
    }

    /// Finds the repetitions of a single byte, and those that must be counted.
    fn choose(&mut self) {
        let cycles = IdleCycles::find(self);
        for number in 0..self.forks.len() {
            let Fork { first, choice, .. } = self.forks[number];
            let comes_back = |next: u32| matches!(self.steps[next as usize], Step::Fork(back) if back as usize == number);
            let choice = match self.steps[first as usize] {
                _ if choice == Choice::Both => choice,
                Step::Set(set, next) if comes_back(next) => Choice::Run(set),
                Step::Byte(byte, next) if comes_back(next) => {
                    let mut set = ByteSet::default();
                    set.insert(byte);
                    self.sets.push(set);
                    Choice::Run(self.sets.len() as u32 - 1)
                }
                _ => choice,
            };
            self.forks[number].choice = choice;
        }
        for (step, &component) in cycles.component.iter().enumerate() {
            let Step::Fork(number) = self.steps[step] else {
                continue;
            };
            let fork = &mut self.forks[number as usize];
            fork.cycle = component;
            let may_return = cycles.component[fork.first as usize] == component;
            if fork.choice == Choice::FirstElseSecond && may_return {
                fork.choice = Choice::Counted(self.counters);
                self.cycles
                    .entry(component)
                    .or_default()
                    .push(self.counters);
                self.counters += 1;
            }
        }
    }

    /// Finds out what can come next at each fork and at the start.
    fn look_out(&mut self, kinds: &[ByteSet]) {
        let outlooks = self.outlooks();
        let start = outlooks[0];
        self.first_bytes = (!start.anywhere && !start.at_end).then_some(start.bytes);
        let members: Vec<_> = kinds
            .iter()
            .map(|kind| kind.bytes().next())
            .chain([None])
            .collect();
        self.viable.reserve(self.forks.len() * members.len());
        for fork in &self.forks {
            let (first, second) = (
                outlooks[fork.first as usize],
                outlooks[fork.second as usize],
            );
            self.viable.extend(
                members
                    .iter()
                    .map(|&next| first.bits(next) | second.bits(next) << 1),
            );
        }
    }

    /// The outlook of every step: the least solution of each step's equation, or a guess on the safe
    /// side when repetitions nest so deeply that finding it would take long.
    fn outlooks(&self) -> Vec<Outlook> {
        let mut found = vec![Outlook::default(); self.steps.len()];
        for _ in 0..OUTLOOK_PASSES {
            let mut changed = false;
            for step in (0..self.steps.len()).rev() {
                let outlook = self.outlook(step, &found);
                changed |= outlook != found[step];
                found[step] = outlook;
            }
            if !changed {
                return found;
            }
        }
        let unknown = Outlook {
            bytes: ByteSet::default().complement(),
            at_end: true,
            anywhere: true,
        };
        vec![unknown; self.steps.len()]
    }

    /// The outlook of a step, given what is known of those of its successors.
    fn outlook(&self, step: usize, known: &[Outlook]) -> Outlook {
        let of = |step: u32| known[step as usize];
        match self.steps[step] {
            Step::Byte(byte, _) => {
                let mut outlook = Outlook::default();
                outlook.bytes.insert(byte);
                outlook
            }
            Step::Set(set, _) => Outlook {
                bytes: self.sets[set as usize],
                ..Outlook::default()
            },
            Step::Note(_, next) | Step::LineBegin(next) => of(next),
            Step::LineEnd(next) => Outlook {
                at_end: of(next).at_end,
                ..Outlook::default()
            },
            Step::Fork(fork) => {
                let fork = &self.forks[fork as usize];
                of(fork.first).union(of(fork.second))
            }
            Step::Accept => Outlook {
                at_end: true,
                anywhere: true,
                ..Outlook::default()
            },
        }
    }
}

/// The strongly connected components of a program, as far as nothing is consumed (Tarjan's algorithm).
struct IdleCycles {
    /// The component of each step.
    component: Vec<u32>,
    /// For each step when it was first met, from 1, and the first met of those it leads back to.
    met: Vec<u32>,
    low: Vec<u32>,
    /// Steps met whose component is not yet known.
    open: Vec<usize>,
}

impl IdleCycles {
    fn find(program: &Program) -> Self {
        let count = program.steps.len();
        let component = vec![u32::MAX; count];
        let mut cycles = Self {
            component,
            met: vec![0; count],
            low: vec![0; count],
            open: Vec::new(),
        };
        let mut time = 0;
        let mut path = Vec::new();
        for root in 0..count {
            if cycles.met[root] == 0 {
                path.push((root, 0));
            }
            while let Some((step, branch)) = path.pop() {
                if branch == 0 {
                    time += 1;
                    (cycles.met[step], cycles.low[step]) = (time, time);
                    cycles.open.push(step);
                }
                match program.idle_successors(step).get(branch) {
                    Some(next) => {
                        path.push((step, branch + 1));
                        if let Some(next) = next.map(|next| next as usize)
                            && cycles.met[next] == 0
                        {
                            path.push((next, 0));
                        }
                    }
                    None => cycles.leave(program, step),
                }
            }
        }
        cycles
    }

    /// Ends the visit of a step, all of whose successors were visited.
    fn leave(&mut self, program: &Program, step: usize) {
        for next in program.idle_successors(step).into_iter().flatten() {
            let next = next as usize;
            if self.component[next] == u32::MAX {
                self.low[step] = self.low[step].min(self.low[next]);
            }
        }
        if self.low[step] == self.met[step] {
            let start = self
                .open
                .iter()
                .rposition(|&open| open == step)
                .unwrap_or(0);
            for member in self.open.drain(start..) {
                self.component[member] = step as u32;
            }
        }
    }
}

/// Turns the states that can be reached into steps, numbered depth first. Idle states and the group of
/// the whole match leave no step.
fn number_steps(graph: &Graph) -> (Vec<Step>, Vec<Fork>) {
    let resolve = |mut number: u32| loop {
        let State { action, next } = graph.states[number as usize];
        match action {
            Action::Nothing | Action::GroupOpen(0) | Action::GroupClose(0) => number = next,
            _ => return number,
        }
    };
    let mut numbers = vec![u32::MAX; graph.states.len()];
    let mut order = Vec::new();
    let mut pending = vec![resolve(graph.start)];
    while let Some(state) = pending.pop() {
        if numbers[state as usize] != u32::MAX {
            continue;
        }
        numbers[state as usize] = order.len() as u32;
        let State { action, next } = graph.states[state as usize];
        order.push((action, next));
        if action != Action::Accept {
            pending.push(resolve(next));
        }
        if let Action::Alternative(branch) | Action::Repeat(branch) = action {
            pending.push(resolve(branch));
        }
    }
    let mut forks = Vec::new();
    let number = |state: u32| numbers[resolve(state) as usize];
    let mut fork = |first, second, choice| {
        forks.push(Fork {
            first: number(first),
            second: number(second),
            choice,
            cycle: 0,
        });
        Step::Fork(forks.len() as u32 - 1)
    };
    let steps = order.into_iter().map(|(action, next)| match action {
        Action::Accept => Step::Accept,
        Action::Alternative(branch) => fork(branch, next, Choice::Both),
        Action::Repeat(branch) => fork(branch, next, Choice::FirstElseSecond),
        Action::LineBegin => Step::LineBegin(number(next)),
        Action::LineEnd => Step::LineEnd(number(next)),
        Action::GroupOpen(group) => Step::Note(2 * (group - 1), number(next)),
        Action::GroupClose(group) => Step::Note(2 * (group - 1) + 1, number(next)),
        Action::Consume(set) => match graph.sets[set as usize].only_member() {
            Some(byte) => Step::Byte(byte, number(next)),
            None => Step::Set(set, number(next)),
        },
        Action::Nothing => unreachable!("resolving a state passes over idle ones"),
    });
    (steps.collect(), forks)
}

/// Parts the bytes such that those of one part are in the same sets.
fn kinds_of_bytes(sets: &[ByteSet]) -> Vec<ByteSet> {
    let mut kinds = vec![ByteSet::default().complement()];
    for set in sets {
        for kind in 0..kinds.len() {
            let (inside, outside) = kinds[kind].split(set);
            if !inside.is_empty() && !outside.is_empty() {
                kinds[kind] = inside;
                kinds.push(outside);
            }
        }
    }
    kinds
}
