//! The stream of `nix-store --export`: for each object the number 1, its archive, and a trailer
//! that says what it is; then the number 0. Numbers take eight bytes.

use std::collections::BTreeSet;
use std::io::Read;

use super::ArchiveError;
use super::read::Input;
use super::write::push_string;
use crate::store_path::{StoreDir, StorePath};

/// The number that trailers start with: `NIXE`.
const MAGIC: u64 = 0x4558_494e;

/// Longer than any path that a system takes.
const MAX_PATH_LEN: usize = 8192;

/// What follows an archive in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportTrailer {
    /// The object's path.
    pub path: StorePath,
    /// What it refers to.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it, if known.
    pub deriver: Option<StorePath>,
}

impl ExportTrailer {
    /// The trailer's bytes.
    #[must_use]
    pub fn to_bytes(&self, store: &StoreDir) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        push_string(&mut bytes, store.print(&self.path).as_bytes());
        bytes.extend_from_slice(&(self.references.len() as u64).to_le_bytes());
        for path in &self.references {
            push_string(&mut bytes, store.print(path).as_bytes());
        }
        let deriver = self
            .deriver
            .as_ref()
            .map(|path| store.print(path))
            .unwrap_or_default();
        push_string(&mut bytes, deriver.as_bytes());
        // No signature follows.
        bytes.extend_from_slice(&0_u64.to_le_bytes());
        bytes
    }

    /// Reads a trailer and nothing beyond it; the signature that old streams have is skipped.
    pub fn read(source: impl Read, store: &StoreDir) -> Result<Self, ArchiveError> {
        let mut input = Input::new(source, (), true);
        if input.number()? != MAGIC {
            let problem = "Nix archive cannot be imported; wrong format";
            return Err(ArchiveError::malformed(problem));
        }
        let path = parse_path(input.string(MAX_PATH_LEN)?, store)?;
        let mut references = BTreeSet::new();
        for _ in 0..input.number()? {
            references.insert(parse_path(input.string(MAX_PATH_LEN)?, store)?);
        }
        let deriver = match input.string(MAX_PATH_LEN)? {
            b"" => None,
            path => Some(parse_path(path, store)?),
        };
        if input.number()? == 1 {
            input.string(MAX_PATH_LEN)?;
        }
        Ok(Self {
            path,
            references,
            deriver,
        })
    }
}

fn parse_path(bytes: &[u8], store: &StoreDir) -> Result<StorePath, ArchiveError> {
    let text = String::from_utf8_lossy(bytes);
    store
        .parse(&text)
        .map_err(|error| ArchiveError::malformed(error.to_string()))
}
