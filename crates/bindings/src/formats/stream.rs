//! Python callables as streams, and streams that Ctrl-C ends.

use std::io::{self, Read};

use formats::nar::{Observer, Sink};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Reads by calling `read(count)`, which returns up to that many bytes, none at the end.
pub(super) struct CallableReader(pub(super) Py<PyAny>);

impl Read for CallableReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let result = self.0.bind(py).call1((buffer.len(),))?;
            let bytes = result.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes();
            let Some(place) = buffer.get_mut(..bytes.len()) else {
                let problem = format!(
                    "read returned {} bytes where at most {} were asked for",
                    bytes.len(),
                    buffer.len()
                );
                return Err(PyValueError::new_err(problem).into());
            };
            place.copy_from_slice(bytes);
            Ok(bytes.len())
        })
    }
}

/// Hands chunks to `write(data)`.
pub(super) struct CallableSink(pub(super) Py<PyAny>);

impl Sink for CallableSink {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        Python::attach(|py| self.0.bind(py).call1((PyBytes::new(py, chunk),)).map(drop))?;
        chunk.clear();
        Ok(())
    }
}

/// Runs pending signal handlers from time to time, so that Ctrl-C ends a long pass.
pub(super) struct Interruptible<S> {
    pub(super) inner: S,
    since_check: usize,
}

/// A few hundredths of a second.
const BYTES_BETWEEN_CHECKS: usize = 64 * 1024 * 1024;

impl<S> Interruptible<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            since_check: 0,
        }
    }

    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "a path would have one lifetime where any is needed"
    )]
    fn count(&mut self, bytes: usize) -> io::Result<()> {
        self.since_check += bytes;
        if self.since_check >= BYTES_BETWEEN_CHECKS {
            self.since_check = 0;
            Python::attach(|py| py.check_signals())?;
        }
        Ok(())
    }
}

impl<S: Sink> Sink for Interruptible<S> {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.count(chunk.len())?;
        self.inner.take(chunk)
    }
}

impl<S: Observer> Observer for Interruptible<S> {
    fn observe(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.count(bytes.len())?;
        self.inner.observe(bytes)
    }
}

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.count(bytes)?;
        Ok(bytes)
    }
}
