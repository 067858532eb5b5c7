//! Builtins on string contexts.

use std::collections::BTreeMap;

use formats::placeholder::DownstreamPlaceholder;
use formats::store_path::StorePath;

use super::{Definition, NOWHERE};
use crate::coerce::Coercion;
use crate::context::{DerivedPath, Element};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::value::{AttrsBuilder, Entry, List, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "hasContext",
        args: &["s"],
        doc: "Whether the string *s* refers to anything in the store.",
        run: |ev, args| {
            let context = "while evaluating the argument passed to builtins.hasContext";
            let text = ev.force_string(args[0], NOWHERE, context)?;
            Ok(Value::bool(!text.context().is_empty()))
        },
    },
    Definition {
        name: "getContext",
        args: &["s"],
        doc: "What the string *s* refers to: a set of store paths, each with `path` (the path as it is), `allOutputs` (a derivation with everything) or `outputs` (a list of output names).",
        run: get_context,
    },
    Definition {
        name: "appendContext",
        args: &["s", "context"],
        doc: "The string *s*, referring in addition to what *context* describes in the form of `getContext`.",
        run: append_context,
    },
    Definition {
        name: "unsafeDiscardStringContext",
        args: &["s"],
        doc: "The string *s* without its context: derivations made from it do not depend on what it came from.",
        run: |ev, args| {
            let context =
                "while evaluating the argument passed to builtins.unsafeDiscardStringContext";
            let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
            Ok(ev.string(text.bytes()))
        },
    },
    Definition {
        name: "unsafeDiscardOutputDependency",
        args: &["s"],
        doc: "The string *s*, in which references to whole derivations become references to the derivation files alone.",
        run: unsafe_discard_output_dependency,
    },
    Definition {
        name: "addDrvOutputDependencies",
        args: &["s"],
        doc: "The string *s*, whose only reference must be to a derivation file, referring to the whole derivation instead.",
        run: add_drv_output_dependencies,
    },
    Definition {
        name: "outputOf",
        args: &["derivation-reference", "output-name"],
        doc: "The output *output-name* of a derivation that may itself be made by a build. Needs the feature `dynamic-derivations`.",
        run: output_of,
    },
];

/// What a string refers to at one store path.
#[derive(Default)]
struct Info {
    path: bool,
    all_outputs: bool,
    outputs: Vec<String>,
}

fn get_context(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.getContext";
    let text = ev.force_string(args[0], NOWHERE, context)?;
    let mut infos: BTreeMap<StorePath, Info> = BTreeMap::new();
    for number in text.context().elements() {
        match ev.contexts.element(*number).clone() {
            Element::Path(path) => infos.entry(path).or_default().path = true,
            Element::DrvDeep(path) => infos.entry(path).or_default().all_outputs = true,
            Element::Built { drv, output } => match *drv {
                DerivedPath::Path(path) => infos.entry(path).or_default().outputs.push(output),
                DerivedPath::Built { .. } => {
                    return Err(Error::eval(format!(
                        "the context element '{output}' of a derivation that is itself made by a build cannot be shown"
                    )));
                }
            },
        }
    }
    let mut builder = AttrsBuilder::with_capacity(infos.len());
    for (path, mut info) in infos {
        let mut members = Vec::new();
        if info.path {
            members.push((ev.names.path, Value::TRUE));
        }
        if info.all_outputs {
            members.push((ev.names.all_outputs, Value::TRUE));
        }
        if !info.outputs.is_empty() {
            info.outputs.sort();
            let outputs: Vec<Value> = info
                .outputs
                .iter()
                .map(|output| ev.string(output.as_bytes()))
                .collect();
            let list = List::from_slice(&mut ev.heap, &outputs).value();
            members.push((ev.names.outputs, list));
        }
        let value = ev.make_attrs(&members);
        let name = ev.symbols.intern(ev.store_dir.print(&path).as_bytes());
        builder.add(name, value, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}

fn append_context(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.appendContext";
    let text = ev.force_string(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.appendContext";
    let attrs = ev
        .force_attrs(args[1], NOWHERE, context)?
        .flat(&mut ev.heap);
    let mut added = Vec::new();
    for entry in attrs.entries() {
        let name = String::from_utf8_lossy(ev.symbols.text(entry.name)).into_owned();
        let Ok(path) = ev.store_dir.parse(&name) else {
            let message = format!("context key '{name}' is not a store path");
            return Err(Error::eval(message).at(entry.pos));
        };
        if !ev.settings.read_only {
            ev.store.ensure_path(&path)?;
        }
        elements_of(ev, &entry, &path, &mut added)?;
    }
    let mut numbers: Vec<u32> = added
        .into_iter()
        .map(|element| ev.contexts.number(element))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers = crate::context::unite(text.context().elements(), &numbers);
    Ok(ev.string_with_context(text.bytes(), &numbers))
}

/// The context elements that one attribute of `appendContext`'s argument describes.
fn elements_of(
    ev: &mut Evaluator,
    entry: &Entry,
    path: &StorePath,
    added: &mut Vec<Element>,
) -> Res<()> {
    let context = "while evaluating the value of a string context";
    let info = ev.force_attrs(entry.value, entry.pos, context)?;
    let refuse = |ev: &Evaluator, what: &str| {
        let name = ev.store_dir.print(path);
        let message = format!(
            "tried to add {what} context of {name}, which is not a derivation, to a string"
        );
        Err(Error::eval(message).at(entry.pos))
    };
    if let Some((slot, pos)) = info.find(ev.names.path) {
        let context = "while evaluating the `path` attribute of a string context";
        if ev.force_bool(slot.get(), pos, context)? {
            added.push(Element::Path(path.clone()));
        }
    }
    if let Some((slot, pos)) = info.find(ev.names.all_outputs) {
        let context = "while evaluating the `allOutputs` attribute of a string context";
        if ev.force_bool(slot.get(), pos, context)? {
            if !path.is_derivation() {
                return refuse(ev, "all-outputs");
            }
            added.push(Element::DrvDeep(path.clone()));
        }
    }
    if let Some((slot, pos)) = info.find(ev.names.outputs) {
        let context = "while evaluating the `outputs` attribute of a string context";
        let list = ev.force_list(slot.get(), pos, context)?;
        if list.len() > 0 && !path.is_derivation() {
            return refuse(ev, "derivation output");
        }
        for index in 0..list.len() {
            let context = "while evaluating an output name within a string context";
            let output = ev.force_string_no_context(list.get(index), pos, context)?;
            let output = String::from_utf8_lossy(output.bytes()).into_owned();
            let drv = Box::new(DerivedPath::Path(path.clone()));
            added.push(Element::Built { drv, output });
        }
    }
    Ok(())
}

fn unsafe_discard_output_dependency(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.unsafeDiscardOutputDependency";
    let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
    let mut numbers = Vec::new();
    for number in text.elements() {
        numbers.push(match ev.contexts.element(*number).clone() {
            Element::DrvDeep(path) => ev.contexts.number(Element::Path(path)),
            _ => *number,
        });
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(ev.string_with_context(text.bytes(), &numbers))
}

fn add_drv_output_dependencies(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.addDrvOutputDependencies";
    let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
    let [number] = text.elements() else {
        let shown = String::from_utf8_lossy(text.bytes());
        return Err(Error::eval(format!(
            "context of string '{shown}' must have exactly one element, but has {}",
            text.elements().len()
        )));
    };
    let number = match ev.contexts.element(*number).clone() {
        Element::DrvDeep(_) => *number,
        Element::Path(path) if path.is_derivation() => ev.contexts.number(Element::DrvDeep(path)),
        Element::Path(path) => {
            let shown = ev.store_dir.print(&path);
            return Err(Error::eval(format!("path '{shown}' is not a derivation")));
        }
        Element::Built { output, .. } => {
            return Err(Error::eval(format!(
                "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
            )));
        }
    };
    Ok(ev.string_with_context(text.bytes(), &[number]))
}

fn output_of(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument to builtins.outputOf";
    let text = ev.force_string(args[0], NOWHERE, context)?;
    let drv = single_derived_path(ev, text, context)?;
    let context = "while evaluating the second argument to builtins.outputOf";
    let output = ev.force_string_no_context(args[1], NOWHERE, context)?;
    let output = String::from_utf8_lossy(output.bytes()).into_owned();
    ev.output_value(drv, &output)
}

/// The derivation that a string stands for: it must have one context element and be its text.
fn single_derived_path(
    ev: &mut Evaluator,
    text: crate::value::Str,
    context: &str,
) -> Res<DerivedPath> {
    let shown = String::from_utf8_lossy(text.bytes()).into_owned();
    let [number] = text.context().elements() else {
        let message = format!(
            "string '{shown}' has {} entries in its context. It should only have exactly one entry",
            text.context().elements().len()
        );
        return Err(Error::eval(message).trace(NOWHERE, context));
    };
    let (drv, expected, message) = match ev.contexts.element(*number).clone() {
        Element::DrvDeep(_) => {
            let message = format!(
                "string '{shown}' has a context which refers to a complete source and binary closure. This is not supported at this time"
            );
            return Err(Error::eval(message).trace(NOWHERE, context));
        }
        Element::Path(path) => {
            let expected = ev.store_dir.print(&path);
            let message =
                format!("path string '{shown}' has context with the different path '{expected}'");
            (DerivedPath::Path(path), expected, message)
        }
        Element::Built { drv, output } => {
            let expected = ev.output_text(&drv, &output)?;
            let message = format!(
                "string '{shown}' has context with the output '{output}' from derivation '{}', but the string is not the right placeholder for this derivation output. It should be '{expected}'",
                drv.display(&ev.store_dir)
            );
            (DerivedPath::Built { drv, output }, expected, message)
        }
    };
    if shown == expected {
        return Ok(drv);
    }
    Err(Error::eval(message).trace(NOWHERE, context))
}

impl Evaluator {
    /// A string that stands for an output of a derivation.
    pub(crate) fn output_value(&mut self, drv: DerivedPath, output: &str) -> Res {
        let text = self.output_text(&drv, output)?;
        let element = Element::Built {
            drv: Box::new(drv),
            output: output.to_owned(),
        };
        let number = self.contexts.number(element);
        Ok(self.string_with_context(text.as_bytes(), &[number]))
    }

    /// The text of a string that stands for an output: its path where that is known, else a placeholder.
    fn output_text(&mut self, drv: &DerivedPath, output: &str) -> Res<String> {
        let invalid = |error: formats::store_path::StorePathError| Error::eval(error.to_string());
        if let DerivedPath::Path(path) = drv
            && path.is_derivation()
            && self.store.is_valid_path(path)?
        {
            let derivation = self.read_derivation(path)?;
            let Some(found) = derivation.outputs.get(output) else {
                let shown = self.store_dir.print(path);
                return Err(Error::eval(format!(
                    "derivation '{shown}' does not have output '{output}'"
                )));
            };
            let known = found
                .path(&self.store_dir, &derivation.name, output)
                .map_err(invalid)?;
            if let Some(known) = known {
                return Ok(self.store_dir.print(&known));
            }
        }
        Ok(placeholder(drv, output).map_err(invalid)?.render())
    }
}

/// The placeholder of an output, however deep its derivation is in others.
fn placeholder(
    drv: &DerivedPath,
    output: &str,
) -> Result<DownstreamPlaceholder, formats::store_path::StorePathError> {
    match drv {
        DerivedPath::Path(path) => DownstreamPlaceholder::of_output(path, output),
        DerivedPath::Built { drv, output: inner } => {
            Ok(placeholder(drv, inner)?.of_nested_output(output))
        }
    }
}
