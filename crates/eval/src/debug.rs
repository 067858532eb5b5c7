//! The debugger's side of evaluation: which steps are under way, which variables are visible there, and when to stop.
//!
//! With the setting `debugger`, code is compiled with [`Traced`] steps in it. Whoever shows a debugger to people sets a
//! [`Front`], which is asked at breakpoints, after steps, and at each error before anything catches it.

use std::collections::BTreeMap;

use syntax::position::{Location, Pos};
use syntax::symbol::Symbol;

use crate::api::Scope;
use crate::code::{NamesKind, Traced, TracedKind, VisibleNames};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::value::{Env, Value};

/// Why the debugger stops.
#[derive(Clone, Copy)]
pub enum Stop<'e> {
    /// `builtins.break`; the error is what quitting here raises.
    Breakpoint(&'e Error),
    /// The step that was asked for is done, or a message was printed that stops are wanted at.
    Step,
    /// An error, about to be raised.
    Error(&'e Error),
}

/// How to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// To the next breakpoint or error.
    Continue,
    /// To the next call, selection or `let`.
    Step,
    /// Not at all.
    Quit,
}

/// Shows the debugger to people.
pub type Front = Box<dyn FnMut(&mut Evaluator, Stop<'_>) -> Decision>;

/// The state of debugging.
#[derive(Default)]
pub(crate) struct Debugger {
    front: Option<Front>,
    frames: Vec<Frame>,
    /// While stopped: those that are shown, innermost first.
    listed: Vec<Frame>,
    /// Whether the next traced step is a stop.
    is_stepping: bool,
    /// How many `tryEval`s are under way.
    pub(crate) tries: usize,
}

/// A traced step that is under way.
#[derive(Clone, Copy)]
struct Frame {
    traced: &'static Traced,
    env: Env,
}

impl Frame {
    fn is_hidden(self) -> bool {
        matches!(self.traced.kind, TracedKind::Hidden)
    }
}

/// A step that is under way, for people.
pub struct DebugFrame {
    /// What is being done, or the error that is about to be raised.
    pub message: String,
    /// Where.
    pub location: Option<Location>,
    /// The source there.
    pub excerpt: String,
}

/// The names that one scope adds.
pub struct DebugLevel {
    /// Names written in the source.
    pub names: Vec<String>,
    /// Names of a `with`, if it is one and its set is known by now.
    pub with: Option<Vec<String>>,
}

impl Evaluator {
    /// Sets who shows the debugger.
    pub fn set_debugger(&mut self, front: Front) {
        self.debugger.front = Some(front);
    }

    /// Runs code that the debugger follows.
    pub(crate) fn traced(&mut self, traced: &'static Traced, env: Env) -> Res {
        self.check_stack()?;
        let frame = Frame { traced, env };
        self.debugger.frames.push(frame);
        let result = if self.debugger.is_stepping && !frame.is_hidden() {
            self.stop(Stop::Step)
        } else {
            Ok(())
        };
        let result = result
            .and_then(|()| self.eval(&traced.body, env))
            .map_err(|error| self.stop_at_error(error));
        self.debugger.frames.pop();
        result
    }

    /// Stops once for each error, where it comes up first.
    fn stop_at_error(&mut self, error: Error) -> Error {
        let was_shown = std::mem::replace(&mut error.data_mut().was_debugged, true);
        let is_ignored = self.debugger.tries > 0 && self.settings.debugging.ignores_tries;
        let has_ended = matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Quit);
        if was_shown || is_ignored || has_ended {
            return error;
        }
        self.stop(Stop::Error(&error)).err().unwrap_or(error)
    }

    /// `builtins.break`.
    pub(crate) fn stop_at_breakpoint(&mut self) -> Res<()> {
        let error = Error::eval("breakpoint reached");
        error.data_mut().was_debugged = true;
        self.stop(Stop::Breakpoint(&error))
    }

    /// Asks the front how to go on, unless it is at work already or nothing is being followed.
    pub(crate) fn stop(&mut self, reason: Stop<'_>) -> Res<()> {
        if self.debugger.frames.is_empty() {
            return Ok(());
        }
        let Some(mut front) = self.debugger.front.take() else {
            return Ok(());
        };
        self.debugger.is_stepping = false;
        self.debugger.listed = self.listed_frames(reason);
        let decision = front(self, reason);
        self.debugger.listed.clear();
        self.debugger.front = Some(front);
        self.debugger.is_stepping = decision == Decision::Step;
        match (decision, reason) {
            (Decision::Quit, Stop::Breakpoint(error) | Stop::Error(error)) => Err(error.share()),
            (Decision::Quit, Stop::Step) => {
                let message = "the evaluation was ended in the debugger";
                Err(Error::new(ErrorKind::Quit, message))
            }
            (Decision::Continue | Decision::Step, _) => Ok(()),
        }
    }

    /// Whether the debugger stops inside a `tryEval`, whose errors may be no mistakes.
    #[must_use]
    pub fn is_trying(&self) -> bool {
        self.debugger.tries > 0
    }

    /// While stopped: the steps under way, innermost first. An error comes before them, with the variables of where it
    /// came up.
    #[must_use]
    pub fn debug_frames(&self, reason: Stop<'_>) -> Vec<DebugFrame> {
        let frames = self.debugger.listed.iter().enumerate();
        let shown = frames.map(|(index, frame)| match reason {
            Stop::Error(error) | Stop::Breakpoint(error) if index == 0 => {
                let data = error.data();
                let message = format!("error: {}", String::from_utf8_lossy(&data.message));
                let pos = if data.pos.is_some() {
                    data.pos
                } else {
                    frame.traced.pos
                };
                self.debug_frame(message, pos)
            }
            _ => self.debug_frame(self.describe_step(frame.traced), frame.traced.pos),
        });
        shown.collect()
    }

    fn debug_frame(&self, message: String, pos: Pos) -> DebugFrame {
        DebugFrame {
            message,
            location: self.sources.locate(pos),
            excerpt: self.render_excerpt(pos),
        }
    }

    fn listed_frames(&self, reason: Stop<'_>) -> Vec<Frame> {
        let innermost = match reason {
            Stop::Step => None,
            Stop::Error(_) | Stop::Breakpoint(_) => self.debugger.frames.last().copied(),
        };
        let others = self.debugger.frames.iter().rev().copied();
        innermost
            .into_iter()
            .chain(others.filter(|frame| !frame.is_hidden()))
            .collect()
    }

    fn describe_step(&self, traced: &Traced) -> String {
        match traced.kind {
            TracedKind::Call => "while calling a function".to_owned(),
            TracedKind::Let => "while evaluating a 'let' expression".to_owned(),
            TracedKind::Attribute(path) => format!("while evaluating the attribute '{path}'"),
            TracedKind::Body(Some(name)) => {
                let name = String::from_utf8_lossy(self.symbols.text(name));
                format!("while calling '{name}'")
            }
            TracedKind::Body(None) => "while calling anonymous lambda".to_owned(),
            TracedKind::Hidden => String::new(),
        }
    }

    /// While stopped: the variables visible in the frame of this number on top of those of `base`, but for the builtins.
    pub fn debug_scope(&mut self, index: usize, base: Option<&Scope>) -> Scope {
        let mut scope = Scope::default();
        for (name, handle) in base.into_iter().flat_map(Scope::variables) {
            let held = self.share(handle);
            scope.set(name, held);
        }
        let Some(frame) = self.debugger.listed.get(index).copied() else {
            return scope;
        };
        let mut variables: BTreeMap<Symbol, Value> = BTreeMap::new();
        let levels: Vec<_> = levels_of(frame).collect();
        // A `with` gives only names that nothing else does; otherwise the inner one counts.
        for is_with in [true, false] {
            for (level, env) in levels.iter().rev() {
                match level.kind {
                    NamesKind::With { slot } if is_with => {
                        for entry in self.known_entries(env.get(slot)) {
                            variables.insert(entry.0, entry.1);
                        }
                    }
                    NamesKind::Variables(names) if !is_with => {
                        let known = names.iter().map(|(name, slot)| (*name, env.get(*slot)));
                        variables.extend(known.filter(|(_, value)| !value.is_none()));
                    }
                    _ => {}
                }
            }
        }
        for (name, value) in variables {
            let held = self.hold(value);
            if let Some(hidden) = scope.set(name, held) {
                self.release(hidden);
            }
        }
        scope
    }

    /// While stopped: the scopes around the frame of this number, innermost first, but for the builtins.
    pub fn debug_levels(&mut self, index: usize) -> Vec<DebugLevel> {
        let Some(frame) = self.debugger.listed.get(index).copied() else {
            return Vec::new();
        };
        let mut shown = Vec::new();
        for (level, env) in levels_of(frame) {
            let (names, with) = match level.kind {
                NamesKind::Variables(names) => {
                    (names.iter().map(|(name, _)| *name).collect(), None)
                }
                NamesKind::With { slot } => {
                    let set = env.get(slot).resolved();
                    let is_known = set.as_attrs().is_some();
                    let entries = self.known_entries(set);
                    let names: Vec<Symbol> = entries.iter().map(|(name, _)| *name).collect();
                    (Vec::new(), is_known.then_some(names))
                }
            };
            shown.push(DebugLevel {
                names: self.sorted_names(&names),
                with: with.map(|names| self.sorted_names(&names)),
            });
        }
        shown
    }

    /// The attributes of a set that is evaluated by now.
    fn known_entries(&mut self, set: Value) -> Vec<(Symbol, Value)> {
        if set.is_none() {
            return Vec::new();
        }
        let Some(attrs) = set.resolved().as_attrs() else {
            return Vec::new();
        };
        let attrs = self.flat(attrs);
        attrs
            .entries()
            .map(|entry| (entry.name, entry.value))
            .collect()
    }

    fn sorted_names(&self, names: &[Symbol]) -> Vec<String> {
        let text = |name: &Symbol| String::from_utf8_lossy(self.symbols.text(*name)).into_owned();
        let mut names: Vec<String> = names.iter().map(text).collect();
        names.sort_unstable();
        names
    }
}

/// The scopes around a frame with the memory that holds their variables, innermost first.
fn levels_of(frame: Frame) -> impl Iterator<Item = (&'static VisibleNames, Env)> {
    let names = std::iter::successors(frame.traced.names, |level| level.outer);
    names.map(move |level| (level, frame.env.outer(frame.traced.level - level.level)))
}

impl Traced {
    /// Where the step is in the source; `outer` where it has no place of its own.
    pub(crate) fn position(&self, outer: Pos) -> Pos {
        if self.pos.is_some() {
            self.pos
        } else {
            self.body.position(outer)
        }
    }
}
