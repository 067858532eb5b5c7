//! Errors of evaluation.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use syntax::position::Pos;

/// The result of anything that evaluates.
pub type Res<T = crate::value::Value> = Result<T, Error>;

/// What went wrong, for programs; people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// An evaluation error of no more special kind.
    Eval,
    /// The text is no expression.
    Parse,
    /// A variable has no definition.
    UndefinedVariable,
    /// A set lacks an attribute.
    MissingAttribute,
    /// A value of one type where another is needed.
    Type,
    /// `throw`.
    Thrown,
    /// `assert`.
    Assertion,
    /// `abort`.
    Abort,
    /// A value that depends on itself.
    InfiniteRecursion,
    /// Calls or data nested too deeply.
    StackOverflow,
    /// A name that stands for nothing, as of a hash algorithm: the commands then point to their help.
    Usage,
    /// Forbidden in pure or restricted mode.
    Restricted,
    /// A build is needed and not allowed.
    ImportFromDerivation,
    /// The user or the host asked to stop.
    Interrupted,
    /// The person at the debugger wants to end the program.
    Quit,
    /// An error of the host, kept by its number.
    Host(usize),
}

/// An evaluation error: one pointer, since results are passed around all the time. Thunks that failed share it, so that
/// they know all the steps that were added until it was caught.
#[derive(Debug)]
pub struct Error(Rc<RefCell<ErrorData>>);

/// The contents of an [`Error`].
#[derive(Clone, Debug)]
pub struct ErrorData {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The message, without `error: `. Emphasis is written as in terminals.
    pub message: Vec<u8>,
    /// Where.
    pub pos: Pos,
    /// What was being done, innermost first.
    pub traces: Vec<Trace>,
    /// Names that may have been meant, best first.
    pub suggestions: Vec<Vec<u8>>,
    /// Its number among the errors that failed thunks remember.
    pub(crate) number: Option<u32>,
    /// Whether the debugger stopped at it.
    pub(crate) was_debugged: bool,
}

/// One step of what was being done.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Where.
    pub pos: Pos,
    /// What.
    pub message: Vec<u8>,
    /// Whether it is shown even when the trace is cut short.
    pub always: bool,
}

impl Error {
    /// An error without position or trace.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<Vec<u8>>) -> Error {
        Error(Rc::new(RefCell::new(ErrorData {
            kind,
            message: message.into(),
            pos: Pos::NONE,
            traces: Vec::new(),
            suggestions: Vec::new(),
            number: None,
            was_debugged: false,
        })))
    }

    /// An error of kind [`ErrorKind::Eval`].
    #[cold]
    pub fn eval(message: impl Into<Vec<u8>>) -> Error {
        Error::new(ErrorKind::Eval, message)
    }

    /// An error of kind [`ErrorKind::Type`].
    #[cold]
    pub fn wrong_type(message: impl Into<Vec<u8>>) -> Error {
        Error::new(ErrorKind::Type, message)
    }

    /// Says where it is.
    #[cold]
    #[must_use]
    pub fn at(self, pos: Pos) -> Error {
        self.data_mut().pos = pos;
        self
    }

    /// Adds what was being done around it.
    #[cold]
    #[must_use]
    pub fn trace(self, pos: Pos, message: impl Into<Vec<u8>>) -> Error {
        self.data_mut().traces.push(Trace {
            pos,
            message: message.into(),
            always: false,
        });
        self
    }

    /// Adds a step that is always shown.
    #[cold]
    #[must_use]
    pub fn trace_always(self, pos: Pos, message: impl Into<Vec<u8>>) -> Error {
        self.data_mut().traces.push(Trace {
            pos,
            message: message.into(),
            always: true,
        });
        self
    }

    /// Adds names that may have been meant.
    #[cold]
    #[must_use]
    pub fn suggest(self, suggestions: Vec<Vec<u8>>) -> Error {
        self.data_mut().suggestions = suggestions;
        self
    }

    /// What it holds.
    #[must_use]
    pub fn data(&self) -> Ref<'_, ErrorData> {
        self.0.borrow()
    }

    pub(crate) fn data_mut(&self) -> RefMut<'_, ErrorData> {
        self.0.borrow_mut()
    }

    /// The same error, shared.
    pub(crate) fn share(&self) -> Error {
        Error(Rc::clone(&self.0))
    }

    /// An equal error that can be given other steps; no thunk knows it yet.
    #[cold]
    pub(crate) fn again(&self) -> Error {
        let data = ErrorData {
            number: None,
            was_debugged: true,
            ..self.data().clone()
        };
        Error(Rc::new(RefCell::new(data)))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.borrow().kind
    }

    /// Whether `tryEval` turns it into a value.
    #[must_use]
    pub fn is_catchable(&self) -> bool {
        matches!(self.kind(), ErrorKind::Thrown | ErrorKind::Assertion)
    }
}

/// Shorthand for adding a step to a failed result.
pub(crate) trait ResultExt {
    /// Adds what was being done.
    fn context(self, pos: Pos, message: &str) -> Self;
}

impl<T> ResultExt for Res<T> {
    #[inline(always)]
    fn context(self, pos: Pos, message: &str) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.trace(pos, message)),
        }
    }
}
