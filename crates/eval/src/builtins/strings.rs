//! Builtins on strings: cutting, joining, hashing, versions.

use formats::hash::{Algorithm, Hash, HashFormat, Hasher};
use memchr::memmem::Finder;

use super::{Definition, NOWHERE};
use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::host::Level;
use crate::text::version;
use crate::value::{List, Str, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "toString",
        args: &["e"],
        doc: "*e* as a string: a string, a path (not copied to the store), a number, a boolean (`true` is `\"1\"`, `false` is empty), `null` (empty), a list (its elements with spaces between), or a set with `__toString` or `outPath`.",
        run: to_string,
    },
    Definition {
        name: "stringLength",
        args: &["e"],
        doc: "The number of bytes of the string *e*.",
        run: |ev, args| {
            let context = "while evaluating the argument passed to builtins.stringLength";
            let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
            Ok(Value::int(&mut ev.heap, text.bytes().len() as i64))
        },
    },
    Definition {
        name: "substring",
        args: &["start", "len", "s"],
        doc: "*len* bytes of the string *s* from the byte *start* on, or fewer where it ends before; all of the rest if *len* is negative.",
        run: substring,
    },
    Definition {
        name: "concatStringsSep",
        args: &["separator", "list"],
        doc: "The strings of *list* one after the other, with *separator* between them.",
        run: concat_strings_sep,
    },
    Definition {
        name: "replaceStrings",
        args: &["from", "to", "s"],
        doc: "The string *s* with each occurrence of a string of the list *from* replaced by the one at the same place of *to*. Where several match, the first in *from* counts.",
        run: replace_strings,
    },
    Definition {
        name: "hashString",
        args: &["type", "s"],
        doc: "The hash of the string *s* in hexadecimal; *type* is `\"md5\"`, `\"sha1\"`, `\"sha256\"` or `\"sha512\"`.",
        run: hash_string,
    },
    Definition {
        name: "convertHash",
        args: &["args"],
        doc: "Another notation of a hash: from `{ hash, hashAlgo, toHashFormat }`, where *hashAlgo* is needed unless *hash* names its algorithm and *toHashFormat* is `\"base16\"`, `\"nix32\"`, `\"base64\"` or `\"sri\"`.",
        run: convert_hash,
    },
    Definition {
        name: "getEnv",
        args: &["s"],
        doc: "The environment variable *s*, or an empty string. Always empty in pure and restricted evaluation.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.getEnv";
            let name = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let is_hidden = ev.settings.pure || ev.settings.restricted;
            let value = if is_hidden {
                None
            } else {
                ev.io.environment(name.bytes())
            };
            Ok(ev.string(&value.unwrap_or_default()))
        },
    },
    Definition {
        name: "parseDrvName",
        args: &["s"],
        doc: "`{ name, version }` of a package name such as `\"nix-0.12pre12876\"`: the version follows the first dash that no letter follows.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.parseDrvName";
            let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let (name, version) = version::parse_drv_name(text.bytes());
            let (name, version) = (ev.string(name), ev.string(version));
            let names = [(ev.names.name, name), (ev.names.version, version)];
            Ok(ev.make_attrs(&names))
        },
    },
    Definition {
        name: "compareVersions",
        args: &["s1", "s2"],
        doc: "-1, 0 or 1 as the version *s1* is older than, the same as, or newer than *s2*, by the rules of `nix-env -u`.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.compareVersions";
            let left = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let context = "while evaluating the second argument passed to builtins.compareVersions";
            let right = ev.force_string_no_context(args[1], NOWHERE, context)?;
            let order = version::compare(left.bytes(), right.bytes());
            Ok(Value::int(&mut ev.heap, order as i64))
        },
    },
    Definition {
        name: "splitVersion",
        args: &["s"],
        doc: "The components of the version *s*, as `compareVersions` compares them.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.splitVersion";
            let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
            let parts: Vec<Value> = version::components(text.bytes())
                .map(|part| ev.string(part))
                .collect();
            Ok(List::from_slice(&mut ev.heap, &parts).value())
        },
    },
    Definition {
        name: "match",
        args: &["regex", "str"],
        doc: "The groups of the extended POSIX regular expression *regex* if it matches the whole of *str* (`null` for a group that took no part), else `null`.",
        run: match_regex,
    },
    Definition {
        name: "split",
        args: &["regex", "str"],
        doc: "*str* cut at the matches of the extended POSIX regular expression *regex*: strings, and between them the list of the groups of each match.",
        run: split,
    },
];

fn to_string(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.toString";
    let options = Coercion {
        more: true,
        ..Coercion::PLAIN
    };
    let text = ev.coerce_to_string(args[0], options, NOWHERE, context)?;
    Ok(text.finish(ev))
}

fn substring(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context =
        "while evaluating the first argument (the start offset) passed to builtins.substring";
    let start = ev.force_int(args[0], NOWHERE, context)?;
    let Ok(start) = usize::try_from(start) else {
        return Err(Error::eval("negative start position in 'substring'"));
    };
    let context =
        "while evaluating the second argument (the substring length) passed to builtins.substring";
    let length = ev.force_int(args[1], NOWHERE, context)?;
    let context = "while evaluating the third argument (the string) passed to builtins.substring";
    let value = ev.force(args[2], NOWHERE)?;
    if let Some(text) = value.as_string() {
        let part = cut(text.bytes(), start, length);
        return Ok(Str::new(&mut ev.heap, part, text.context()).value());
    }
    let text = ev.coerce_to_string(value, Coercion::INTERPOLATION, NOWHERE, context)?;
    let part = cut(text.bytes(), start, length);
    Ok(ev.string_with_context(part, text.elements()))
}

fn cut(text: &[u8], start: usize, length: i64) -> &[u8] {
    let rest = text.get(start..).unwrap_or_default();
    match usize::try_from(length) {
        Ok(length) => &rest[..length.min(rest.len())],
        Err(_) => rest,
    }
}

fn concat_strings_sep(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument (the separator string) passed to builtins.concatStringsSep";
    let separator = ev.force_string(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument (the list of strings to concat) passed to builtins.concatStringsSep";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut text = TextBuilder::default();
    text.add_context(separator.context());
    for index in 0..list.len() {
        if index > 0 {
            ev.check_room(text.cost(separator.bytes().len()))?;
            text.push(separator.bytes());
        }
        let context = "while evaluating one element of the list of strings to concat passed to builtins.concatStringsSep";
        let options = Coercion::INTERPOLATION;
        ev.coerce_into(&mut text, list.get(index), options, NOWHERE, context)?;
    }
    Ok(text.finish(ev))
}

fn replace_strings(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.replaceStrings";
    let from = ev.force_list(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.replaceStrings";
    let to = ev.force_list(args[1], NOWHERE, context)?;
    if from.len() != to.len() {
        return Err(Error::eval(
            "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths",
        ));
    }
    let mut patterns: Vec<&'static [u8]> = Vec::with_capacity(from.len());
    for index in 0..from.len() {
        let context =
            "while evaluating one of the strings to replace passed to builtins.replaceStrings";
        patterns.push(ev.force_string(from.get(index), NOWHERE, context)?.bytes());
    }
    let context = "while evaluating the third argument passed to builtins.replaceStrings";
    let subject = ev.force_string(args[2], NOWHERE, context)?;
    let mut replacer = Replacer {
        patterns,
        to,
        replacements: vec![None; to.len()],
    };
    let mut text = TextBuilder::default();
    text.add_context(subject.context());
    replacer.replace(ev, subject.bytes(), &mut text)?;
    Ok(text.finish(ev))
}

/// Replaces patterns; replacements are evaluated when they are first used.
struct Replacer {
    patterns: Vec<&'static [u8]>,
    to: List,
    replacements: Vec<Option<Str>>,
}

impl Replacer {
    fn replace(&mut self, ev: &mut Evaluator, subject: &[u8], text: &mut TextBuilder) -> Res<()> {
        if let [pattern] = self.patterns[..]
            && !pattern.is_empty()
        {
            return self.replace_one(ev, pattern, subject, text);
        }
        let mut starts = [false; 256];
        let matches_anywhere = self.patterns.iter().any(|pattern| pattern.is_empty());
        for pattern in &self.patterns {
            if let Some(first) = pattern.first() {
                starts[usize::from(*first)] = true;
            }
        }
        let mut position = 0;
        while position <= subject.len() {
            let rest = &subject[position..];
            let may_match =
                matches_anywhere || rest.first().is_some_and(|byte| starts[usize::from(*byte)]);
            let found = if may_match {
                self.patterns
                    .iter()
                    .position(|pattern| rest.starts_with(pattern))
            } else {
                None
            };
            let mut advance = 0;
            if let Some(index) = found {
                self.push_replacement(ev, index, text)?;
                advance = self.patterns[index].len();
            }
            if advance == 0 {
                text.push(rest.get(..1).unwrap_or_default());
                advance = 1;
            }
            position += advance;
        }
        Ok(())
    }

    /// The common case of a single pattern.
    fn replace_one(
        &mut self,
        ev: &mut Evaluator,
        pattern: &[u8],
        subject: &[u8],
        text: &mut TextBuilder,
    ) -> Res<()> {
        let mut end = 0;
        for start in Finder::new(pattern).find_iter(subject) {
            text.push(&subject[end..start]);
            self.push_replacement(ev, 0, text)?;
            end = start + pattern.len();
        }
        text.push(&subject[end..]);
        Ok(())
    }

    fn push_replacement(
        &mut self,
        ev: &mut Evaluator,
        index: usize,
        text: &mut TextBuilder,
    ) -> Res<()> {
        ev.check_interrupt()?;
        let replacement = self.replacement(ev, index, text)?;
        ev.check_room(text.cost(replacement.bytes().len()))?;
        text.push(replacement.bytes());
        Ok(())
    }

    fn replacement(
        &mut self,
        ev: &mut Evaluator,
        index: usize,
        text: &mut TextBuilder,
    ) -> Res<Str> {
        if let Some(known) = self.replacements[index] {
            return Ok(known);
        }
        let context =
            "while evaluating one of the replacement strings passed to builtins.replaceStrings";
        let replacement = ev.force_string(self.to.get(index), NOWHERE, context)?;
        text.add_context(replacement.context());
        self.replacements[index] = Some(replacement);
        Ok(replacement)
    }
}

/// How much is hashed at once before the user may stop it.
const HASHED_BYTES: usize = 1 << 22;

fn hash_string(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.hashString";
    let algorithm = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let algorithm = ev.hash_algorithm(algorithm.bytes())?;
    let context = "while evaluating the second argument passed to builtins.hashString";
    let text = ev.force_string(args[1], NOWHERE, context)?;
    let mut hasher = Hasher::new(algorithm);
    for piece in text.bytes().chunks(HASHED_BYTES) {
        ev.check_interrupt()?;
        hasher.update(piece);
    }
    let hash = hasher.finish().to_text(HashFormat::Base16);
    Ok(ev.string(hash.as_bytes()))
}

fn convert_hash(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.convertHash";
    let attrs = ev.force_attrs(args[0], NOWHERE, context)?;
    let (hash, _) =
        ev.required_attr(attrs, ev.names.hash, "while locating the attribute 'hash'")?;
    let hash =
        ev.force_string_no_context(hash, NOWHERE, "while evaluating the attribute 'hash'")?;
    let mut algorithm = None;
    let name = ev.symbols.intern(b"hashAlgo");
    if let Some(value) = attrs.get(name) {
        let context = "while evaluating the attribute 'hashAlgo'";
        let name = ev.force_string_no_context(value, NOWHERE, context)?;
        let name = String::from_utf8_lossy(name.bytes());
        algorithm = Some(Algorithm::parse(&name)?);
    }
    let name = ev.symbols.intern(b"toHashFormat");
    let (format, _) =
        ev.required_attr(attrs, name, "while locating the attribute 'toHashFormat'")?;
    let context = "while evaluating the attribute 'toHashFormat'";
    let format = ev.force_string_no_context(format, NOWHERE, context)?;
    if format.bytes() == b"base32" {
        let message = r#""base32" is a deprecated alias for hash format "nix32"."#;
        ev.store.message(Level::Notice, message.as_bytes());
    }
    let format = HashFormat::parse(&String::from_utf8_lossy(format.bytes()))?;
    let hash = Hash::parse_any(&String::from_utf8_lossy(hash.bytes()), algorithm)?;
    Ok(ev.string(hash.to_text(format).as_bytes()))
}

impl Evaluator {
    /// The error of a match that failed, or was stopped because the user wants to.
    #[cold]
    fn regex_failed(&mut self, error: crate::text::regex::RegexError, pattern: &[u8]) -> Error {
        let stopped = self.check_interrupt().err();
        stopped.unwrap_or_else(|| Error::eval(error.message(pattern)))
    }
}

fn match_regex(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.match";
    let pattern = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let regex = ev.regexes.get(pattern)?;
    let context = "while evaluating the second argument passed to builtins.match";
    let subject = ev.force_string(args[1], NOWHERE, context)?.bytes();
    let Evaluator { regexes, heap, .. } = ev;
    let groups = match regex.match_whole(subject, &mut regexes.scratch) {
        Ok(Some(groups)) => groups,
        Ok(None) => return Ok(Value::NULL),
        Err(error) => return Err(ev.regex_failed(error, pattern)),
    };
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| match group {
            Some(range) => Str::new(heap, &subject[range], crate::value::Context::EMPTY).value(),
            None => Value::NULL,
        })
        .collect();
    Ok(List::from_slice(heap, &groups).value())
}

fn split(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.split";
    let pattern = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let regex = ev.regexes.get(pattern)?;
    let context = "while evaluating the second argument passed to builtins.split";
    let value = ev.force_string(args[1], NOWHERE, context)?;
    let subject = value.bytes();
    let Evaluator { regexes, heap, .. } = ev;
    let text = |heap: &mut crate::heap::Heap, range: std::ops::Range<usize>| {
        Str::new(heap, &subject[range], crate::value::Context::EMPTY).value()
    };
    let mut parts = Vec::new();
    let mut end = 0;
    let mut matches = match regex.matches(subject, &mut regexes.scratch) {
        Ok(matches) => matches,
        Err(error) => return Err(ev.regex_failed(error, pattern)),
    };
    loop {
        let found = match matches.next() {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(error) => return Err(ev.regex_failed(error, pattern)),
        };
        parts.push(text(heap, end..found.range.start));
        let groups: Vec<Value> = found
            .groups
            .iter()
            .map(|group| group.map_or(Value::NULL, |range| text(heap, range)))
            .collect();
        parts.push(List::from_slice(heap, &groups).value());
        end = found.range.end;
    }
    if parts.is_empty() {
        return Ok(List::from_slice(heap, &[value.value()]).value());
    }
    parts.push(text(heap, end..subject.len()));
    Ok(List::from_slice(heap, &parts).value())
}
