//! Hashes and their text forms.

use std::fs::File;
use std::io;

use formats::file_error::FileError;
use formats::hash::{Algorithm, Hash, HashFormat, Hasher};
use formats::nix32;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::convert::PathArg;
use super::error::{file_error, invalid};
use super::stream::Interruptible;

/// Below this many bytes letting other threads run costs more than hashing.
const SMALL: usize = 4096;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyHasher>()?;
    module.add_function(wrap_pyfunction!(hash_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(hash_file, module)?)?;
    module.add_function(wrap_pyfunction!(encode_hash, module)?)?;
    module.add_function(wrap_pyfunction!(parse_hash, module)?)?;
    module.add_function(wrap_pyfunction!(compress_hash, module)?)?;
    module.add_function(wrap_pyfunction!(encode_nix32, module)?)?;
    module.add_function(wrap_pyfunction!(decode_nix32, module)?)
}

pub(super) fn parse_algorithm(name: &str) -> PyResult<Algorithm> {
    Algorithm::parse(name).map_err(invalid)
}

pub(super) fn make_hash(algorithm: &str, digest: &[u8]) -> PyResult<Hash> {
    Hash::new(parse_algorithm(algorithm)?, digest).map_err(invalid)
}

#[pyfunction]
#[pyo3(signature = (algorithm, data, /))]
fn hash_bytes<'py>(py: Python<'py>, algorithm: &str, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let algorithm = parse_algorithm(algorithm)?;
    let hash = if data.len() < SMALL {
        Hash::of(algorithm, data)
    } else {
        py.detach(|| Hash::of(algorithm, data))
    };
    Ok(PyBytes::new(py, hash.digest()))
}

#[pyfunction]
#[pyo3(signature = (algorithm, path, /))]
fn hash_file<'py>(
    py: Python<'py>,
    algorithm: &str,
    path: PathArg,
) -> PyResult<Bound<'py, PyBytes>> {
    let algorithm = parse_algorithm(algorithm)?;
    let hash = py.detach(move || {
        let on = |error: io::Error| file_error(FileError::on("reading file", &path.0)(error));
        let mut file = Interruptible::new(File::open(&path.0).map_err(on)?);
        Hash::of_reader(algorithm, &mut file).map_err(on)
    });
    Ok(PyBytes::new(py, hash?.digest()))
}

#[pyclass(name = "Hasher", module = "neve._core")]
struct PyHasher(Hasher);

#[pymethods]
impl PyHasher {
    #[new]
    #[pyo3(signature = (algorithm, /))]
    fn new(algorithm: &str) -> PyResult<Self> {
        Ok(Self(Hasher::new(parse_algorithm(algorithm)?)))
    }

    #[pyo3(signature = (data, /))]
    fn update(&mut self, py: Python<'_>, data: &[u8]) {
        if data.len() < SMALL {
            self.0.update(data);
        } else {
            py.detach(|| self.0.update(data));
        }
    }

    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.clone().finish().digest())
    }
}

#[pyfunction]
#[pyo3(signature = (digest, algorithm, hash_format, /, *, prefix = false))]
fn encode_hash(
    digest: &[u8],
    algorithm: &str,
    hash_format: &str,
    prefix: bool,
) -> PyResult<String> {
    let hash = make_hash(algorithm, digest)?;
    let format = HashFormat::parse(hash_format).map_err(invalid)?;
    Ok(if prefix {
        hash.prefixed(format)
    } else {
        hash.to_text(format)
    })
}

#[pyfunction]
#[pyo3(signature = (text, algorithm = None, /))]
fn parse_hash<'py>(
    py: Python<'py>,
    text: &str,
    algorithm: Option<&str>,
) -> PyResult<(&'static str, Bound<'py, PyBytes>)> {
    let expected = algorithm.map(parse_algorithm).transpose()?;
    let hash = Hash::parse_any(text, expected).map_err(invalid)?;
    Ok((hash.algorithm().name(), PyBytes::new(py, hash.digest())))
}

#[pyfunction]
#[pyo3(signature = (digest, /))]
fn compress_hash<'py>(py: Python<'py>, digest: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, &formats::hash::compress::<20>(digest))
}

#[pyfunction]
#[pyo3(signature = (data, /))]
fn encode_nix32(data: &[u8]) -> String {
    nix32::encode(data)
}

#[pyfunction]
#[pyo3(signature = (text, /))]
fn decode_nix32<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = nix32::decode(text.as_bytes()).map_err(|byte| {
        let character = char::from(byte);
        invalid(format!(
            "invalid character in Nix32 (Nix's Base32 variation) string: '{character}'"
        ))
    })?;
    Ok(PyBytes::new(py, &bytes))
}
