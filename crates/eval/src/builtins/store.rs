//! Builtins that put something into the store, and building what an evaluation needs.

use std::collections::{BTreeMap, BTreeSet};

use formats::content_address::{ContentAddress, Method};
use formats::hash::{Algorithm, Hash};
use formats::placeholder::DownstreamPlaceholder;
use formats::store_path::StorePath;

use super::{Definition, NOWHERE};
use crate::context::{DerivedPath, Element, unite};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::files::entry_of;
use crate::host::{FileKind, Ingestion, Output, Source};
use crate::path;
use crate::value::Value;

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "path",
        args: &["args"],
        doc: "Copies a path to the store, as *args* say: `path`; `name` (its last component); `filter` (a function of path and type that says what is copied); `recursive` (true; false demands a plain file and hashes it as such); `sha256` (what the result must hash to).",
        run: path,
    },
    Definition {
        name: "filterSource",
        args: &["e1", "e2"],
        doc: "Copies the path *e2* to the store, without the files for which `e1 path type` is false. `path` can do the same and more.",
        run: filter_source,
    },
    Definition {
        name: "storePath",
        args: &["path"],
        doc: "The existing store path *path* as a string that refers to it. Not allowed in pure evaluation.",
        run: store_path,
    },
    Definition {
        name: "toFile",
        args: &["name", "s"],
        doc: "Writes the string *s* to a file *name* in the store and returns its path. *s* may refer to other sources, not to outputs of derivations.",
        run: to_file,
    },
];

/// What `path` and `filterSource` were told.
struct Request {
    name: String,
    path: Vec<u8>,
    filter: Option<Value>,
    ingestion: Ingestion,
    expected: Option<Hash>,
    references: Vec<u32>,
}

fn path(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to 'builtins.path'";
    let attrs = ev
        .force_attrs(args[0], NOWHERE, context)?
        .flat(&mut ev.heap);
    let mut request = Request {
        name: String::new(),
        path: Vec::new(),
        filter: None,
        ingestion: Ingestion::Nar,
        expected: None,
        references: Vec::new(),
    };
    for entry in attrs.entries() {
        let key = ev.symbols.text(entry.name).to_vec();
        let (value, pos) = (entry.value, entry.pos);
        match &key[..] {
            b"path" => {
                let context = "while evaluating the 'path' attribute passed to 'builtins.path'";
                request.path = ev.coerce_to_path(value, &mut request.references, pos, context)?;
            }
            b"name" => {
                let context = "while evaluating the `name` attribute passed to builtins.path";
                let name = ev.force_string_no_context(value, pos, context)?;
                request.name = String::from_utf8_lossy(name.bytes()).into_owned();
            }
            b"filter" => {
                let context = "while evaluating the `filter` parameter passed to builtins.path";
                request.filter = Some(ev.force_function(value, pos, context)?);
            }
            b"recursive" => {
                let context = "while evaluating the `recursive` attribute passed to builtins.path";
                if !ev.force_bool(value, pos, context)? {
                    request.ingestion = Ingestion::Flat;
                }
            }
            b"sha256" => {
                let context = "while evaluating the `sha256` attribute passed to builtins.path";
                let text = ev.force_string_no_context(value, pos, context)?;
                let text = String::from_utf8_lossy(text.bytes());
                request.expected = Some(ev.hash_allowing_empty(&text, Some(Algorithm::Sha256))?);
            }
            _ => {
                let key = String::from_utf8_lossy(&key);
                let message = format!("unsupported argument '{key}' to 'builtins.path'");
                return Err(Error::eval(message).at(pos));
            }
        }
    }
    if request.path.is_empty() {
        return Err(Error::eval(
            "missing required 'path' attribute in the first argument to 'builtins.path'",
        ));
    }
    if request.name.is_empty() {
        request.name = String::from_utf8_lossy(path::base_name(&request.path)).into_owned();
    }
    add_path(ev, request)
}

fn filter_source(ev: &mut Evaluator, args: &[Value]) -> Res {
    let mut references = Vec::new();
    let context = "while evaluating the second argument (the path to filter) passed to 'builtins.filterSource'";
    let path = ev.coerce_to_path(args[1], &mut references, NOWHERE, context)?;
    let context = "while evaluating the first argument passed to builtins.filterSource";
    let filter = ev.force_function(args[0], NOWHERE, context)?;
    let name = String::from_utf8_lossy(path::base_name(&path)).into_owned();
    let ingestion = Ingestion::Nar;
    add_path(
        ev,
        Request {
            name,
            path,
            filter: Some(filter),
            ingestion,
            expected: None,
            references,
        },
    )
}

fn add_path(ev: &mut Evaluator, request: Request) -> Res {
    let shown = String::from_utf8_lossy(&request.path).into_owned();
    add_path_inner(ev, request)
        .map_err(|error| error.trace(NOWHERE, format!("while adding path '{shown}'")))
}

fn add_path_inner(ev: &mut Evaluator, request: Request) -> Res {
    let mut path = request.path;
    if !request.references.is_empty() && ev.store_path_of(&path).is_some() {
        path = ev.realise_text(&path, &request.references)?;
    }
    let expected = match request.expected {
        None => None,
        Some(hash) => {
            let method = match request.ingestion {
                Ingestion::Flat => Method::Flat,
                Ingestion::Nar => Method::Nar,
            };
            let address = ContentAddress { method, hash };
            let expected = ev
                .store_dir
                .make_fixed_output_path(&request.name, &address)
                .map_err(|error| Error::eval(error.to_string()))?;
            if ev.store.is_valid_path(&expected)? {
                return Ok(ev.store_path_value(expected));
            }
            Some(expected)
        }
    };
    ev.check_access(&path)?;
    let root = ev.resolve(&path)?;
    let kind = ev.kind(&root)?;
    if request.ingestion == Ingestion::Flat && kind == FileKind::Directory {
        return Err(crate::files::is_directory(&root));
    }
    let place = ev.io.real_path(&root);
    let kept = ev.kept_paths(request.filter, &root)?;
    let added = ev.store.add_source(Source {
        name: &request.name,
        path: &place,
        ingestion: request.ingestion,
        kept: kept.as_ref(),
        stop: &ev.interrupt,
    })?;
    if expected.is_some_and(|expected| expected != added) {
        let shown = String::from_utf8_lossy(&path);
        return Err(Error::eval(format!(
            "store path mismatch in (possibly filtered) path added from '{shown}'"
        )));
    }
    Ok(ev.store_path_value(added))
}

impl Evaluator {
    /// A store path as a string that refers to it; pure evaluation may read it from now on.
    pub(crate) fn store_path_value(&mut self, path: StorePath) -> Value {
        let text = self.store_dir.print(&path);
        self.allow_path(&text);
        let number = self.contexts.number(Element::Path(path));
        self.string_with_context(text.as_bytes(), &[number])
    }

    /// What is to be copied of a tree, as real paths: what the filter wants and may be read; `None` if that is all.
    pub(crate) fn kept_paths(
        &mut self,
        filter: Option<Value>,
        root: &[u8],
    ) -> Res<Option<BTreeSet<Vec<u8>>>> {
        if filter.is_none() && self.may_read_all(root) {
            return Ok(None);
        }
        let mut kept = BTreeSet::new();
        self.filter_tree(filter, root, &mut kept)?;
        let place = self.io.real_path(root);
        let real = |path: Vec<u8>| [&place, &path[root.len()..]].concat();
        Ok(Some(kept.into_iter().map(real).collect()))
    }

    /// Asks a filter about everything below a directory; directories that are left out are not entered.
    fn filter_tree(
        &mut self,
        filter: Option<Value>,
        directory: &[u8],
        kept: &mut BTreeSet<Vec<u8>>,
    ) -> Res<()> {
        self.check_stack()?;
        if self.kind(directory)? != FileKind::Directory {
            return Ok(());
        }
        let mut entries = self.read_dir(directory)?;
        entries.sort();
        for (name, kind) in entries {
            let file = entry_of(directory, &name);
            if self.wants(filter, &file, kind)? {
                if kind == FileKind::Directory {
                    self.filter_tree(filter, &file, kept)?;
                }
                kept.insert(file);
            }
        }
        Ok(())
    }

    fn wants(&mut self, filter: Option<Value>, file: &[u8], kind: FileKind) -> Res<bool> {
        let Some(filter) = filter else {
            return Ok(true);
        };
        let kind_name = self.symbols.intern(kind.name().as_bytes());
        let arguments = [self.string(file), self.symbol_value(kind_name)];
        let verdict = self.call(filter, &arguments, NOWHERE)?;
        let context = "while evaluating the return value of the path filter function";
        self.force_bool(verdict, NOWHERE, context)
    }

    /// Builds what a text refers to and puts the paths of outputs in place of their placeholders.
    pub(crate) fn realise_text(&mut self, text: &[u8], elements: &[u32]) -> Res<Vec<u8>> {
        let rewrites = self.realise_context(elements)?;
        let mut text = text.to_vec();
        for (placeholder, path) in rewrites {
            let finder = memchr::memmem::Finder::new(&placeholder);
            while let Some(start) = finder.find(&text) {
                text.splice(start..start + placeholder.len(), path.bytes());
            }
        }
        Ok(text)
    }

    /// Builds outputs that context elements name. Returns placeholders with the paths that they turned out to stand for.
    fn realise_context(&mut self, elements: &[u32]) -> Res<BTreeMap<Vec<u8>, String>> {
        let mut wanted = Vec::new();
        for number in elements {
            match self.contexts.element(*number).clone() {
                Element::Path(path) | Element::DrvDeep(path) => self.ensure_valid(&path)?,
                Element::Built { drv, output } => match *drv {
                    DerivedPath::Path(drv) => {
                        self.store.flush()?;
                        self.ensure_valid(&drv)?;
                        wanted.push(Output { drv, output });
                    }
                    DerivedPath::Built { .. } => {
                        return Err(Error::eval(
                            "cannot build an output of a derivation that is itself made by a build during evaluation; build it first",
                        ));
                    }
                },
            }
        }
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        if !self.settings.import_from_derivation {
            let first = format!(
                "{}^{}",
                self.store_dir.print(&wanted[0].drv),
                wanted[0].output
            );
            let message = format!(
                "cannot build '{first}' during evaluation because the option 'allow-import-from-derivation' is disabled"
            );
            return Err(Error::new(ErrorKind::ImportFromDerivation, message));
        }
        let built = self.store.realise(&wanted)?;
        let mut rewrites = BTreeMap::new();
        for (output, path) in wanted.iter().zip(built) {
            let placeholder = DownstreamPlaceholder::of_output(&output.drv, &output.output)
                .map_err(|error| Error::eval(error.to_string()))?;
            let path = self.store_dir.print(&path);
            self.allow_path(&path);
            rewrites.insert(placeholder.render().into_bytes(), path);
        }
        Ok(rewrites)
    }

    fn ensure_valid(&mut self, path: &StorePath) -> Res<()> {
        if self.store.is_valid_path(path)? {
            return Ok(());
        }
        Err(Error::eval(format!("path '{path}' is not valid")))
    }
}

fn store_path(ev: &mut Evaluator, args: &[Value]) -> Res {
    if ev.settings.pure {
        return Err(Error::eval(
            "'builtins.storePath' is not allowed in pure evaluation mode",
        ));
    }
    let mut references = Vec::new();
    let context = "while evaluating the first argument passed to 'builtins.storePath'";
    let mut path = ev.coerce_to_path(args[0], &mut references, NOWHERE, context)?;
    let is_object = std::str::from_utf8(&path).is_ok_and(|path| ev.store_dir.parse(path).is_ok());
    if !is_object {
        path = ev.resolve(&path)?;
    }
    let Some(object) = ev.store_path_of(&path) else {
        let shown = String::from_utf8_lossy(&path);
        return Err(Error::eval(format!(
            "path '{shown}' is not in the Nix store"
        )));
    };
    if !ev.settings.read_only {
        ev.store.ensure_path(&object)?;
    }
    let number = ev.contexts.number(Element::Path(object));
    let references = unite(&references, &[number]);
    Ok(ev.string_with_context(&path, &references))
}

fn to_file(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.toFile";
    let name = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let name = String::from_utf8_lossy(name.bytes()).into_owned();
    let context = "while evaluating the second argument passed to builtins.toFile";
    let text = ev.force_string(args[1], NOWHERE, context)?;
    let mut references = BTreeSet::new();
    for number in text.context().elements() {
        match ev.contexts.element(*number) {
            Element::Path(path) => {
                references.insert(path.clone());
            }
            element => {
                let shown = element.encode();
                return Err(Error::eval(format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references {shown}"
                )));
            }
        }
    }
    let digest = Hash::sha256(text.bytes());
    let path = ev
        .store_dir
        .make_text_path(&name, &digest, &references)
        .map_err(|error| Error::eval(error.to_string()))?;
    if !ev.settings.read_only {
        let references = references.into_iter().collect();
        ev.store
            .add_text(&path, text.bytes().to_vec(), references)?;
        ev.store.flush()?;
    }
    Ok(ev.store_path_value(path))
}
