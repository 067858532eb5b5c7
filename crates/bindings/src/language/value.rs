//! The class `Value`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyTuple};

use super::convert;
use super::errors::{place_of, wrong_type};
use super::survey::survey;
use super::thread::EvaluatorThread;

/// A value of an evaluator.
#[pyclass(frozen, module = "neve._core")]
pub(crate) struct Value {
    thread: Arc<EvaluatorThread>,
    handle: Arc<Held>,
}

/// A handle that is released when the last owner is gone, wherever that is.
pub(crate) struct Held {
    thread: Arc<EvaluatorThread>,
    handle: Option<eval::Handle>,
}

impl std::ops::Deref for Held {
    type Target = eval::Handle;

    fn deref(&self) -> &eval::Handle {
        #[expect(clippy::expect_used, reason = "only `drop` takes the handle out")]
        self.handle.as_ref().expect("held until dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.thread.release(handle);
        }
    }
}

/// Kind, identity, value and texts of an attribute.
type Surveyed = (&'static str, u64, Option<Value>, Vec<Option<String>>);

type Arguments = Vec<(Vec<u8>, Arc<Held>)>;

fn arguments(mapping: &Bound<'_, PyMapping>, thread: &Arc<EvaluatorThread>) -> PyResult<Arguments> {
    let mut arguments = Vec::new();
    for pair in mapping.items()?.iter() {
        let (name, value): (String, Bound<'_, Value>) = pair.extract()?;
        let held = value.get().shared_with(mapping.py(), thread)?;
        arguments.push((name.into_bytes(), held));
    }
    Ok(arguments)
}

/// Handles of the evaluator's own for the duration of a call.
fn shared_arguments(
    ev: &mut eval::Evaluator,
    arguments: &Arguments,
) -> Vec<(Vec<u8>, eval::Handle)> {
    arguments
        .iter()
        .map(|(name, held)| (name.clone(), ev.share(held)))
        .collect()
}

impl Value {
    pub(crate) fn new(thread: Arc<EvaluatorThread>, handle: eval::Handle) -> Value {
        let held = Held {
            thread: Arc::clone(&thread),
            handle: Some(handle),
        };
        Value {
            thread,
            handle: Arc::new(held),
        }
    }

    /// The handle, kept alive by whoever has it.
    fn shared(&self) -> Arc<Held> {
        Arc::clone(&self.handle)
    }

    /// The same for an evaluator, which must be the one that made the value.
    pub(crate) fn shared_with(
        &self,
        py: Python<'_>,
        thread: &Arc<EvaluatorThread>,
    ) -> PyResult<Arc<Held>> {
        if Arc::ptr_eq(&self.thread, thread) {
            return Ok(self.shared());
        }
        Err(wrong_type(
            py,
            "a value belongs to the evaluator that made it: use one neve.Evaluator for both, or pass neve.to_python(value)",
        ))
    }

    /// Another value object for the same value, of the same evaluator.
    pub(crate) fn share_with(
        &self,
        py: Python<'_>,
        thread: &Arc<EvaluatorThread>,
    ) -> PyResult<Value> {
        self.shared_with(py, thread)?;
        let handle = self.run(py, |ev, handle| Ok(ev.share(handle)))?;
        Ok(Value::new(Arc::clone(&self.thread), handle))
    }

    /// Gives up the handle of a value that nobody else has.
    pub(crate) fn take(self) -> eval::Handle {
        #[expect(clippy::expect_used, reason = "callers just made the value")]
        let mut held = Arc::into_inner(self.handle).expect("the only owner");
        #[expect(clippy::expect_used, reason = "only `drop` takes the handle out")]
        held.handle.take().expect("held until dropped")
    }

    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut eval::Evaluator, &eval::Handle) -> eval::error::Res<T> + Send + 'static,
    ) -> PyResult<T> {
        let handle = self.shared();
        self.thread.run(py, move |ev| job(ev, &handle))
    }

    fn wrap(&self, handle: eval::Handle) -> Value {
        Value::new(Arc::clone(&self.thread), handle)
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

#[pymethods]
impl Value {
    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(match self.run(py, eval::Evaluator::type_of)? {
            eval::Type::Int => "int",
            eval::Type::Float => "float",
            eval::Type::Bool => "bool",
            eval::Type::String => "string",
            eval::Type::Path => "path",
            eval::Type::Null => "null",
            eval::Type::Attrs => "set",
            eval::Type::List => "list",
            eval::Type::Function | eval::Type::Thunk => "lambda",
        })
    }

    #[getter]
    fn is_derivation(&self, py: Python<'_>) -> PyResult<bool> {
        self.run(py, eval::Evaluator::is_derivation_value)
    }

    #[getter]
    fn identity(&self, py: Python<'_>) -> PyResult<u64> {
        self.run(py, eval::Evaluator::identity)
    }

    fn force_deep(&self, py: Python<'_>) -> PyResult<()> {
        self.run(py, eval::Evaluator::evaluate_deeply)
    }

    fn as_python(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        use eval::Scalar;
        let scalar = self.run(py, eval::Evaluator::scalar)?;
        Ok(match scalar {
            Some(Scalar::Null) => py.None(),
            Some(Scalar::Bool(truth)) => pyo3::types::PyBool::new(py, truth)
                .to_owned()
                .into_any()
                .unbind(),
            Some(Scalar::Int(number)) => number.into_pyobject(py)?.into_any().unbind(),
            Some(Scalar::Float(number)) => number.into_pyobject(py)?.into_any().unbind(),
            Some(Scalar::String(text) | Scalar::Path(text)) => convert::text_or_bytes(py, &text),
            None => {
                return Err(pyo3::exceptions::PyTypeError::new_err(
                    "only a scalar has a plain Python value; ask for attributes, items or a call",
                ));
            }
        })
    }

    fn string_context(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.run(py, eval::Evaluator::context_of)
    }

    #[pyo3(signature = (*, copy_paths=false, context="while coercing a value to a string"))]
    fn coerce_to_string(
        &self,
        py: Python<'_>,
        copy_paths: bool,
        context: &str,
    ) -> PyResult<String> {
        let context = context.to_owned();
        let text = self.run(py, move |ev, handle| {
            ev.coerce(handle, copy_paths, &context)
        })?;
        Ok(Self::text(&text))
    }

    fn attr_names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let names = self.run(py, eval::Evaluator::attr_names)?;
        Ok(names.iter().map(|name| Self::text(name)).collect())
    }

    fn attr(&self, py: Python<'_>, name: String) -> PyResult<Option<Value>> {
        let found = self.run(py, move |ev, handle| ev.attr(handle, name.as_bytes()))?;
        Ok(found.map(|(handle, _)| self.wrap(handle)))
    }

    fn survey(
        &self,
        py: Python<'_>,
        names: Vec<String>,
        texts: Vec<Vec<String>>,
    ) -> PyResult<Vec<Surveyed>> {
        let found = self.run(py, move |ev, handle| survey(ev, handle, &names, &texts))?;
        Ok(found
            .into_iter()
            .map(|item| {
                let texts = item.texts.iter();
                (
                    item.kind.word(),
                    item.identity,
                    item.handle.map(|handle| self.wrap(handle)),
                    texts.map(|text| text.as_deref().map(Self::text)).collect(),
                )
            })
            .collect())
    }

    fn attr_position(&self, py: Python<'_>, name: String) -> PyResult<Option<(String, u32, u32)>> {
        self.run(py, move |ev, handle| {
            let Some((found, pos)) = ev.attr(handle, name.as_bytes())? else {
                return Ok(None);
            };
            ev.release(found);
            Ok(ev.locate(pos).map(|location| place_of(&location)))
        })
    }

    #[pyo3(signature = (path, /, *, auto_call=None))]
    fn select_path(
        &self,
        py: Python<'_>,
        path: Vec<String>,
        auto_call: Option<&Bound<'_, PyMapping>>,
    ) -> PyResult<Value> {
        let given = auto_call
            .map(|mapping| arguments(mapping, &self.thread))
            .transpose()?;
        let path: Vec<Vec<u8>> = path.into_iter().map(String::into_bytes).collect();
        let handle = self.run(py, move |ev, handle| {
            let shared = given.as_ref().map(|given| shared_arguments(ev, given));
            let result = ev.select_path(handle, &path, shared.as_deref());
            shared
                .into_iter()
                .flatten()
                .for_each(|(_, handle)| ev.release(handle));
            result
        })?;
        Ok(self.wrap(handle))
    }

    fn auto_call(&self, py: Python<'_>, arguments: &Bound<'_, PyMapping>) -> PyResult<Value> {
        let given = self::arguments(arguments, &self.thread)?;
        let handle = self.run(py, move |ev, handle| {
            let shared = shared_arguments(ev, &given);
            let result = ev.auto_call(handle, &shared);
            for (_, handle) in shared {
                ev.release(handle);
            }
            result
        })?;
        Ok(self.wrap(handle))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.run(py, eval::Evaluator::list_len)
    }

    fn item(&self, py: Python<'_>, index: usize) -> PyResult<Value> {
        match self.run(py, move |ev, handle| ev.item(handle, index))? {
            Some(handle) => Ok(self.wrap(handle)),
            None => Err(pyo3::exceptions::PyIndexError::new_err(
                "list index out of range",
            )),
        }
    }

    #[pyo3(signature = (*arguments))]
    fn call(&self, py: Python<'_>, arguments: &Bound<'_, PyTuple>) -> PyResult<Value> {
        let mut given: Vec<Arc<Held>> = Vec::new();
        for argument in arguments.iter() {
            let argument = argument.cast::<Value>().map_err(PyErr::from)?.get();
            given.push(argument.shared_with(py, &self.thread)?);
        }
        let handle = self.run(py, move |ev, handle| {
            let shared: Vec<eval::Handle> = given.iter().map(|held| ev.share(held)).collect();
            let result = ev.call_value(handle, &shared);
            for handle in shared {
                ev.release(handle);
            }
            result
        })?;
        Ok(self.wrap(handle))
    }

    fn function_args<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, pyo3::types::PyDict>>> {
        let Some(pattern) = self.run(py, eval::Evaluator::pattern)? else {
            return Ok(None);
        };
        let dict = pyo3::types::PyDict::new(py);
        for (name, has_default) in pattern {
            dict.set_item(Self::text(&name), has_default)?;
        }
        Ok(Some(dict))
    }

    fn documentation(&self, py: Python<'_>) -> PyResult<Option<(String, Vec<String>, String)>> {
        let found = self.run(py, eval::Evaluator::documentation)?;
        Ok(found.map(|found| (found.name, found.args, found.text)))
    }

    fn function_position(&self, py: Python<'_>) -> PyResult<Option<(String, u32, u32)>> {
        let location = self.run(py, eval::Evaluator::function_position)?;
        Ok(location.map(|location| place_of(&location)))
    }

    #[pyo3(signature = (*, strict=true, copy_paths=true))]
    fn to_json(&self, py: Python<'_>, strict: bool, copy_paths: bool) -> PyResult<String> {
        let options = eval::JsonOptions { strict, copy_paths };
        let text = self.run(py, move |ev, handle| ev.to_json(handle, options))?;
        Ok(Self::text(&text))
    }

    #[pyo3(signature = (*, strict, locations))]
    fn to_xml(&self, py: Python<'_>, strict: bool, locations: bool) -> PyResult<String> {
        let text = self.run(py, move |ev, handle| ev.to_xml(handle, strict, locations))?;
        Ok(Self::text(&text))
    }

    #[pyo3(signature = (*, strict=false))]
    fn show(&self, py: Python<'_>, strict: bool) -> PyResult<Py<PyAny>> {
        let text = self.run(py, move |ev, handle| {
            if strict {
                ev.evaluate_deeply(handle)?;
            }
            ev.show(handle)
        })?;
        let text = PyBytes::new(py, &text);
        Ok(text
            .call_method1("decode", ("utf-8", "surrogateescape"))?
            .unbind())
    }

    #[pyo3(signature = (*, max_depth=None, colour=false, multiline=true, force=true))]
    fn print(
        &self,
        py: Python<'_>,
        max_depth: Option<usize>,
        colour: bool,
        multiline: bool,
        force: bool,
    ) -> PyResult<String> {
        let style = eval::Style {
            force,
            derivation_paths: true,
            max_depth: max_depth.unwrap_or(usize::MAX),
            indent: if multiline { 2 } else { 0 },
            on_error: eval::OnError::ThrowTopLevel,
            colours: colour,
            ..eval::Style::PLAIN
        };
        let text = self.run(py, move |ev, handle| ev.show_styled(handle, style))?;
        Ok(Self::text(&text))
    }
}
