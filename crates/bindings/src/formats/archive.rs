//! Archives.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use formats::nar::{
    ArchiveError, CHUNK_LEN, ExportTrailer, Listing, Reader, RestoreOptions, Summariser, Summary,
    Writer, check_stream, dump, dump_filtered, restore,
};
use formats::references::{HashPart, parse_hash_part};
use formats::store_path::StoreDir;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PySet};

use super::convert::{PathArg, text};
use super::error::{archive_error, invalid};
use super::store_path::{parse_path, parse_paths};
use super::stream::{CallableReader, CallableSink, Interruptible};

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<NarSummary>()?;
    module.add_function(wrap_pyfunction!(summarise_path, module)?)?;
    module.add_function(wrap_pyfunction!(summarise_nar, module)?)?;
    module.add_function(wrap_pyfunction!(summarise_contents, module)?)?;
    module.add_function(wrap_pyfunction!(dump_path, module)?)?;
    module.add_function(wrap_pyfunction!(restore_path, module)?)?;
    module.add_function(wrap_pyfunction!(list_nar, module)?)?;
    module.add_function(wrap_pyfunction!(make_export_trailer, module)?)?;
    module.add_function(wrap_pyfunction!(read_export_trailer, module)?)
}

/// Room for what an archive of one file holds beside its contents.
const ARCHIVE_OVERHEAD: usize = 256;

#[pyclass(frozen, get_all, module = "neve._core")]
pub(super) struct NarSummary {
    sha256: Py<PyBytes>,
    size: u64,
    references: Py<PySet>,
}

impl NarSummary {
    pub(super) fn new(py: Python<'_>, summary: &Summary) -> PyResult<Self> {
        let references = summary.references.iter().map(|part| text(py, part));
        let references = references.collect::<PyResult<Vec<_>>>()?;
        Ok(Self {
            sha256: PyBytes::new(py, summary.hash.digest()).unbind(),
            size: summary.size,
            references: PySet::new(py, references)?.unbind(),
        })
    }
}

fn parse_candidates(candidates: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<HashPart>> {
    let Some(candidates) = candidates else {
        return Ok(Vec::new());
    };
    candidates
        .try_iter()?
        .map(|part| parse_hash_part(&part?.extract::<String>()?).map_err(invalid))
        .collect()
}

#[pyfunction]
#[pyo3(signature = (path, candidates = None, /))]
fn summarise_path(
    py: Python<'_>,
    path: PathArg,
    candidates: Option<&Bound<'_, PyAny>>,
) -> PyResult<NarSummary> {
    let candidates = parse_candidates(candidates)?;
    let summary = py.detach(move || {
        let sink = Interruptible::new(Summariser::new(candidates));
        let writer = Writer::with_chunk_len(sink, CHUNK_LEN);
        let keep_all = |_: &_, _| Ok::<_, ArchiveError>(true);
        dump(&path.0, writer, keep_all)?.inner.finish()
    });
    NarSummary::new(py, &summary.map_err(archive_error)?)
}

#[pyfunction]
#[pyo3(signature = (read, candidates = None, /, *, exact = false))]
fn summarise_nar(
    py: Python<'_>,
    read: Py<PyAny>,
    candidates: Option<&Bound<'_, PyAny>>,
    exact: bool,
) -> PyResult<NarSummary> {
    let candidates = parse_candidates(candidates)?;
    let summary = py.detach(move || {
        check_stream(open_reader(read, candidates, exact))?
            .inner
            .finish()
    });
    NarSummary::new(py, &summary.map_err(archive_error)?)
}

#[pyfunction]
#[pyo3(signature = (contents, /, *, executable = false))]
fn summarise_contents(py: Python<'_>, contents: &[u8], executable: bool) -> PyResult<NarSummary> {
    let summarise = || {
        let chunk_len = CHUNK_LEN.min(contents.len() + ARCHIVE_OVERHEAD);
        let mut writer = Writer::with_chunk_len(Summariser::new([]), chunk_len);
        writer.file(executable, contents)?;
        writer.finish()?.finish()
    };
    NarSummary::new(py, &summarise().map_err(archive_error)?)
}

fn open_reader(
    read: Py<PyAny>,
    candidates: Vec<HashPart>,
    exact: bool,
) -> Reader<CallableReader, Interruptible<Summariser>> {
    let observer = Interruptible::new(Summariser::new(candidates));
    if exact {
        Reader::exact(CallableReader(read), observer)
    } else {
        Reader::new(CallableReader(read), observer)
    }
}

#[pyfunction]
#[pyo3(signature = (path, write, /, *, kept = None))]
fn dump_path(
    py: Python<'_>,
    path: PathArg,
    write: Py<PyAny>,
    kept: Option<HashSet<Vec<u8>>>,
) -> PyResult<()> {
    let keep = move |path: &Path, _| {
        let name = path.as_os_str().as_bytes();
        Ok::<_, ArchiveError>(kept.as_ref().is_none_or(|kept| kept.contains(name)))
    };
    py.detach(move || dump_filtered(&path.0, CallableSink(write), keep).map(drop))
        .map_err(archive_error)
}

#[pyfunction]
#[pyo3(signature = (path, read, /, *, sync = false, canonical = false, exact = false))]
fn restore_path(
    py: Python<'_>,
    path: PathArg,
    read: Py<PyAny>,
    sync: bool,
    canonical: bool,
    exact: bool,
) -> PyResult<NarSummary> {
    let options = RestoreOptions {
        sync,
        is_canonical: canonical,
    };
    let summary = py.detach(move || {
        let mut reader = open_reader(read, Vec::new(), exact);
        restore(&mut reader, &path.0, options)?;
        reader.finish()?.inner.finish()
    });
    NarSummary::new(py, &summary.map_err(archive_error)?)
}

#[pyfunction]
#[pyo3(signature = (read, /))]
fn list_nar(py: Python<'_>, read: Py<PyAny>) -> PyResult<Bound<'_, PyDict>> {
    let listing = py
        .detach(|| Listing::read(CallableReader(read)))
        .map_err(archive_error)?;
    listing_to_python(py, &listing)
}

fn listing_to_python<'py>(py: Python<'py>, listing: &Listing) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    match listing {
        Listing::File {
            is_executable,
            size,
            offset,
        } => {
            dict.set_item("type", "regular")?;
            dict.set_item("size", size)?;
            if *is_executable {
                dict.set_item("executable", true)?;
            }
            dict.set_item("narOffset", offset)?;
        }
        Listing::Symlink(target) => {
            dict.set_item("type", "symlink")?;
            dict.set_item("target", text(py, target)?)?;
        }
        Listing::Directory(entries) => {
            let children = PyDict::new(py);
            for (name, child) in entries {
                children.set_item(text(py, name)?, listing_to_python(py, child)?)?;
            }
            dict.set_item("type", "directory")?;
            dict.set_item("entries", children)?;
        }
    }
    Ok(dict)
}

#[pyfunction]
#[pyo3(signature = (path, references, deriver, store_dir = "/nix/store", /))]
fn make_export_trailer<'py>(
    py: Python<'py>,
    path: &str,
    references: &Bound<'py, PyAny>,
    deriver: Option<&str>,
    store_dir: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let store = StoreDir::new(store_dir);
    let trailer = ExportTrailer {
        path: parse_path(&store, path)?,
        references: parse_paths(&store, references)?,
        deriver: deriver.map(|path| parse_path(&store, path)).transpose()?,
    };
    Ok(PyBytes::new(py, &trailer.to_bytes(&store)))
}

#[pyfunction]
#[pyo3(signature = (read, store_dir = "/nix/store", /))]
fn read_export_trailer<'py>(
    py: Python<'py>,
    read: Py<PyAny>,
    store_dir: &str,
) -> PyResult<(String, Bound<'py, PySet>, Option<String>)> {
    let store = StoreDir::new(store_dir);
    let trailer = py.detach(|| ExportTrailer::read(CallableReader(read), &store));
    let trailer = trailer.map_err(archive_error)?;
    let references = trailer.references.iter().map(|path| store.print(path));
    Ok((
        store.print(&trailer.path),
        PySet::new(py, references.collect::<Vec<_>>())?,
        trailer.deriver.map(|path| store.print(&path)),
    ))
}
