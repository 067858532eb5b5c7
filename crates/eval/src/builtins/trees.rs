//! Builtins about source trees: `fetchTree`, its older relatives, and flake references.

use super::{Definition, NOWHERE};
use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::host::{Level, Plain};
use crate::print::JsonOptions;
use crate::text::flake_ref::{Attr, Attrs, FlakeRef, Input, InputError, InputResult, Reading};
use crate::value::{AttrsBuilder, Type, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "fetchGit",
        args: &["args"],
        doc: "Fetches a commit of a Git repository and returns a set with `outPath`, `rev`, `shortRev`, `revCount`, `lastModified`, `narHash` and more. *args* is a URL or path, or a set with `url`, `rev`, `ref`, `submodules`, `shallow`, `allRefs` and others.",
        run: |ev, args| fetch_tree(ev, args[0], Fetcher::Git),
    },
    Definition {
        name: "fetchMercurial",
        args: &["args"],
        doc: "Fetches a revision of a Mercurial repository. *args* is a URL, or a set with `url`, `rev` and `name`.",
        run: |ev, args| fetch_mercurial(ev, args[0]),
    },
    Definition {
        name: "fetchTree",
        args: &["input"],
        doc: "Fetches a source tree: *input* is a URL, or a set with a `type` (`git`, `github`, `gitlab`, `sourcehut`, `hg`, `tarball`, `file`, `path`) and what that needs. Needs the feature `fetch-tree`.",
        run: |ev, args| fetch_tree(ev, args[0], Fetcher::Tree),
    },
    Definition {
        name: "fetchFinalTree",
        args: &["input"],
        doc: "`fetchTree` for the entries of lock files, which say all that there is to know of a tree.",
        run: |ev, args| fetch_tree(ev, args[0], Fetcher::FinalTree),
    },
    Definition {
        name: "parseFlakeRef",
        args: &["flake-ref"],
        doc: "The attributes of a flake reference such as `\"github:NixOS/nixpkgs/23.05?dir=lib\"`. Needs the feature `flakes`.",
        run: parse_flake_ref,
    },
    Definition {
        name: "flakeRefToString",
        args: &["attrs"],
        doc: "The URL of the flake reference with the attributes *attrs*. Needs the feature `flakes`.",
        run: flake_ref_to_string,
    },
    Definition {
        name: "getFlake",
        args: &["args"],
        doc: "The outputs and metadata of the flake that the reference *args* names. Pure evaluation demands a locked reference. Needs the feature `flakes`.",
        run: get_flake,
    },
];

/// The builtins that fetch trees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fetcher {
    Tree,
    FinalTree,
    Git,
}

impl Fetcher {
    fn name(self) -> &'static str {
        if self == Fetcher::Git {
            "fetchGit"
        } else {
            "fetchTree"
        }
    }
}

/// Reads references under an evaluator's settings.
pub(crate) fn read_reference<T>(
    ev: &mut Evaluator,
    read: impl FnOnce(&mut Reading<'_>) -> InputResult<T>,
) -> Res<T> {
    let Evaluator {
        settings, store, ..
    } = ev;
    let mut reading = Reading {
        has_feature: &|feature| settings.has_feature(feature),
        warn: &mut |message| store.message(Level::Notice, message.as_bytes()),
    };
    match read(&mut reading) {
        Ok(found) => Ok(found),
        Err(InputError::Feature(feature)) => Err(Evaluator::feature_disabled(feature, "")),
        Err(InputError::BadUrl(message) | InputError::Invalid(message)) => {
            Err(Error::eval(message))
        }
    }
}

fn fetch_tree(ev: &mut Evaluator, argument: Value, fetcher: Fetcher) -> Res {
    let mut input = read_input(ev, argument, fetcher)?;
    if !ev.settings.pure && !input.is_direct() {
        input = resolve_input(ev, &input)?;
    }
    let url = read_reference(ev, |_| input.to_url())?.to_string();
    check_lock(ev, &input, &url, fetcher)?;
    ev.check_uri(&url)?;
    if fetcher == Fetcher::FinalTree {
        input.attrs.insert("__final".to_owned(), Attr::Bool(true));
    } else if input.attrs.get("__final") == Some(&Attr::Bool(true)) {
        let message = format!("input '{url}' is not allowed to use the '__final' attribute");
        return Err(Error::eval(message));
    }
    let function = fetcher.name();
    let tree = fetch_input(ev, &input, function)
        .map_err(|error| error.trace(NOWHERE, format!("while fetching the input '{url}'")))?;
    tree_value(ev, &tree, &input, fetcher == Fetcher::Git)
}

/// What a name stands for.
fn resolve_input(ev: &mut Evaluator, input: &Input) -> Res<Input> {
    let answer = ev.store.fetch("resolveTree", plain_attrs(&input.attrs))?;
    let Plain::Attrs(members) = answer else {
        return Err(Error::eval("the host gave no attributes for an input"));
    };
    let attrs = members.into_iter().filter_map(|(name, value)| {
        let attr = match value {
            Plain::Text(text) => Attr::Text(String::from_utf8_lossy(&text).into_owned()),
            Plain::Int(number) => Attr::Int(u64::try_from(number).ok()?),
            Plain::Bool(truth) => Attr::Bool(truth),
            Plain::StorePath(path) => Attr::Text(ev.store_dir.print(&path)),
            _ => return None,
        };
        Some((String::from_utf8_lossy(&name).into_owned(), attr))
    });
    let attrs: Attrs = attrs.collect();
    read_reference(ev, |reading| Input::from_attrs(attrs, reading))
}

/// Pure evaluation wants to know beforehand what it gets.
fn check_lock(ev: &mut Evaluator, input: &Input, url: &str, fetcher: Fetcher) -> Res<()> {
    if !ev.settings.pure || read_reference(ev, |_| input.is_locked())? {
        return Ok(());
    }
    if input.attrs.contains_key("narHash") {
        let message = format!(
            "Input '{url}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. This is not reproducible and will break after garbage collection or when shared."
        );
        ev.store.message(Level::Notice, message.as_bytes());
        return Ok(());
    }
    let fetcher = fetcher.name();
    Err(Error::eval(format!(
        "in pure evaluation mode, '{fetcher}' doesn't fetch unlocked input '{url}'"
    )))
}

fn read_input(ev: &mut Evaluator, argument: Value, fetcher: Fetcher) -> Res<Input> {
    let value = ev.force(argument, NOWHERE)?;
    if value.as_attrs().is_some() {
        let attrs = read_attrs(ev, value, fetcher)?;
        return read_reference(ev, |reading| Input::from_attrs(attrs, reading));
    }
    let context = format!(
        "while evaluating the first argument passed to '{}'",
        fetcher.name()
    );
    let url = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, &context)?;
    let url = String::from_utf8_lossy(url.bytes()).into_owned();
    if fetcher == Fetcher::Git {
        return read_reference(ev, |reading| {
            let mut attrs = Attrs::new();
            attrs.insert("type".to_owned(), Attr::Text("git".to_owned()));
            attrs.insert("url".to_owned(), Attr::Text(url));
            attrs.insert("exportIgnore".to_owned(), Attr::Bool(true));
            Input::from_attrs(attrs, reading)
        });
    }
    if !ev.settings.has_feature("flakes") {
        return Err(Error::eval(format!(
            "passing a string argument to '{}' requires the 'flakes' experimental feature",
            fetcher.name()
        )));
    }
    read_reference(ev, |reading| Input::from_url(&url, reading))
}

/// The attributes of a set; those that have a default are added.
fn read_attrs(ev: &mut Evaluator, value: Value, fetcher: Fetcher) -> Res<Attrs> {
    let set = ev.force_attrs(value, NOWHERE, "")?;
    let is_git = fetcher == Fetcher::Git;
    let kind = match set.find(ev.names.type_) {
        Some(_) if is_git => return Err(Error::eval("unexpected argument 'type'")),
        Some((slot, pos)) => {
            let context = format!(
                "while evaluating the `type` argument passed to '{}'",
                fetcher.name()
            );
            let kind = ev.force_string_no_context(slot.get(), pos, &context)?;
            String::from_utf8_lossy(kind.bytes()).into_owned()
        }
        None if is_git => "git".to_owned(),
        None => {
            let fetcher = fetcher.name();
            return Err(Error::eval(format!(
                "argument 'type' is missing in call to '{fetcher}'"
            )));
        }
    };
    let mut attrs = Attrs::new();
    for entry in ev.flat(set).entries() {
        if entry.name != ev.names.type_ {
            let value = ev.force(entry.value, entry.pos)?;
            let name = String::from_utf8_lossy(ev.symbols.text(entry.name)).into_owned();
            let attr = read_attr(ev, fetcher, &name, value)?;
            attrs.insert(name, attr);
        }
    }
    if is_git && attrs.get("submodules") != Some(&Attr::Bool(true)) {
        attrs
            .entry("exportIgnore".to_owned())
            .or_insert(Attr::Bool(true));
    }
    if kind == "git" && !is_git {
        attrs
            .entry("shallow".to_owned())
            .or_insert(Attr::Bool(true));
    }
    attrs.insert("type".to_owned(), Attr::Text(kind));
    if !is_git && attrs.contains_key("name") {
        let fetcher = fetcher.name();
        return Err(Error::eval(format!(
            "argument 'name' isn’t supported in call to '{fetcher}'"
        )));
    }
    Ok(attrs)
}

fn read_attr(ev: &mut Evaluator, fetcher: Fetcher, name: &str, value: Value) -> Res<Attr> {
    Ok(match value.kind() {
        Type::Bool => Attr::Bool(value == Value::TRUE),
        Type::Int => {
            let number = value.as_int().unwrap_or_default();
            Attr::Int(u64::try_from(number).map_err(|_| {
                Error::eval(format!(
                    "negative value given for '{}' argument '{name}': {number}",
                    fetcher.name()
                ))
            })?)
        }
        Type::String | Type::Path => {
            let text = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, "")?;
            Attr::Text(String::from_utf8_lossy(text.bytes()).into_owned())
        }
        _ if name == "publicKeys" => {
            ev.require_feature("verified-fetches", "")?;
            let mut out = TextBuilder::default();
            let options = JsonOptions {
                strict: true,
                copy_paths: true,
            };
            ev.print_json(&mut out, value, options, NOWHERE)?;
            Attr::Text(String::from_utf8_lossy(out.bytes()).into_owned())
        }
        _ => {
            let (fetcher, kind) = (fetcher.name(), ev.describe_type(value));
            return Err(Error::wrong_type(format!(
                "argument '{name}' to '{fetcher}' is {kind} while a string, Boolean or integer is expected"
            )));
        }
    })
}

/// Has the host fetch an input.
fn fetch_input(ev: &mut Evaluator, input: &Input, function: &str) -> Res<Plain> {
    if let (Some(Attr::Text(kind)), Some(Attr::Text(url))) =
        (input.attrs.get("type"), input.attrs.get("url"))
        && kind == "tarball"
        && url
            .strip_prefix("file:")
            .is_some_and(|path| !path.starts_with('/'))
    {
        return Err(Error::eval(format!(
            "tarball '{url}' must use an absolute path. The 'file' scheme does not support relative paths."
        )));
    }
    if let (Some(Attr::Text(kind)), Some(Attr::Text(path))) =
        (input.attrs.get("type"), input.attrs.get("path"))
        && kind == "path"
        && !path.starts_with('/')
    {
        let url = read_reference(ev, |_| input.to_url())?;
        let message = format!("cannot fetch input '{url}' because it uses a relative path");
        return Err(Error::eval(message));
    }
    ev.store.fetch(function, plain_attrs(&input.attrs))
}

fn plain_attrs(attrs: &Attrs) -> Plain {
    let plain = |attr: &Attr| match attr {
        Attr::Text(text) => Plain::Text(text.clone().into_bytes()),
        Attr::Int(number) => Plain::Int(i64::try_from(*number).unwrap_or(i64::MAX)),
        Attr::Bool(truth) => Plain::Bool(*truth),
    };
    let members = attrs
        .iter()
        .map(|(name, attr)| (name.clone().into_bytes(), plain(attr)));
    Plain::Attrs(members.collect())
}

/// The set that describes a fetched tree. Trees that are no commit get the commit 0 if `has_fallback_rev`.
fn tree_value(ev: &mut Evaluator, fetched: &Plain, input: &Input, has_fallback_rev: bool) -> Res {
    let text = |name: &[u8]| match fetched.member(name) {
        Some(Plain::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let number = |name: &[u8]| match fetched.member(name) {
        Some(Plain::Int(number)) => Some(*number),
        _ => None,
    };
    let Some(Plain::StorePath(out_path)) = fetched.member(b"outPath") else {
        return Err(Error::eval("the host gave no store path for a tree"));
    };
    let mut members = vec![(&b"outPath"[..], ev.store_path_value(out_path.clone()))];
    let mut set = |ev: &mut Evaluator, name: &'static [u8], text: Option<Vec<u8>>| {
        members.extend(text.map(|text| (name, ev.string(&text))));
    };
    let fallback = has_fallback_rev.then(|| vec![b'0'; 40]);
    let rev = text(b"rev").or(fallback);
    set(ev, b"narHash", text(b"narHash"));
    set(
        ev,
        b"shortRev",
        rev.as_ref().map(|rev| rev[..rev.len().min(7)].to_vec()),
    );
    set(ev, b"rev", rev);
    set(ev, b"dirtyRev", text(b"dirtyRev"));
    set(ev, b"dirtyShortRev", text(b"dirtyShortRev"));
    let modified = number(b"lastModified");
    set(
        ev,
        b"lastModifiedDate",
        modified.map(|time| utc_stamp(time).into_bytes()),
    );
    if input.attrs.get("type") == Some(&Attr::Text("git".to_owned())) {
        let has_submodules = input.attrs.get("submodules") == Some(&Attr::Bool(true));
        members.push((b"submodules", Value::bool(has_submodules)));
    }
    let rev_count = number(b"revCount").or(has_fallback_rev.then_some(0));
    for (name, number) in [(&b"revCount"[..], rev_count), (b"lastModified", modified)] {
        members.extend(number.map(|number| (name, Value::int(&mut ev.heap, number))));
    }
    let mut builder = AttrsBuilder::with_capacity(members.len());
    for (name, value) in members {
        builder.add(ev.symbols.intern(name), value, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}

/// A time in seconds since 1970 as `20230611171638`.
fn utc_stamp(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    // Years are counted from March, so that a leap day comes last; 400 of them have 146097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

fn fetch_mercurial(ev: &mut Evaluator, argument: Value) -> Res {
    let value = ev.force(argument, NOWHERE)?;
    let mut request = Attrs::new();
    let mut set = |name: &str, text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        request.insert(name.to_owned(), Attr::Text(text));
    };
    set("type", b"hg");
    set("name", b"source");
    set("url", b"");
    if let Some(attrs) = value.as_attrs() {
        for entry in ev.flat(attrs).entries() {
            let key = String::from_utf8_lossy(ev.symbols.text(entry.name)).into_owned();
            let context =
                format!("while evaluating the `{key}` attribute passed to builtins.fetchMercurial");
            let (value, pos) = (entry.value, entry.pos);
            match key.as_str() {
                "url" => {
                    let url = ev.coerce_to_string(value, Coercion::PLAIN, pos, &context)?;
                    set("url", url.bytes());
                }
                "name" => set(
                    "name",
                    ev.force_string_no_context(value, pos, &context)?.bytes(),
                ),
                "rev" => {
                    let rev = ev.force_string_no_context(value, pos, &context)?.bytes();
                    let is_hash = rev.len() == 40 && rev.iter().all(u8::is_ascii_hexdigit);
                    set(if is_hash { "rev" } else { "ref" }, rev);
                }
                _ => {
                    let message = format!("unsupported argument '{key}' to 'fetchMercurial'");
                    return Err(Error::eval(message).at(pos));
                }
            }
        }
        if request.get("url") == Some(&Attr::Text(String::new())) {
            return Err(Error::eval("'url' argument required"));
        }
    } else {
        let context = "while evaluating the first argument passed to builtins.fetchMercurial";
        set(
            "url",
            ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, context)?
                .bytes(),
        );
    }
    fetch_repository(ev, request)
}

/// Fetches from a Mercurial repository, and names the results as `fetchMercurial` always has.
fn fetch_repository(ev: &mut Evaluator, mut request: Attrs) -> Res {
    if let Some(Attr::Text(url)) = request.get_mut("url") {
        ev.check_uri(url)?;
        if !url.contains("://") {
            *url = format!("file://{url}");
        }
    }
    if ev.settings.pure && !request.contains_key("rev") {
        return Err(Error::eval(
            "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision",
        ));
    }
    let input = read_reference(ev, |reading| Input::from_attrs(request, reading))?;
    let url = read_reference(ev, |_| input.to_url())?;
    let fetched = fetch_input(ev, &input, "fetchMercurial")
        .map_err(|error| error.trace(NOWHERE, format!("while fetching the input '{url}'")))?;
    let text = |name: &[u8], fallback: &[u8]| match fetched.member(name) {
        Some(Plain::Text(text)) => text.clone(),
        _ => fallback.to_vec(),
    };
    let rev = text(b"rev", &[b'0'; 40]);
    let mut members = vec![
        (
            b"shortRev".to_vec(),
            Plain::Text(rev[..rev.len().min(12)].to_vec()),
        ),
        (b"rev".to_vec(), Plain::Text(rev)),
    ];
    for (from, name) in [
        (&b"outPath"[..], &b"outPath"[..]),
        (b"ref", b"branch"),
        (b"revCount", b"revCount"),
    ] {
        members.extend(
            fetched
                .member(from)
                .map(|member| (name.to_vec(), member.clone())),
        );
    }
    Ok(ev.plain_value(&Plain::Attrs(members)))
}

fn parse_flake_ref(ev: &mut Evaluator, args: &[Value]) -> Res {
    ev.require_feature("flakes", "")?;
    let context = "while evaluating the argument passed to builtins.parseFlakeRef";
    let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let text = String::from_utf8_lossy(text.bytes()).into_owned();
    let found = read_reference(ev, |reading| FlakeRef::parse(&text, reading))?;
    Ok(ev.plain_value(&plain_attrs(&found.to_attrs())))
}

fn flake_ref_to_string(ev: &mut Evaluator, args: &[Value]) -> Res {
    ev.require_feature("flakes", "")?;
    let context = "while evaluating the argument passed to builtins.flakeRefToString";
    let set = ev.force_attrs(args[0], NOWHERE, context)?;
    let mut attrs = Attrs::new();
    for entry in ev.flat(set).entries() {
        let value = ev.force(entry.value, entry.pos)?;
        let name = String::from_utf8_lossy(ev.symbols.text(entry.name)).into_owned();
        let attr = if let Some(text) = value.as_string() {
            Attr::Text(String::from_utf8_lossy(text.bytes()).into_owned())
        } else if let Some(truth) = value.as_bool() {
            Attr::Bool(truth)
        } else if let Some(number) = value.as_int() {
            Attr::Int(u64::try_from(number).map_err(|_| {
                Error::eval(format!(
                    "negative value given for flake ref attr {name}: {number}"
                ))
            })?)
        } else {
            let kind = ev.describe_type(value);
            return Err(Error::eval(format!(
                "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '{name}' is {kind}"
            )));
        };
        attrs.insert(name, attr);
    }
    let url = read_reference(ev, |reading| FlakeRef::from_attrs(attrs, reading)?.to_url())?;
    Ok(ev.string(url.to_string().as_bytes()))
}

fn get_flake(ev: &mut Evaluator, args: &[Value]) -> Res {
    ev.require_feature("flakes", "")?;
    let context = "while evaluating the argument passed to builtins.getFlake";
    let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let text = String::from_utf8_lossy(text.bytes()).into_owned();
    let found = read_reference(ev, |reading| FlakeRef::parse(&text, reading))?;
    if ev.settings.pure && !read_reference(ev, |_| found.input.is_locked())? {
        return Err(Error::eval(format!(
            "cannot call 'getFlake' on unlocked flake reference '{text}', at «none»:0 (use --impure to override)"
        )));
    }
    let answer = ev.store.fetch("getFlake", plain_attrs(&found.to_attrs()))?;
    let (Some(Plain::Text(lock)), Some(Plain::Attrs(overrides))) =
        (answer.member(b"lockFile"), answer.member(b"overrides"))
    else {
        return Err(Error::eval(format!(
            "the host gave no lock file for the flake '{text}'"
        )));
    };
    let mut builder = AttrsBuilder::with_capacity(overrides.len());
    for (node, fetched) in overrides {
        let source_info = fetched.member(b"sourceInfo").unwrap_or(&Plain::Null);
        let source_info = tree_value(ev, source_info, &found.input, false)?;
        let dir = ev.plain_value(fetched.member(b"dir").unwrap_or(&Plain::Text(Vec::new())));
        let names = [
            (ev.symbols.intern(b"sourceInfo"), source_info),
            (ev.symbols.intern(b"dir"), dir),
        ];
        let value = ev.make_attrs(&names);
        builder.add(ev.symbols.intern(node), value, NOWHERE);
    }
    let overrides = builder.finish(&mut ev.heap).value();
    let lock = ev.string(lock);
    let text = include_str!("../internal/call-flake.nix");
    let function = ev.internal_function("call-flake.nix", text)?;
    let fetch = ev.hidden_builtin("fetchFinalTree");
    ev.call(function, &[lock, overrides, fetch], NOWHERE)
}

#[cfg(test)]
mod tests {
    use super::utc_stamp;

    #[test]
    fn stamps_are_utc() {
        for (seconds, stamp) in [
            (0, "19700101000000"),
            (1_686_503_798, "20230611171638"),
            (951_782_400, "20000229000000"),
            (-1, "19691231235959"),
        ] {
            assert_eq!(utc_stamp(seconds), stamp);
        }
    }
}
