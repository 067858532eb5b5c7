//! Store paths: their names, how they are computed, and how they are read.
//!
//! A path is `<store dir>/<digest>-<name>`, where the digest is the SHA-256 of
//! `<type>:<algorithm>:<base-16 hash>:<store dir>:<name>`, folded to 20 bytes, in base-32.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::content_address::{ContentAddress, Method};
use crate::hash::{Algorithm, Hash, HashFormat, compress, print_base16};
use crate::nix32;

/// Characters of a path's hash part.
pub const HASH_PART_LEN: usize = 32;

/// Longest name of a store path.
pub const MAX_NAME_LEN: usize = 211;

/// What the names of derivations' paths end in.
pub const DRV_EXTENSION: &str = ".drv";

/// Why something is no store path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorePathError {
    /// A name of no characters.
    #[error("name must not be empty")]
    NameEmpty,
    /// A name of more than [`MAX_NAME_LEN`] bytes.
    #[error("name '{0}' must be no longer than {MAX_NAME_LEN} characters")]
    NameTooLong(String),
    /// `.` or `..`.
    #[error("name '{0}' is not valid")]
    NameIsDots(String),
    /// A name that starts with `.-` or `..-`.
    #[error("name '{name}' is not valid: first dash-separated component must not be '{component}'")]
    NameStartsWithDots {
        /// The name.
        name: String,
        /// Its start.
        component: &'static str,
    },
    /// A character that names must not have.
    #[error("name '{name}' contains illegal character '{character}'")]
    NameCharacter {
        /// The name.
        name: String,
        /// The first such character.
        character: char,
    },
    /// The name in a path is not legal.
    #[error("path '{base_name}' is not a valid store path: {problem}")]
    BadName {
        /// The path without its directory.
        base_name: String,
        /// What is wrong with the name.
        problem: Box<StorePathError>,
    },
    /// No room for a hash, a dash and a name.
    #[error("'{0}' is too short to be a valid store path")]
    TooShort(String),
    /// No dash after the hash part.
    #[error("store path '{0}' has no dash after its hash part")]
    NoDash(String),
    /// The hash part is not base-32.
    #[error("store path '{base_name}' contains illegal base-32 character '{character}'")]
    HashCharacter {
        /// The path without its directory.
        base_name: String,
        /// The first such character.
        character: char,
    },
    /// A path elsewhere.
    #[error("path \"{0}\" is not in the Nix store")]
    NotInStore(String),
    /// A relative path.
    #[error("not an absolute path: \"{0}\"")]
    NotAbsolute(String),
    /// A path that is no derivation's.
    #[error("store path '{0}' is not a valid derivation path")]
    NotDerivation(String),
    /// Git objects have hashes of these kinds only.
    #[error("Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: {0}")]
    GitAlgorithm(Algorithm),
    /// Text is hashed with SHA-256 and cannot refer to itself.
    #[error("text-hashed store object '{0}' must use a SHA-256 hash and not refer to itself")]
    TextHash(String),
    /// References cannot be expressed with this method and algorithm.
    #[error(
        "fixed output derivation '{0}' is not allowed to refer to other store paths.\n\
         You may need to use the 'unsafeDiscardReferences' derivation attribute, \
         see the manual for more details."
    )]
    ReferencesNotAllowed(String),
}

/// Checks that `name` may stand after the hash part of a store path.
pub fn check_name(name: &str) -> Result<(), StorePathError> {
    if name.is_empty() {
        return Err(StorePathError::NameEmpty);
    }
    if name.len() > MAX_NAME_LEN {
        return Err(StorePathError::NameTooLong(name.to_owned()));
    }
    if name == "." || name == ".." {
        return Err(StorePathError::NameIsDots(name.to_owned()));
    }
    for component in [".", ".."] {
        if name
            .strip_prefix(component)
            .is_some_and(|rest| rest.starts_with('-'))
        {
            return Err(StorePathError::NameStartsWithDots {
                name: name.to_owned(),
                component,
            });
        }
    }
    match name.chars().find(|&c| !is_name_character(c)) {
        Some(character) => Err(StorePathError::NameCharacter {
            name: name.to_owned(),
            character,
        }),
        None => Ok(()),
    }
}

const fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '?' | '=')
}

/// A store path without its directory: `<hash part>-<name>`. Cloning is cheap; order is bytewise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(Arc<str>);

impl StorePath {
    /// Checks a path that lacks its directory.
    pub fn from_base_name(base_name: impl AsRef<str>) -> Result<Self, StorePathError> {
        let base_name = base_name.as_ref();
        if base_name.len() < HASH_PART_LEN + 1 {
            return Err(StorePathError::TooShort(base_name.to_owned()));
        }
        let bad = base_name
            .char_indices()
            .take_while(|(i, _)| *i < HASH_PART_LEN)
            .find(|(_, c)| !u8::try_from(*c).is_ok_and(nix32::is_digit));
        if let Some((_, character)) = bad {
            return Err(StorePathError::HashCharacter {
                base_name: base_name.to_owned(),
                character,
            });
        }
        let name = base_name[HASH_PART_LEN..]
            .strip_prefix('-')
            .ok_or_else(|| StorePathError::NoDash(base_name.to_owned()))?;
        check_name(name).map_err(|problem| bad_name(base_name, problem))?;
        Ok(Self(base_name.into()))
    }

    /// The path of a 20-byte digest and a name.
    pub fn from_digest(digest: &[u8; 20], name: &str) -> Result<Self, StorePathError> {
        let mut base_name = String::with_capacity(HASH_PART_LEN + 1 + name.len());
        nix32::encode_to(digest, &mut base_name);
        base_name.push('-');
        base_name.push_str(name);
        check_name(name).map_err(|problem| bad_name(&base_name, problem))?;
        Ok(Self(base_name.into()))
    }

    /// `<hash part>-<name>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 32 characters before the dash.
    #[must_use]
    pub fn hash_part(&self) -> &str {
        &self.0[..HASH_PART_LEN]
    }

    /// What follows the dash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0[HASH_PART_LEN + 1..]
    }

    /// Whether it names a derivation.
    #[must_use]
    pub fn is_derivation(&self) -> bool {
        self.name().ends_with(DRV_EXTENSION)
    }

    /// The name without `.drv`.
    pub fn drv_name(&self) -> Result<&str, StorePathError> {
        self.name()
            .strip_suffix(DRV_EXTENSION)
            .ok_or_else(|| StorePathError::NotDerivation(self.0.to_string()))
    }
}

fn bad_name(base_name: &str, problem: StorePathError) -> StorePathError {
    StorePathError::BadName {
        base_name: base_name.to_owned(),
        problem: Box::new(problem),
    }
}

impl Deref for StorePath {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for StorePath {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The name of a derivation output's path: the output's name is appended unless it is `out`.
#[must_use]
pub fn output_path_name(drv_name: &str, output: &str) -> String {
    if output == "out" {
        drv_name.to_owned()
    } else {
        format!("{drv_name}-{output}")
    }
}

/// What a store object refers to.
#[derive(Clone, Debug, Default)]
pub struct References<I> {
    /// Paths of other objects, sorted.
    pub others: I,
    /// Whether it refers to itself.
    pub itself: bool,
}

/// The directory that all paths of a store are in, such as `/nix/store`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreDir(Arc<str>);

impl Default for StoreDir {
    fn default() -> Self {
        Self::new("/nix/store")
    }
}

/// About as many bytes as a path takes behind its directory.
const PATH_ROOM: usize = 80;

impl StoreDir {
    /// A store directory; trailing slashes do not count.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let trimmed = path.trim_end_matches('/');
        Self(if trimmed.is_empty() { "/" } else { trimmed }.into())
    }

    /// The directory.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole path.
    #[must_use]
    pub fn print(&self, path: &StorePath) -> String {
        let mut text = String::with_capacity(self.0.len() + 1 + path.len());
        self.print_to(path, &mut text);
        text
    }

    /// Appends the whole path to `text`.
    pub fn print_to(&self, path: &StorePath, text: &mut String) {
        text.push_str(&self.0);
        text.push('/');
        text.push_str(path);
    }

    /// Parses a whole path; `.`, `..` and repeated slashes in it are resolved first.
    pub fn parse(&self, path: &str) -> Result<StorePath, StorePathError> {
        // The usual case needs no rewriting: the directory, a slash, and a base name.
        let direct = path
            .strip_prefix(&*self.0)
            .and_then(|rest| rest.strip_prefix('/'));
        match direct {
            Some(base)
                if !base.is_empty() && !base.contains('/') && base != "." && base != ".." =>
            {
                StorePath::from_base_name(base)
            }
            _ => {
                let path = canonicalise(path)?;
                match path.rsplit_once('/') {
                    Some((dir, base)) if dir == &*self.0 && !base.is_empty() => {
                        StorePath::from_base_name(base)
                    }
                    _ => Err(StorePathError::NotInStore(path)),
                }
            }
        }
    }

    /// The path of an object named `name` whose `kind` (`text:…`, `source:…`, `output:out`) and
    /// inner hash are known.
    pub fn make_path(
        &self,
        kind: &str,
        inner: &Hash,
        name: &str,
    ) -> Result<StorePath, StorePathError> {
        let mut fingerprint = Vec::with_capacity(kind.len() + self.0.len() + name.len() + 144);
        fingerprint.extend_from_slice(kind.as_bytes());
        fingerprint.push(b':');
        fingerprint.extend_from_slice(inner.algorithm().name().as_bytes());
        fingerprint.push(b':');
        print_base16(inner.digest(), &mut fingerprint);
        for part in [&*self.0, name] {
            fingerprint.push(b':');
            fingerprint.extend_from_slice(part.as_bytes());
        }
        let digest = Hash::sha256(&fingerprint);
        StorePath::from_digest(&compress(digest.digest()), name)
    }

    /// The path of output `output` of a derivation called `drv_name` whose masked hash is `hash`.
    pub fn make_output_path(
        &self,
        output: &str,
        hash: &Hash,
        drv_name: &str,
    ) -> Result<StorePath, StorePathError> {
        self.make_path(
            &format!("output:{output}"),
            hash,
            &output_path_name(drv_name, output),
        )
    }

    /// The path of a file whose content has the SHA-256 `hash`; `references` are sorted.
    pub fn make_text_path<'p>(
        &self,
        name: &str,
        hash: &Hash,
        references: impl IntoIterator<Item = &'p StorePath>,
    ) -> Result<StorePath, StorePathError> {
        if hash.algorithm() != Algorithm::Sha256 {
            return Err(StorePathError::TextHash(name.to_owned()));
        }
        let kind = self.kind_with_references(
            "text",
            References {
                others: references,
                itself: false,
            },
        );
        self.make_path(&kind, hash, name)
    }

    /// The path of a content-addressed object; the others that it refers to are sorted.
    pub fn make_content_addressed_path<'p>(
        &self,
        name: &str,
        address: &ContentAddress,
        references: References<impl IntoIterator<Item = &'p StorePath>>,
    ) -> Result<StorePath, StorePathError> {
        let algorithm = address.hash.algorithm();
        match (address.method, algorithm) {
            (Method::Text, _) if references.itself => {
                Err(StorePathError::TextHash(name.to_owned()))
            }
            (Method::Text, _) => self.make_text_path(name, &address.hash, references.others),
            (Method::Git, Algorithm::Md5 | Algorithm::Sha512 | Algorithm::Blake3) => {
                Err(StorePathError::GitAlgorithm(algorithm))
            }
            (Method::Nar, Algorithm::Sha256) => {
                let kind = self.kind_with_references("source", references);
                self.make_path(&kind, &address.hash, name)
            }
            _ if references.itself || references.others.into_iter().next().is_some() => {
                Err(StorePathError::ReferencesNotAllowed(name.to_owned()))
            }
            _ => {
                let inner = format!(
                    "fixed:out:{}{}:",
                    address.method.prefix(),
                    address.hash.prefixed(HashFormat::Base16)
                );
                self.make_path("output:out", &Hash::sha256(inner.as_bytes()), name)
            }
        }
    }

    /// The path of a fixed output: a content-addressed object without references.
    pub fn make_fixed_output_path(
        &self,
        name: &str,
        address: &ContentAddress,
    ) -> Result<StorePath, StorePathError> {
        self.make_content_addressed_path(
            name,
            address,
            References {
                others: [],
                itself: false,
            },
        )
    }

    fn kind_with_references<'p>(
        &self,
        kind: &str,
        references: References<impl IntoIterator<Item = &'p StorePath>>,
    ) -> String {
        let others = references.others.into_iter();
        let room = others.size_hint().0 * (self.0.len() + PATH_ROOM);
        let mut text = String::with_capacity(kind.len() + room + ":self".len());
        text.push_str(kind);
        for path in others {
            text.push(':');
            self.print_to(path, &mut text);
        }
        if references.itself {
            text.push_str(":self");
        }
        text
    }
}

/// Resolves `.`, `..` and repeated slashes without looking at the disk.
fn canonicalise(path: &str) -> Result<String, StorePathError> {
    if !path.starts_with('/') {
        return Err(StorePathError::NotAbsolute(path.to_owned()));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

#[cfg(test)]
#[path = "store_path/tests.rs"]
mod tests;
