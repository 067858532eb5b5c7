//! Plain data between Python and the evaluator.

use eval::host::Plain;
use formats::store_path::StoreDir;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PySequence, PyString,
};

use super::errors::wrong_type;

/// Bytes as text where they are UTF-8, else as bytes.
pub(crate) fn text_or_bytes(py: Python<'_>, bytes: &[u8]) -> Py<PyAny> {
    match std::str::from_utf8(bytes) {
        Ok(text) => PyString::new(py, text).into_any().unbind(),
        Err(_) => PyBytes::new(py, bytes).into_any().unbind(),
    }
}

/// Plain data as Python objects.
pub(crate) fn to_python(py: Python<'_>, plain: &Plain, store: &StoreDir) -> PyResult<Py<PyAny>> {
    Ok(match plain {
        Plain::Null => py.None(),
        Plain::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any().unbind(),
        Plain::Int(number) => number.into_pyobject(py)?.into_any().unbind(),
        Plain::Float(number) => PyFloat::new(py, *number).into_any().unbind(),
        Plain::Text(text) => text_or_bytes(py, text),
        Plain::StorePath(path) => PyString::new(py, &store.print(path)).into_any().unbind(),
        Plain::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item, store)?)?;
            }
            list.into_any().unbind()
        }
        Plain::Attrs(members) => {
            let dict = PyDict::new(py);
            for (name, member) in members {
                dict.set_item(text_or_bytes(py, name), to_python(py, member, store)?)?;
            }
            dict.into_any().unbind()
        }
    })
}

fn nix_text(py: Python<'_>, bytes: &[u8]) -> PyResult<Plain> {
    if bytes.contains(&0) {
        return Err(wrong_type(py, "a Nix string cannot contain a NUL byte"));
    }
    Ok(Plain::Text(bytes.to_vec()))
}

/// Python objects as plain data. Strings that are store paths (a fetcher's `outPath`) refer to them if `paths` says so.
pub(crate) fn from_python(value: &Bound<'_, PyAny>, paths: Option<&StoreDir>) -> PyResult<Plain> {
    if value.is_none() {
        return Ok(Plain::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Plain::Bool(truth.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(Plain::Int(value.extract()?));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Plain::Float(value.extract()?));
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str()?;
        if let Some(path) = paths.and_then(|store| store.parse(text).ok()) {
            return Ok(Plain::StorePath(path));
        }
        return nix_text(value.py(), text.as_bytes());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return nix_text(value.py(), bytes.as_bytes());
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut members = Vec::new();
        for pair in mapping.items()?.iter() {
            let (name, member): (String, Bound<'_, PyAny>) = pair.extract()?;
            let member = from_python(&member, paths)?;
            members.push((name.into_bytes(), member));
        }
        return Ok(Plain::Attrs(members));
    }
    if let Ok(sequence) = value.cast::<PySequence>() {
        let items: PyResult<Vec<Plain>> = sequence
            .try_iter()?
            .map(|item| from_python(&item?, paths))
            .collect();
        return Ok(Plain::List(items?));
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "cannot make a Nix value of a Python object of type '{kind}'"
    )))
}
