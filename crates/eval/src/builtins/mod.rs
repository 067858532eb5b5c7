//! The builtins: one file for each family, each with a table of what it defines.

mod contexts;
mod control;
mod derivation;
mod fetch;
mod import;
mod lists;
mod numbers;
mod paths;
mod serial;
mod sets;
mod store;
mod stored;
mod strings;
mod trees;

use std::rc::Rc;

use rustc_hash::FxHashMap;
use syntax::position::{Origin, Pos};

use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::interp::MAX_ARITY;
use crate::text::regex::{Regex, Scratch};
use crate::value::{AttrsBuilder, Value};

pub(crate) use stored::DerivationMemo;

/// A builtin as its family's table describes it.
pub(crate) struct Definition {
    /// Its name in the set `builtins`.
    pub(crate) name: &'static str,
    /// The names of its arguments.
    pub(crate) args: &'static [&'static str],
    /// The manual entry, in Markdown.
    pub(crate) doc: &'static str,
    /// Called with as many arguments as `args` names; returns an evaluated value.
    pub(crate) run: fn(&mut Evaluator, &[Value]) -> Res,
}

/// A builtin of an evaluator.
#[derive(Clone, Copy)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) arity: usize,
    pub(crate) run: fn(&mut Evaluator, &[Value]) -> Res,
    /// Whether errors say that it was being called.
    pub(crate) is_traced: bool,
    pub(crate) definition: &'static Definition,
}

/// No position: builtins do not know where they are called.
const NOWHERE: Pos = Pos::NONE;

/// Builtins that are variables under their own name; the others are as `__name`.
const GLOBAL: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "derivation",
    "derivationStrict",
    "dirOf",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
];

/// Builtins that exist only while an experimental feature is on.
const EXPERIMENTAL: &[(&str, &str)] = &[
    ("fetchClosure", "fetch-closure"),
    ("fetchTree", "fetch-tree"),
    ("outputOf", "dynamic-derivations"),
];

/// Builtins that only the evaluator's own Nix code calls.
const HIDDEN: &[&str] = &["fetchFinalTree"];

/// Whether a builtin is a variable under its own name.
pub(crate) fn is_global(name: &str) -> bool {
    GLOBAL.contains(&name) || ["builtins", "true", "false", "null"].contains(&name)
}

const FAMILIES: &[&[Definition]] = &[
    contexts::BUILTINS,
    control::BUILTINS,
    derivation::BUILTINS,
    fetch::BUILTINS,
    import::BUILTINS,
    lists::BUILTINS,
    numbers::BUILTINS,
    paths::BUILTINS,
    serial::BUILTINS,
    sets::BUILTINS,
    store::BUILTINS,
    strings::BUILTINS,
    trees::BUILTINS,
];

/// Fills an evaluator's table of builtins and its outermost scope.
pub(crate) fn install(evaluator: &mut Evaluator) {
    let mut installer = Installer {
        evaluator,
        set: AttrsBuilder::default(),
    };
    for definition in FAMILIES.iter().flat_map(|family| family.iter()) {
        installer.builtin(definition);
    }
    installer.constants();
    installer.derivation();
    let Installer { evaluator, mut set } = installer;
    set.add(evaluator.names.builtins, Value::NONE, Pos::NONE);
    let attrs = set.finish(&mut evaluator.heap);
    if let Some((slot, _)) = attrs.find(evaluator.names.builtins) {
        slot.set(attrs.value());
    }
    evaluator.builtins_set = attrs.value();
    evaluator
        .base
        .insert(evaluator.names.builtins, attrs.value());
    let Evaluator { names, symbols, .. } = evaluator;
    names.set_operators(|name| {
        symbols
            .lookup(name.as_bytes())
            .and_then(|name| attrs.get(name))
            .unwrap_or(Value::NONE)
    });
}

/// Adds names to `builtins` and to the outermost scope.
struct Installer<'e> {
    evaluator: &'e mut Evaluator,
    set: AttrsBuilder,
}

impl Installer<'_> {
    fn builtin(&mut self, definition: &'static Definition) {
        let arity = definition.args.len();
        assert!(
            (1..=MAX_ARITY).contains(&arity),
            "{}: {arity} arguments",
            definition.name
        );
        let index = self.evaluator.builtins.len() as u32;
        self.evaluator.builtins.push(Builtin {
            name: definition.name,
            arity,
            run: definition.run,
            is_traced: definition.name != "addErrorContext",
            definition,
        });
        if HIDDEN.contains(&definition.name) {
            return;
        }
        let feature = EXPERIMENTAL
            .iter()
            .find(|(name, _)| *name == definition.name);
        if feature.is_none_or(|(_, feature)| self.evaluator.settings.has_feature(feature)) {
            let value = Value::builtin(&mut self.evaluator.heap, index);
            self.name(definition.name, value);
        }
    }

    fn name(&mut self, name: &str, value: Value) {
        let symbol = self.evaluator.symbols.intern(name.as_bytes());
        self.set.add(symbol, value, Pos::NONE);
        let variable = if is_global(name) {
            name.to_owned()
        } else {
            format!("__{name}")
        };
        let variable = self.evaluator.symbols.intern(variable.as_bytes());
        self.evaluator.base.insert(variable, value);
    }

    /// `derivation` is written in Nix.
    fn derivation(&mut self) {
        let evaluator = &mut *self.evaluator;
        let base = evaluator.sources.end();
        let compiled = evaluator.internal_thunk("derivation-internal.nix", derivation::DERIVATION);
        #[expect(
            clippy::expect_used,
            reason = "the text is a constant and uses what was defined before"
        )]
        let value = compiled.expect("the definition of derivation is valid");
        evaluator.internal = base..evaluator.sources.end();
        self.name("derivation", value);
    }

    /// `true`, `false` and `null` are variables and attributes like any other.
    fn constants(&mut self) {
        for (name, value) in [
            ("true", Value::TRUE),
            ("false", Value::FALSE),
            ("null", Value::NULL),
        ] {
            let symbol = self.evaluator.symbols.intern(name.as_bytes());
            self.set.add(symbol, value, Pos::NONE);
            self.evaluator.base.insert(symbol, value);
        }
        let settings = self.evaluator.settings.clone();
        let version = Value::int(&mut self.evaluator.heap, 6);
        self.name("langVersion", version);
        let version = self.evaluator.string(NIX_VERSION.as_bytes());
        self.name("nixVersion", version);
        let store_dir = self.evaluator.string(settings.store_dir.as_bytes());
        self.name("storeDir", store_dir);
        let lookup_path = self.evaluator.lookup_path_value();
        self.name("nixPath", lookup_path);
        if !settings.pure {
            let system = self.evaluator.string(settings.system.as_bytes());
            self.name("currentSystem", system);
            let time = Value::int(&mut self.evaluator.heap, settings.current_time);
            self.name("currentTime", time);
        }
    }
}

impl Evaluator {
    /// Nix code that is part of the language, as a thunk.
    fn internal_thunk(&mut self, name: &str, text: &str) -> Res {
        let origin = Origin::File(format!("«nix-internal»/{name}").into());
        let program = self.compile(text.as_bytes().to_vec(), origin, b"/", None)?;
        Ok(self.suspend(program))
    }

    /// The same, evaluated, once.
    fn internal_function(&mut self, name: &str, text: &str) -> Res {
        if let Some(known) = self.files.get(name.as_bytes()) {
            return Ok(*known);
        }
        let thunk = self.internal_thunk(name, text)?;
        let function = self.force(thunk, NOWHERE)?;
        self.files.insert(name.as_bytes().to_vec(), function);
        Ok(function)
    }

    fn hidden_builtin(&mut self, name: &str) -> Value {
        let index = self
            .builtins
            .iter()
            .position(|builtin| builtin.name == name);
        Value::builtin(&mut self.heap, index.unwrap_or_default() as u32)
    }
}

/// The version of the language that Neve implements, as `builtins.nixVersion` reports it.
pub const NIX_VERSION: &str = "2.34.8";

/// Compiled regular expressions.
#[derive(Default)]
pub(crate) struct RegexCache {
    compiled: FxHashMap<Vec<u8>, Rc<Regex>>,
    pub(crate) scratch: Scratch,
}

impl RegexCache {
    /// The compiled form of a pattern.
    fn get(&mut self, pattern: &[u8]) -> Res<Rc<Regex>> {
        if let Some(regex) = self.compiled.get(pattern) {
            return Ok(Rc::clone(regex));
        }
        let regex = Regex::new(pattern).map_err(|error| Error::eval(error.message(pattern)))?;
        let regex = Rc::new(regex);
        self.compiled.insert(pattern.to_vec(), Rc::clone(&regex));
        Ok(regex)
    }
}
