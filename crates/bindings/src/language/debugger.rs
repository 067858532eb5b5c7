//! Stops of the debugger: the evaluator's thread waits while the host, on the caller's thread, shows where it stands.

use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};

use eval::{Decision, Stop};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::errors::{Failure, HostErrors, Place, frame, place_of};
use super::thread::Request;

/// Where the evaluator stopped, and why.
pub(super) struct Stopped {
    reason: &'static str,
    failure: Option<Failure>,
    frames: Vec<(String, Option<Place>, String)>,
}

/// Tells of each stop through `stops`, and serves requests until one says how to go on.
pub(super) fn front(stops: Sender<Stopped>, inbox: Rc<Receiver<Request>>) -> eval::Front {
    Box::new(move |evaluator, reason| {
        if stops.send(Stopped::new(evaluator, reason)).is_err() {
            return Decision::Quit;
        }
        loop {
            match inbox.recv() {
                Ok(Request::Job(job)) => job(evaluator),
                Ok(Request::Resume(decision)) => return decision,
                Err(_) => return Decision::Quit,
            }
        }
    })
}

impl Stopped {
    fn new(evaluator: &eval::Evaluator, reason: Stop<'_>) -> Stopped {
        let (word, failure) = match reason {
            Stop::Breakpoint(_) => ("breakpoint", None),
            Stop::Step => ("step", None),
            Stop::Error(error) => {
                let word = if evaluator.is_trying() {
                    "tried error"
                } else {
                    "error"
                };
                (word, Some(Failure::new(evaluator, error)))
            }
        };
        let frames = evaluator.debug_frames(reason).into_iter();
        Stopped {
            reason: word,
            failure,
            frames: frames
                .map(|frame| {
                    let place = frame.location.as_ref().map(place_of);
                    (frame.message, place, frame.excerpt)
                })
                .collect(),
        }
    }

    /// Calls the host's `debug` and returns what it wants.
    pub(super) fn ask(
        self,
        py: Python<'_>,
        host: &Bound<'_, PyAny>,
        host_errors: &HostErrors,
    ) -> PyResult<Decision> {
        let error = self
            .failure
            .map(|failure| failure.into_shown(py, host_errors));
        let frames = PyList::empty(py);
        for (message, place, excerpt) in self.frames {
            frames.append((frame(py, message, place)?, excerpt))?;
        }
        let arguments = (self.reason, error, frames);
        let decision: String = host.call_method1("debug", arguments)?.extract()?;
        match decision.as_str() {
            "continue" => Ok(Decision::Continue),
            "step" => Ok(Decision::Step),
            "quit" => Ok(Decision::Quit),
            other => Err(PyValueError::new_err(format!(
                "the debugger decided '{other}', which is not continue, step or quit"
            ))),
        }
    }
}
