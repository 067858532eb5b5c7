//! Evaluation errors as Python exceptions: the only place where they cross over.

use std::sync::{Arc, Mutex, PoisonError};

use eval::error::ErrorKind;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use syntax::position::{Location, Origin};

/// Exceptions that the host raised, kept while the evaluation that asked it is unwound.
#[derive(Clone, Default)]
pub(crate) struct HostErrors(Arc<Mutex<Vec<Option<PyErr>>>>);

impl HostErrors {
    /// Keeps an exception and makes the error that carries it.
    pub(crate) fn keep(&self, error: PyErr) -> eval::error::Error {
        let message = Python::attach(|py| error.value(py).to_string());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Some(error));
        eval::error::Error::new(ErrorKind::Host(kept.len() - 1), message)
    }

    fn look(&self, py: Python<'_>, index: usize) -> Option<PyErr> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let error = kept.get(index).and_then(Option::as_ref);
        error.map(|error| error.clone_ref(py))
    }

    fn take(&self, index: usize) -> Option<PyErr> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let error = kept.get_mut(index).and_then(Option::take);
        if kept.iter().all(Option::is_none) {
            kept.clear();
        }
        error
    }
}

/// `neve.errors.WrongTypeError` for what a caller in Python did.
pub(crate) fn wrong_type(py: Python<'_>, message: &str) -> PyErr {
    let made = py
        .import("neve.errors")
        .and_then(|errors| errors.getattr("WrongTypeError"))
        .and_then(|class| class.call1((message,)));
    match made {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// File, line and column.
pub(super) type Place = (String, u32, u32);

/// An error with everything resolved that only the evaluator knows.
pub(crate) struct Failure {
    kind: ErrorKind,
    message: String,
    rendered: String,
    position: Option<Place>,
    frames: Vec<(String, Option<Place>)>,
}

impl Failure {
    pub(crate) fn new(evaluator: &eval::Evaluator, error: &eval::error::Error) -> Failure {
        let data = error.data();
        let place = |pos| evaluator.locate(pos).map(|location| place_of(&location));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Failure {
            kind: data.kind,
            message: text(&data.message),
            rendered: evaluator.render(error, evaluator.shows_trace()),
            position: place(data.pos),
            frames: data
                .traces
                .iter()
                .rev()
                .map(|trace| (text(&trace.message), place(trace.pos)))
                .collect(),
        }
    }

    pub(crate) fn into_error(self, py: Python<'_>, host_errors: &HostErrors) -> PyErr {
        match self.kind {
            ErrorKind::Host(index) => match host_errors.take(index) {
                Some(error) => {
                    // Exceptions that take no attributes are shown without a trace.
                    let _ = error.value(py).setattr("evaluation_trace", self.rendered);
                    error
                }
                None => PyRuntimeError::new_err(self.message),
            },
            ErrorKind::Interrupted => PyKeyboardInterrupt::new_err(()),
            ErrorKind::Quit => PySystemExit::new_err(0),
            _ => self.build(py).unwrap_or_else(|error| error),
        }
    }

    /// The exception for somebody who only looks at it: one of the host stays to be raised.
    pub(super) fn into_shown(self, py: Python<'_>, host_errors: &HostErrors) -> PyErr {
        match self.kind {
            ErrorKind::Host(index) => host_errors
                .look(py, index)
                .unwrap_or_else(|| PyRuntimeError::new_err(self.message)),
            _ => self.into_error(py, host_errors),
        }
    }

    fn build(self, py: Python<'_>) -> PyResult<PyErr> {
        let errors = py.import("neve.errors")?;
        let mut frames = Vec::with_capacity(self.frames.len());
        for (message, place) in self.frames {
            frames.push(frame(py, message, place)?);
        }
        let keywords = PyDict::new(py);
        keywords.set_item("position", self.position)?;
        keywords.set_item("frames", PyTuple::new(py, frames)?)?;
        keywords.set_item("rendered", self.rendered)?;
        let class = errors.getattr(class_name(self.kind))?;
        Ok(PyErr::from_value(
            class.call((self.message,), Some(&keywords))?,
        ))
    }
}

/// One step of a trace.
pub(super) fn frame(
    py: Python<'_>,
    message: String,
    place: Option<Place>,
) -> PyResult<Bound<'_, PyAny>> {
    let (file, line, column) = split(place);
    let class = py.import("neve.errors")?.getattr("Frame")?;
    class.call1((message, file, line, column))
}

/// The exception of an evaluator that panicked.
pub(super) fn defect(py: Python<'_>, what: &str) -> PyErr {
    let make = || {
        let class = py.import("neve.errors")?.getattr("EvaluatorDefectError")?;
        Ok(PyErr::from_value(class.call1((what,))?))
    };
    make().unwrap_or_else(|error: PyErr| error)
}

fn split(place: Option<Place>) -> (Option<String>, Option<u32>, Option<u32>) {
    match place {
        Some((file, line, column)) => (Some(file), Some(line), Some(column)),
        None => (None, None, None),
    }
}

fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Parse => "ParseError",
        ErrorKind::UndefinedVariable => "UndefinedVariableError",
        ErrorKind::MissingAttribute => "MissingAttributeError",
        ErrorKind::Type => "WrongTypeError",
        ErrorKind::Thrown => "ThrownError",
        ErrorKind::Assertion => "AssertionFailedError",
        ErrorKind::Abort => "AbortError",
        ErrorKind::InfiniteRecursion => "InfiniteRecursionError",
        ErrorKind::StackOverflow => "StackOverflowError",
        ErrorKind::Usage => "UnknownNotationError",
        ErrorKind::Restricted => "RestrictedError",
        ErrorKind::ImportFromDerivation => "ImportFromDerivationError",
        ErrorKind::Eval | ErrorKind::Interrupted | ErrorKind::Quit | ErrorKind::Host(_) => {
            "EvaluationError"
        }
    }
}

/// File (or `«string»`, `«stdin»`), line, column.
pub(crate) fn place_of(location: &Location) -> Place {
    let file = match &location.origin {
        Origin::File(path) => path.to_string_lossy().into_owned(),
        Origin::String => "«string»".to_owned(),
        Origin::Stdin => "«stdin»".to_owned(),
    };
    (file, location.line, location.column)
}
