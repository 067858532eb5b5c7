//! Flake references for Python.

use eval::text::flake_ref::{Attr, Attrs, FlakeRef, InputError, InputResult, Reading};
use pyo3::exceptions::{PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyMapping, PyString};

/// Reads a reference; the commands see to it that the features it needs are on.
fn read<T>(py: Python<'_>, read: impl FnOnce(&mut Reading<'_>) -> InputResult<T>) -> PyResult<T> {
    let mut dubious = Vec::new();
    let mut reading = Reading {
        has_feature: &|_| true,
        warn: &mut |message| dubious.push(message),
    };
    let result = read(&mut reading);
    for message in dubious {
        let category = py.get_type::<PyUserWarning>();
        py.import("warnings")?
            .call_method1("warn", (message, category))?;
    }
    result.map_err(|error| match error {
        InputError::BadUrl(message) | InputError::Invalid(message) => {
            PyValueError::new_err(message)
        }
        InputError::Feature(feature) => PyValueError::new_err(feature),
    })
}

#[pyfunction]
fn parse_flake_ref<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyDict>> {
    let found = read(py, |reading| FlakeRef::parse(text, reading))?;
    let dict = PyDict::new(py);
    for (name, value) in found.to_attrs() {
        match value {
            Attr::Text(text) => dict.set_item(name, text)?,
            Attr::Int(number) => dict.set_item(name, number)?,
            Attr::Bool(truth) => dict.set_item(name, truth)?,
        }
    }
    Ok(dict)
}

#[pyfunction]
fn show_flake_ref(py: Python<'_>, attrs: &Bound<'_, PyMapping>) -> PyResult<String> {
    let mut given = Attrs::new();
    for pair in attrs.items()?.iter() {
        let (name, value): (String, Bound<'_, PyAny>) = pair.extract()?;
        let value = if let Ok(truth) = value.cast::<PyBool>() {
            Attr::Bool(truth.is_true())
        } else if let Ok(text) = value.cast::<PyString>() {
            Attr::Text(text.to_str()?.to_owned())
        } else if value.is_instance_of::<PyInt>() {
            Attr::Int(value.extract()?)
        } else {
            let kind = value.get_type().name()?;
            let message = format!("attribute '{name}' of a flake reference is a '{kind}'");
            return Err(PyTypeError::new_err(message));
        };
        given.insert(name, value);
    }
    let url = read(py, |reading| FlakeRef::from_attrs(given, reading)?.to_url())?;
    Ok(url.to_string())
}

/// Adds the functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(parse_flake_ref, module)?)?;
    module.add_function(wrap_pyfunction!(show_flake_ref, module)?)
}
