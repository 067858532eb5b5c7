//! Builtins on paths and files.

use formats::hash::{Algorithm, HashFormat};

use super::{Definition, NOWHERE};
use crate::coerce::Coercion;
use crate::context::Element;
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::FileKind;
use crate::path;
use crate::value::{AttrsBuilder, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "pathExists",
        args: &["path"],
        doc: "Whether *path* exists. A slash at the end of a string demands a directory.",
        run: path_exists,
    },
    Definition {
        name: "readFile",
        args: &["path"],
        doc: "The contents of the file *path* as a string.",
        run: read_file,
    },
    Definition {
        name: "readDir",
        args: &["path"],
        doc: "The entries of the directory *path* as a set: each name with `\"regular\"`, `\"directory\"`, `\"symlink\"` or `\"unknown\"`.",
        run: read_dir,
    },
    Definition {
        name: "readFileType",
        args: &["p"],
        doc: "What is at the path *p*: `\"regular\"`, `\"directory\"`, `\"symlink\"` or `\"unknown\"`.",
        run: read_file_type,
    },
    Definition {
        name: "hashFile",
        args: &["type", "p"],
        doc: "The hash of the file *p* in hexadecimal; *type* is `\"md5\"`, `\"sha1\"`, `\"sha256\"` or `\"sha512\"`.",
        run: hash_file,
    },
    Definition {
        name: "findFile",
        args: &["search-path", "lookup-path"],
        doc: "The path that *lookup-path* has under the first entry of *search-path* (a list of `{ prefix, path }`) where it exists. `<name>` stands for `findFile nixPath \"name\"`.",
        run: find_file,
    },
    Definition {
        name: "baseNameOf",
        args: &["x"],
        doc: "The last component of the path or string *x*: what follows the last slash.",
        run: base_name_of,
    },
    Definition {
        name: "dirOf",
        args: &["s"],
        doc: "The path or string *s* without its last component.",
        run: dir_of,
    },
    Definition {
        name: "toPath",
        args: &["s"],
        doc: "The absolute path *s* as a canonical string. Deprecated: `/. + s` makes a path of a string.",
        run: |ev, args| {
            let mut references = Vec::new();
            let context = "while evaluating the first argument passed to builtins.toPath";
            let path = ev.coerce_to_path(args[0], &mut references, NOWHERE, context)?;
            Ok(ev.string_with_context(&path, &references))
        },
    },
];

/// Which symbolic links are followed before a path is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// None.
    Keep,
    /// Those of the directories above.
    Ancestors,
    /// All.
    Follow,
}

impl Evaluator {
    /// A value as a path that can be read: whatever has to be built for it is built.
    pub(crate) fn realise_path(&mut self, value: Value, links: Links) -> Res<Vec<u8>> {
        let mut references = Vec::new();
        let context = "while realising the context of a path";
        let path = self.coerce_to_path(value, &mut references, NOWHERE, context)?;
        let in_context = |error: Error| {
            let shown = String::from_utf8_lossy(&path);
            error.trace(
                NOWHERE,
                format!("while realising the context of path '{shown}'"),
            )
        };
        let real = if references.is_empty() {
            path.clone()
        } else {
            self.realise_text(&path, &references).map_err(in_context)?
        };
        let resolved = match links {
            Links::Keep => Ok(real),
            Links::Ancestors => self.resolve_ancestors(&real),
            Links::Follow => {
                self.check_access(&real)?;
                self.resolve(&real)
            }
        };
        resolved.map_err(in_context)
    }
}

fn path_exists(ev: &mut Evaluator, args: &[Value]) -> Res {
    let value = ev.force(args[0], NOWHERE)?;
    let must_be_directory = value
        .as_string()
        .is_some_and(|text| text.bytes().ends_with(b"/") || text.bytes().ends_with(b"/."));
    let links = if must_be_directory {
        Links::Follow
    } else {
        Links::Ancestors
    };
    let found = ev.realise_path(value, links).and_then(|place| {
        ev.check_access(&place)?;
        Ok(ev.io.kind(&place).ok())
    });
    match found {
        Ok(kind) => Ok(Value::bool(match kind {
            Some(kind) => !must_be_directory || kind == FileKind::Directory,
            None => false,
        })),
        Err(error) if error.kind() == ErrorKind::Restricted => Ok(Value::FALSE),
        Err(error) => Err(error),
    }
}

fn read_file(ev: &mut Evaluator, args: &[Value]) -> Res {
    let file = ev.realise_path(args[0], Links::Follow)?;
    let text = ev.read_file(&file)?;
    if memchr::memchr(0, &text).is_some() {
        let shown = String::from_utf8_lossy(&file);
        return Err(Error::eval(format!(
            "the contents of the file '{shown}' cannot be represented as a Nix string"
        )));
    }
    let references = ev.references_in(&file, &text)?;
    Ok(ev.string_with_context(&text, &references))
}

impl Evaluator {
    /// The context of a text that was read from a store object: what the object refers to and the text mentions.
    fn references_in(&mut self, file: &[u8], text: &[u8]) -> Res<Vec<u32>> {
        let Some(object) = self.store_path_of(file) else {
            return Ok(Vec::new());
        };
        if !self.store.is_valid_path(&object)? {
            return Ok(Vec::new());
        }
        let mut numbers = Vec::new();
        for reference in self.store.references(&object)? {
            if memchr::memmem::find(text, reference.hash_part().as_bytes()).is_some() {
                numbers.push(self.contexts.number(Element::Path(reference)));
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

fn read_dir(ev: &mut Evaluator, args: &[Value]) -> Res {
    let directory = ev.realise_path(args[0], Links::Follow)?;
    let entries = ev.read_dir(&directory)?;
    let mut builder = AttrsBuilder::with_capacity(entries.len());
    for (name, kind) in entries {
        let name = ev.symbols.intern(&name);
        let kind = ev.symbols.intern(kind.name().as_bytes());
        let kind = ev.symbol_value(kind);
        builder.add(name, kind, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}

fn read_file_type(ev: &mut Evaluator, args: &[Value]) -> Res {
    let file = ev.realise_path(args[0], Links::Keep)?;
    ev.check_access(&file)?;
    ev.refuse_links_above(&file)?;
    let kind = ev.kind(&file)?;
    let kind = ev.symbols.intern(kind.name().as_bytes());
    Ok(ev.symbol_value(kind))
}

fn hash_file(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.hashFile";
    let algorithm = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let algorithm = ev.hash_algorithm(algorithm.bytes())?;
    let file = ev.realise_path(args[1], Links::Follow)?;
    let hash = ev.hash_file(algorithm, &file)?.to_text(HashFormat::Base16);
    Ok(ev.string(hash.as_bytes()))
}

impl Evaluator {
    /// The algorithm that a hashing builtin was given.
    pub(crate) fn hash_algorithm(&mut self, name: &[u8]) -> Res<Algorithm> {
        let name = String::from_utf8_lossy(name);
        let algorithm = Algorithm::parse(&name)?;
        if algorithm == Algorithm::Blake3 {
            self.require_feature("blake3-hashes", "")?;
        }
        Ok(algorithm)
    }
}

fn find_file(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.findFile";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    let mut entries = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        let context = "while evaluating an element of the list passed to builtins.findFile";
        let entry = ev.force_attrs(list.get(index), NOWHERE, context)?;
        let mut prefix = Vec::new();
        if let Some(value) = entry.get(ev.names.prefix) {
            let context = "while evaluating the `prefix` attribute of an element of the list passed to builtins.findFile";
            prefix = ev
                .force_string_no_context(value, NOWHERE, context)?
                .bytes()
                .to_vec();
        }
        let missing = "in an element of the __nixPath";
        let (value, _) = ev.required_attr(entry, ev.names.path, missing)?;
        let context = "while evaluating the `path` attribute of an element of the list passed to builtins.findFile";
        let text = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, context)?;
        let place = ev.realise_text(text.bytes(), text.elements())?;
        entries.push((prefix, place));
    }
    let context = "while evaluating the second argument passed to builtins.findFile";
    let name = ev
        .force_string_no_context(args[1], NOWHERE, context)?
        .bytes();
    let found = ev.find_file(&entries, name)?;
    Ok(ev.path_value(&found))
}

fn base_name_of(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.baseNameOf";
    let text = ev.coerce_to_string(args[0], Coercion::PLAIN, NOWHERE, context)?;
    let bytes = text.bytes();
    let end = match bytes {
        [_, .., b'/'] => bytes.len() - 1,
        _ => bytes.len(),
    };
    let start = bytes[..end]
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |slash| slash + 1);
    Ok(ev.string_with_context(&bytes[start..end], text.elements()))
}

fn dir_of(ev: &mut Evaluator, args: &[Value]) -> Res {
    let value = ev.force(args[0], NOWHERE)?;
    if let Some(text) = value.as_path() {
        return Ok(ev.path_value(path::parent(text.bytes())));
    }
    let context = "while evaluating the first argument passed to 'builtins.dirOf'";
    let text = ev.coerce_to_string(value, Coercion::PLAIN, NOWHERE, context)?;
    let directory = match text.bytes().iter().rposition(|byte| *byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(slash) => &text.bytes()[..slash],
    };
    Ok(ev.string_with_context(directory, text.elements()))
}
