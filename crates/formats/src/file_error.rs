//! Failed system calls on files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A system call on a file failed.
#[derive(Debug)]
pub struct FileError {
    /// What was being done, as in "opening file".
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub source: io::Error,
}

impl FileError {
    /// Makes errors of the failures of system calls on `path`.
    pub fn on<E: Into<io::Error>>(action: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self {
            action,
            path: path.to_owned(),
            source: error.into(),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            path,
            source,
        } = self;
        write!(f, "{action} '{}': {source}", path.display())
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
