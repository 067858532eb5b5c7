//! From pattern text to a graph of states.
//!
//! The graph has the states that libstdc++ would make, idle ones included, because their number decides
//! whether Nix calls a pattern too large.

use rustc_hash::FxHashMap;

use super::RegexError;
use super::bracket::{self, ByteSet};
use super::scanner::{Scanner, Token};

/// The most states that a pattern may need.
const STATE_LIMIT: usize = 100_000;
/// In place of a state's number: no state.
const NOWHERE: u32 = u32::MAX;

/// What a state does before control goes on to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Nothing,
    /// Matches one byte out of a set, given by its number.
    Consume(u32),
    GroupOpen(u32),
    GroupClose(u32),
    LineBegin,
    LineEnd,
    /// Two branches, each of which is tried: first this state, then the next one.
    Alternative(u32),
    /// A repetition: first once more by way of this state, and only if that fails the next one.
    Repeat(u32),
    Accept,
}

/// A state and the state that follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) action: Action,
    pub(super) next: u32,
}

/// A parsed pattern. Matching starts at state `start`.
pub(super) struct Graph {
    pub(super) states: Vec<State>,
    pub(super) sets: Vec<ByteSet>,
    pub(super) start: u32,
    /// Capture groups, without the one of the whole match.
    pub(super) groups: u32,
}

/// A part of the graph with one way in and one way out.
#[derive(Clone, Copy)]
struct Sequence {
    start: u32,
    end: u32,
}

/// A group that is being read, or (outermost) the whole pattern.
struct Open {
    /// What precedes the alternatives in the graph.
    head: Sequence,
    group: u32,
    /// The alternatives read so far, joined.
    alternatives: Option<Sequence>,
    /// The terms read so far of the current alternative.
    terms: Option<Sequence>,
}

struct Parser<'p> {
    scanner: Scanner<'p>,
    states: Vec<State>,
    sets: Vec<ByteSet>,
    set_numbers: FxHashMap<ByteSet, u32>,
    groups: u32,
}

/// Parses a pattern.
pub(super) fn parse(pattern: &[u8]) -> Result<Graph, RegexError> {
    let mut parser = Parser {
        scanner: Scanner::new(pattern)?,
        states: Vec::new(),
        sets: Vec::new(),
        set_numbers: FxHashMap::default(),
        groups: 0,
    };
    let start = parser.pattern()?;
    let Parser {
        states,
        sets,
        groups,
        ..
    } = parser;
    Ok(Graph {
        states,
        sets,
        start,
        groups: groups - 1,
    })
}

impl Parser<'_> {
    /// Reads the whole pattern with a stack of its own, so that no nesting is too deep.
    fn pattern(&mut self) -> Result<u32, RegexError> {
        let mut enclosing = Vec::new();
        let mut open = self.open_group()?;
        loop {
            let token = self.scanner.token;
            match token {
                Token::GroupOpen => {
                    self.scanner.advance()?;
                    enclosing.push(std::mem::replace(&mut open, self.open_group()?));
                }
                Token::Or => {
                    self.end_alternative(&mut open)?;
                    self.scanner.advance()?;
                }
                Token::LineBegin | Token::LineEnd => {
                    self.scanner.advance()?;
                    let begin = token == Token::LineBegin;
                    let action = if begin {
                        Action::LineBegin
                    } else {
                        Action::LineEnd
                    };
                    let term = self.single(action)?;
                    self.add_term(&mut open, term);
                }
                Token::Any | Token::Byte(_) | Token::BracketOpen(_) => {
                    let atom = self.consuming_atom(token)?;
                    let term = self.quantified(atom)?;
                    self.add_term(&mut open, term);
                }
                _ => {
                    // The end of a group or of the pattern, or a misplaced token.
                    let body = self.end_alternative(&mut open)?;
                    let Some(outer) = enclosing.pop() else {
                        if token != Token::End {
                            return Err(RegexError::Invalid);
                        }
                        let whole = self.close_group(&open, body)?;
                        let accept = self.single(Action::Accept)?;
                        return Ok(self.append(whole, accept).start);
                    };
                    if !self.scanner.accept(Token::GroupClose)? {
                        return Err(RegexError::Invalid);
                    }
                    let atom = self.close_group(&open, body)?;
                    let term = self.quantified(atom)?;
                    open = outer;
                    self.add_term(&mut open, term);
                }
            }
        }
    }

    fn open_group(&mut self) -> Result<Open, RegexError> {
        let group = self.groups;
        self.groups += 1;
        let head = self.single(Action::GroupOpen(group))?;
        Ok(Open {
            head,
            group,
            alternatives: None,
            terms: None,
        })
    }

    fn close_group(&mut self, open: &Open, body: Sequence) -> Result<Sequence, RegexError> {
        let close = self.single(Action::GroupClose(open.group))?;
        let opened = self.append(open.head, body);
        Ok(self.append(opened, close))
    }

    fn add_term(&mut self, open: &mut Open, term: Sequence) {
        open.terms = Some(match open.terms {
            Some(terms) => self.append(terms, term),
            None => term,
        });
    }

    /// Ends the current alternative and joins it to those before it.
    fn end_alternative(&mut self, open: &mut Open) -> Result<Sequence, RegexError> {
        let idle = self.single(Action::Nothing)?;
        self.add_term(open, idle);
        let right = open.terms.take().unwrap_or(idle);
        let joined = match open.alternatives {
            None => right,
            Some(left) => {
                let end = self.single(Action::Nothing)?;
                self.append(left, end);
                self.append(right, end);
                let fork = self.insert(Action::Alternative(left.start), right.start)?;
                Sequence {
                    start: fork,
                    end: end.end,
                }
            }
        };
        open.alternatives = Some(joined);
        Ok(joined)
    }

    fn consuming_atom(&mut self, token: Token) -> Result<Sequence, RegexError> {
        self.scanner.advance()?;
        let set = match token {
            Token::BracketOpen(negated) => bracket::parse(&mut self.scanner, negated)?,
            Token::Byte(byte) => {
                let mut set = ByteSet::default();
                set.insert(byte);
                set
            }
            _ => ByteSet::ANY,
        };
        let number = *self.set_numbers.entry(set).or_insert_with(|| {
            self.sets.push(set);
            self.sets.len() as u32 - 1
        });
        self.single(Action::Consume(number))
    }

    /// Reads the quantifiers after an atom; there may be several.
    fn quantified(&mut self, mut atom: Sequence) -> Result<Sequence, RegexError> {
        loop {
            let token = self.scanner.token;
            if !matches!(
                token,
                Token::Star | Token::Plus | Token::Optional | Token::BraceOpen
            ) {
                return Ok(atom);
            }
            self.scanner.advance()?;
            atom = match token {
                Token::BraceOpen => self.counted(atom)?,
                Token::Optional => {
                    let end = self.single(Action::Nothing)?;
                    let fork = self.single(Action::Repeat(atom.start))?;
                    self.append(atom, end);
                    self.append(fork, end)
                }
                _ => {
                    let fork = self.single(Action::Repeat(atom.start))?;
                    let looped = self.append(atom, fork);
                    if token == Token::Plus { looped } else { fork }
                }
            };
        }
    }

    /// Reads a counted repetition after its brace and spells it out as copies of the atom.
    fn counted(&mut self, atom: Sequence) -> Result<Sequence, RegexError> {
        let least = self.count()?.ok_or(RegexError::Invalid)?;
        let most = if self.scanner.accept(Token::Comma)? {
            self.count()?
        } else {
            Some(least)
        };
        if !self.scanner.accept(Token::BraceClose)? {
            return Err(RegexError::Invalid);
        }
        let mut result = self.single(Action::Nothing)?;
        for _ in 0..least {
            let copy = self.copy(atom)?;
            result = self.append(result, copy);
        }
        let Some(most) = most else {
            let copy = self.copy(atom)?;
            let fork = self.single(Action::Repeat(copy.start))?;
            self.append(copy, fork);
            return Ok(self.append(result, fork));
        };
        if most < least {
            return Err(RegexError::Invalid);
        }
        let end = self.single(Action::Nothing)?;
        for _ in least..most {
            let copy = self.copy(atom)?;
            let fork = self.insert(Action::Repeat(copy.start), end.start)?;
            result = self.append(
                result,
                Sequence {
                    start: fork,
                    end: copy.end,
                },
            );
        }
        Ok(self.append(result, end))
    }

    /// A repetition count, cut to 32 bits with sign as in libstdc++.
    fn count(&mut self) -> Result<Option<i64>, RegexError> {
        let Token::Count(digits) = self.scanner.token else {
            return Ok(None);
        };
        self.scanner.advance()?;
        let value = digits.iter().fold(0_i64, |value, digit| {
            value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'))
        });
        Ok(Some(i64::from(value as i32)))
    }

    fn insert(&mut self, action: Action, next: u32) -> Result<u32, RegexError> {
        self.states.push(State { action, next });
        if self.states.len() > STATE_LIMIT {
            return Err(RegexError::TooLarge);
        }
        Ok(self.states.len() as u32 - 1)
    }

    fn single(&mut self, action: Action) -> Result<Sequence, RegexError> {
        let state = self.insert(action, NOWHERE)?;
        Ok(Sequence {
            start: state,
            end: state,
        })
    }

    /// Lets `second` follow `first`.
    fn append(&mut self, first: Sequence, second: Sequence) -> Sequence {
        self.states[first.end as usize].next = second.start;
        Sequence {
            start: first.start,
            end: second.end,
        }
    }

    /// Copies the states between the start and the end of `original`.
    fn copy(&mut self, original: Sequence) -> Result<Sequence, RegexError> {
        let mut copies = FxHashMap::default();
        let mut pending = vec![original.start];
        let first_copy = self.states.len();
        while let Some(state) = pending.pop() {
            let State { action, next } = self.states[state as usize];
            let copy = self.insert(action, next)?;
            copies.insert(state, copy);
            if let Action::Alternative(branch) | Action::Repeat(branch) = action
                && !copies.contains_key(&branch)
            {
                pending.push(branch);
            }
            if state != original.end && !copies.contains_key(&next) {
                pending.push(next);
            }
        }
        let image = |state: u32| copies.get(&state).copied().unwrap_or(NOWHERE);
        for state in &mut self.states[first_copy..] {
            state.next = image(state.next);
            if let Action::Alternative(branch) | Action::Repeat(branch) = &mut state.action {
                *branch = image(*branch);
            }
        }
        Ok(Sequence {
            start: image(original.start),
            end: image(original.end),
        })
    }
}
