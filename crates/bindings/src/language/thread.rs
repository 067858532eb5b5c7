//! The thread that an evaluator lives on.
//!
//! An evaluator recurses deeply and is tied to one stack, so it gets a thread with a big one. Calls hand it closures and wait;
//! while they wait, signals are looked at, so that Ctrl-C ends an evaluation.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::debugger::{self, Stopped};
use super::files::Files;
use super::host::PythonStore;
use super::presence::Presence;
use super::{errors, panics};

/// Address space for the stack; memory is used only as deep as evaluation goes.
const STACK_BYTES: usize = 512 * 1024 * 1024;
/// How deep sources may be nested: about as far as C++ Nix follows, and far from the end of that stack.
pub(super) const MAX_NESTING: u32 = 20_000;
/// How often signals are looked at.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(25);
/// How long an evaluation may take to hear of Ctrl-C before nobody waits for it any more.
const GRACE: Duration = Duration::from_millis(100);
/// How long both sides look for an answer before they sleep: to wake a processor that has gone to sleep takes as long as
/// parsing a file.
const ATTENTION: Duration = Duration::from_micros(100);

type Job = Box<dyn FnOnce(&mut eval::Evaluator) + Send>;
/// What a job ended with: a result, an error, or the message of a panic.
type Outcome<T> = Result<Result<T, errors::Failure>, String>;

/// What the thread is asked for.
pub(super) enum Request {
    /// To run this.
    Job(Job),
    /// To go on after a stop of the debugger.
    Resume(eval::Decision),
}

/// A handle to an evaluator's thread; values share it.
pub(crate) struct EvaluatorThread {
    requests: Mutex<Sender<Request>>,
    id: ThreadId,
    interrupt: Arc<AtomicBool>,
    presence: Arc<Presence>,
    /// Whether a debugger may stop evaluations: it wants an answer before anything else goes on.
    is_debugged: bool,
    /// Set when the evaluator panicked: what it holds cannot be trusted any more.
    is_broken: Arc<AtomicBool>,
    /// Handles whose owners are gone, released before the next job.
    released: Arc<Mutex<Vec<eval::Handle>>>,
    host: Py<PyAny>,
    host_errors: errors::HostErrors,
    stops: Mutex<Receiver<Stopped>>,
}

/// What the evaluator's thread is started with.
struct Start {
    settings: eval::Settings,
    files: Files,
    host: Py<PyAny>,
    host_errors: errors::HostErrors,
    released: Arc<Mutex<Vec<eval::Handle>>>,
    stops: Sender<Stopped>,
    presence: Arc<Presence>,
}

impl Start {
    fn run(self, inbox: Receiver<Request>, ready: &Sender<Arc<AtomicBool>>) {
        let is_debugged = self.settings.debugging.is_on;
        let store = PythonStore::new(self.host, &self.settings, self.host_errors, self.presence);
        let stack = STACK_BYTES - 64 * 1024;
        let mut evaluator =
            eval::Evaluator::new(self.settings, Box::new(self.files), Box::new(store), stack);
        let inbox = Rc::new(inbox);
        if is_debugged {
            evaluator.set_debugger(debugger::front(self.stops, Rc::clone(&inbox)));
        }
        let _ = ready.send(evaluator.interrupt_flag());
        serve(&mut evaluator, &inbox, &self.released);
    }
}

impl EvaluatorThread {
    /// Starts the thread and makes the evaluator on it.
    pub(crate) fn start(
        py: Python<'_>,
        settings: eval::Settings,
        io: eval::std_io::StdIo,
        host: Py<PyAny>,
    ) -> PyResult<EvaluatorThread> {
        let (requests, inbox) = channel();
        let (ready, started) = channel();
        let (stops, stopped) = channel();
        let released = Arc::new(Mutex::new(Vec::new()));
        let host_errors = errors::HostErrors::default();
        let files = Files::new(io, &settings.store_dir, host.clone_ref(py));
        let presence = Arc::<Presence>::default();
        let is_debugged = settings.debugging.is_on;
        let start = Start {
            settings,
            files,
            host: host.clone_ref(py),
            host_errors: host_errors.clone(),
            released: Arc::clone(&released),
            stops,
            presence: Arc::clone(&presence),
        };
        panics::keep_messages();
        let thread = std::thread::Builder::new()
            .name("evaluator".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || start.run(inbox, &ready))
            .map_err(|error| PyRuntimeError::new_err(format!("starting the evaluator: {error}")))?;
        let id = thread.thread().id();
        let interrupt = started
            .recv()
            .map_err(|_| PyRuntimeError::new_err("the evaluator could not be started"))?;
        Ok(EvaluatorThread {
            requests: Mutex::new(requests),
            id,
            interrupt,
            presence,
            is_debugged,
            is_broken: Arc::default(),
            released,
            host,
            host_errors,
            stops: Mutex::new(stopped),
        })
    }

    /// Runs a closure on the evaluator and waits for its result.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut eval::Evaluator) -> Result<T, eval::error::Error> + Send + 'static,
    ) -> PyResult<T> {
        if std::thread::current().id() == self.id {
            return Err(PyRuntimeError::new_err(
                "the evaluator is busy: its host must not ask it for values",
            ));
        }
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(errors::defect(py, "it failed before and cannot go on"));
        }
        let (reply, answer) = channel();
        let errand = Errand {
            is_left: Arc::default(),
            is_broken: Arc::clone(&self.is_broken),
            interrupt: Arc::clone(&self.interrupt),
            presence: Arc::clone(&self.presence),
        };
        let is_left = Arc::clone(&errand.is_left);
        self.send(Request::Job(errand.job(work, reply)))?;
        let answer = self.wait(py, answer, &is_left);
        if !is_left.load(Ordering::Relaxed) {
            // What was asked of this job is nothing to the next.
            self.interrupt.store(false, Ordering::Relaxed);
        }
        match answer? {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(failure)) => Err(failure.into_error(py, &self.host_errors)),
            Err(panic) => Err(errors::defect(py, &panic)),
        }
    }

    fn send(&self, request: Request) -> PyResult<()> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(request)
            .map_err(|_| PyRuntimeError::new_err("the evaluator has stopped"))
    }

    fn wait<T: Send>(
        &self,
        py: Python<'_>,
        mut answer: Receiver<T>,
        is_left: &AtomicBool,
    ) -> PyResult<T> {
        let mut pending: Option<(PyErr, Instant)> = None;
        loop {
            // A receiver may move to another thread, but not be shared: hence the exclusive borrow.
            let answer = &mut answer;
            match py
                .detach(move || attend(answer).or_else(|_| answer.recv_timeout(SIGNAL_INTERVAL)))
            {
                Ok(result) => return pending.map_or(Ok(result), |(error, _)| Err(error)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyRuntimeError::new_err("the evaluator has stopped"));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = py.check_signals() {
                        self.interrupt.store(true, Ordering::Relaxed);
                        // The evaluator may be waiting for its host, which hears of no signals.
                        let told = self.host.call_method0(py, "interrupt");
                        pending = Some((told.err().unwrap_or(error), Instant::now()));
                    }
                    if let Err(error) = self.attend_stop(py) {
                        pending = Some((error, Instant::now()));
                    }
                    pending = match pending {
                        Some((error, since)) if since.elapsed() > GRACE && self.leave(is_left) => {
                            return Err(error);
                        }
                        pending => pending,
                    };
                }
            }
        }
    }

    /// Leaves a job that does not end; false if it has to be waited for.
    fn leave(&self, is_left: &AtomicBool) -> bool {
        // Said first, lest it begins after all.
        is_left.store(true, Ordering::Relaxed);
        let may_leave = !self.is_debugged && self.presence.leave();
        is_left.store(may_leave, Ordering::Relaxed);
        may_leave
    }

    /// Asks the host what to do if the debugger has stopped.
    fn attend_stop(&self, py: Python<'_>) -> PyResult<()> {
        let stopped = self
            .stops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_recv();
        let Ok(stopped) = stopped else {
            return Ok(());
        };
        let asked = stopped.ask(py, self.host.bind(py), &self.host_errors);
        let decision = asked.as_ref().copied().unwrap_or(eval::Decision::Quit);
        self.send(Request::Resume(decision))?;
        asked.map(|_| ())
    }

    /// Lets go of a value whose owner is gone.
    pub(crate) fn release(&self, handle: eval::Handle) {
        self.released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
    }
}

/// What a job has to do with those who wait for it.
struct Errand {
    /// Set when nobody waits any more.
    is_left: Arc<AtomicBool>,
    is_broken: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
    presence: Arc<Presence>,
}

impl Errand {
    /// The job that does the work and sends what comes of it.
    fn job<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut eval::Evaluator) -> Result<T, eval::error::Error> + Send + 'static,
        reply: Sender<Outcome<T>>,
    ) -> Job {
        Box::new(move |evaluator| {
            if self.is_left.load(Ordering::Relaxed) {
                return;
            }
            let outer = self.presence.begin();
            let outcome = panics::catch(|| {
                work(evaluator).map_err(|error| errors::Failure::new(evaluator, &error))
            });
            self.is_broken.fetch_or(outcome.is_err(), Ordering::Relaxed);
            if self.presence.end(outer) {
                // The signal was meant for this job, and the next may be waiting by now.
                self.interrupt.store(false, Ordering::Relaxed);
            }
            let _ = reply.send(outcome);
        })
    }
}

/// What comes soon; see `ATTENTION`.
fn attend<T>(from: &Receiver<T>) -> Result<T, TryRecvError> {
    let start = Instant::now();
    loop {
        match from.try_recv() {
            Err(TryRecvError::Empty) if start.elapsed() < ATTENTION => std::hint::spin_loop(),
            found => return found,
        }
    }
}

fn serve(
    evaluator: &mut eval::Evaluator,
    inbox: &Receiver<Request>,
    released: &Mutex<Vec<eval::Handle>>,
) {
    while let Ok(request) = attend(inbox).or_else(|_| inbox.recv()) {
        // Nothing is stopped here, so there is nothing to resume.
        let Request::Job(job) = request else {
            continue;
        };
        let gone = std::mem::take(&mut *released.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in gone {
            evaluator.release(handle);
        }
        evaluator.collect_if_grown();
        job(evaluator);
    }
}
