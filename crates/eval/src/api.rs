//! The evaluator's public face: values are held by handles, so that a collection between two calls spares them.

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use syntax::parser::{Notes, Request};
use syntax::position::{Location, Origin, Pos};
use syntax::symbol::Symbol;

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::Plain;
use crate::print::{JsonOptions, Style};
use crate::roots::Handle;
use crate::value::{AttrsBuilder, Function, Type, Value, position_of};

/// Variables on top of the builtins: those of an interactive session.
#[derive(Debug, Default)]
pub struct Scope {
    variables: FxHashMap<Symbol, Handle>,
}

impl Scope {
    /// Sets a variable; the handle of what it was.
    pub(crate) fn set(&mut self, name: Symbol, value: Handle) -> Option<Handle> {
        self.variables.insert(name, value)
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (Symbol, &Handle)> {
        self.variables.iter().map(|(name, handle)| (*name, handle))
    }

    /// The handles of all variables, to be released.
    pub fn into_handles(self) -> impl Iterator<Item = Handle> {
        self.variables.into_values()
    }
}

/// The names of a function's pattern with whether each has a default.
pub type Pattern = Vec<(Vec<u8>, bool)>;

/// How a text is to be evaluated.
pub struct Text<'t> {
    /// The expression.
    pub text: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
    /// The directory that relative paths start from.
    pub base_dir: &'t [u8],
    /// Variables on top of the builtins.
    pub scope: Option<&'t Scope>,
}

/// A scalar taken out of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// The bytes of a string.
    String(Vec<u8>),
    /// The text of a path.
    Path(Vec<u8>),
}

impl Evaluator {
    /// The syntax tree of a text as `nix-instantiate --parse` prints it.
    pub fn parse_to_text(&mut self, text: Text<'_>) -> Res<Vec<u8>> {
        let arena = Bump::new();
        let expr = self.parse(&arena, text.text, text.origin, text.base_dir)?;
        self.check_names(expr, text.scope)?;
        Ok(syntax::print::show(expr, &self.symbols))
    }

    /// Parses an expression and evaluates it to its outermost constructor; with `lazy`, not yet.
    pub fn evaluate(&mut self, text: Text<'_>, lazy: bool) -> Res<Handle> {
        let roots: FxHashMap<Symbol, Value> = text.scope.map_or_else(FxHashMap::default, |scope| {
            scope
                .variables
                .iter()
                .map(|(name, held)| (*name, self.roots.get(held)))
                .collect()
        });
        let lookup = |name: Symbol| roots.get(&name).copied();
        let program = self.compile(text.text, text.origin, text.base_dir, Some(&lookup))?;
        let value = self.suspend(program);
        let value = if lazy {
            value
        } else {
            self.force(value, Pos::NONE)?
        };
        Ok(self.hold(value))
    }

    /// The set that the bindings of an interactive line define.
    pub fn evaluate_bindings(
        &mut self,
        text: Vec<u8>,
        base_dir: &[u8],
        scope: &Scope,
    ) -> Res<Handle> {
        let mut source = text;
        if !source.trim_ascii_end().ends_with(b";") {
            source.extend_from_slice(b";");
        }
        // The parser is asked first, so that its errors speak of the line as it was typed.
        let arena = Bump::new();
        self.parse_bindings(&arena, &source, base_dir)?;
        // Not recursive: `x = x + 1` means the `x` of before.
        let set = [b"{", &source[..], b"}"].concat();
        let text = Text {
            text: set,
            origin: Origin::String,
            base_dir,
            scope: Some(scope),
        };
        self.evaluate(text, false)
    }

    fn parse_bindings(&mut self, arena: &Bump, source: &[u8], base_dir: &[u8]) -> Res<()> {
        let text: std::sync::Arc<[u8]> = source.into();
        let Some(base) = self.sources.add(Origin::String, text.clone()) else {
            return Err(Error::new(ErrorKind::Parse, "more than 4 GiB of sources"));
        };
        let home = self.settings.home.clone();
        let options = self.settings.syntax;
        let request = Request {
            text: &text,
            base,
            base_dir,
            home: home.as_deref(),
            options,
            stop: None,
        };
        let mut notes = Notes::default();
        syntax::parser::parse_bindings(arena, &mut self.symbols, &request, &mut notes)
            .map(|_| ())
            .map_err(|error| {
                let message = error.message(&self.sources);
                Error::new(ErrorKind::Parse, message).at(error.pos)
            })
    }

    /// Evaluates a file, or a directory's `default.nix`.
    pub fn evaluate_file(&mut self, path: &[u8]) -> Res<Handle> {
        let value = self.import_given(path)?;
        Ok(self.hold(value))
    }

    /// What `<name>` stands for.
    pub fn find_lookup_file(&mut self, name: &[u8]) -> Res<Vec<u8>> {
        let entries: Vec<(Vec<u8>, Vec<u8>)> = self
            .settings
            .lookup_path
            .iter()
            .map(|(prefix, value)| (prefix.clone().into_bytes(), value.clone().into_bytes()))
            .collect();
        self.find_file(&entries, name)
    }

    /// Drops the table of imported files, so that they are read again.
    pub fn forget_files(&mut self) {
        self.files.clear();
        self.import_targets.clear();
        self.lookup_results.clear();
        self.copied_sources.clear();
    }

    /// Hands over to the store what was kept back.
    pub fn flush(&mut self) -> Res<()> {
        self.store.flush()
    }

    /// Whether traces name every function call from now on.
    pub fn set_show_trace(&mut self, is_shown: bool) {
        self.settings.show_trace = is_shown;
    }

    /// Whether traces name every function call.
    #[must_use]
    pub fn shows_trace(&self) -> bool {
        self.settings.show_trace
    }

    /// How many functions were called so far.
    #[must_use]
    pub fn function_calls(&self) -> u64 {
        self.function_calls
    }

    /// Line and column of a position.
    #[must_use]
    pub fn locate(&self, pos: Pos) -> Option<Location> {
        self.sources.locate(pos)
    }

    pub(crate) fn hold(&mut self, value: Value) -> Handle {
        self.roots.hold(value)
    }

    /// Lets go of a value.
    pub fn release(&mut self, handle: Handle) {
        self.roots.release(handle);
    }

    /// Another handle of the same value.
    pub fn share(&mut self, handle: &Handle) -> Handle {
        let value = self.roots.get(handle);
        self.roots.hold(value)
    }

    /// The value of a handle, evaluated; the handle keeps the result.
    pub(crate) fn evaluated(&mut self, handle: &Handle) -> Res {
        let value = self.roots.get(handle);
        if !value.is_thunk() {
            return Ok(value);
        }
        let result = self.force(value, position_of(value, Pos::NONE))?;
        self.roots.set(handle, result);
        Ok(result)
    }

    /// Evaluates everything in a value.
    pub fn evaluate_deeply(&mut self, handle: &Handle) -> Res<()> {
        let value = self.roots.get(handle);
        self.force_deep(value)
    }

    /// The type of a value.
    pub fn type_of(&mut self, handle: &Handle) -> Res<Type> {
        Ok(self.evaluated(handle)?.kind())
    }

    /// Whether a value is a set that says it is a derivation.
    pub fn is_derivation_value(&mut self, handle: &Handle) -> Res<bool> {
        let value = self.evaluated(handle)?;
        self.is_derivation(value)
    }

    /// Equal for sets and lists that share their memory.
    pub fn identity(&mut self, handle: &Handle) -> Res<u64> {
        Ok(self.evaluated(handle)?.word())
    }

    /// A scalar; `None` for a set, list or function.
    pub fn scalar(&mut self, handle: &Handle) -> Res<Option<Scalar>> {
        let value = self.evaluated(handle)?;
        Ok(match value.kind() {
            Type::Null => Some(Scalar::Null),
            Type::Bool => value.as_bool().map(Scalar::Bool),
            Type::Int => value.as_int().map(Scalar::Int),
            Type::Float => value.as_float().map(Scalar::Float),
            Type::String => value
                .as_string()
                .map(|text| Scalar::String(text.bytes().to_vec())),
            Type::Path => value
                .as_path()
                .map(|text| Scalar::Path(text.bytes().to_vec())),
            Type::Attrs | Type::List | Type::Function | Type::Thunk => None,
        })
    }

    /// The context of a string: `path`, `=drv`, `!output!drv`, with whole store paths.
    pub fn context_of(&mut self, handle: &Handle) -> Res<Vec<String>> {
        let value = self.evaluated(handle)?;
        let elements = value
            .as_string()
            .map_or(&[][..], |text| text.context().elements());
        let store = self.store_dir.as_str();
        Ok(elements
            .iter()
            .map(|number| {
                let encoded = self.contexts.element(*number).encode();
                let split = encoded.rfind(['!', '=']).map_or(0, |index| index + 1);
                format!("{}{store}/{}", &encoded[..split], &encoded[split..])
            })
            .collect())
    }

    /// A value as a string, like in `"${…}"`, and with `copy_paths` with its paths copied to the store. `context` is
    /// what the trace of an error says.
    pub fn coerce(&mut self, handle: &Handle, copy_paths: bool, context: &str) -> Res<Vec<u8>> {
        let value = self.evaluated(handle)?;
        let options = Coercion {
            more: false,
            copy_paths,
        };
        Ok(self
            .coerce_to_string(value, options, Pos::NONE, context)?
            .bytes()
            .to_vec())
    }

    /// The names of a set's attributes, sorted.
    pub fn attr_names(&mut self, handle: &Handle) -> Res<Vec<Vec<u8>>> {
        let value = self.evaluated(handle)?;
        let attrs = self.force_attrs(value, Pos::NONE, "")?;
        let attrs = self.flat(attrs);
        Ok(self
            .ordered(attrs)
            .iter()
            .map(|index| {
                self.symbols
                    .text(attrs.keys().name(*index as usize))
                    .to_vec()
            })
            .collect())
    }

    /// An attribute, unevaluated, with where it was defined.
    pub fn attr(&mut self, handle: &Handle, name: &[u8]) -> Res<Option<(Handle, Pos)>> {
        let value = self.evaluated(handle)?;
        let attrs = self.force_attrs(value, Pos::NONE, "")?;
        let found = self.symbols.lookup(name).and_then(|name| attrs.find(name));
        Ok(found.map(|(slot, pos)| (self.hold(slot.get()), pos)))
    }

    /// The elements of a list.
    pub fn list_len(&mut self, handle: &Handle) -> Res<usize> {
        let value = self.evaluated(handle)?;
        if let Some(attrs) = value.as_attrs() {
            return Ok(attrs.len());
        }
        Ok(self.force_list(value, Pos::NONE, "")?.len())
    }

    /// An element of a list, unevaluated.
    pub fn item(&mut self, handle: &Handle, index: usize) -> Res<Option<Handle>> {
        let value = self.evaluated(handle)?;
        let list = self.force_list(value, Pos::NONE, "")?;
        Ok((index < list.len()).then(|| self.hold(list.get(index))))
    }

    /// Calls a function.
    pub fn call_value(&mut self, handle: &Handle, arguments: &[Handle]) -> Res<Handle> {
        let function = self.roots.get(handle);
        let arguments: Vec<Value> = arguments
            .iter()
            .map(|argument| self.roots.get(argument))
            .collect();
        let result = self.call(function, &arguments, Pos::NONE)?;
        Ok(self.hold(result))
    }

    /// The names of a function's pattern with whether each has a default; `None` without a pattern.
    pub fn pattern(&mut self, handle: &Handle) -> Res<Option<Pattern>> {
        let value = self.evaluated(handle)?;
        let Some(Function::Lambda(lambda, _, given)) = value.as_function() else {
            return Ok(None);
        };
        let lambda = lambda.param(given.len());
        Ok(lambda.formals.as_ref().map(|formals| {
            let name = |formal: &crate::code::Formal| self.symbols.text(formal.name).to_vec();
            formals
                .sorted
                .iter()
                .map(|formal| (name(formal), formal.default.is_some()))
                .collect()
        }))
    }

    /// Calls a function whose pattern the arguments satisfy; anything else is returned as it is.
    pub fn auto_call(&mut self, handle: &Handle, arguments: &[(Vec<u8>, Handle)]) -> Res<Handle> {
        let named: Vec<(Symbol, Value)> = arguments
            .iter()
            .map(|(name, held)| (self.symbols.intern(name), self.roots.get(held)))
            .collect();
        let value = self.evaluated(handle)?;
        let result = self.auto_call_value(value, &named)?;
        Ok(self.hold(result))
    }

    fn auto_call_value(&mut self, value: Value, arguments: &[(Symbol, Value)]) -> Res {
        if let Some(functor) = value
            .as_attrs()
            .and_then(|attrs| attrs.get(self.names.functor))
        {
            let called = self.call(functor, &[value], Pos::NONE)?;
            return self.auto_call_value(called, arguments);
        }
        let Some(Function::Lambda(lambda, _, given)) = value.as_function() else {
            return Ok(value);
        };
        let Some(formals) = &lambda.param(given.len()).formals else {
            return Ok(value);
        };
        let mut given = AttrsBuilder::with_capacity(arguments.len());
        if formals.has_ellipsis {
            for (name, value) in arguments {
                given.add(*name, *value, Pos::NONE);
            }
        } else {
            for formal in formals.sorted {
                match arguments.iter().find(|(name, _)| *name == formal.name) {
                    Some((name, value)) => given.add(*name, *value, Pos::NONE),
                    None if formal.default.is_some() => {}
                    None => {
                        let name = String::from_utf8_lossy(self.symbols.text(formal.name));
                        let message = format!(
                            "cannot evaluate a function that has an argument without a value ('{name}')\nNix attempted to evaluate a function as a top level expression; in\nthis case it must have its arguments supplied either by default\nvalues, or passed explicitly with '--arg' or '--argstr'. See\nhttps://nix.dev/manual/nix/stable/language/syntax.html#functions."
                        );
                        return Err(Error::wrong_type(message).at(formal.pos));
                    }
                }
            }
        }
        let given = given.finish(&mut self.heap).value();
        self.call(value, &[given], position_of(value, Pos::NONE))
    }

    /// Follows an attribute path as `-A` does: numbers index lists; functions on the way are called with `arguments`.
    pub fn select_path(
        &mut self,
        handle: &Handle,
        path: &[Vec<u8>],
        arguments: Option<&[(Vec<u8>, Handle)]>,
    ) -> Res<Handle> {
        let named: Option<Vec<(Symbol, Value)>> = arguments.map(|arguments| {
            arguments
                .iter()
                .map(|(name, held)| (self.symbols.intern(name), self.roots.get(held)))
                .collect()
        });
        let mut value = self.evaluated(handle)?;
        let shown = path
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect::<Vec<_>>()
            .join(".");
        for name in path {
            if let Some(named) = &named {
                value = self.auto_call_value(value, named)?;
            }
            value = self.select_step(value, name, &shown)?;
        }
        Ok(self.hold(value))
    }

    fn select_step(&mut self, value: Value, name: &[u8], path: &str) -> Res {
        let index = std::str::from_utf8(name)
            .ok()
            .and_then(|name| name.parse::<usize>().ok());
        let shown = String::from_utf8_lossy(name);
        if let Some(index) = index {
            let Some(list) = value.as_list() else {
                let kind = self.describe_type(value);
                return Err(Error::wrong_type(format!(
                    "the expression selected by the selection path '{path}' should be a list but is {kind}"
                )));
            };
            if index >= list.len() {
                return Err(Error::new(
                    ErrorKind::MissingAttribute,
                    format!("list index {index} in selection path '{path}' is out of range"),
                ));
            }
            return self.force(list.get(index), Pos::NONE);
        }
        let Some(attrs) = value.as_attrs() else {
            let kind = self.describe_type(value);
            return Err(Error::wrong_type(format!(
                "the expression selected by the selection path '{path}' should be a set but is {kind}"
            )));
        };
        if name.is_empty() {
            return Err(Error::eval(format!(
                "empty attribute name in selection path '{path}'"
            )));
        }
        let symbol = self.symbols.intern(name);
        if let Some((slot, pos)) = attrs.find(symbol) {
            return self.force_slot(slot, pos);
        }
        let hints = self
            .missing_attribute(attrs, symbol)
            .data()
            .suggestions
            .clone();
        let message = format!("attribute '{shown}' in selection path '{path}' not found");
        Err(Error::new(ErrorKind::MissingAttribute, message).suggest(hints))
    }

    /// A value as JSON.
    pub fn to_json(&mut self, handle: &Handle, options: JsonOptions) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        let mut out = TextBuilder::default();
        self.print_json(&mut out, value, options, position_of(value, Pos::NONE))?;
        Ok(out.bytes().to_vec())
    }

    /// A value as an XML document.
    pub fn to_xml(&mut self, handle: &Handle, strict: bool, locations: bool) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        let mut out = TextBuilder::default();
        self.print_xml(&mut out, value, strict, locations)?;
        Ok(out.bytes().to_vec())
    }

    /// A value as `nix-instantiate --eval` prints it.
    pub fn show(&mut self, handle: &Handle) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        self.print_ambiguous(value)
    }

    /// A value as `nix eval` and the REPL print it.
    pub fn show_styled(&mut self, handle: &Handle, style: Style) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        self.print(value, style)
    }

    /// A value made of plain data.
    pub fn make_plain(&mut self, plain: &Plain) -> Handle {
        let value = self.plain_value(plain);
        self.hold(value)
    }

    /// A list of held values.
    pub fn make_list(&mut self, items: &[Handle]) -> Handle {
        let items: Vec<Value> = items.iter().map(|item| self.roots.get(item)).collect();
        let list = crate::value::List::from_slice(&mut self.heap, &items).value();
        self.hold(list)
    }

    /// A set of held values.
    pub fn make_set(&mut self, members: &[(Vec<u8>, Handle)]) -> Handle {
        let mut builder = AttrsBuilder::with_capacity(members.len());
        for (name, member) in members {
            let name = self.symbols.intern(name);
            builder.add(name, self.roots.get(member), Pos::NONE);
        }
        let set = builder.finish(&mut self.heap).value();
        self.hold(set)
    }

    /// A path.
    pub fn make_path(&mut self, path: &[u8]) -> Handle {
        let value = self.path_value(&crate::path::canonical(path));
        self.hold(value)
    }

    /// The names of a scope's own variables and of the builtins.
    #[must_use]
    pub fn scope_names(&self, scope: &Scope) -> Vec<String> {
        let mut names: Vec<String> = scope
            .variables
            .keys()
            .chain(self.base.keys())
            .map(|name| String::from_utf8_lossy(self.symbols.text(*name)).into_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Defines a variable of a scope.
    pub fn define_variable(&mut self, scope: &mut Scope, name: &[u8], handle: &Handle) {
        let name = self.symbols.intern(name);
        let held = self.share(handle);
        if let Some(old) = scope.variables.insert(name, held) {
            self.release(old);
        }
    }

    /// Defines all attributes of a set as variables of a scope; how many.
    pub fn define_all(&mut self, scope: &mut Scope, handle: &Handle) -> Res<usize> {
        let value = self.evaluated(handle)?;
        let context = "while evaluating an attribute set to be merged in the global scope";
        let attrs = self.force_attrs(value, Pos::NONE, context)?;
        let attrs = self.flat(attrs);
        for entry in attrs.entries() {
            let held = self.hold(entry.value);
            if let Some(old) = scope.variables.insert(entry.name, held) {
                self.release(old);
            }
        }
        Ok(attrs.len())
    }

    /// Resolves names without running anything, so that undefined variables are reported.
    fn check_names(&mut self, expr: syntax::ast::ExprRef<'_>, scope: Option<&Scope>) -> Res<()> {
        let variables: FxHashMap<Symbol, Value> = scope.map_or_else(FxHashMap::default, |scope| {
            scope
                .variables
                .iter()
                .map(|(name, held)| (*name, self.roots.get(held)))
                .collect()
        });
        let lookup = |name: Symbol| variables.get(&name).copied();
        self.compile_tree(expr, Some(&lookup)).map(|_| ())
    }
}
