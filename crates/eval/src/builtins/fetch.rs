//! Builtins that fetch: the arguments go to the host, whose answer becomes a value.

use formats::store_path::check_name;

use super::{Definition, NOWHERE};
use crate::coerce::Coercion;
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::host::Plain;
use crate::value::{AttrsBuilder, List, Type, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "fetchurl",
        args: &["arg"],
        doc: "Downloads a file and returns its store path. *arg* is the URL, or `{ url, sha256, name }`. Pure evaluation demands the hash.",
        run: |ev, args| fetch_file(ev, "fetchurl", args[0]),
    },
    Definition {
        name: "fetchTarball",
        args: &["args"],
        doc: "Downloads an archive, unpacks it without its top directory, and returns the store path. *args* is the URL, or `{ url, sha256, name }`, with the hash of the unpacked tree. Pure evaluation demands it.",
        run: |ev, args| fetch_file(ev, "fetchTarball", args[0]),
    },
    Definition {
        name: "fetchGit",
        args: &["args"],
        doc: "Fetches a commit of a Git repository and returns a set with `outPath`, `rev`, `shortRev`, `revCount`, `lastModified`, `narHash` and more. *args* is a URL or path, or a set with `url`, `rev`, `ref`, `submodules`, `shallow`, `allRefs` and others.",
        run: |ev, args| fetch_attrs(ev, "fetchGit", args[0]),
    },
    Definition {
        name: "fetchMercurial",
        args: &["args"],
        doc: "Fetches a revision of a Mercurial repository. *args* is a URL, or a set with `url`, `rev` and `name`.",
        run: |ev, args| fetch_attrs(ev, "fetchMercurial", args[0]),
    },
    Definition {
        name: "fetchTree",
        args: &["input"],
        doc: "Fetches a source tree: *input* is a URL, or a set with a `type` (`git`, `github`, `gitlab`, `sourcehut`, `hg`, `tarball`, `file`, `path`) and what that needs. Needs the feature `fetch-tree`.",
        run: |ev, args| {
            if !ev.settings.has_feature("flakes") {
                ev.require_feature("fetch-tree", "")?;
            }
            fetch_attrs(ev, "fetchTree", args[0])
        },
    },
    Definition {
        name: "fetchClosure",
        args: &["args"],
        doc: "Copies the closure of a store path from a binary cache: `{ fromStore, fromPath, toPath, inputAddressed }`. Needs the feature `fetch-closure`.",
        run: |ev, args| {
            ev.require_feature("fetch-closure", "")?;
            fetch_attrs(ev, "fetchClosure", args[0])
        },
    },
    Definition {
        name: "getFlake",
        args: &["args"],
        doc: "The outputs and metadata of the flake that the reference *args* names. Pure evaluation demands a locked reference. Needs the feature `flakes`.",
        run: |ev, args| {
            ev.require_feature("flakes", "")?;
            let context = "while evaluating the argument passed to builtins.getFlake";
            let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let url = Plain::Text(text.bytes().to_vec());
            let result = fetch(ev, "getFlake", vec![(b"url".to_vec(), url)])?;
            Ok(ev.plain_value(&result))
        },
    },
];

/// `fetchurl` and `fetchTarball`: a URL or a set of `url`, `sha256` (or `hash`) and `name`; the result is a path.
fn fetch_file(ev: &mut Evaluator, function: &'static str, argument: Value) -> Res {
    let value = ev.force(argument, NOWHERE)?;
    let mut arguments: Vec<(Vec<u8>, Plain)> = Vec::new();
    if let Some(attrs) = value.as_attrs() {
        let attrs = ev.flat(attrs);
        for entry in attrs.entries() {
            let key = ev.symbols.text(entry.name).to_vec();
            let shown = String::from_utf8_lossy(&key).into_owned();
            let context = match &key[..] {
                b"url" => "while evaluating the url we should fetch",
                b"sha256" => "while evaluating the sha256 of the content we should fetch",
                b"hash" => "while evaluating the hash of the content we should fetch",
                b"name" => "while evaluating the name of the content we should fetch",
                _ => {
                    let message = format!("unsupported argument '{shown}' to '{function}'");
                    return Err(Error::eval(message).at(entry.pos));
                }
            };
            let text = ev.force_string_no_context(entry.value, entry.pos, context)?;
            arguments.push((key, Plain::Text(text.bytes().to_vec())));
        }
        if !arguments.iter().any(|(key, _)| key == b"url") {
            return Err(Error::eval("'url' argument required"));
        }
    } else {
        let context = "while evaluating the url we should fetch";
        let text = ev.force_string_no_context(value, NOWHERE, context)?;
        arguments.push((b"url".to_vec(), Plain::Text(text.bytes().to_vec())));
    }
    let is_pinned = arguments
        .iter()
        .any(|(key, _)| key == b"sha256" || key == b"hash");
    if ev.settings.pure && !is_pinned {
        return Err(Error::eval(format!(
            "in pure evaluation mode, '{function}' requires a 'sha256' argument"
        )));
    }
    check_file_name(function, value.as_attrs().is_some(), &arguments)?;
    let result = fetch(ev, function, arguments)?;
    let Plain::Attrs(members) = &result else {
        return Ok(ev.plain_value(&result));
    };
    let path = members
        .iter()
        .find(|(key, _)| key == b"outPath")
        .map(|(_, path)| path.clone());
    Ok(ev.plain_value(&path.unwrap_or(Plain::Null)))
}

/// The name of what is fetched must be one that a store path can have, whether it was given or comes from the URL.
fn check_file_name(function: &str, is_set: bool, arguments: &[(Vec<u8>, Plain)]) -> Res<()> {
    let text = |wanted: &[u8]| {
        arguments.iter().find_map(|(key, value)| match value {
            Plain::Text(text) if key == wanted => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        })
    };
    let url = text(b"url").unwrap_or_default();
    let given = text(b"name").filter(|name| !name.is_empty());
    let advice = if given.is_some() {
        format!("Please change the value for the 'name' attribute passed to '{function}', so")
    } else if is_set {
        format!("Please add a valid 'name' attribute to the argument for '{function}', so")
    } else {
        format!(
            "Please pass an attribute set with 'url' and 'name' attributes to '{function}',  so"
        )
    };
    let name = match given {
        Some(name) => name,
        None if function == "fetchTarball" => return Ok(()),
        None => url
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    check_name(&name).map_err(|error| {
        Error::eval(format!(
            "invalid store path name when fetching URL '{url}': {error}. {advice} that it can create a valid store path."
        ))
    })
}

/// The fetchers that take a URL or a set of any attributes and return a set.
fn fetch_attrs(ev: &mut Evaluator, function: &'static str, argument: Value) -> Res {
    let value = ev.force(argument, NOWHERE)?;
    let mut arguments: Vec<(Vec<u8>, Plain)> = Vec::new();
    if let Some(attrs) = value.as_attrs() {
        let attrs = ev.flat(attrs);
        for entry in attrs.entries() {
            let value = ev.force(entry.value, entry.pos)?;
            let key = ev.symbols.text(entry.name).to_vec();
            let plain = plain_argument(ev, function, &key, value)?;
            arguments.push((key, plain));
        }
    } else {
        let context = "while evaluating the first argument passed to the fetcher";
        let text = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, context)?;
        arguments.push((b"url".to_vec(), Plain::Text(text.bytes().to_vec())));
    }
    let result = fetch(ev, function, arguments)?;
    Ok(ev.plain_value(&result))
}

fn plain_argument(ev: &mut Evaluator, function: &str, key: &[u8], value: Value) -> Res<Plain> {
    Ok(match value.kind() {
        Type::Bool => Plain::Bool(value == Value::TRUE),
        Type::Int => Plain::Int(value.as_int().unwrap_or_default()),
        Type::String | Type::Path | Type::Attrs => {
            let context = "while evaluating an argument of a fetcher";
            let text = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, context)?;
            Plain::Text(ev.realise_text(text.bytes(), text.elements())?)
        }
        Type::List if function == "fetchGit" => {
            let mut out = crate::coerce::TextBuilder::default();
            let options = crate::print::JsonOptions {
                strict: true,
                copy_paths: false,
            };
            ev.print_json(&mut out, value, options, NOWHERE)?;
            Plain::Text(out.bytes().to_vec())
        }
        _ => {
            let kind = ev.describe_type(value);
            let key = String::from_utf8_lossy(key);
            return Err(Error::wrong_type(format!(
                "argument '{key}' to '{function}' is {kind} while a string, Boolean or integer is expected"
            )));
        }
    })
}

fn fetch(ev: &mut Evaluator, function: &str, arguments: Vec<(Vec<u8>, Plain)>) -> Res<Plain> {
    ev.store.fetch(function, Plain::Attrs(arguments))
}

impl Evaluator {
    /// Plain data as a value; store paths become strings that refer to them.
    pub(crate) fn plain_value(&mut self, plain: &Plain) -> Value {
        match plain {
            Plain::Null => Value::NULL,
            Plain::Bool(truth) => Value::bool(*truth),
            Plain::Int(number) => Value::int(&mut self.heap, *number),
            Plain::Float(number) => Value::float(&mut self.heap, *number),
            Plain::Text(text) => self.string(text),
            Plain::StorePath(path) => self.store_path_value(path.clone()),
            Plain::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.plain_value(item)).collect();
                List::from_slice(&mut self.heap, &items).value()
            }
            Plain::Attrs(members) => {
                let mut builder = AttrsBuilder::with_capacity(members.len());
                for (name, member) in members {
                    let name = self.symbols.intern(name);
                    let member = self.plain_value(member);
                    builder.add(name, member, NOWHERE);
                }
                builder.finish(&mut self.heap).value()
            }
        }
    }
}
