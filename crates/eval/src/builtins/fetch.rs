//! Builtins that download: arguments are checked here, the host does the rest.

use formats::content_address::{ContentAddress, Method};
use formats::hash::{Algorithm, Hash, HashFormat};
use formats::store_path::check_name;

use super::{Definition, NOWHERE};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::host::Plain;
use crate::text::url::Url;
use crate::value::{AttrsBuilder, List, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "fetchurl",
        args: &["arg"],
        doc: "Downloads a file and returns its store path. *arg* is the URL, or `{ url, sha256, name }`. Pure evaluation demands the hash.",
        run: |ev, args| fetch_file(ev, Download::File, args[0]),
    },
    Definition {
        name: "fetchTarball",
        args: &["args"],
        doc: "Downloads an archive, unpacks it without its top directory, and returns the store path. *args* is the URL, or `{ url, sha256, name }`, with the hash of the unpacked tree. Pure evaluation demands it.",
        run: |ev, args| fetch_file(ev, Download::Archive, args[0]),
    },
    Definition {
        name: "fetchClosure",
        args: &["args"],
        doc: "Copies the closure of a store path from a binary cache: `{ fromStore, fromPath, toPath, inputAddressed }`. Needs the feature `fetch-closure`.",
        run: fetch_closure,
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Download {
    File,
    Archive,
}

impl Download {
    fn function(self) -> &'static str {
        match self {
            Download::File => "fetchurl",
            Download::Archive => "fetchTarball",
        }
    }
}

/// What `fetchurl` and `fetchTarball` were given.
struct Request {
    url: String,
    /// Empty for the last part of the URL.
    name: String,
    hash: Option<Hash>,
    /// How a name could be given that makes a store path.
    naming_advice: &'static str,
}

fn fetch_file(ev: &mut Evaluator, download: Download, argument: Value) -> Res {
    let function = download.function();
    let mut request = read_request(ev, download, argument)?;
    // The host knows what a channel is; whether one may be asked for is decided by where it is.
    let url = match request.url.strip_prefix("channel:") {
        Some(channel) if download == Download::Archive => {
            format!("https://channels.nixos.org/{channel}/nixexprs.tar.xz")
        }
        _ => request.url.clone(),
    };
    ev.check_uri(&url)?;
    if request.name.is_empty() {
        let path = request.url.strip_suffix('/').unwrap_or(&request.url);
        path.rsplit('/')
            .next()
            .unwrap_or_default()
            .clone_into(&mut request.name);
    }
    if let Err(error) = check_name(&request.name) {
        let (url, advice) = (&request.url, request.naming_advice.replace('%', function));
        return Err(Error::eval(format!(
            "invalid store path name when fetching URL '{url}': {error}. {advice} so that it can create a valid store path."
        )));
    }
    if ev.settings.pure && request.hash.is_none() {
        return Err(Error::eval(format!(
            "in pure evaluation mode, '{function}' requires a 'sha256' argument"
        )));
    }
    if let Some(hash) = request.hash {
        let method = if download == Download::File {
            Method::Flat
        } else {
            Method::Nar
        };
        let expected = ev
            .store_dir
            .make_fixed_output_path(&request.name, &ContentAddress { method, hash })
            .map_err(|error| Error::eval(error.to_string()))?;
        if ev.store.is_valid_path(&expected)? {
            return Ok(ev.store_path_value(expected));
        }
    }
    let mut arguments = vec![
        (b"url".to_vec(), Plain::Text(request.url.into_bytes())),
        (b"name".to_vec(), Plain::Text(request.name.into_bytes())),
    ];
    if let Some(hash) = request.hash {
        let hash = hash.to_text(HashFormat::Sri).into_bytes();
        arguments.push((b"sha256".to_vec(), Plain::Text(hash)));
    }
    let result = ev.store.fetch(function, Plain::Attrs(arguments))?;
    out_path(ev, &result, function)
}

/// The store path in the host's answer.
fn out_path(ev: &mut Evaluator, result: &Plain, function: &str) -> Res {
    match result.member(b"outPath") {
        Some(Plain::StorePath(path)) => Ok(ev.store_path_value(path.clone())),
        _ => Err(Error::eval(format!(
            "the host gave no store path for '{function}'"
        ))),
    }
}

fn read_request(ev: &mut Evaluator, download: Download, argument: Value) -> Res<Request> {
    let mut request = Request {
        url: String::new(),
        name: if download == Download::File {
            String::new()
        } else {
            "source".to_owned()
        },
        hash: None,
        naming_advice: "Please pass an attribute set with 'url' and 'name' attributes to '%', ",
    };
    let value = ev.force(argument, NOWHERE)?;
    let Some(attrs) = value.as_attrs() else {
        let context = "while evaluating the url we should fetch";
        let url = ev.force_string_no_context(value, NOWHERE, context)?;
        request.url = String::from_utf8_lossy(url.bytes()).into_owned();
        return Ok(request);
    };
    request.naming_advice = "Please add a valid 'name' attribute to the argument for '%',";
    let mut url = None;
    for entry in ev.flat(attrs).entries() {
        let key = ev.symbols.text(entry.name).to_vec();
        let what = match &key[..] {
            b"url" => "url",
            b"sha256" => "sha256 of the content",
            b"name" => "name of the content",
            _ => {
                let key = String::from_utf8_lossy(&key);
                let function = download.function();
                return Err(Error::eval(format!(
                    "unsupported argument '{key}' to '{function}'"
                )));
            }
        };
        let context = format!("while evaluating the {what} we should fetch");
        let text = ev.force_string_no_context(entry.value, entry.pos, &context)?;
        let text = String::from_utf8_lossy(text.bytes()).into_owned();
        match &key[..] {
            b"url" => url = Some(text),
            b"name" => {
                request.name = text;
                request.naming_advice =
                    "Please change the value for the 'name' attribute passed to '%',";
            }
            _ => request.hash = Some(ev.hash_allowing_empty(&text, Some(Algorithm::Sha256))?),
        }
    }
    request.url = url.ok_or_else(|| Error::eval("'url' argument required"))?;
    Ok(request)
}

fn fetch_closure(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.fetchClosure";
    let attrs = ev.force_attrs(args[0], NOWHERE, context)?;
    let mut arguments: Vec<(Vec<u8>, Plain)> = Vec::new();
    for entry in ev.flat(attrs).entries() {
        let key = ev.symbols.text(entry.name).to_vec();
        let shown = String::from_utf8_lossy(&key).into_owned();
        let context =
            format!("while evaluating the attribute '{shown}' passed to builtins.fetchClosure");
        let plain = match &key[..] {
            b"fromPath" => {
                let path = ev.coerce_to_store_path(entry.value, entry.pos, &context)?;
                Plain::Text(path.into_bytes())
            }
            b"toPath" => {
                let value = ev.force(entry.value, entry.pos)?;
                if value
                    .as_string()
                    .is_some_and(|text| text.bytes().is_empty())
                {
                    Plain::Text(Vec::new())
                } else {
                    let path = ev.coerce_to_store_path(value, entry.pos, &context)?;
                    Plain::Text(path.into_bytes())
                }
            }
            b"fromStore" => {
                let text = ev.force_string_no_context(entry.value, entry.pos, &context)?;
                Plain::Text(text.bytes().to_vec())
            }
            b"inputAddressed" => Plain::Bool(ev.force_bool(entry.value, entry.pos, &context)?),
            _ => {
                return Err(Error::eval(format!(
                    "attribute '{shown}' isn't supported in call to 'fetchClosure'"
                )));
            }
        };
        arguments.push((key, plain));
    }
    let arguments = Plain::Attrs(arguments);
    check_closure(&arguments)?;
    let result = ev.store.fetch("fetchClosure", arguments)?;
    out_path(ev, &result, "fetchClosure")
}

fn check_closure(arguments: &Plain) -> Res<()> {
    let missing = |name: &str| {
        Error::eval(format!(
            "attribute '{name}' is missing in call to 'fetchClosure'"
        ))
    };
    if arguments.member(b"fromPath").is_none() {
        return Err(missing("fromPath"));
    }
    let is_input_addressed = arguments.member(b"inputAddressed") == Some(&Plain::Bool(true));
    if is_input_addressed && arguments.member(b"toPath").is_some() {
        return Err(Error::eval(
            "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them",
        ));
    }
    let Some(Plain::Text(url)) = arguments.member(b"fromStore") else {
        return Err(missing("fromStore"));
    };
    let url = String::from_utf8_lossy(url);
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Error::eval(
            "'fetchClosure' only supports http:// and https:// stores",
        ));
    }
    if url.contains('?') {
        return Err(Error::eval(format!(
            "'fetchClosure' does not support URL query parameters (in '{url}')"
        )));
    }
    Ok(())
}

impl Evaluator {
    /// Fails if restricted evaluation forbids fetching from a URI.
    pub(crate) fn check_uri(&mut self, uri: &str) -> Res<()> {
        if !self.settings.restricted {
            return Ok(());
        }
        let is_allowed = |prefix: &String| {
            let rest = uri
                .strip_prefix(prefix.as_str())
                .filter(|_| !prefix.is_empty());
            let is_scheme = prefix.ends_with(':') && prefix.matches(':').count() == 1;
            rest.is_some_and(|rest| {
                rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/') || is_scheme
            })
        };
        if self.settings.allowed_uris.iter().any(is_allowed) {
            return Ok(());
        }
        if uri.starts_with('/') {
            return self.check_access(&crate::path::canonical(uri.as_bytes()));
        }
        if let Ok(url) = Url::parse(uri, false, &mut |_| {})
            && url.scheme == "file"
        {
            return self.check_access(&crate::path::canonical(url.path.join("/").as_bytes()));
        }
        let message = format!("access to URI '{uri}' is forbidden in restricted mode");
        Err(Error::new(crate::error::ErrorKind::Restricted, message))
    }

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
