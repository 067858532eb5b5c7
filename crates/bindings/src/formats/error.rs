//! Errors on their way to Python: failed system calls become `OSError` with a file name, what a
//! callback raised is raised again, anything else is a `ValueError`.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use formats::file_error::FileError;
use formats::metadata::MetadataError;
use formats::nar::ArchiveError;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

/// For errors whose text is all there is to say.
pub(super) fn invalid(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// For failed system calls.
pub(super) fn file_error(error: FileError) -> PyErr {
    let FileError { path, source, .. } = error;
    match source.raw_os_error() {
        Some(number) => Python::attach(|py| {
            os_error(py, number, path).map_or_else(|error| error, PyErr::from_value)
        }),
        // A name that no file can have.
        None if source.kind() == io::ErrorKind::InvalidInput => invalid(source),
        None => source.into(),
    }
}

/// Calls `OSError`, so that Python picks the subclass.
fn os_error(py: Python<'_>, number: i32, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let text = py.import("os")?.call_method1("strerror", (number,))?;
    py.get_type::<PyOSError>()
        .call1((number, text, path.into_os_string()))
}

/// For archives.
pub(super) fn archive_error(error: ArchiveError) -> PyErr {
    match error {
        ArchiveError::File(error) => file_error(error),
        ArchiveError::Stream(error) => error.into(),
        other => invalid(other),
    }
}

/// For metadata.
pub(super) fn metadata_error(error: MetadataError) -> PyErr {
    match error {
        MetadataError::File(error) => file_error(error),
        other => invalid(other),
    }
}
