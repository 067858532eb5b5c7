//! Turning values into strings and paths.

use formats::store_path::StorePath;
use syntax::position::Pos;

use crate::context::{Element, unite};
use crate::error::{Error, Res, ResultExt};
use crate::evaluator::Evaluator;
use crate::host::{Ingestion, Source};
use crate::value::{Attrs, Context, List, Str, Type, Value};

/// What a coercion to a string accepts and does.
#[derive(Clone, Copy)]
pub(crate) struct Coercion {
    /// Whether numbers, booleans, null and lists are accepted.
    pub(crate) more: bool,
    /// Whether paths are copied to the store.
    pub(crate) copy_paths: bool,
}

impl Coercion {
    /// What `"${…}"` does.
    pub(crate) const INTERPOLATION: Coercion = Coercion {
        more: false,
        copy_paths: true,
    };
    /// Strings, and paths as their text.
    pub(crate) const PLAIN: Coercion = Coercion {
        more: false,
        copy_paths: false,
    };
}

/// A string under construction with its context.
#[derive(Default)]
pub(crate) struct TextBuilder {
    bytes: Vec<u8>,
    /// The context while it is that of one string.
    shared: Option<Context>,
    /// The context once it is more than that.
    merged: Vec<u32>,
}

impl TextBuilder {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How much memory it takes to append `more` bytes and make a value of all: a buffer that grows by doubling, and
    /// the value.
    pub(crate) fn cost(&self, more: usize) -> usize {
        (self.bytes.len() + more).saturating_mul(3)
    }

    pub(crate) fn has_context(&self) -> bool {
        self.shared.is_some() || !self.merged.is_empty()
    }

    /// The context as sorted numbers.
    pub(crate) fn elements(&self) -> &[u32] {
        self.shared.map_or(&self.merged, |shared| shared.elements())
    }

    pub(crate) fn push_string(&mut self, text: Str) {
        self.push(text.bytes());
        self.add_context(text.context());
    }

    pub(crate) fn add_context(&mut self, context: Context) {
        if context.is_empty() || self.shared == Some(context) {
            return;
        }
        if self.has_context() {
            self.add_elements(context.elements());
        } else {
            self.shared = Some(context);
        }
    }

    pub(crate) fn add_elements(&mut self, elements: &[u32]) {
        if elements.is_empty() {
            return;
        }
        self.merged = unite(self.elements(), elements);
        self.shared = None;
    }

    /// The context alone.
    pub(crate) fn context(&self, evaluator: &mut Evaluator) -> Context {
        match self.shared {
            Some(shared) => shared,
            None => Context::new(&mut evaluator.heap, &self.merged),
        }
    }

    pub(crate) fn finish_string(&self, evaluator: &mut Evaluator) -> Str {
        let context = self.context(evaluator);
        Str::new(&mut evaluator.heap, &self.bytes, context)
    }

    pub(crate) fn finish(&self, evaluator: &mut Evaluator) -> Value {
        self.finish_string(evaluator).value()
    }
}

impl Evaluator {
    /// Appends a value as a string.
    pub(crate) fn coerce_into(
        &mut self,
        text: &mut TextBuilder,
        value: Value,
        options: Coercion,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        if let Some(string) = value.as_string() {
            self.check_room(text.cost(string.bytes().len()))?;
            text.push_string(string);
            return Ok(());
        }
        self.enter(pos)?;
        let result = self
            .force(value, pos)
            .and_then(|value| self.coerce_forced(text, value, options, pos, context));
        self.leave();
        result
    }

    fn coerce_forced(
        &mut self,
        text: &mut TextBuilder,
        value: Value,
        options: Coercion,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        match value.kind() {
            Type::String => {
                if let Some(string) = value.as_string() {
                    self.check_room(text.cost(string.bytes().len()))?;
                    text.push_string(string);
                }
                Ok(())
            }
            Type::Path => self.coerce_path(text, value, options),
            Type::Attrs => match value.as_attrs() {
                Some(attrs) => self.coerce_attrs(text, attrs, options, pos, context),
                None => Ok(()),
            },
            Type::List if options.more => match value.as_list() {
                Some(list) => self.coerce_list(text, list, options, pos, context),
                None => Ok(()),
            },
            Type::Bool | Type::Int | Type::Float | Type::Null if options.more => {
                text.push(&Self::scalar_text(value));
                Ok(())
            }
            _ => {
                let kind = self.describe_type(value);
                let message = format!("cannot coerce {kind} to a string: ");
                let shown = self.show_for_error(value);
                let message = [message.as_bytes(), &shown].concat();
                Err(Error::wrong_type(message).trace(pos, context))
            }
        }
    }

    /// Numbers and booleans as `toString` writes them.
    fn scalar_text(value: Value) -> Vec<u8> {
        if let Some(number) = value.as_int() {
            return number.to_string().into_bytes();
        }
        if let Some(number) = value.as_float() {
            return crate::text::number::float_to_fixed(number).into_bytes();
        }
        if value == Value::TRUE {
            b"1".to_vec()
        } else {
            Vec::new()
        }
    }

    fn coerce_path(&mut self, text: &mut TextBuilder, value: Value, options: Coercion) -> Res<()> {
        let Some(path) = value.as_path() else {
            return Ok(());
        };
        if options.copy_paths {
            let copied = self.copy_to_store(path.bytes())?;
            text.push(self.store_dir.print(&copied).as_bytes());
            let number = self.contexts.number(Element::Path(copied));
            text.add_elements(&[number]);
        } else {
            text.push(path.bytes());
        }
        Ok(())
    }

    fn coerce_attrs(
        &mut self,
        text: &mut TextBuilder,
        attrs: Attrs,
        options: Coercion,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        if let Some(function) = attrs.get(self.names.to_string) {
            let value = self.call(function, &[attrs.value()], pos)?;
            let context = "while evaluating the result of the `__toString` attribute";
            return self.coerce_into(text, value, options, pos, context);
        }
        if let Some(out_path) = attrs.get(self.names.out_path) {
            return self.coerce_into(text, out_path, options, pos, context);
        }
        let shown = self.show_for_error(attrs.value());
        let message = [b"cannot coerce a set to a string: ", &shown[..]].concat();
        Err(Error::wrong_type(message).trace(pos, context))
    }

    fn coerce_list(
        &mut self,
        text: &mut TextBuilder,
        list: List,
        options: Coercion,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        for index in 0..list.len() {
            let item = list.get(index);
            let step = "while evaluating one element of the list";
            self.coerce_into(text, item, options, pos, step)
                .context(pos, context)?;
            let is_empty_list = item
                .resolved()
                .as_list()
                .is_some_and(|list| list.len() == 0);
            if index + 1 < list.len() && !is_empty_list {
                text.push(b" ");
            }
        }
        Ok(())
    }

    /// A value as a string with its context.
    pub(crate) fn coerce_to_string(
        &mut self,
        value: Value,
        options: Coercion,
        pos: Pos,
        context: &str,
    ) -> Res<TextBuilder> {
        let mut text = TextBuilder::default();
        self.coerce_into(&mut text, value, options, pos, context)?;
        Ok(text)
    }

    /// A value as an absolute path, canonical; what the text refers to goes to `references`.
    pub(crate) fn coerce_to_path(
        &mut self,
        value: Value,
        references: &mut Vec<u32>,
        pos: Pos,
        context: &str,
    ) -> Res<Vec<u8>> {
        let value = self.force(value, pos).context(pos, context)?;
        if let Some(path) = value.as_path() {
            return Ok(path.bytes().to_vec());
        }
        if let Some(function) = value
            .as_attrs()
            .and_then(|attrs| attrs.get(self.names.to_string))
        {
            let result = self.call(function, &[value], pos)?;
            return self.coerce_to_path(result, references, pos, context);
        }
        let text = self.coerce_to_string(value, Coercion::PLAIN, pos, context)?;
        *references = unite(references, text.elements());
        if text.bytes().first() != Some(&b'/') {
            let message = [
                b"string '",
                text.bytes(),
                b"' doesn't represent an absolute path",
            ]
            .concat();
            return Err(Error::eval(message).trace(pos, context));
        }
        Ok(crate::path::canonical(text.bytes()))
    }

    /// A value as a store path, printed.
    pub(crate) fn coerce_to_store_path(
        &mut self,
        value: Value,
        pos: Pos,
        context: &str,
    ) -> Res<String> {
        let text = self.coerce_to_string(value, Coercion::PLAIN, pos, context)?;
        let path = String::from_utf8_lossy(text.bytes()).into_owned();
        if self.store_dir.parse(&path).is_ok() {
            return Ok(path);
        }
        let message = format!("path '{path}' is not in the Nix store");
        Err(Error::eval(message).trace(pos, context))
    }

    /// The store path that a path is or lies in.
    pub(crate) fn store_path_of(&self, path: &[u8]) -> Option<StorePath> {
        let below = path
            .strip_prefix(self.store_dir.as_str().as_bytes())?
            .strip_prefix(b"/")?;
        let name = below.split(|byte| *byte == b'/').next().unwrap_or_default();
        StorePath::from_base_name(std::str::from_utf8(name).ok()?).ok()
    }

    /// Copies a path into the store, once.
    pub(crate) fn copy_to_store(&mut self, path: &[u8]) -> Res<StorePath> {
        if path.ends_with(b".drv") {
            return Err(Error::eval("file names are not allowed to end in '.drv'"));
        }
        if let Some(known) = self.copied_sources.get(path) {
            return Ok(known.clone());
        }
        self.kind(path)?;
        let name = String::from_utf8_lossy(crate::path::base_name(path)).into_owned();
        let place = self.resolve_ancestors(path)?;
        self.kind(&place)?;
        let kept = self.kept_paths(None, &place)?;
        let copied = self.store.add_source(Source {
            name: &name,
            path: &self.io.real_path(&place),
            ingestion: Ingestion::Nar,
            kept: kept.as_ref(),
            stop: &self.interrupt,
        })?;
        self.allow_path(&self.store_dir.print(&copied));
        self.copied_sources.insert(path.to_vec(), copied.clone());
        Ok(copied)
    }
}
