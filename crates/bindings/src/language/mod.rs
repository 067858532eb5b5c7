//! The evaluator for Python: a thread of its own with a deep stack, and handles to its values.

mod convert;
mod debugger;
mod errors;
mod evaluator;
mod files;
mod flake_ref;
mod host;
mod panics;
mod presence;
mod settings;
mod survey;
mod thread;
mod value;

use pyo3::prelude::*;

/// Adds the classes of this area to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("NIX_VERSION", eval::NIX_VERSION)?;
    flake_ref::register(module)?;
    module.add_class::<evaluator::Evaluator>()?;
    module.add_class::<evaluator::Scope>()?;
    module.add_class::<value::Value>()
}
