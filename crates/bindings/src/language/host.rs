//! The evaluator's store, which asks a Python object (`neve.lang.host.Host`) for everything that has effects.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eval::error::{Error, ErrorKind, Res};
use eval::host::{Ingestion, Level, Output, Plain, Source, Store};
use formats::content_address::{ContentAddress, Method};
use formats::hash::{Algorithm, Hash};
use formats::nar::{ArchiveError, CHUNK_LEN, Sink, Summariser, Writer};
use formats::store_path::{StoreDir, StorePath};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet};

use super::convert;
use super::errors::HostErrors;
use super::presence::Presence;

/// Text objects are handed over in batches of this many.
const BATCH: usize = 4096;

/// A text object on its way to the store: its path, content and references.
type Text = (StorePath, Vec<u8>, Vec<StorePath>);

pub(crate) struct PythonStore {
    host: Py<PyAny>,
    store_dir: StoreDir,
    read_only: bool,
    errors: HostErrors,
    presence: Arc<Presence>,
    /// Text objects that the host has not seen yet.
    pending: Vec<Text>,
}

impl PythonStore {
    pub(crate) fn new(
        host: Py<PyAny>,
        settings: &eval::Settings,
        errors: HostErrors,
        presence: Arc<Presence>,
    ) -> Self {
        PythonStore {
            host,
            store_dir: StoreDir::new(&settings.store_dir),
            read_only: settings.read_only,
            errors,
            presence,
            pending: Vec::new(),
        }
    }

    /// Asks the host; an exception ends the evaluation and is raised from it.
    fn ask<T>(&self, ask: impl FnOnce(Python<'_>, &Bound<'_, PyAny>) -> PyResult<T>) -> Res<T> {
        let answer = self
            .presence
            .attend(|| Python::attach(|py| ask(py, self.host.bind(py))));
        match answer {
            Some(answer) => answer.map_err(|error| self.errors.keep(error)),
            None => Err(interrupted()),
        }
    }

    fn parse(&self, path: &str) -> Res<StorePath> {
        self.store_dir
            .parse(path)
            .map_err(|error| Error::eval(error.to_string()))
    }

    /// The texts that the store lacks, by asking for few: with an object, all that it refers to is there and kept.
    fn missing<'t>(
        &self,
        pending: &'t [Text],
        ask: impl Fn(Vec<String>) -> PyResult<HashSet<String>>,
    ) -> PyResult<HashSet<&'t StorePath>> {
        let used: HashSet<&StorePath> = pending.iter().flat_map(|text| &text.2).collect();
        let ask = |paths: &[&'t StorePath]| -> PyResult<Vec<&'t StorePath>> {
            let missing = ask(paths
                .iter()
                .map(|path| self.store_dir.print(path))
                .collect())?;
            let is_missing = |path: &&&StorePath| missing.contains(&self.store_dir.print(path));
            Ok(paths.iter().filter(is_missing).copied().collect())
        };
        let (inner, tops): (Vec<_>, Vec<_>) = pending
            .iter()
            .map(|text| &text.0)
            .partition(|path| used.contains(path));
        let missing_tops = ask(&tops)?;
        if missing_tops.is_empty() {
            return Ok(HashSet::new());
        }
        let mut missing: HashSet<_> = ask(&inner)?.into_iter().collect();
        missing.extend(missing_tops);
        Ok(missing)
    }
}

fn as_path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted by the user")
}

/// Reads until the user does not want to wait any longer.
struct Stoppable<'s, T> {
    inner: T,
    stop: &'s AtomicBool,
}

impl<T> Stoppable<'_, T> {
    fn check(&self) -> io::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("interrupted"));
        }
        Ok(())
    }
}

impl<S: Sink> Sink for Stoppable<'_, S> {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.check()?;
        self.inner.take(chunk)
    }
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.inner.read(buffer)
    }
}

/// What a source hashes to.
fn digest(source: &Source<'_>) -> Result<Hash, ArchiveError> {
    let path = as_path(source.path);
    let stop = source.stop;
    match source.ingestion {
        Ingestion::Nar => {
            let inner = Summariser::new([]);
            let writer = Writer::with_chunk_len(Stoppable { inner, stop }, CHUNK_LEN);
            let keep = |path: &Path, _| {
                let name = path.as_os_str().as_bytes();
                Ok::<_, ArchiveError>(source.kept.is_none_or(|kept| kept.contains(name)))
            };
            let done = formats::nar::dump(path, writer, keep)?;
            Ok(done.inner.finish()?.hash)
        }
        Ingestion::Flat => {
            let inner = std::fs::File::open(path).map_err(ArchiveError::Stream)?;
            Hash::of_reader(Algorithm::Sha256, &mut Stoppable { inner, stop })
                .map_err(ArchiveError::Stream)
        }
    }
}

impl Store for PythonStore {
    fn add_source(&mut self, source: Source<'_>) -> Res<StorePath> {
        let hash = digest(&source).map_err(|error| {
            if source.stop.load(Ordering::Relaxed) {
                return interrupted();
            }
            Error::eval(error.to_string())
        })?;
        let (method, name) = match source.ingestion {
            Ingestion::Flat => (Method::Flat, "flat"),
            Ingestion::Nar => (Method::Nar, "nar"),
        };
        let expected = self
            .store_dir
            .make_fixed_output_path(source.name, &ContentAddress { method, hash })
            .map_err(|error| Error::eval(error.to_string()))?;
        if self.read_only {
            return Ok(expected);
        }
        let target = self.store_dir.print(&expected);
        self.ask(|py, host| {
            let path = convert::text_or_bytes(py, source.path);
            let kept = source
                .kept
                .map(|kept| PyFrozenSet::new(py, kept.iter().map(|path| PyBytes::new(py, path))));
            let kept = kept.transpose()?;
            host.call_method1("add_path", (path, name, target, kept))?;
            Ok(())
        })?;
        Ok(expected)
    }

    fn add_text(
        &mut self,
        path: &StorePath,
        content: Vec<u8>,
        references: Vec<StorePath>,
    ) -> Res<()> {
        self.pending.push((path.clone(), content, references));
        if self.pending.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Res<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        self.ask(|py, host| {
            let missing = self.missing(&pending, |paths| {
                host.call_method1("keep_texts", (paths,))?.extract()
            })?;
            let texts: Vec<_> = pending
                .iter()
                .filter(|(path, _, _)| missing.contains(path))
                .map(|(path, content, references)| {
                    let references: Vec<String> = references
                        .iter()
                        .map(|path| self.store_dir.print(path))
                        .collect();
                    (
                        self.store_dir.print(path),
                        PyBytes::new(py, content),
                        references,
                    )
                })
                .collect();
            if !texts.is_empty() {
                host.call_method1("add_texts", (texts,))?;
            }
            Ok(())
        })
    }

    fn is_valid_path(&mut self, path: &StorePath) -> Res<bool> {
        self.flush()?;
        let path = self.store_dir.print(path);
        self.ask(|_, host| host.call_method1("is_valid_path", (path,))?.extract())
    }

    fn ensure_path(&mut self, path: &StorePath) -> Res<()> {
        self.flush()?;
        let path = self.store_dir.print(path);
        self.ask(|_, host| host.call_method1("ensure_path", (path,)).map(|_| ()))
    }

    fn references(&mut self, path: &StorePath) -> Res<Vec<StorePath>> {
        self.flush()?;
        let path = self.store_dir.print(path);
        let references: Vec<String> =
            self.ask(|_, host| host.call_method1("path_references", (path,))?.extract())?;
        references.iter().map(|path| self.parse(path)).collect()
    }

    fn realise(&mut self, outputs: &[Output]) -> Res<Vec<StorePath>> {
        self.flush()?;
        let wanted: Vec<(String, String)> = outputs
            .iter()
            .map(|output| (self.store_dir.print(&output.drv), output.output.clone()))
            .collect();
        let built: Vec<String> = self.ask(|_, host| {
            let built = host.call_method1("realise", (wanted.clone(),))?;
            let built = built.cast::<PyDict>().map_err(PyErr::from)?;
            wanted
                .iter()
                .map(|output| built.as_any().get_item(output.clone())?.extract())
                .collect()
        })?;
        built.iter().map(|path| self.parse(path)).collect()
    }

    fn fetch(&mut self, function: &str, arguments: Plain) -> Res<Plain> {
        self.flush()?;
        self.ask(|py, host| {
            let arguments = convert::to_python(py, &arguments, &self.store_dir)?;
            let result = host.call_method1("fetch", (function, arguments))?;
            convert::from_python(&result, Some(&self.store_dir))
        })
    }

    fn lookup_path_entry(&mut self, value: &str) -> Res<Option<Vec<u8>>> {
        if !is_address(value) {
            return Ok(None);
        }
        let directory: Option<String> =
            self.ask(|_, host| host.call_method1("lookup_path_entry", (value,))?.extract())?;
        Ok(directory.map(String::into_bytes))
    }

    fn message(&mut self, level: Level, text: &[u8]) {
        let level = match level {
            Level::Trace => "trace",
            Level::Warning => "warning",
            Level::Notice => "notice",
            Level::Info => "info",
        };
        let text = String::from_utf8_lossy(text);
        // What cannot be said is no reason to fail: the host has no way to say that either.
        let _ = self.ask(|_, host| host.call_method1("message", (level, text)).map(|_| ()));
    }

    fn is_interrupted(&mut self) -> Res<bool> {
        Ok(true)
    }
}

/// Whether a lookup path entry is something other than a path.
fn is_address(value: &str) -> bool {
    if value.starts_with("channel:") || value.starts_with("flake:") {
        return true;
    }
    value.split_once("://").is_some_and(|(scheme, _)| {
        matches!(
            scheme,
            "http" | "https" | "file" | "channel" | "git" | "s3" | "ssh"
        )
    })
}
