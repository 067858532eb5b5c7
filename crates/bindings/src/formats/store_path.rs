//! Store paths and placeholders.

use std::collections::BTreeSet;

use formats::content_address::{ContentAddress, Method};
use formats::hash::{Algorithm, Hash};
use formats::placeholder::{self, DownstreamPlaceholder};
use formats::store_path::{References, StoreDir, StorePath, check_name};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::error::invalid;
use super::hash::make_hash;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(make_store_path, module)?)?;
    module.add_function(wrap_pyfunction!(make_text_path, module)?)?;
    module.add_function(wrap_pyfunction!(make_fixed_output_path, module)?)?;
    module.add_function(wrap_pyfunction!(check_store_path_name, module)?)?;
    module.add_function(wrap_pyfunction!(parse_store_path, module)?)?;
    module.add_function(wrap_pyfunction!(parse_content_address, module)?)?;
    module.add_function(wrap_pyfunction!(own_placeholder, module)?)?;
    module.add_function(wrap_pyfunction!(downstream_placeholder, module)?)
}

pub(super) fn parse_path(store: &StoreDir, path: &str) -> PyResult<StorePath> {
    store.parse(path).map_err(invalid)
}

/// Parses paths given as any iterable of text.
pub(super) fn parse_paths(
    store: &StoreDir,
    paths: &Bound<'_, PyAny>,
) -> PyResult<BTreeSet<StorePath>> {
    paths
        .try_iter()?
        .map(|path| parse_path(store, &path?.extract::<String>()?))
        .collect()
}

#[pyfunction]
#[pyo3(signature = (kind, inner_sha256, name, store_dir, /))]
fn make_store_path(
    kind: &str,
    inner_sha256: &[u8],
    name: &str,
    store_dir: &str,
) -> PyResult<String> {
    let store = StoreDir::new(store_dir);
    let inner = Hash::new(Algorithm::Sha256, inner_sha256).map_err(invalid)?;
    Ok(store.print(&store.make_path(kind, &inner, name).map_err(invalid)?))
}

#[pyfunction]
#[pyo3(signature = (name, content, references, store_dir, /))]
fn make_text_path(
    name: &str,
    content: &[u8],
    references: &Bound<'_, PyAny>,
    store_dir: &str,
) -> PyResult<String> {
    let store = StoreDir::new(store_dir);
    let references = parse_paths(&store, references)?;
    let path = store.make_text_path(name, &Hash::sha256(content), &references);
    Ok(store.print(&path.map_err(invalid)?))
}

#[pyfunction]
#[pyo3(signature = (
    name, method, algorithm, digest, references, store_dir, /, *, references_itself = false
))]
fn make_fixed_output_path(
    name: &str,
    method: &str,
    algorithm: &str,
    digest: &[u8],
    references: &Bound<'_, PyAny>,
    store_dir: &str,
    references_itself: bool,
) -> PyResult<String> {
    let store = StoreDir::new(store_dir);
    let others = parse_paths(&store, references)?;
    let address = ContentAddress {
        method: Method::parse(method).map_err(invalid)?,
        hash: make_hash(algorithm, digest)?,
    };
    let references = References {
        others: &others,
        itself: references_itself,
    };
    let path = store.make_content_addressed_path(name, &address, references);
    Ok(store.print(&path.map_err(invalid)?))
}

#[pyfunction]
#[pyo3(signature = (name, /))]
fn check_store_path_name(name: &str) -> PyResult<()> {
    check_name(name).map_err(invalid)
}

#[pyfunction]
#[pyo3(signature = (path, store_dir = "/nix/store", /))]
fn parse_store_path(path: &str, store_dir: &str) -> PyResult<(String, String)> {
    let path = parse_path(&StoreDir::new(store_dir), path)?;
    Ok((path.hash_part().to_owned(), path.name().to_owned()))
}

#[pyfunction]
#[pyo3(signature = (text, /))]
fn parse_content_address(
    py: Python<'_>,
    text: &str,
) -> PyResult<(&'static str, &'static str, Py<PyBytes>)> {
    let address = ContentAddress::parse(text).map_err(invalid)?;
    let digest = PyBytes::new(py, address.hash.digest()).unbind();
    Ok((
        address.method.name(),
        address.hash.algorithm().name(),
        digest,
    ))
}

#[pyfunction(name = "placeholder")]
#[pyo3(signature = (output, /))]
fn own_placeholder(output: &str) -> String {
    placeholder::own_output(output)
}

#[pyfunction]
#[pyo3(signature = (drv_path, /, *outputs, store_dir = "/nix/store"))]
#[expect(
    clippy::needless_pass_by_value,
    reason = "Python's variadic arguments come as a vector"
)]
fn downstream_placeholder(
    drv_path: &str,
    outputs: Vec<String>,
    store_dir: &str,
) -> PyResult<String> {
    let drv = parse_path(&StoreDir::new(store_dir), drv_path)?;
    let Some((first, nested)) = outputs.split_first() else {
        return Err(invalid("an output name is needed"));
    };
    let outer = DownstreamPlaceholder::of_output(&drv, first).map_err(invalid)?;
    let inner = nested
        .iter()
        .fold(outer, |outer, output| outer.of_nested_output(output));
    Ok(inner.render())
}
