//! Derivations.

use std::collections::BTreeMap;

use formats::content_address::Method;
use formats::derivation::{Derivation, DerivationError, InputOutputs, Kind, ModuloCache, Output};
use formats::hash::{Algorithm, Hash};
use formats::store_path::{StoreDir, StorePath};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PySet, PyString, PyTuple};

use super::convert::{json_to_python, object_to_python, python_to_json, text};
use super::error::invalid;
use super::store_path::parse_path;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyDerivation>()?;
    module.add_class::<DerivationOutput>()?;
    module.add_class::<DerivationHashes>()
}

#[pyclass(frozen, get_all, module = "neve._core")]
struct DerivationOutput {
    path: Option<String>,
    method: Option<&'static str>,
    algorithm: Option<&'static str>,
    digest: Option<Py<PyBytes>>,
    is_impure: bool,
}

impl DerivationOutput {
    fn new(py: Python<'_>, drv: &PyDerivation, name: &str, output: &Output) -> PyResult<Self> {
        let path = output
            .path(&drv.store, &drv.drv.name, name)
            .map_err(invalid)?;
        let (method, algorithm, hash) = match output {
            Output::InputAddressed(_) | Output::Deferred => (None, None, None),
            Output::Fixed(address) => (
                Some(address.method),
                Some(address.hash.algorithm()),
                Some(address.hash),
            ),
            Output::Floating { method, algorithm } | Output::Impure { method, algorithm } => {
                (Some(*method), Some(*algorithm), None)
            }
        };
        Ok(Self {
            path: path.map(|path| drv.store.print(&path)),
            method: method.map(Method::name),
            algorithm: algorithm.map(Algorithm::name),
            digest: hash.map(|hash: Hash| PyBytes::new(py, hash.digest()).unbind()),
            is_impure: matches!(output, Output::Impure { .. }),
        })
    }
}

#[pyclass(name = "Derivation", frozen, module = "neve._core")]
struct PyDerivation {
    drv: Derivation,
    store: StoreDir,
}

#[pymethods]
impl PyDerivation {
    #[staticmethod]
    #[pyo3(signature = (text, name, store_dir = "/nix/store", /))]
    fn parse(text: &[u8], name: &str, store_dir: &str) -> PyResult<Self> {
        let store = StoreDir::new(store_dir);
        let drv = Derivation::parse(text, name, &store).map_err(invalid)?;
        Ok(Self { drv, store })
    }

    #[staticmethod]
    #[pyo3(signature = (value, store_dir = "/nix/store", /))]
    fn from_json(value: &Bound<'_, PyAny>, store_dir: &str) -> PyResult<Self> {
        let drv = Derivation::from_json(&python_to_json(value)?).map_err(invalid)?;
        Ok(Self {
            drv,
            store: StoreDir::new(store_dir),
        })
    }

    #[pyo3(signature = (store_dir = None, /))]
    fn to_aterm<'py>(
        &self,
        py: Python<'py>,
        store_dir: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let text = self
            .drv
            .to_aterm(&self.store_or(store_dir))
            .map_err(invalid)?;
        Ok(PyBytes::new(py, &text))
    }

    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json_to_python(py, &self.drv.to_json().map_err(invalid)?)
    }

    #[pyo3(signature = (store_dir = None, /))]
    fn store_path(&self, store_dir: Option<&str>) -> PyResult<String> {
        let store = self.store_or(store_dir);
        Ok(store.print(&self.drv.store_path(&store).map_err(invalid)?))
    }

    #[pyo3(signature = (output_paths, /))]
    fn resolve(&self, output_paths: &Bound<'_, PyMapping>) -> PyResult<Self> {
        let mut failure = None;
        let resolved = self.drv.resolve(&self.store, |drv, names| {
            self.look_up(output_paths, drv, names)
                .unwrap_or_else(|error| {
                    failure = Some(error);
                    None
                })
        });
        match (failure, resolved) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(invalid(error)),
            (None, Ok(drv)) => Ok(Self {
                drv,
                store: self.store.clone(),
            }),
        }
    }

    #[getter]
    fn name(&self) -> &str {
        &self.drv.name
    }

    #[getter]
    fn kind(&self) -> PyResult<&'static str> {
        Ok(match self.drv.kind().map_err(invalid)? {
            Kind::InputAddressed { is_deferred: false } => "input-addressed",
            Kind::InputAddressed { is_deferred: true } => "deferred",
            Kind::Fixed => "fixed",
            Kind::Floating => "floating",
            Kind::Impure => "impure",
        })
    }

    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, output) in &self.drv.outputs {
            dict.set_item(name, DerivationOutput::new(py, self, name, output)?)?;
        }
        Ok(dict)
    }

    #[getter]
    fn input_drvs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (path, input) in &self.drv.input_drvs {
            dict.set_item(self.store.print(path), PySet::new(py, &input.outputs)?)?;
        }
        Ok(dict)
    }

    #[getter]
    fn dynamic_inputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (path, input) in &self.drv.input_drvs {
            if !input.dynamic.is_empty() {
                dict.set_item(
                    self.store.print(path),
                    dynamic_to_python(py, &input.dynamic)?,
                )?;
            }
        }
        Ok(dict)
    }

    #[getter]
    fn input_srcs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        let paths = self
            .drv
            .input_srcs
            .iter()
            .map(|path| self.store.print(path));
        PySet::new(py, paths.collect::<Vec<_>>())
    }

    #[getter]
    fn system<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        text(py, &self.drv.system)
    }

    #[getter]
    fn builder<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        text(py, &self.drv.builder)
    }

    #[getter]
    fn args<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let args = self.drv.args.iter().map(|arg| text(py, arg));
        PyList::new(py, args.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn env<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in &self.drv.env {
            dict.set_item(text(py, name)?, text(py, value)?)?;
        }
        Ok(dict)
    }

    #[getter]
    fn structured_attrs<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let attrs = self.drv.structured_attrs.as_ref();
        attrs
            .map(|attrs| object_to_python(py, &attrs.to_object()))
            .transpose()
    }
}

impl PyDerivation {
    fn store_or(&self, store_dir: Option<&str>) -> StoreDir {
        store_dir.map_or_else(|| self.store.clone(), StoreDir::new)
    }

    /// The path of an output in a mapping from a derivation's path and output names.
    fn look_up(
        &self,
        output_paths: &Bound<'_, PyMapping>,
        drv: &StorePath,
        names: &[&str],
    ) -> PyResult<Option<StorePath>> {
        let drv = self.store.print(drv);
        let key = std::iter::once(drv.as_str()).chain(names.iter().copied());
        let key = PyTuple::new(output_paths.py(), key.collect::<Vec<_>>())?;
        if !output_paths.contains(&key)? {
            return Ok(None);
        }
        let path: String = output_paths.get_item(key)?.extract()?;
        parse_path(&self.store, &path).map(Some)
    }
}

fn dynamic_to_python<'py>(
    py: Python<'py>,
    dynamic: &BTreeMap<String, InputOutputs>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, input) in dynamic {
        let entry = PyDict::new(py);
        entry.set_item("outputs", PySet::new(py, &input.outputs)?)?;
        entry.set_item("dynamic", dynamic_to_python(py, &input.dynamic)?)?;
        dict.set_item(name, entry)?;
    }
    Ok(dict)
}

/// Failures of derivations and of Python's `load`.
struct Failure(PyErr);

impl From<DerivationError> for Failure {
    fn from(error: DerivationError) -> Self {
        Self(invalid(error))
    }
}

#[pyclass(module = "neve._core")]
struct DerivationHashes {
    load: Py<PyAny>,
    cache: ModuloCache,
}

#[pymethods]
impl DerivationHashes {
    #[new]
    #[pyo3(signature = (load, store_dir = "/nix/store", /))]
    fn new(load: Py<PyAny>, store_dir: &str) -> Self {
        Self {
            load,
            cache: ModuloCache::new(StoreDir::new(store_dir)),
        }
    }

    #[pyo3(signature = (derivation, /))]
    fn output_hashes<'py>(
        &mut self,
        py: Python<'py>,
        derivation: &PyDerivation,
    ) -> PyResult<Bound<'py, PyDict>> {
        self.learn_inputs(py, &derivation.drv)?;
        let known = |path: &StorePath| self.cache.known(path);
        let hash = derivation
            .drv
            .hash_modulo(self.cache.store(), true, known)
            .map_err(invalid)?;
        let dict = PyDict::new(py);
        for name in derivation.drv.outputs.keys() {
            let digest = hash
                .of_output(name)
                .map(|hash| PyBytes::new(py, hash.digest()));
            dict.set_item(name, digest)?;
        }
        Ok(dict)
    }

    #[pyo3(signature = (derivation, /))]
    fn complete(&mut self, py: Python<'_>, derivation: &PyDerivation) -> PyResult<PyDerivation> {
        let mut drv = derivation.drv.clone();
        self.learn_inputs(py, &drv)?;
        let known = |path: &StorePath| self.cache.known(path);
        drv.instantiate(self.cache.store(), known)
            .map_err(invalid)?;
        Ok(PyDerivation {
            drv,
            store: self.cache.store().clone(),
        })
    }

    #[pyo3(signature = (derivation, /))]
    fn check(&mut self, py: Python<'_>, derivation: &PyDerivation) -> PyResult<()> {
        self.learn_inputs(py, &derivation.drv)?;
        let known = |path: &StorePath| self.cache.known(path);
        derivation
            .drv
            .check_output_paths(self.cache.store(), known)
            .map_err(invalid)
    }
}

impl DerivationHashes {
    fn learn_inputs(&mut self, py: Python<'_>, drv: &Derivation) -> PyResult<()> {
        let (store, load) = (self.cache.store().clone(), &self.load);
        let learned = self.cache.learn_inputs(drv, |path| {
            let loaded = load.call1(py, (store.print(path),)).map_err(Failure)?;
            let loaded = loaded.bind(py).cast::<PyDerivation>();
            let loaded = loaded.map_err(|error| Failure(error.into()))?;
            Ok::<_, Failure>(loaded.get().drv.clone())
        });
        learned.map_err(|Failure(error)| error)
    }
}
