//! Errors of evaluation.

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
    /// Forbidden in pure or restricted mode.
    Restricted,
    /// A build is needed and not allowed.
    ImportFromDerivation,
    /// The user or the host asked to stop.
    Interrupted,
    /// An error of the host, kept by its number.
    Host(usize),
}

/// An evaluation error: one pointer, since results are passed around all the time.
#[derive(Clone, Debug)]
pub struct Error(Box<ErrorData>);

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
    /// Whether a source excerpt other than `pos` goes with it (syntax errors of other sources).
    pub is_from_expr: bool,
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
        Error(Box::new(ErrorData {
            kind,
            message: message.into(),
            pos: Pos::NONE,
            traces: Vec::new(),
            suggestions: Vec::new(),
            is_from_expr: false,
        }))
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
    pub fn at(mut self, pos: Pos) -> Error {
        self.0.pos = pos;
        self
    }

    /// Adds what was being done around it.
    #[cold]
    #[must_use]
    pub fn trace(mut self, pos: Pos, message: impl Into<Vec<u8>>) -> Error {
        self.0.traces.push(Trace {
            pos,
            message: message.into(),
            always: false,
        });
        self
    }

    /// Adds a step that is always shown.
    #[cold]
    #[must_use]
    pub fn trace_always(mut self, pos: Pos, message: impl Into<Vec<u8>>) -> Error {
        self.0.traces.push(Trace {
            pos,
            message: message.into(),
            always: true,
        });
        self
    }

    /// Adds names that may have been meant.
    #[cold]
    #[must_use]
    pub fn suggest(mut self, suggestions: Vec<Vec<u8>>) -> Error {
        self.0.suggestions = suggestions;
        self
    }

    /// What it holds.
    #[must_use]
    pub fn data(&self) -> &ErrorData {
        &self.0
    }

    /// What it holds, to change it.
    pub fn data_mut(&mut self) -> &mut ErrorData {
        &mut self.0
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether `tryEval` turns it into a value.
    #[must_use]
    pub fn is_catchable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Thrown | ErrorKind::Assertion)
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
