//! Set literals and definitions.

use syntax::position::Pos;

use crate::code::{AttrsLiteral, Code, Definitions};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, AttrsBuilder, Env, Thunk, Value, position_of};

impl Evaluator {
    /// Sets the variables of a `let` or `rec`.
    pub(super) fn define(&mut self, definitions: &'static Definitions, first: u32, env: Env) {
        self.define_sources(definitions, env);
        for (slot, code) in (first..).zip(definitions.values) {
            let value = self.delay_variable(code, env);
            env.set(slot, value);
        }
    }

    fn define_sources(&mut self, definitions: &'static Definitions, env: Env) {
        for (slot, code) in (definitions.from_slot..).zip(definitions.from) {
            let value = self.delay(code, env);
            env.set(slot, value);
        }
    }

    pub(super) fn attrs_literal(&mut self, literal: &'static AttrsLiteral, env: Env) -> Res {
        let definitions = &literal.definitions;
        let attrs = Attrs::with_keys(&mut self.heap, literal.keys);
        if let Some(first) = literal.variables {
            if literal.overrides.is_some() {
                return self.overridden(literal, first, env);
            }
            self.define(definitions, first, env);
            for index in 0..definitions.values.len() {
                attrs.set(index, env.get(first + index as u32));
            }
        } else {
            self.define_sources(definitions, env);
            for (index, code) in definitions.values.iter().enumerate() {
                let value = self.delay(code, env);
                attrs.set(index, value);
            }
        }
        if literal.dynamic.is_empty() {
            return Ok(attrs.value());
        }
        self.with_dynamic(literal, attrs, env)
    }

    /// `rec { __overrides = …; }`: the overriding values replace variables, too.
    fn overridden(&mut self, literal: &'static AttrsLiteral, first: u32, env: Env) -> Res {
        let values = literal.definitions.values;
        self.define_sources(&literal.definitions, env);
        for (slot, code) in (first..).zip(values) {
            let value = Thunk::suspend(&mut self.heap, code, env);
            env.set(slot, value);
        }
        let overrides = env.get(first + literal.overrides.unwrap_or_default());
        let context = "while evaluating the `__overrides` attribute";
        let pos = position_of(overrides, Pos::NONE);
        let overrides = self
            .force_attrs(overrides, pos, context)?
            .flat(&mut self.heap);
        let names = literal.keys.names();
        for entry in overrides.entries() {
            if let Some(index) = names.iter().position(|name| *name == entry.name) {
                env.set(first + index as u32, entry.value);
            }
        }
        let attrs = Attrs::with_keys(&mut self.heap, literal.keys);
        for index in 0..values.len() {
            attrs.set(index, env.get(first + index as u32));
        }
        let mut builder = AttrsBuilder::with_capacity(names.len() + overrides.len());
        for entry in overrides.entries().chain(attrs.entries()) {
            builder.add(entry.name, entry.value, entry.pos);
        }
        let attrs = builder.finish_at(&mut self.heap, literal.pos);
        if literal.dynamic.is_empty() {
            return Ok(attrs.value());
        }
        self.with_dynamic(literal, attrs, env)
    }

    /// Adds the attributes whose names are computed.
    fn with_dynamic(&mut self, literal: &'static AttrsLiteral, attrs: Attrs, env: Env) -> Res {
        let mut builder = AttrsBuilder::with_capacity(attrs.len() + literal.dynamic.len());
        let mut added: Vec<(syntax::symbol::Symbol, Pos)> = Vec::new();
        for entry in attrs.entries() {
            builder.add(entry.name, entry.value, entry.pos);
        }
        for attr in literal.dynamic {
            let name = self.eval(&attr.name, env)?;
            if name == Value::NULL {
                continue;
            }
            let context = "while evaluating the name of a dynamic attribute";
            let text = self
                .force_string_no_context(name, attr.pos, context)?
                .bytes();
            let name = self.symbols.intern(text);
            let earlier = added
                .iter()
                .find(|(added, _)| *added == name)
                .map(|(_, pos)| *pos);
            if let Some(defined) = earlier.or_else(|| attrs.find(name).map(|(_, pos)| pos)) {
                let place = self.show_pos(defined);
                let message = [
                    b"dynamic attribute '",
                    text,
                    b"' already defined at ",
                    place.as_bytes(),
                ];
                return Err(Error::eval(message.concat()).at(attr.pos));
            }
            if let Code::Lambda(lambda) = &attr.value {
                lambda.set_name(name);
            }
            let value = self.delay(&attr.value, env);
            builder.add(name, value, attr.pos);
            added.push((name, attr.pos));
        }
        Ok(builder.finish_at(&mut self.heap, literal.pos).value())
    }
}
