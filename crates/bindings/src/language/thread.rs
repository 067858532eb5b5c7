//! The thread that an evaluator lives on.
//!
//! An evaluator recurses deeply and is tied to one stack, so it gets a thread with a big one. Calls hand it closures and wait;
//! while they wait, signals are looked at, so that Ctrl-C ends an evaluation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::errors;
use super::host::PythonStore;

/// Address space for the stack; memory is used only as deep as evaluation goes.
const STACK_BYTES: usize = 512 * 1024 * 1024;
/// How often signals are looked at.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(25);

type Job = Box<dyn FnOnce(&mut eval::Evaluator) + Send>;

/// A handle to an evaluator's thread; values share it.
pub(crate) struct EvaluatorThread {
    jobs: Mutex<Sender<Job>>,
    id: ThreadId,
    interrupt: Arc<AtomicBool>,
    /// Handles whose owners are gone, released before the next job.
    released: Arc<Mutex<Vec<eval::Handle>>>,
    host_errors: errors::HostErrors,
}

impl EvaluatorThread {
    /// Starts the thread and makes the evaluator on it.
    pub(crate) fn start(
        settings: eval::Settings,
        io: eval::std_io::StdIo,
        host: Py<PyAny>,
    ) -> PyResult<EvaluatorThread> {
        let (jobs, inbox) = channel::<Job>();
        let (ready, started) = channel();
        let released = Arc::new(Mutex::new(Vec::new()));
        let host_errors = errors::HostErrors::default();
        let (gone, store_errors) = (Arc::clone(&released), host_errors.clone());
        let thread = std::thread::Builder::new()
            .name("evaluator".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let store = PythonStore::new(host, &settings, store_errors);
                let stack = STACK_BYTES - 64 * 1024;
                let mut evaluator =
                    eval::Evaluator::new(settings, Box::new(io), Box::new(store), stack);
                let _ = ready.send(evaluator.interrupt_flag());
                serve(&mut evaluator, &inbox, &gone);
            })
            .map_err(|error| PyRuntimeError::new_err(format!("starting the evaluator: {error}")))?;
        let id = thread.thread().id();
        let interrupt = started
            .recv()
            .map_err(|_| PyRuntimeError::new_err("the evaluator could not be started"))?;
        Ok(EvaluatorThread {
            jobs: Mutex::new(jobs),
            id,
            interrupt,
            released,
            host_errors,
        })
    }

    /// Runs a closure on the evaluator and waits for its result.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut eval::Evaluator) -> Result<T, eval::error::Error> + Send + 'static,
    ) -> PyResult<T> {
        if std::thread::current().id() == self.id {
            return Err(PyRuntimeError::new_err(
                "the evaluator is busy: its host must not ask it for values",
            ));
        }
        let (reply, answer) = channel();
        let job: Job = Box::new(move |evaluator| {
            let result = job(evaluator).map_err(|error| errors::Failure::new(evaluator, &error));
            let _ = reply.send(result);
        });
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(job)
            .map_err(|_| PyRuntimeError::new_err("the evaluator has stopped"))?;
        let outcome = self.wait(py, answer)?;
        outcome.map_err(|failure| failure.into_error(py, &self.host_errors))
    }

    fn wait<T: Send>(&self, py: Python<'_>, mut answer: Receiver<T>) -> PyResult<T> {
        let mut pending: Option<PyErr> = None;
        loop {
            // A receiver may move to another thread, but not be shared: hence the exclusive borrow.
            let answer = &mut answer;
            match py.detach(move || answer.recv_timeout(SIGNAL_INTERVAL)) {
                Ok(_) if pending.is_some() => {
                    return Err(pending.unwrap_or_else(|| PyRuntimeError::new_err("interrupted")));
                }
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyRuntimeError::new_err(
                        "the evaluator panicked: this is a defect of Neve, please report it",
                    ));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = py.check_signals() {
                        self.interrupt.store(true, Ordering::Relaxed);
                        pending = Some(error);
                    }
                }
            }
        }
    }

    /// Lets go of a value whose owner is gone.
    pub(crate) fn release(&self, handle: eval::Handle) {
        self.released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
    }
}

fn serve(
    evaluator: &mut eval::Evaluator,
    inbox: &Receiver<Job>,
    released: &Mutex<Vec<eval::Handle>>,
) {
    while let Ok(job) = inbox.recv() {
        let gone = std::mem::take(&mut *released.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in gone {
            evaluator.release(handle);
        }
        evaluator.collect_if_grown();
        job(evaluator);
    }
}
