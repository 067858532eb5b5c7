//! `derivationStrict`: from a set of attributes to a derivation in the store.

use formats::content_address::{ContentAddress, Method};
use formats::derivation::{Derivation, DerivationError, InputOutputs, Output, StructuredAttrs};
use formats::hash::{Algorithm, Hash, HashError, HashFormat};
use formats::placeholder::{self, DownstreamPlaceholder};
use formats::store_path::{StorePath, check_name};
use syntax::position::Pos;
use syntax::symbol::Symbol;

use super::{Definition, NOWHERE};
use crate::coerce::{Coercion, TextBuilder};
use crate::context::{DerivedPath, Element};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::Level;
use crate::print::JsonOptions;
use crate::value::{Attrs, AttrsBuilder, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "derivationStrict",
        args: &["attrs"],
        doc: "Writes the derivation that *attrs* describe and returns `drvPath` and the path of each output. `derivation` is the lazy form of it.",
        run: derivation_strict,
    },
    Definition {
        name: "placeholder",
        args: &["output"],
        doc: "A string that stands for the path of the derivation's own *output* and is replaced by it in the builder's environment.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.placeholder";
            let output = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let output = String::from_utf8_lossy(output.bytes());
            Ok(ev.string(placeholder::own_output(&output).as_bytes()))
        },
    },
];

/// `derivation` itself: its outputs are computed when one of their paths is asked for.
pub(super) const DERIVATION: &str = include_str!("../internal/derivation.nix");

impl From<HashError> for Error {
    fn from(error: HashError) -> Error {
        let kind = match error {
            HashError::UnknownAlgorithm(_) | HashError::UnknownFormat(_) => ErrorKind::Usage,
            _ => ErrorKind::Eval,
        };
        Error::new(kind, error.to_string())
    }
}

impl From<DerivationError> for Error {
    fn from(error: DerivationError) -> Error {
        Error::eval(error.to_string())
    }
}

fn derivation_strict(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.derivationStrict";
    let attrs = ev.force_attrs(args[0], NOWHERE, context)?;
    let missing = "in the attrset passed as argument to builtins.derivationStrict";
    let (name, name_pos) = ev.required_attr(attrs, ev.names.name, missing)?;
    let context = "while evaluating the `name` attribute passed to builtins.derivationStrict";
    let name = ev
        .force_string_no_context(name, NOWHERE, context)
        .map_err(|error| {
            error.trace(name_pos, "while evaluating the derivation attribute 'name'")
        })?;
    let name = String::from_utf8_lossy(name.bytes()).into_owned();
    instantiate(ev, &name, attrs).map_err(|error| {
        let place = ev.show_pos(name_pos);
        let message = format!(
            "while evaluating derivation '{name}'\n  whose name attribute is located at {place}"
        );
        error.trace(NOWHERE, message)
    })
}

/// What the attributes say beyond the derivation's own fields.
struct Draft {
    drv: Derivation,
    /// Whether attributes go to the builder as JSON; the object's text so far.
    json: Option<TextBuilder>,
    ignores_nulls: bool,
    is_content_addressed: bool,
    is_impure: bool,
    output_hash: Option<String>,
    algorithm: Option<Algorithm>,
    method: Option<Method>,
    outputs: Vec<String>,
    context: TextBuilder,
    pos: Pos,
}

fn instantiate(ev: &mut Evaluator, name: &str, attrs: Attrs) -> Res {
    if let Err(error) = check_name(name) {
        return Err(Error::eval(format!(
            "invalid derivation name: {error}. Please pass a different 'name'."
        )));
    }
    let attrs = attrs.flat(&mut ev.heap);
    let mut draft = Draft {
        drv: Derivation::new(name),
        json: None,
        ignores_nulls: false,
        is_content_addressed: false,
        is_impure: false,
        output_hash: None,
        algorithm: None,
        method: None,
        outputs: vec!["out".to_owned()],
        context: TextBuilder::default(),
        pos: NOWHERE,
    };
    if let Some(value) = attrs.get(ev.names.structured_attrs) {
        let context = "while evaluating the `__structuredAttrs` attribute passed to builtins.derivationStrict";
        if ev.force_bool(value, NOWHERE, context)? {
            draft.json = Some(TextBuilder::default());
        }
    }
    if let Some(value) = attrs.get(ev.names.ignore_nulls) {
        let context =
            "while evaluating the `__ignoreNulls` attribute passed to builtins.derivationStrict";
        draft.ignores_nulls = ev.force_bool(value, NOWHERE, context)?;
    }
    for index in ev.ordered(attrs) {
        let key = attrs.keys().name(*index as usize);
        let value = attrs.slot(*index as usize).get();
        draft.attribute(ev, key, value).map_err(|error| {
            let key = String::from_utf8_lossy(ev.symbols.text(key));
            let message = format!("while evaluating attribute '{key}' of derivation '{name}'");
            error.trace(attrs.keys().pos(*index as usize), message)
        })?;
    }
    draft.finish(ev)
}

impl Draft {
    fn attribute(&mut self, ev: &mut Evaluator, key: Symbol, value: Value) -> Res<()> {
        let names = &ev.names;
        if key == names.ignore_nulls {
            return Ok(());
        }
        let (content_addressed, impure, args) = (names.content_addressed, names.impure, names.args);
        if self.ignores_nulls && ev.force(value, self.pos)? == Value::NULL {
            return Ok(());
        }
        if key == content_addressed {
            self.is_content_addressed = ev.force_bool(value, self.pos, "")?;
            if self.is_content_addressed {
                ev.require_feature("ca-derivations", "")?;
            }
            Ok(())
        } else if key == impure {
            self.is_impure = ev.force_bool(value, self.pos, "")?;
            if self.is_impure {
                ev.require_feature("impure-derivations", "")?;
            }
            Ok(())
        } else if key == args {
            self.arguments(ev, value)
        } else if self.json.is_some() {
            self.structured(ev, key, value)
        } else {
            self.variable(ev, key, value)
        }
    }

    fn arguments(&mut self, ev: &mut Evaluator, value: Value) -> Res<()> {
        let list = ev.force_list(value, self.pos, "")?;
        for index in 0..list.len() {
            let context = "while evaluating an element of the argument list";
            let options = Coercion {
                more: true,
                ..Coercion::INTERPOLATION
            };
            let text = ev.coerce_to_string(list.get(index), options, self.pos, context)?;
            self.context.add_elements(text.elements());
            self.drv.args.push(text.bytes().to_vec());
        }
        Ok(())
    }

    /// An attribute that becomes a variable of the builder's environment.
    fn variable(&mut self, ev: &mut Evaluator, key: Symbol, value: Value) -> Res<()> {
        let options = Coercion {
            more: true,
            ..Coercion::INTERPOLATION
        };
        let text = ev.coerce_to_string(value, options, self.pos, "")?;
        self.context.add_elements(text.elements());
        let bytes = text.bytes().to_vec();
        if key == ev.names.json {
            let message = format!(
                "In derivation '{}': setting structured attributes via '__json' is deprecated, and may be disallowed in future versions of Nix. Set '__structuredAttrs = true' instead.",
                self.drv.name
            );
            ev.store.message(Level::Notice, message.as_bytes());
            self.drv.structured_attrs = Some(StructuredAttrs::parse(&bytes)?);
            return Ok(());
        }
        let words = || {
            String::from_utf8_lossy(&bytes)
                .split([' ', '\t', '\n', '\r'])
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let names = &ev.names;
        if key == names.builder {
            self.drv.builder.clone_from(&bytes);
        } else if key == names.system {
            self.drv.system.clone_from(&bytes);
        } else if key == names.outputs {
            self.set_outputs(words())?;
        } else {
            self.fixed_output(ev, key, &bytes)?;
        }
        self.drv.env.insert(ev.symbols.text(key).to_vec(), bytes);
        Ok(())
    }

    /// The attributes that say what a fixed output is.
    fn fixed_output(&mut self, ev: &Evaluator, key: Symbol, bytes: &[u8]) -> Res<()> {
        let text = || String::from_utf8_lossy(bytes).into_owned();
        if key == ev.names.output_hash {
            self.output_hash = Some(text());
        } else if key == ev.names.output_hash_algo {
            self.algorithm = Algorithm::parse(&text()).ok();
        } else if key == ev.names.output_hash_mode {
            self.set_method(ev, &text())?;
        }
        Ok(())
    }

    fn set_method(&mut self, ev: &Evaluator, mode: &str) -> Res<()> {
        let mode = if mode == "recursive" { "nar" } else { mode };
        let Ok(method) = Method::parse(mode) else {
            return Err(Error::eval(format!(
                "invalid value '{mode}' for 'outputHashMode' attribute"
            )));
        };
        match method {
            Method::Text => {
                let name = &self.drv.name;
                let reason = format!("text-hashed derivation '{name}', outputHashMode = \"text\"");
                ev.require_feature("dynamic-derivations", &reason)?;
            }
            Method::Git => ev.require_feature("git-hashing", "")?,
            Method::Flat | Method::Nar => {}
        }
        self.method = Some(method);
        Ok(())
    }

    fn set_outputs(&mut self, outputs: Vec<String>) -> Res<()> {
        for (index, output) in outputs.iter().enumerate() {
            if outputs[..index].contains(output) {
                return Err(Error::eval(format!(
                    "duplicate derivation output '{output}'"
                )));
            }
            if output == "drvPath" {
                return Err(Error::eval("invalid derivation output name 'drvPath'"));
            }
        }
        if outputs.is_empty() {
            return Err(Error::eval(
                "derivation cannot have an empty set of outputs",
            ));
        }
        self.outputs = outputs;
        Ok(())
    }

    /// An attribute that becomes a member of the builder's JSON.
    fn structured(&mut self, ev: &mut Evaluator, key: Symbol, value: Value) -> Res<()> {
        if key == ev.names.structured_attrs {
            return Ok(());
        }
        let Some(mut json) = self.json.take() else {
            return Ok(());
        };
        json.push(if json.bytes().is_empty() { b"{" } else { b"," });
        Evaluator::push_json_string(&mut json, ev.symbols.text(key))?;
        json.push(b":");
        let options = JsonOptions {
            strict: true,
            copy_paths: true,
        };
        let printed = ev.print_json(&mut json, value, options, self.pos);
        self.json = Some(json);
        printed?;
        self.structured_field(ev, key, value)?;
        self.warn_ineffective(ev, key);
        Ok(())
    }

    fn structured_field(&mut self, ev: &mut Evaluator, key: Symbol, value: Value) -> Res<()> {
        let names = &ev.names;
        if key == names.builder {
            let text = ev.force_string(value, self.pos, "")?;
            self.context.add_context(text.context());
            self.drv.builder = text.bytes().to_vec();
        } else if key == names.system {
            self.drv.system = ev
                .force_string_no_context(value, self.pos, "")?
                .bytes()
                .to_vec();
        } else if key == names.outputs {
            let list = ev.force_list(value, self.pos, "")?;
            let mut outputs = Vec::new();
            for index in 0..list.len() {
                let output = ev.force_string_no_context(list.get(index), self.pos, "")?;
                outputs.push(String::from_utf8_lossy(output.bytes()).into_owned());
            }
            self.set_outputs(outputs)?;
        } else if [
            names.output_hash,
            names.output_hash_algo,
            names.output_hash_mode,
        ]
        .contains(&key)
        {
            let text = ev.force_string_no_context(value, self.pos, "")?;
            self.fixed_output(ev, key, text.bytes())?;
        }
        Ok(())
    }

    /// Restrictions on outputs have another place when attributes are structured.
    fn warn_ineffective(&self, ev: &mut Evaluator, key: Symbol) {
        const INEFFECTIVE: [&[u8]; 6] = [
            b"allowedReferences",
            b"allowedRequisites",
            b"disallowedReferences",
            b"disallowedRequisites",
            b"maxSize",
            b"maxClosureSize",
        ];
        if !INEFFECTIVE.contains(&ev.symbols.text(key)) {
            return;
        }
        let key = String::from_utf8_lossy(ev.symbols.text(key)).into_owned();
        let message = format!(
            "In a derivation named '{}', 'structuredAttrs' disables the effect of the derivation attribute '{key}'; use 'outputChecks.<output>.{key}' instead",
            self.drv.name
        );
        ev.store.message(Level::Notice, message.as_bytes());
    }

    fn finish(mut self, ev: &mut Evaluator) -> Res {
        if let Some(mut json) = self.json.take() {
            json.push(if json.bytes().is_empty() { b"{}" } else { b"}" });
            self.context.add_elements(json.elements());
            let text = String::from_utf8_lossy(json.bytes()).into_owned();
            self.drv.structured_attrs = Some(StructuredAttrs::from_canonical(text));
        }
        self.inputs(ev)?;
        self.check()?;
        self.outputs(ev)?;
        let Evaluator {
            store_dir,
            derivations,
            io,
            ..
        } = &mut *ev;
        let made = self.drv.instantiate(store_dir, |input| {
            derivations.hash_of(input, store_dir, io.as_ref())
        })?;
        ev.derivations.hashes.insert(made.path.clone(), made.modulo);
        if !ev.settings.read_only {
            let references = self.drv.references().into_iter().cloned().collect();
            ev.store.add_text(&made.path, made.text, references)?;
        }
        result(ev, &self.drv, &made.path)
    }

    /// Makes whatever the strings referred to inputs.
    fn inputs(&mut self, ev: &mut Evaluator) -> Res<()> {
        for number in self.context.elements().to_vec() {
            match ev.contexts.element(number).clone() {
                Element::Path(path) => {
                    self.drv.input_srcs.insert(path);
                }
                Element::Built { drv, output } => {
                    self.input_slot(&drv).outputs.insert(output);
                }
                Element::DrvDeep(path) => self.deep_input(ev, &path)?,
            }
        }
        Ok(())
    }

    fn input_slot(&mut self, drv: &DerivedPath) -> &mut InputOutputs {
        match drv {
            DerivedPath::Path(path) => self.drv.input_drvs.entry(path.clone()).or_default(),
            DerivedPath::Built { drv, output } => self
                .input_slot(drv)
                .dynamic
                .entry(output.clone())
                .or_default(),
        }
    }

    /// A derivation with its closure and all outputs of all derivations in it.
    fn deep_input(&mut self, ev: &mut Evaluator, path: &StorePath) -> Res<()> {
        ev.store.flush()?;
        let mut pending = vec![path.clone()];
        while let Some(path) = pending.pop() {
            if !self.drv.input_srcs.insert(path.clone()) {
                continue;
            }
            pending.extend(ev.store.references(&path)?);
            if path.is_derivation() {
                let outputs = ev.output_names(&path)?;
                self.drv
                    .input_drvs
                    .entry(path)
                    .or_default()
                    .outputs
                    .extend(outputs);
            }
        }
        Ok(())
    }

    fn check(&self) -> Res<()> {
        if self.drv.builder.is_empty() {
            return Err(Error::eval("required attribute 'builder' missing"));
        }
        if self.drv.system.is_empty() {
            return Err(Error::eval("required attribute 'system' missing"));
        }
        let makes_derivation = self.method == Some(Method::Text) && self.outputs == ["out"];
        if is_drv_name(&self.drv.name) && !makes_derivation {
            return Err(Error::eval(
                "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
            ));
        }
        Ok(())
    }

    fn outputs(&mut self, ev: &mut Evaluator) -> Res<()> {
        if let Some(text) = self.output_hash.take() {
            return self.fixed(ev, &text);
        }
        if self.is_content_addressed && self.is_impure {
            return Err(Error::eval(
                "derivation cannot be both content-addressed and impure",
            ));
        }
        let method = self.method.unwrap_or(Method::Nar);
        let algorithm = self.algorithm.unwrap_or(Algorithm::Sha256);
        for name in std::mem::take(&mut self.outputs) {
            let (output, variable) = if self.is_impure {
                (
                    Output::Impure { method, algorithm },
                    placeholder::own_output(&name),
                )
            } else if self.is_content_addressed {
                (
                    Output::Floating { method, algorithm },
                    placeholder::own_output(&name),
                )
            } else {
                (Output::Deferred, String::new())
            };
            self.drv
                .env
                .insert(name.clone().into_bytes(), variable.into_bytes());
            self.drv.outputs.insert(name, output);
        }
        Ok(())
    }

    fn fixed(&mut self, ev: &mut Evaluator, text: &str) -> Res<()> {
        if self.outputs != ["out"] {
            return Err(Error::eval(
                "multiple outputs are not supported in fixed-output derivations",
            ));
        }
        let hash = ev.hash_allowing_empty(text, self.algorithm)?;
        let method = self.method.unwrap_or(Method::Flat);
        let output = Output::Fixed(ContentAddress { method, hash });
        let path = output
            .path(&ev.store_dir, &self.drv.name, "out")
            .map_err(|error| Error::eval(error.to_string()))?;
        let path = path
            .map(|path| ev.store_dir.print(&path))
            .unwrap_or_default();
        self.drv.env.insert(b"out".to_vec(), path.into_bytes());
        self.drv.outputs.insert("out".to_owned(), output);
        Ok(())
    }
}

/// Whether a name is that of a derivation file; the ending is part of the format, so its case matters.
fn is_drv_name(name: &str) -> bool {
    name.as_bytes().ends_with(b".drv")
}

/// The set that `derivationStrict` returns.
fn result(ev: &mut Evaluator, drv: &Derivation, path: &StorePath) -> Res {
    let mut builder = AttrsBuilder::with_capacity(1 + drv.outputs.len());
    let text = ev.store_dir.print(path);
    let number = ev.contexts.number(Element::DrvDeep(path.clone()));
    let drv_path = ev.string_with_context(text.as_bytes(), &[number]);
    builder.add(ev.names.drv_path, drv_path, NOWHERE);
    for (name, output) in &drv.outputs {
        let known = output
            .path(&ev.store_dir, &drv.name, name)
            .map_err(|error| Error::eval(error.to_string()))?;
        let text = match known {
            Some(path) => ev.store_dir.print(&path),
            None => DownstreamPlaceholder::of_output(path, name)
                .map_err(|error| Error::eval(error.to_string()))?
                .render(),
        };
        let drv = Box::new(DerivedPath::Path(path.clone()));
        let number = ev.contexts.number(Element::Built {
            drv,
            output: name.clone(),
        });
        let value = ev.string_with_context(text.as_bytes(), &[number]);
        let name = ev.symbols.intern(name.as_bytes());
        builder.add(name, value, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}

impl Evaluator {
    /// A hash in any notation; an empty one stands for zeros, so that the real one is reported by the build.
    pub(crate) fn hash_allowing_empty(
        &mut self,
        text: &str,
        algorithm: Option<Algorithm>,
    ) -> Res<Hash> {
        if !text.is_empty() {
            return Ok(Hash::parse_any(text, algorithm)?);
        }
        let Some(algorithm) = algorithm else {
            return Err(Error::eval("empty hash requires explicit hash algorithm"));
        };
        let hash = Hash::zero(algorithm);
        let message = format!(
            "found empty hash, assuming '{}'",
            hash.to_text(HashFormat::Sri)
        );
        self.store.message(Level::Notice, message.as_bytes());
        Ok(hash)
    }
}
