//! The files that expressions see: those of this machine, and those of a store that lies elsewhere than its paths say.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io;

use eval::host::{FileKind, Io, OpenFile};
use eval::std_io::{StdIo, resolve_links};
use pyo3::prelude::*;

/// `StdIo`, with what is missing in the store's directory looked for where the store really is.
pub(crate) struct Files {
    io: StdIo,
    /// With a slash at the end.
    store_dir: Vec<u8>,
    host: Py<PyAny>,
    /// Where the store is, once that was asked for; with a slash at the end.
    real_store_dir: OnceCell<Vec<u8>>,
}

impl Files {
    pub(crate) fn new(io: StdIo, store_dir: &str, host: Py<PyAny>) -> Files {
        Files {
            io,
            store_dir: format!("{store_dir}/").into_bytes(),
            host,
            real_store_dir: OnceCell::new(),
        }
    }

    /// Where a path is.
    fn place<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        let Some(rest) = path.strip_prefix(&self.store_dir[..]) else {
            return Cow::Borrowed(path);
        };
        if self.io.kind(path).is_ok() {
            return Cow::Borrowed(path);
        }
        let real = self.real_store_dir.get_or_init(|| self.ask());
        Cow::Owned([real, rest].concat())
    }

    /// Without an answer, the store is where its paths say.
    fn ask(&self) -> Vec<u8> {
        let answer = Python::attach(|py| {
            let answer = self.host.bind(py).call_method0("real_store_dir")?;
            answer.extract::<String>()
        });
        answer.map_or_else(
            |_| self.store_dir.clone(),
            |real| format!("{real}/").into_bytes(),
        )
    }
}

impl Io for Files {
    fn open_file(&self, path: &[u8]) -> io::Result<OpenFile> {
        self.io.open_file(&self.place(path))
    }

    fn kind(&self, path: &[u8]) -> io::Result<FileKind> {
        self.io.kind(&self.place(path))
    }

    fn read_dir(&self, path: &[u8]) -> io::Result<Vec<(Vec<u8>, FileKind)>> {
        self.io.read_dir(&self.place(path))
    }

    fn read_link(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        self.io.read_link(&self.place(path))
    }

    fn resolve(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        resolve_links(path, |link| self.read_link(link))
    }

    fn environment(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.io.environment(name)
    }

    fn real_path(&self, path: &[u8]) -> Vec<u8> {
        self.place(path).into_owned()
    }
}
