//! The byte formats of a store: `formats` as Python sees it.

mod archive;
mod compression;
mod convert;
mod derivation;
mod error;
mod hash;
mod narinfo;
mod object;
mod store_path;
mod stream;

use pyo3::prelude::*;

/// Adds everything of this area to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    hash::register(module)?;
    store_path::register(module)?;
    archive::register(module)?;
    compression::register(module)?;
    object::register(module)?;
    derivation::register(module)?;
    narinfo::register(module)
}
