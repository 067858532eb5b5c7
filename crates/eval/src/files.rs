//! Sources: parsing, importing, the lookup path, and what may be read.

use std::borrow::Cow;
use std::io::Read;

use bumpalo::Bump;
use formats::hash::{Algorithm, Hash, Hasher};
use syntax::ast::{ExprKind, ExprRef};
use syntax::error::WarningKind;
use syntax::parser::{Notes, Request};
use syntax::position::{Origin, Pos};
use syntax::symbol::Symbol;

use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::{FileKind, Level, OpenFile};
use crate::path;
use crate::value::{List, Suspension, Thunk, Value};

/// Where the files that are part of the language seem to be, for `<nix/…>`.
const INTERNAL_DIR: &[u8] = b"/__corepkgs__/";
const INTERNAL_FILES: &[(&[u8], &str)] =
    &[(b"fetchurl.nix", include_str!("internal/fetchurl.nix"))];

/// How many links may follow each other on the way to an imported file.
const MAX_LINKS: usize = 1024;
/// How much is read at once before the user may stop it.
const PIECE_BYTES: u64 = 1 << 22;

impl Evaluator {
    /// Parses text into `arena` and says what the parser found doubtful.
    pub(crate) fn parse<'a>(
        &mut self,
        arena: &'a Bump,
        text: Vec<u8>,
        origin: Origin,
        base_dir: &[u8],
    ) -> Res<ExprRef<'a>> {
        let text: std::sync::Arc<[u8]> = text.into();
        let Some(base) = self.sources.add(origin, text.clone()) else {
            return Err(Error::new(ErrorKind::Parse, "more than 4 GiB of sources"));
        };
        let home = self.settings.home.clone();
        let request = Request {
            text: &text,
            base,
            base_dir,
            home: home.as_deref(),
            options: self.settings.syntax,
            stop: Some(&self.interrupt),
        };
        let mut notes = Notes::default();
        let parsed = syntax::parser::parse(arena, &mut self.symbols, &request, &mut notes);
        self.check_interrupt()?;
        for warning in &notes.warnings {
            let message = warning.message(&self.sources);
            let text = match warning.kind {
                WarningKind::Lint(_) => self.render_warning(&message, warning.pos),
                WarningKind::OrAsIdentifier { .. } => message,
            };
            self.store.message(Level::Notice, text.as_bytes());
        }
        parsed.map_err(|error| {
            let message = error.message(&self.sources);
            Error::new(ErrorKind::Parse, message).at(error.pos)
        })
    }

    /// The value of a file, or of a directory's `default.nix`; each file is evaluated once.
    pub(crate) fn import(&mut self, given: &[u8]) -> Res {
        let file = self.import_target(given)?;
        let value = self.file_value(&file)?;
        // A failure that is remembered says this already.
        let has_failed = matches!(
            value.as_thunk().map(Thunk::read),
            Some(Suspension::Failed(_))
        );
        self.import_value(&file, value).map_err(|error| {
            if has_failed {
                return error;
            }
            let shown = String::from_utf8_lossy(&file);
            error.trace(Pos::NONE, format!("while evaluating the file '{shown}':"))
        })
    }

    /// The same for a file that was given by the user: errors need not say that it was being evaluated.
    pub(crate) fn import_given(&mut self, given: &[u8]) -> Res {
        let file = self.import_target(given)?;
        let value = self.file_value(&file)?;
        self.import_value(&file, value)
    }

    /// The value of a file or the thunk of it.
    fn file_value(&mut self, file: &[u8]) -> Res {
        if let Some(value) = self.files.get(file) {
            return Ok(*value);
        }
        let value = self.load(file, None, false)?;
        self.files.insert(file.to_vec(), value);
        Ok(value)
    }

    fn import_value(&mut self, file: &[u8], value: Value) -> Res {
        if !value.is_thunk() {
            return Ok(value);
        }
        let result = self.force(value, Pos::NONE)?;
        self.files.insert(file.to_vec(), result);
        Ok(result)
    }

    /// A file as a thunk. `extra` holds names that hide the builtins; `must_be_set` demands a set literal.
    pub(crate) fn load(
        &mut self,
        file: &[u8],
        extra: Option<&dyn Fn(Symbol) -> Option<Value>>,
        must_be_set: bool,
    ) -> Res {
        let text = match internal_file(file) {
            Some(text) => text.as_bytes().to_vec(),
            None => self.read_file(file)?,
        };
        let origin = Origin::File(to_path(file));
        let base_dir = path::parent(file).to_vec();
        if must_be_set {
            let arena = Bump::new();
            let expr = self.parse(&arena, text.clone(), origin.clone(), &base_dir)?;
            if !matches!(expr.kind, ExprKind::Attrs(_)) {
                let shown = String::from_utf8_lossy(file);
                return Err(Error::eval(format!(
                    "file '{shown}' must be an attribute set"
                )));
            }
        }
        let program = self.compile(text, origin, &base_dir, extra)?;
        Ok(self.suspend(program))
    }

    /// The file that importing a path means: links are followed so that paths in it are relative to the file itself.
    pub(crate) fn import_target(&mut self, given: &[u8]) -> Res<Vec<u8>> {
        if let Some(known) = self.import_targets.get(given) {
            return Ok(known.clone());
        }
        if internal_file(given).is_some() {
            return Ok(given.to_vec());
        }
        self.check_access(given)?;
        let mut file = given.to_vec();
        for _ in 0..MAX_LINKS {
            if file == b"/" {
                break;
            }
            let parent = self.resolve(path::parent(&file))?;
            let place = path::join(&parent, path::base_name(&file));
            if self.kind(&place)? != FileKind::Symlink {
                let real = self.resolve(&file)?;
                if self.kind(&real)? == FileKind::Directory {
                    file = path::join(&file, b"default.nix");
                }
                self.import_targets.insert(given.to_vec(), file.clone());
                return Ok(file);
            }
            let target = self
                .io
                .read_link(&place)
                .map_err(|error| io_error(&place, &error))?;
            file = path::join(path::parent(&file), &target);
        }
        let shown = String::from_utf8_lossy(given);
        Err(Error::eval(format!(
            "too many symbolic links encountered while traversing the path '{shown}'"
        )))
    }

    pub(crate) fn read_file(&mut self, file: &[u8]) -> Res<Vec<u8>> {
        self.check_access(file)?;
        let opened = self.io.open_file(file);
        let OpenFile { size, mut reader } = opened.map_err(|error| io_error(file, &error))?;
        // What is read becomes a value or a syntax tree, besides.
        self.check_room((size as usize).saturating_mul(2))?;
        let mut bytes = Vec::with_capacity(size as usize);
        while (bytes.len() as u64) < size {
            self.check_interrupt()?;
            let piece = (&mut reader).take(PIECE_BYTES).read_to_end(&mut bytes);
            if piece.map_err(|error| io_error(file, &error))? == 0 {
                break;
            }
        }
        Ok(bytes)
    }

    /// The hash of a file, however big.
    pub(crate) fn hash_file(&mut self, algorithm: Algorithm, file: &[u8]) -> Res<Hash> {
        self.check_access(file)?;
        let opened = self.io.open_file(file);
        let mut reader = opened.map_err(|error| io_error(file, &error))?.reader;
        let mut hasher = Hasher::new(algorithm);
        loop {
            self.check_interrupt()?;
            let piece = std::io::copy(&mut (&mut reader).take(PIECE_BYTES), &mut hasher);
            if piece.map_err(|error| io_error(file, &error))? == 0 {
                return Ok(hasher.finish());
            }
        }
    }

    /// What is at a path; an error if there is nothing.
    pub(crate) fn kind(&mut self, file: &[u8]) -> Res<FileKind> {
        self.check_access(file)?;
        self.io.kind(file).map_err(|error| io_error(file, &error))
    }

    pub(crate) fn resolve(&mut self, file: &[u8]) -> Res<Vec<u8>> {
        self.io
            .resolve(file)
            .map_err(|error| io_error(file, &error))
    }

    /// Follows links, but not one at the path itself.
    pub(crate) fn resolve_ancestors(&mut self, file: &[u8]) -> Res<Vec<u8>> {
        let parent = self
            .io
            .resolve(path::parent(file))
            .map_err(|error| io_error(file, &error))?;
        Ok(if file == b"/" {
            parent
        } else {
            path::join(&parent, path::base_name(file))
        })
    }

    /// Fails if one of the directories above a path is a symbolic link.
    pub(crate) fn refuse_links_above(&mut self, file: &[u8]) -> Res<()> {
        let mut directory = path::parent(file);
        while directory != b"/" {
            if self
                .io
                .kind(directory)
                .is_ok_and(|kind| kind == FileKind::Symlink)
            {
                let shown = String::from_utf8_lossy(directory);
                return Err(Error::eval(format!("path '{shown}' is a symlink")));
            }
            directory = path::parent(directory);
        }
        Ok(())
    }

    /// Names and kinds of what is in a directory and may be read.
    pub(crate) fn read_dir(&mut self, directory: &[u8]) -> Res<Vec<(Vec<u8>, FileKind)>> {
        self.kind(directory)?;
        let mut entries = self.io.read_dir(directory).map_err(|error| {
            let (shown, reason) = (String::from_utf8_lossy(directory), reason(&error));
            Error::eval(format!("cannot read directory \"{shown}\": {reason}"))
        })?;
        if !self.may_read_all(directory) {
            entries.retain(|(name, _)| self.may_look_at(&entry_of(directory, name)));
        }
        Ok(entries)
    }

    /// Whether pure or restricted evaluation lets a path be read with all that is below it.
    pub(crate) fn may_read_all(&self, file: &[u8]) -> bool {
        if !(self.settings.pure || self.settings.restricted) {
            return true;
        }
        let mut allowed = self.allowed_paths.iter();
        allowed.any(|allowed| path::is_within(file, allowed))
    }

    /// The same, or directories on the way to what may be read.
    fn may_look_at(&self, file: &[u8]) -> bool {
        let mut allowed = self.allowed_paths.iter();
        self.may_read_all(file) || allowed.any(|allowed| path::is_within(allowed, file))
    }

    /// Fails if pure or restricted evaluation forbids reading a path.
    pub(crate) fn check_access(&self, file: &[u8]) -> Res<()> {
        if self.may_look_at(file) {
            return Ok(());
        }
        let mode = if self.settings.pure {
            "in pure evaluation mode (use '--impure' to override)"
        } else {
            "in restricted mode"
        };
        let shown = String::from_utf8_lossy(file);
        let message = format!("access to absolute path '{shown}' is forbidden {mode}");
        Err(Error::new(ErrorKind::Restricted, message))
    }

    /// Lets pure and restricted evaluation read a path.
    pub(crate) fn allow_path(&mut self, file: &str) {
        if self.settings.pure || self.settings.restricted {
            self.allowed_paths.insert(file.as_bytes().to_vec());
        }
    }

    /// `builtins.nixPath`.
    pub(crate) fn lookup_path_value(&mut self) -> Value {
        let entries = self.settings.lookup_path.clone();
        let list = List::new(&mut self.heap, entries.len());
        for (index, (prefix, value)) in entries.iter().enumerate() {
            let prefix = self.string(prefix.as_bytes());
            let value = self.string(value.as_bytes());
            let names = [(self.names.prefix, prefix), (self.names.path, value)];
            let entry = self.make_attrs(&names);
            list.set(index, entry);
        }
        list.value()
    }

    /// What `<name>` stands for, given lookup path entries of prefix and value.
    pub(crate) fn find_file(
        &mut self,
        entries: &[(Vec<u8>, Vec<u8>)],
        name: &[u8],
    ) -> Res<Vec<u8>> {
        for (prefix, value) in entries {
            let Some(suffix) = suffix_below(prefix, name) else {
                continue;
            };
            let Some(directory) = self.lookup_entry(value)? else {
                continue;
            };
            let candidate = path::join(&directory, &[b"./", suffix].concat());
            let found = self.resolve(&candidate)?;
            if self.kind(&found).is_ok() {
                return Ok(found);
            }
            self.check_access(&found)?;
        }
        if let Some(name) = name.strip_prefix(b"nix/") {
            return Ok([INTERNAL_DIR, name].concat());
        }
        let shown = String::from_utf8_lossy(name);
        let message = if self.settings.pure {
            format!(
                "cannot look up '<{shown}>' in pure evaluation mode (use '--impure' to override)"
            )
        } else {
            format!(
                "file '{shown}' was not found in the Nix search path (add it using $NIX_PATH or -I)"
            )
        };
        Err(Error::new(ErrorKind::Thrown, message))
    }

    /// The directory that a lookup path entry stands for; `None` (with a warning, once) if there is none.
    fn lookup_entry(&mut self, value: &[u8]) -> Res<Option<Vec<u8>>> {
        if let Some(known) = self.lookup_results.get(value) {
            return Ok(known.clone());
        }
        let text = String::from_utf8_lossy(value).into_owned();
        let found = match self.store.lookup_path_entry(&text)? {
            None => self.lookup_directory(&text)?,
            Some(fetched) => {
                self.allow_path(&String::from_utf8_lossy(&fetched));
                Some(fetched)
            }
        };
        self.lookup_results.insert(value.to_vec(), found.clone());
        Ok(found)
    }

    /// A lookup path entry as a plain path, if that exists.
    fn lookup_directory(&mut self, entry: &str) -> Res<Option<Vec<u8>>> {
        let directory = path::join(&self.settings.current_dir, entry.as_bytes());
        self.check_access(&directory)?;
        let real = self.resolve(&directory)?;
        if self.io.kind(&real).is_ok() {
            return Ok(Some(directory));
        }
        let message = format!("Nix search path entry '{entry}' does not exist, ignoring");
        self.store.message(Level::Notice, message.as_bytes());
        Ok(None)
    }
}

/// The path of a directory's entry.
pub(crate) fn entry_of(directory: &[u8], name: &[u8]) -> Vec<u8> {
    path::join(directory, &[b"./", name].concat())
}

/// The text of a file that is part of the language.
fn internal_file(file: &[u8]) -> Option<&'static str> {
    let name = file.strip_prefix(INTERNAL_DIR)?;
    INTERNAL_FILES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// A path as it is printed: a file of the language by the notation that finds it.
pub(crate) fn shown_path(path: &[u8]) -> Cow<'_, [u8]> {
    match path.strip_prefix(INTERNAL_DIR) {
        Some(name) => Cow::Owned([b"<nix/", name, b">"].concat()),
        None => Cow::Borrowed(path),
    }
}

/// What is left of `name` below an entry's prefix, if the entry may hold it.
fn suffix_below<'n>(prefix: &[u8], name: &'n [u8]) -> Option<&'n [u8]> {
    if prefix.is_empty() {
        return Some(name);
    }
    let rest = name.strip_prefix(prefix)?;
    match rest {
        [] => Some(rest),
        [b'/', suffix @ ..] => Some(suffix),
        _ => None,
    }
}

/// A failed file operation, in Nix's words.
pub(crate) fn io_error(file: &[u8], error: &std::io::Error) -> Error {
    use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    let shown = String::from_utf8_lossy(file);
    match error.kind() {
        NotFound | NotADirectory => Error::eval(format!("path '{shown}' does not exist")),
        IsADirectory => is_directory(file),
        _ if error.raw_os_error() == Some(libc::ELOOP) => {
            Error::eval(format!("infinite symlink recursion in path '{shown}'"))
        }
        _ => Error::eval(format!("getting status of '{shown}': {}", reason(error))),
    }
}

/// A directory where a file is needed. Nix says how many bytes it tried to read, but not of what.
pub(crate) fn is_directory(file: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(file);
    Error::eval(format!("cannot read the file '{shown}': Is a directory"))
}

/// The words of the system for an error.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn to_path(bytes: &[u8]) -> std::path::PathBuf {
    std::path::PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}
