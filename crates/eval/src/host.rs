//! What the evaluator asks of the world. `Io` is the file system and the environment, `Store` everything that builds,
//! fetches, or keeps.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use formats::store_path::StorePath;

use crate::error::Res;

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Anything else.
    Unknown,
}

impl FileKind {
    /// The word that `builtins.readDir` uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Regular => "regular",
            FileKind::Directory => "directory",
            FileKind::Symlink => "symlink",
            FileKind::Unknown => "unknown",
        }
    }
}

/// A file that is being read.
pub struct OpenFile {
    /// Its size in bytes; 0 for a device.
    pub size: u64,
    /// As many bytes.
    pub reader: Box<dyn io::Read>,
}

/// Files and environment. Paths are absolute bytes.
pub trait Io {
    /// A file to be read (following links).
    fn open_file(&self, path: &[u8]) -> io::Result<OpenFile>;
    /// What is at a path, not following a link in its last component.
    fn kind(&self, path: &[u8]) -> io::Result<FileKind>;
    /// Names and kinds of the entries of a directory, in no order.
    fn read_dir(&self, path: &[u8]) -> io::Result<Vec<(Vec<u8>, FileKind)>>;
    /// The target of a symbolic link.
    fn read_link(&self, path: &[u8]) -> io::Result<Vec<u8>>;
    /// The path without symbolic links; the last components may be missing.
    fn resolve(&self, path: &[u8]) -> io::Result<Vec<u8>>;
    /// A variable of the environment.
    fn environment(&self, name: &[u8]) -> Option<Vec<u8>>;
    /// The time since 1970.
    fn now(&self) -> Duration {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap_or_default()
    }
    /// Where a path really is, for those who read it by other means.
    fn real_path(&self, path: &[u8]) -> Vec<u8> {
        path.to_vec()
    }
}

/// How the contents of a path are made into one store object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ingestion {
    /// The bytes of a regular file.
    Flat,
    /// A tree, as a NAR.
    Nar,
}

/// A source on its way into the store.
pub struct Source<'s> {
    /// The name part of the store path.
    pub name: &'s str,
    /// Where it is.
    pub path: &'s [u8],
    /// How it is made into one object.
    pub ingestion: Ingestion,
    /// The paths below it that are copied; all if nothing was filtered.
    pub kept: Option<&'s BTreeSet<Vec<u8>>>,
    /// Set when the user does not want to wait for it any longer.
    pub stop: &'s AtomicBool,
}

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `builtins.trace`.
    Trace,
    /// `builtins.warn` and the evaluator's own warnings.
    Warning,
    /// Anything else that a user should mind.
    Notice,
    /// What was asked for and is no warning.
    Info,
}

/// A plain value that goes to the host or comes from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(Vec<u8>),
    /// The path of a store object, as text that refers to it.
    StorePath(StorePath),
    /// A list.
    List(Vec<Plain>),
    /// A set.
    Attrs(Vec<(Vec<u8>, Plain)>),
}

impl Plain {
    /// A member of a set.
    #[must_use]
    pub fn member(&self, name: &[u8]) -> Option<&Plain> {
        let Plain::Attrs(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, member)| member)
    }
}

/// An output of a derivation, to be built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// The derivation.
    pub drv: StorePath,
    /// The output's name.
    pub output: String,
}

/// The store, the builder, the fetchers.
pub trait Store {
    /// Copies a path into the store (or, when nothing may be written, only works out where it would go) and returns
    /// the store path.
    fn add_source(&mut self, source: Source<'_>) -> Res<StorePath>;
    /// Takes a text object; whatever it refers to was taken before.
    fn add_text(
        &mut self,
        path: &StorePath,
        content: Vec<u8>,
        references: Vec<StorePath>,
    ) -> Res<()>;
    /// Writes whatever `add_text` took and kept.
    fn flush(&mut self) -> Res<()>;
    /// Whether a store path exists.
    fn is_valid_path(&mut self, path: &StorePath) -> Res<bool>;
    /// Makes a store path exist, if a cache has it; fails otherwise.
    fn ensure_path(&mut self, path: &StorePath) -> Res<()>;
    /// The store paths that a store path refers to.
    fn references(&mut self, path: &StorePath) -> Res<Vec<StorePath>>;
    /// Builds outputs and returns their paths.
    fn realise(&mut self, outputs: &[Output]) -> Res<Vec<StorePath>>;
    /// Runs a fetcher by the name of its builtin.
    fn fetch(&mut self, function: &str, arguments: Plain) -> Res<Plain>;
    /// The directory that a lookup path entry stands for which is no plain path.
    fn lookup_path_entry(&mut self, value: &str) -> Res<Option<Vec<u8>>>;
    /// Says something to the user.
    fn message(&mut self, level: Level, text: &[u8]);
    /// Whether the user wants to stop.
    fn is_interrupted(&mut self) -> Res<bool>;
}
