//! Binary caches' metadata, keys and signatures.

use formats::content_address::ContentAddress;
use formats::hash::{Algorithm, Hash, HashFormat};
use formats::narinfo::{NarInfo, fingerprint};
use formats::signature::{PublicKey, SecretKey, Signature};
use formats::store_path::{StoreDir, StorePath};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PySet};

use super::error::invalid;
use super::store_path::{parse_path, parse_paths};

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyNarInfo>()?;
    module.add_function(wrap_pyfunction!(path_fingerprint, module)?)?;
    module.add_function(wrap_pyfunction!(generate_key, module)?)?;
    module.add_function(wrap_pyfunction!(public_key, module)?)?;
    module.add_function(wrap_pyfunction!(sign, module)?)?;
    module.add_function(wrap_pyfunction!(verify, module)?)
}

#[pyclass(name = "NarInfo", frozen, module = "neve._core")]
struct PyNarInfo {
    info: NarInfo,
    store: StoreDir,
}

#[pymethods]
impl PyNarInfo {
    #[new]
    #[pyo3(signature = (
        path, /, *, url, compression, file_hash, file_size, nar_sha256, nar_size,
        references = None, deriver = None, signatures = None, content_address = None,
        store_dir = "/nix/store"
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "a narinfo file has as many fields"
    )]
    fn new(
        path: &str,
        url: String,
        compression: String,
        file_hash: Option<&str>,
        file_size: u64,
        nar_sha256: &[u8],
        nar_size: u64,
        references: Option<&Bound<'_, PyAny>>,
        deriver: Option<&str>,
        signatures: Option<&Bound<'_, PyAny>>,
        content_address: Option<&str>,
        store_dir: &str,
    ) -> PyResult<Self> {
        let store = StoreDir::new(store_dir);
        if [&url, &compression]
            .into_iter()
            .any(|value| value.is_empty() || value.contains('\n'))
        {
            return Err(invalid(
                "URL and compression must be one line each, and not empty",
            ));
        }
        let references = references
            .map(|paths| parse_paths(&store, paths))
            .transpose()?;
        let info = NarInfo {
            path: parse_path(&store, path)?,
            url,
            compression,
            file_hash: file_hash
                .map(Hash::parse_prefixed)
                .transpose()
                .map_err(invalid)?,
            file_size,
            nar_hash: Hash::new(Algorithm::Sha256, nar_sha256).map_err(invalid)?,
            nar_size,
            references: references.unwrap_or_default(),
            deriver: deriver.map(|path| parse_path(&store, path)).transpose()?,
            signatures: parse_signatures(signatures)?.into_iter().collect(),
            content_address: content_address
                .map(ContentAddress::parse)
                .transpose()
                .map_err(invalid)?,
        };
        Ok(Self { info, store })
    }

    #[staticmethod]
    #[pyo3(signature = (text, file, store_dir = "/nix/store", /))]
    fn parse(text: &str, file: &str, store_dir: &str) -> PyResult<Self> {
        let store = StoreDir::new(store_dir);
        let info = NarInfo::parse(text, file, &store).map_err(invalid)?;
        Ok(Self { info, store })
    }

    fn to_text(&self) -> String {
        self.info.to_text(&self.store)
    }

    fn fingerprint(&self) -> String {
        let NarInfo {
            path,
            nar_hash,
            nar_size,
            references,
            ..
        } = &self.info;
        fingerprint(&self.store, path, nar_hash, *nar_size, references)
    }

    #[getter]
    fn path(&self) -> String {
        self.store.print(&self.info.path)
    }

    #[getter]
    fn url(&self) -> &str {
        &self.info.url
    }

    #[getter]
    fn compression(&self) -> &str {
        &self.info.compression
    }

    #[getter]
    fn file_hash(&self) -> Option<String> {
        self.info
            .file_hash
            .map(|hash| hash.prefixed(HashFormat::Nix32))
    }

    #[getter]
    fn file_size(&self) -> u64 {
        self.info.file_size
    }

    #[getter]
    fn nar_sha256<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.info.nar_hash.digest())
    }

    #[getter]
    fn nar_size(&self) -> u64 {
        self.info.nar_size
    }

    #[getter]
    fn references<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        print_paths(py, &self.store, &self.info.references)
    }

    #[getter]
    fn deriver(&self) -> Option<String> {
        self.info
            .deriver
            .as_ref()
            .map(|path| self.store.print(path))
    }

    #[getter]
    fn signatures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        let signatures = self.info.signatures.iter().map(Signature::to_string);
        PySet::new(py, signatures.collect::<Vec<_>>())
    }

    #[getter]
    fn content_address(&self) -> Option<String> {
        self.info.content_address.map(|address| address.to_string())
    }
}

fn print_paths<'py, 'p>(
    py: Python<'py>,
    store: &StoreDir,
    paths: impl IntoIterator<Item = &'p StorePath>,
) -> PyResult<Bound<'py, PySet>> {
    let paths = paths.into_iter().map(|path| store.print(path));
    PySet::new(py, paths.collect::<Vec<_>>())
}

fn parse_signatures(signatures: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Signature>> {
    let Some(signatures) = signatures else {
        return Ok(Vec::new());
    };
    signatures
        .try_iter()?
        .map(|text| Signature::parse(&text?.extract::<String>()?).map_err(invalid))
        .collect()
}

#[pyfunction]
#[pyo3(signature = (path, nar_sha256, nar_size, references, store_dir = "/nix/store", /))]
fn path_fingerprint(
    path: &str,
    nar_sha256: &[u8],
    nar_size: u64,
    references: &Bound<'_, PyAny>,
    store_dir: &str,
) -> PyResult<String> {
    let store = StoreDir::new(store_dir);
    let path = parse_path(&store, path)?;
    let hash = Hash::new(Algorithm::Sha256, nar_sha256).map_err(invalid)?;
    let references = parse_paths(&store, references)?;
    Ok(fingerprint(&store, &path, &hash, nar_size, &references))
}

#[pyfunction]
#[pyo3(signature = (name, /))]
fn generate_key(name: &str) -> PyResult<String> {
    Ok(SecretKey::generate(name).map_err(invalid)?.to_text())
}

#[pyfunction]
#[pyo3(signature = (secret_key, /))]
fn public_key(secret_key: &str) -> PyResult<String> {
    Ok(SecretKey::parse(secret_key)
        .map_err(invalid)?
        .public_key()
        .to_string())
}

#[pyfunction]
#[pyo3(signature = (secret_key, data, /))]
fn sign(secret_key: &str, data: &[u8]) -> PyResult<String> {
    Ok(SecretKey::parse(secret_key)
        .map_err(invalid)?
        .sign(data)
        .to_string())
}

#[pyfunction]
#[pyo3(signature = (data, signature, public_keys, /))]
fn verify(data: &[u8], signature: &str, public_keys: &Bound<'_, PyAny>) -> PyResult<bool> {
    let signature = Signature::parse(signature).map_err(invalid)?;
    for key in public_keys.try_iter()? {
        let key = PublicKey::parse(&key?.extract::<String>()?).map_err(invalid)?;
        if key.verify(data, &signature).map_err(invalid)? {
            return Ok(true);
        }
    }
    Ok(false)
}
