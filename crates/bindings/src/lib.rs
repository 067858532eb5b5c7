//! The Python module `neve._core`: a thin layer over the Rust crates, the only one that knows Python.
//!
//! Each area registers itself from a file of its own.

mod formats;
mod language;

use pyo3::prelude::*;

/// The compiled half of Neve; its public face is described in `src/neve/_core.pyi`.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    formats::register(module)?;
    language::register(module)?;
    Ok(())
}
