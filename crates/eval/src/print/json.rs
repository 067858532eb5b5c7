//! Values as JSON.

use syntax::position::Pos;

use crate::coerce::{Coercion, TextBuilder};
use crate::context::Element;
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, List, Type, Value, position_of};

/// How values become JSON.
#[derive(Clone, Copy, Debug)]
pub struct JsonOptions {
    /// Whether thunks are evaluated; else they are errors.
    pub strict: bool,
    /// Whether paths are copied to the store.
    pub copy_paths: bool,
}

impl Evaluator {
    /// Appends a value as JSON to `out`, whose context grows by that of the value's strings.
    pub(crate) fn print_json(
        &mut self,
        out: &mut TextBuilder,
        value: Value,
        options: JsonOptions,
        pos: Pos,
    ) -> Res<()> {
        self.enter(pos)?;
        let forced = if options.strict {
            self.force(value, pos)
        } else {
            Ok(value.resolved())
        };
        let result = forced.and_then(|value| self.print_json_forced(out, value, options, pos));
        self.leave();
        result
    }

    fn print_json_forced(
        &mut self,
        out: &mut TextBuilder,
        value: Value,
        options: JsonOptions,
        pos: Pos,
    ) -> Res<()> {
        match value.kind() {
            Type::Int => out.push(value.as_int().unwrap_or_default().to_string().as_bytes()),
            Type::Float => {
                let mut text = Vec::new();
                let number = value.as_float().unwrap_or_default();
                crate::text::number::float_to_json(number, &mut text);
                out.push(&text);
            }
            Type::Bool => out.push(if value == Value::TRUE {
                b"true"
            } else {
                b"false"
            }),
            Type::Null => out.push(b"null"),
            Type::String => {
                if let Some(text) = value.as_string() {
                    out.add_context(text.context());
                    self.check_room(out.cost(text.bytes().len() * 2))?;
                    Self::push_json_string(out, text.bytes())?;
                }
            }
            Type::Path => {
                let Some(path) = value.as_path() else {
                    return Ok(());
                };
                if options.copy_paths {
                    let copied = self.copy_to_store(path.bytes())?;
                    Self::push_json_string(out, self.store_dir.print(&copied).as_bytes())?;
                    let number = self.contexts.number(Element::Path(copied));
                    out.add_elements(&[number]);
                } else {
                    Self::push_json_string(out, path.bytes())?;
                }
            }
            Type::Attrs => {
                if let Some(attrs) = value.as_attrs() {
                    self.print_json_attrs(out, attrs, options, pos)?;
                }
            }
            Type::List => {
                if let Some(list) = value.as_list() {
                    self.print_json_list(out, list, options, pos)?;
                }
            }
            Type::Function | Type::Thunk => {
                let kind = self.describe_type(value);
                let error = Error::wrong_type(format!("cannot convert {kind} to JSON"));
                return Err(error.at(position_of(value, pos)));
            }
        }
        Ok(())
    }

    pub(crate) fn push_json_string(out: &mut TextBuilder, text: &[u8]) -> Res<()> {
        let mut quoted = Vec::with_capacity(text.len() + 2);
        crate::text::json::write_string(text, &mut quoted)
            .map_err(|message| Error::eval(format!("JSON serialization error: {message}")))?;
        out.push(&quoted);
        Ok(())
    }

    fn print_json_attrs(
        &mut self,
        out: &mut TextBuilder,
        attrs: Attrs,
        options: JsonOptions,
        pos: Pos,
    ) -> Res<()> {
        if attrs.find(self.names.to_string).is_some() {
            let mut text = TextBuilder::default();
            self.coerce_into(&mut text, attrs.value(), Coercion::PLAIN, pos, "")?;
            out.add_elements(text.elements());
            return Self::push_json_string(out, text.bytes());
        }
        if let Some((slot, pos)) = attrs.find(self.names.out_path) {
            return self.print_json(out, slot.get(), options, pos);
        }
        let attrs = self.flat(attrs);
        out.push(b"{");
        for (count, index) in self.ordered(attrs).iter().enumerate() {
            if count > 0 {
                out.push(b",");
            }
            let name = attrs.keys().name(*index as usize);
            let pos = attrs.keys().pos(*index as usize);
            Self::push_json_string(out, self.symbols.text(name))?;
            out.push(b":");
            let member = attrs.slot(*index as usize).get();
            self.print_json(out, member, options, pos)
                .map_err(|error| {
                    let name = self.symbols.text(name);
                    error.trace(pos, [b"while evaluating attribute '", name, b"'"].concat())
                })?;
        }
        out.push(b"}");
        Ok(())
    }

    fn print_json_list(
        &mut self,
        out: &mut TextBuilder,
        list: List,
        options: JsonOptions,
        pos: Pos,
    ) -> Res<()> {
        out.push(b"[");
        for index in 0..list.len() {
            if index > 0 {
                out.push(b",");
            }
            self.print_json(out, list.get(index), options, pos)
                .map_err(|error| {
                    error.trace(
                        pos,
                        format!("while evaluating list element at index {index}"),
                    )
                })?;
        }
        out.push(b"]");
        Ok(())
    }
}
