//! Changes to store objects: canonical metadata, exchanged hash parts.

use formats::metadata::Canonicaliser;
use formats::nar::RestoreOptions;
use formats::references::{HashPart, parse_hash_part};
use formats::rewrite::{
    Replacements, Rewriter, copy_rewritten, hash_archive_modulo, hash_file_modulo,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};

use super::archive::NarSummary;
use super::convert::PathArg;
use super::error::{archive_error, file_error, invalid, metadata_error};
use super::hash::parse_algorithm;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyCanonicaliser>()?;
    module.add_function(wrap_pyfunction!(canonicalise_path, module)?)?;
    module.add_function(wrap_pyfunction!(rewrite_hashes, module)?)?;
    module.add_function(wrap_pyfunction!(hash_path_modulo, module)?)?;
    module.add_function(wrap_pyfunction!(copy_path_rewritten, module)?)
}

#[pyclass(name = "Canonicaliser", module = "neve._core")]
struct PyCanonicaliser(Canonicaliser);

#[pymethods]
impl PyCanonicaliser {
    #[new]
    #[pyo3(signature = (*, uid = None, gid = None, builder_uids = None, ignored_attributes = None))]
    fn new(
        uid: Option<u32>,
        gid: Option<u32>,
        builder_uids: Option<(u32, u32)>,
        ignored_attributes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut rules = Canonicaliser::default().with_owner(uid, gid);
        if let Some(uids) = builder_uids {
            rules = rules.with_builder_uids(uids);
        }
        if let Some(names) = ignored_attributes {
            let names = names.try_iter()?.map(|name| name?.extract());
            rules = rules.with_ignored_attributes(names.collect::<PyResult<_>>()?);
        }
        Ok(Self(rules))
    }

    #[pyo3(signature = (path, /))]
    fn canonicalise(&mut self, py: Python<'_>, path: PathArg) -> PyResult<()> {
        py.detach(move || self.0.canonicalise(&path.0))
            .map_err(metadata_error)
    }
}

#[pyfunction]
#[pyo3(signature = (path, /, *, uid = None, gid = None))]
fn canonicalise_path(
    py: Python<'_>,
    path: PathArg,
    uid: Option<u32>,
    gid: Option<u32>,
) -> PyResult<()> {
    let mut rules = Canonicaliser::default().with_owner(uid, gid);
    py.detach(move || rules.canonicalise(&path.0))
        .map_err(metadata_error)
}

fn parse_part(text: &str) -> PyResult<HashPart> {
    parse_hash_part(text).map_err(invalid)
}

fn parse_replacements(mapping: &Bound<'_, PyMapping>) -> PyResult<Replacements> {
    let mut replacements = Replacements::new();
    for item in mapping.items()?.iter() {
        let (old, new): (String, String) = item.extract()?;
        replacements.insert(parse_part(&old)?, parse_part(&new)?);
    }
    Ok(replacements)
}

#[pyfunction]
#[pyo3(signature = (data, replacements, /))]
fn rewrite_hashes<'py>(
    py: Python<'py>,
    data: &[u8],
    replacements: &Bound<'py, PyMapping>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut rewriter = Rewriter::new(parse_replacements(replacements)?);
    let mut out = Vec::with_capacity(data.len());
    rewriter.rewrite(data, &mut out);
    rewriter.finish(&mut out);
    Ok(PyBytes::new(py, &out))
}

#[pyfunction]
#[pyo3(signature = (path, method, algorithm, hash_part, /))]
fn hash_path_modulo<'py>(
    py: Python<'py>,
    path: PathArg,
    method: &str,
    algorithm: &str,
    hash_part: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let algorithm = parse_algorithm(algorithm)?;
    let part = parse_part(hash_part)?;
    let hash = match method {
        "nar" => py
            .detach(move || hash_archive_modulo(&path.0, algorithm, part))
            .map_err(archive_error)?,
        "flat" | "text" => py
            .detach(|| hash_file_modulo(&path.0, algorithm, part))
            .map_err(file_error)?,
        _ => {
            return Err(invalid(format!(
                "method '{method}' cannot leave out a hash part"
            )));
        }
    };
    Ok(PyBytes::new(py, hash.digest()))
}

#[pyfunction]
#[pyo3(signature = (source, destination, replacements, /, *, sync = false, canonical = false))]
fn copy_path_rewritten(
    py: Python<'_>,
    source: PathArg,
    destination: PathArg,
    replacements: &Bound<'_, PyMapping>,
    sync: bool,
    canonical: bool,
) -> PyResult<NarSummary> {
    let replacements = parse_replacements(replacements)?;
    let options = RestoreOptions {
        sync,
        is_canonical: canonical,
    };
    let summary =
        py.detach(move || copy_rewritten(&source.0, &destination.0, replacements, options));
    NarSummary::new(py, &summary.map_err(archive_error)?)
}
