//! Forcing values to a type.

use syntax::position::Pos;

use crate::error::{Error, Res, ResultExt};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, Function, List, Str, Suspension, Thunk, Type, Value};

impl Evaluator {
    /// A type with its article, as error messages name it.
    pub(crate) fn describe_type(&self, value: Value) -> String {
        let value = value.resolved();
        match value.kind() {
            Type::Int => "an integer",
            Type::Float => "a float",
            Type::Bool => "a Boolean",
            Type::String
                if value
                    .as_string()
                    .is_some_and(|text| !text.context().is_empty()) =>
            {
                "a string with context"
            }
            Type::String => "a string",
            Type::Path => "a path",
            Type::Null => "null",
            Type::Attrs => "a set",
            Type::List => "a list",
            Type::Thunk => match value.as_thunk().map(Thunk::read) {
                Some(Suspension::Apply(..) | Suspension::Apply2(..)) => "a function application",
                Some(Suspension::Blackhole) => "a black hole",
                Some(Suspension::Failed(_)) => "an error",
                _ => "a thunk",
            },
            Type::Function => match value.as_function() {
                Some(Function::Builtin(index, given)) => {
                    let name = self.builtins[index as usize].name;
                    let partly = if given.is_empty() {
                        ""
                    } else {
                        "partially applied "
                    };
                    return format!("the {partly}built-in function '{name}'");
                }
                _ => "a function",
            },
        }
        .to_owned()
    }

    /// The error of a value of the wrong type; `expected` comes with its article.
    #[cold]
    pub(crate) fn mismatch(&mut self, expected: &str, found: Value) -> Error {
        let kind = self.describe_type(found);
        let shown = self.show_for_error(found);
        let message = format!("expected {expected} but found {kind}: ");
        Error::wrong_type([message.as_bytes(), &shown].concat())
    }

    #[inline]
    pub(crate) fn force_attrs(&mut self, value: Value, pos: Pos, context: &str) -> Res<Attrs> {
        let value = self.force(value, pos)?;
        match value.as_attrs() {
            Some(attrs) => Ok(attrs),
            None => Err(self.mismatch("a set", value).trace(pos, context)),
        }
    }

    #[inline]
    pub(crate) fn force_list(&mut self, value: Value, pos: Pos, context: &str) -> Res<List> {
        let value = self.force(value, pos)?;
        match value.as_list() {
            Some(list) => Ok(list),
            None => Err(self.mismatch("a list", value).trace(pos, context)),
        }
    }

    pub(crate) fn force_int(&mut self, value: Value, pos: Pos, context: &str) -> Res<i64> {
        let value = self.force(value, pos).context(pos, context)?;
        match value.as_int() {
            Some(number) => Ok(number),
            None => Err(self
                .mismatch("an integer", value)
                .at(pos)
                .trace(pos, context)),
        }
    }

    /// A float, or an integer as one.
    pub(crate) fn force_float(&mut self, value: Value, pos: Pos, context: &str) -> Res<f64> {
        let value = self.force(value, pos).context(pos, context)?;
        if let Some(number) = value.as_int() {
            return Ok(number as f64);
        }
        match value.as_float() {
            Some(number) => Ok(number),
            None => Err(self.mismatch("a float", value).at(pos).trace(pos, context)),
        }
    }

    pub(crate) fn force_bool(&mut self, value: Value, pos: Pos, context: &str) -> Res<bool> {
        let value = self.force(value, pos).context(pos, context)?;
        match value.as_bool() {
            Some(truth) => Ok(truth),
            None => Err(self
                .mismatch("a Boolean", value)
                .at(pos)
                .trace(pos, context)),
        }
    }

    pub(crate) fn force_string(&mut self, value: Value, pos: Pos, context: &str) -> Res<Str> {
        let value = self.force(value, pos).context(pos, context)?;
        match value.as_string() {
            Some(text) => Ok(text),
            None => Err(self.mismatch("a string", value).at(pos).trace(pos, context)),
        }
    }

    /// A string that must not refer to a store path.
    pub(crate) fn force_string_no_context(
        &mut self,
        value: Value,
        pos: Pos,
        context: &str,
    ) -> Res<Str> {
        let text = self.force_string(value, pos, context)?;
        let Some(element) = text.context().elements().first() else {
            return Ok(text);
        };
        let shown = self.contexts.element(*element).display(&self.store_dir);
        let message = [
            b"the string '",
            text.bytes(),
            b"' is not allowed to refer to a store path (such as '",
            shown.as_bytes(),
            b"')",
        ];
        Err(Error::eval(message.concat()).trace(pos, context))
    }

    /// A function or a set that can be called.
    pub(crate) fn force_function(&mut self, value: Value, pos: Pos, context: &str) -> Res {
        let value = self.force(value, pos).context(pos, context)?;
        if value.as_function().is_some() || self.is_functor(value) {
            return Ok(value);
        }
        Err(self
            .mismatch("a function", value)
            .at(pos)
            .trace(pos, context))
    }

    pub(crate) fn is_functor(&self, value: Value) -> bool {
        value
            .as_attrs()
            .is_some_and(|attrs| attrs.find(self.names.functor).is_some())
    }

    /// Whether a set says that it is a derivation.
    pub(crate) fn is_derivation(&mut self, value: Value) -> Res<bool> {
        let Some(attrs) = value.as_attrs() else {
            return Ok(false);
        };
        let Some((slot, pos)) = attrs.find(self.names.type_) else {
            return Ok(false);
        };
        let kind = self.force_slot(slot, pos)?;
        Ok(kind
            .as_string()
            .is_some_and(|text| text.bytes() == b"derivation"))
    }

    /// Evaluates everything that a value contains.
    pub(crate) fn force_deep(&mut self, value: Value) -> Res<()> {
        let mut seen = rustc_hash::FxHashSet::default();
        self.force_within(value, &mut seen)
    }

    fn force_within(&mut self, value: Value, seen: &mut rustc_hash::FxHashSet<u64>) -> Res<()> {
        let pos = crate::value::position_of(value, Pos::NONE);
        self.enter(pos)?;
        let result = self
            .force(value, pos)
            .and_then(|value| self.force_parts(value, seen));
        self.leave();
        result
    }

    fn force_parts(&mut self, value: Value, seen: &mut rustc_hash::FxHashSet<u64>) -> Res<()> {
        if let Some(attrs) = value.as_attrs() {
            if !seen.insert(value.word()) {
                return Ok(());
            }
            let attrs = attrs.flat(&mut self.heap);
            for entry in attrs.entries() {
                self.force_within(entry.value, seen).map_err(|error| {
                    let name = self.symbols.text(entry.name);
                    let message = [b"while evaluating the attribute '", name, b"'"].concat();
                    error.trace(entry.pos, message)
                })?;
            }
        } else if let Some(list) = value.as_list() {
            if list.len() > 0 && !seen.insert(value.word()) {
                return Ok(());
            }
            for index in 0..list.len() {
                self.force_within(list.get(index), seen).map_err(|error| {
                    let message = format!("while evaluating list element at index {index}");
                    error.trace(Pos::NONE, message)
                })?;
            }
        }
        Ok(())
    }
}
