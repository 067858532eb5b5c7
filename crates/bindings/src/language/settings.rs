//! Settings of an evaluator, from a Python mapping.

use std::collections::HashMap;

use eval::std_io::StdIo;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use syntax::parser::{LintLevel, Options};

/// Reads the mapping that `Evaluator` is made with; what is missing has the value of an impure, lenient evaluation.
pub(crate) fn read(mapping: &Bound<'_, PyMapping>) -> PyResult<(eval::Settings, StdIo)> {
    let reader = Reader { mapping };
    reader.check()?;
    let environment: Option<HashMap<String, String>> = reader.get("environment")?;
    let environment = environment.map(|environment| {
        let pairs = environment.into_iter();
        pairs
            .map(|(name, value)| (name.into_bytes(), value.into_bytes()))
            .collect()
    });
    Ok((read_settings(&reader)?, StdIo { environment }))
}

fn read_settings(reader: &Reader<'_, '_>) -> PyResult<eval::Settings> {
    let features: Vec<String> = reader.get("experimental_features")?.unwrap_or_default();
    let has_pipe_operators = features.iter().any(|feature| feature == "pipe-operators");
    let home: Option<String> = reader.get("home")?;
    let current_dir: String = reader.get("current_dir")?.unwrap_or_else(|| "/".to_owned());
    let allowed: Vec<String> = reader.get("allowed_paths")?.unwrap_or_default();
    Ok(eval::Settings {
        store_dir: reader
            .get("store_dir")?
            .unwrap_or_else(|| "/nix/store".to_owned()),
        system: reader
            .get("system")?
            .unwrap_or_else(|| "x86_64-linux".to_owned()),
        lookup_path: reader.get("lookup_path")?.unwrap_or_default(),
        pure: reader.flag("pure", false)?,
        restricted: reader.flag("restricted", false)?,
        allowed_paths: allowed.into_iter().map(String::into_bytes).collect(),
        allowed_uris: reader.get("allowed_uris")?.unwrap_or_default(),
        experimental_features: features,
        max_call_depth: reader.get("max_call_depth")?.unwrap_or(10_000),
        max_heap_bytes: reader.get("max_heap_bytes")?.unwrap_or(usize::MAX),
        read_only: reader.flag("read_only", false)?,
        import_from_derivation: reader.flag("import_from_derivation", true)?,
        current_time: reader.get("current_time")?.unwrap_or_default(),
        trace_verbose: reader.flag("trace_verbose", false)?,
        trace_function_calls: reader.flag("trace_function_calls", false)?,
        abort_on_warn: reader.flag("abort_on_warn", false)?,
        show_trace: reader.flag("show_trace", false)?,
        debugging: eval::Debugging {
            is_on: reader.flag("debugger", false)?,
            ignores_tries: reader.flag("ignore_try", false)?,
            stops_at_trace: reader.flag("debugger_on_trace", false)?,
            stops_at_warn: reader.flag("debugger_on_warn", false)?,
        },
        current_dir: current_dir.into_bytes(),
        home: home.map(String::into_bytes),
        syntax: Options {
            max_depth: super::thread::MAX_NESTING,
            has_pipe_operators,
            url_literals: reader.lint("lint_url_literals")?,
            short_paths: reader.lint("lint_short_path_literals")?,
            absolute_paths: reader.lint("lint_absolute_path_literals")?,
        },
    })
}

const KNOWN: &[&str] = &[
    "abort_on_warn",
    "allowed_paths",
    "allowed_uris",
    "current_dir",
    "current_time",
    "debugger",
    "debugger_on_trace",
    "debugger_on_warn",
    "environment",
    "experimental_features",
    "home",
    "ignore_try",
    "import_from_derivation",
    "lint_absolute_path_literals",
    "lint_short_path_literals",
    "lint_url_literals",
    "lookup_path",
    "max_call_depth",
    "max_heap_bytes",
    "pure",
    "read_only",
    "restricted",
    "show_trace",
    "store_dir",
    "system",
    "trace_verbose",
    "trace_function_calls",
];

struct Reader<'m, 'py> {
    mapping: &'m Bound<'py, PyMapping>,
}

impl<'py> Reader<'_, 'py> {
    /// A setting that nobody reads is a mistake of the caller.
    fn check(&self) -> PyResult<()> {
        for key in self.mapping.keys()?.iter() {
            let key: String = key.extract()?;
            if !KNOWN.contains(&key.as_str()) {
                return Err(PyTypeError::new_err(format!(
                    "unknown evaluator setting '{key}'"
                )));
            }
        }
        Ok(())
    }

    fn get<T>(&self, name: &str) -> PyResult<Option<T>>
    where
        T: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>,
    {
        if !self.mapping.contains(name)? {
            return Ok(None);
        }
        let item = self.mapping.get_item(name)?;
        if item.is_none() {
            Ok(None)
        } else {
            item.extract().map(Some).map_err(Into::into)
        }
    }

    fn flag(&self, name: &str, default: bool) -> PyResult<bool> {
        Ok(self.get(name)?.unwrap_or(default))
    }

    fn lint(&self, name: &str) -> PyResult<LintLevel> {
        let level: Option<String> = self.get(name)?;
        match level.as_deref() {
            None | Some("ignore") => Ok(LintLevel::Ignore),
            Some("warn") => Ok(LintLevel::Warn),
            Some("fatal") => Ok(LintLevel::Fatal),
            Some(other) => Err(PyValueError::new_err(format!(
                "setting '{name}' is '{other}', but must be ignore, warn or fatal"
            ))),
        }
    }
}
