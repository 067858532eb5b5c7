//! The classes `Evaluator` and `Scope`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::sync::{Arc, PoisonError, RwLock};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PySequence, PyString, PyTuple};
use syntax::position::Origin;

use super::convert;
use super::settings;
use super::thread::EvaluatorThread;
use super::value::Value;

/// One evaluator.
#[pyclass(frozen, module = "neve._core")]
pub(crate) struct Evaluator {
    thread: Arc<EvaluatorThread>,
}

/// The variables of an interactive session.
#[pyclass(frozen, module = "neve._core")]
pub(crate) struct Scope {
    thread: Arc<EvaluatorThread>,
    /// Locked on the evaluator's thread alone: a debugger may read it while the evaluation that it stopped does.
    scope: Arc<RwLock<eval::Scope>>,
}

/// Names of a scope; those of a `with`.
type Level = (Vec<String>, Option<Vec<String>>);

fn origin(name: Option<&str>) -> Origin {
    match name {
        None => Origin::String,
        Some("-") => Origin::Stdin,
        Some(path) => Origin::File(OsString::from_vec(path.as_bytes().to_vec()).into()),
    }
}

impl Evaluator {
    fn value(&self, handle: eval::Handle) -> Value {
        Value::new(Arc::clone(&self.thread), handle)
    }

    /// Python objects as values; those that are values already stay lazy.
    fn convert(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(value) = object.cast::<Value>() {
            return value.get().share_with(py, &self.thread);
        }
        let path = py.import("pathlib")?.getattr("PurePath")?;
        if object.is_instance(&path)? {
            let text = object.str()?.to_str()?.as_bytes().to_vec();
            let handle = self.thread.run(py, move |ev| Ok(ev.make_path(&text)))?;
            return Ok(self.value(handle));
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            return self.convert_mapping(py, mapping);
        }
        let is_text = object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>();
        if let (Ok(sequence), false) = (object.cast::<PySequence>(), is_text) {
            let mut items = Vec::new();
            for item in sequence.try_iter()? {
                items.push(self.convert(py, &item?)?.take());
            }
            let handle = self.thread.run(py, move |ev| {
                let list = ev.make_list(&items);
                for item in items {
                    ev.release(item);
                }
                Ok(list)
            })?;
            return Ok(self.value(handle));
        }
        let plain = convert::from_python(object, None)?;
        let handle = self.thread.run(py, move |ev| Ok(ev.make_plain(&plain)))?;
        Ok(self.value(handle))
    }

    fn convert_mapping(&self, py: Python<'_>, mapping: &Bound<'_, PyMapping>) -> PyResult<Value> {
        let mut members = Vec::new();
        for pair in mapping.items()?.iter() {
            let (name, member): (String, Bound<'_, PyAny>) = pair.extract()?;
            members.push((name.into_bytes(), self.convert(py, &member)?.take()));
        }
        let handle = self.thread.run(py, move |ev| {
            let set = ev.make_set(&members);
            for (_, member) in members {
                ev.release(member);
            }
            Ok(set)
        })?;
        Ok(self.value(handle))
    }
}

#[pymethods]
impl Evaluator {
    #[new]
    fn new(
        py: Python<'_>,
        host: Py<PyAny>,
        settings: &Bound<'_, PyMapping>,
    ) -> PyResult<Evaluator> {
        let (settings, io) = settings::read(settings)?;
        Ok(Evaluator {
            thread: Arc::new(EvaluatorThread::start(py, settings, io, host)?),
        })
    }

    #[pyo3(signature = (text, /, *, base_dir, origin=None))]
    fn parse_to_text(
        &self,
        py: Python<'_>,
        text: Vec<u8>,
        base_dir: String,
        origin: Option<&str>,
    ) -> PyResult<String> {
        let origin = self::origin(origin);
        let shown = self.thread.run(py, move |ev| {
            let base_dir = base_dir.as_bytes();
            ev.parse_to_text(eval::Text {
                text,
                origin,
                base_dir,
                scope: None,
            })
        })?;
        Ok(String::from_utf8_lossy(&shown).into_owned())
    }

    #[pyo3(signature = (text, /, *, base_dir, origin=None, scope=None, lazy=false))]
    fn evaluate(
        &self,
        py: Python<'_>,
        text: Vec<u8>,
        base_dir: String,
        origin: Option<&str>,
        scope: Option<&Scope>,
        lazy: bool,
    ) -> PyResult<Value> {
        let origin = self::origin(origin);
        let scope = scope.map(|scope| Arc::clone(&scope.scope));
        let handle = self.thread.run(py, move |ev| {
            let scope = scope
                .as_ref()
                .map(|scope| scope.read().unwrap_or_else(PoisonError::into_inner));
            let base_dir = base_dir.as_bytes();
            ev.evaluate(
                eval::Text {
                    text,
                    origin,
                    base_dir,
                    scope: scope.as_deref(),
                },
                lazy,
            )
        })?;
        Ok(self.value(handle))
    }

    #[pyo3(signature = (text, /, *, base_dir, scope))]
    fn evaluate_bindings(
        &self,
        py: Python<'_>,
        text: Vec<u8>,
        base_dir: String,
        scope: &Scope,
    ) -> PyResult<Value> {
        let scope = Arc::clone(&scope.scope);
        let handle = self.thread.run(py, move |ev| {
            let scope = scope.read().unwrap_or_else(PoisonError::into_inner);
            ev.evaluate_bindings(text, base_dir.as_bytes(), &scope)
        })?;
        Ok(self.value(handle))
    }

    fn import_file(&self, py: Python<'_>, path: String) -> PyResult<Value> {
        let handle = self
            .thread
            .run(py, move |ev| ev.evaluate_file(path.as_bytes()))?;
        Ok(self.value(handle))
    }

    fn find_file(&self, py: Python<'_>, name: String) -> PyResult<String> {
        let found = self
            .thread
            .run(py, move |ev| ev.find_lookup_file(name.as_bytes()))?;
        Ok(String::from_utf8_lossy(&found).into_owned())
    }

    #[expect(
        clippy::wrong_self_convention,
        reason = "the name says where the value comes from, in Python's terms"
    )]
    fn from_python(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Value> {
        self.convert(py, value)
    }

    fn builtin_documentation<'py>(
        &self,
        py: Python<'py>,
        name: String,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let found = self
            .thread
            .run(py, move |ev| Ok(ev.builtin_documentation(&name)))?;
        found
            .map(|found| (found.name, found.args, found.text).into_pyobject(py))
            .transpose()
    }

    fn new_scope(&self) -> Scope {
        Scope {
            thread: Arc::clone(&self.thread),
            scope: Arc::default(),
        }
    }

    #[pyo3(signature = (index, /, *, base=None))]
    fn frame_scope(&self, py: Python<'_>, index: usize, base: Option<&Scope>) -> PyResult<Scope> {
        let base = base.map(|base| Arc::clone(&base.scope));
        let scope = self.thread.run(py, move |ev| {
            let base = base
                .as_ref()
                .map(|base| base.read().unwrap_or_else(PoisonError::into_inner));
            Ok(ev.debug_scope(index, base.as_deref()))
        })?;
        Ok(Scope {
            thread: Arc::clone(&self.thread),
            scope: Arc::new(RwLock::new(scope)),
        })
    }

    fn frame_levels(&self, py: Python<'_>, index: usize) -> PyResult<Vec<Level>> {
        let levels = self.thread.run(py, move |ev| Ok(ev.debug_levels(index)))?;
        Ok(levels
            .into_iter()
            .map(|level| (level.names, level.with))
            .collect())
    }

    fn set_show_trace(&self, py: Python<'_>, enabled: bool) -> PyResult<()> {
        self.thread.run(py, move |ev| {
            ev.set_show_trace(enabled);
            Ok(())
        })
    }

    fn forget_files(&self, py: Python<'_>) -> PyResult<()> {
        self.thread.run(py, |ev| {
            ev.forget_files();
            Ok(())
        })
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.thread.run(py, eval::Evaluator::flush)
    }

    fn collect_garbage(&self, py: Python<'_>) -> PyResult<()> {
        self.thread.run(py, |ev| {
            ev.collect_garbage();
            Ok(())
        })
    }

    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let figures = self.thread.run(py, |ev| {
            let heap = ev.heap_statistics();
            Ok(HashMap::from([
                ("function_calls", ev.function_calls() as usize),
                ("heap_reserved_bytes", heap.reserved),
                ("heap_used_bytes", heap.used),
            ]))
        })?;
        figures.into_pyobject(py)
    }
}

#[pymethods]
impl Scope {
    fn names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let scope = Arc::clone(&self.scope);
        self.thread.run(py, move |ev| {
            Ok(ev.scope_names(&scope.read().unwrap_or_else(PoisonError::into_inner)))
        })
    }

    fn add(&self, py: Python<'_>, name: String, value: &Value) -> PyResult<()> {
        let scope = Arc::clone(&self.scope);
        let handle = value.shared_with(py, &self.thread)?;
        self.thread.run(py, move |ev| {
            let mut scope = scope.write().unwrap_or_else(PoisonError::into_inner);
            ev.define_variable(&mut scope, name.as_bytes(), &handle);
            Ok(())
        })
    }

    fn add_attrs(&self, py: Python<'_>, value: &Value) -> PyResult<usize> {
        let scope = Arc::clone(&self.scope);
        let handle = value.shared_with(py, &self.thread)?;
        self.thread.run(py, move |ev| {
            let mut scope = scope.write().unwrap_or_else(PoisonError::into_inner);
            ev.define_all(&mut scope, &handle)
        })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let scope =
            std::mem::take(&mut *self.scope.write().unwrap_or_else(PoisonError::into_inner));
        for handle in scope.into_handles() {
            self.thread.release(handle);
        }
    }
}
