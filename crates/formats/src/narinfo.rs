//! What a binary cache says of a store object: the text of a `.narinfo` file.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::content_address::ContentAddress;
use crate::hash::{Algorithm, Hash, HashFormat};
use crate::signature::Signature;
use crate::store_path::{StoreDir, StorePath};

/// A store object's metadata and where its archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NarInfo {
    /// The object's path.
    pub path: StorePath,
    /// Where its archive is, relative to the cache.
    pub url: String,
    /// How its archive is compressed: `none`, `xz`, `bzip2`, `zstd` …
    pub compression: String,
    /// Hash of the compressed archive.
    pub file_hash: Option<Hash>,
    /// Bytes of the compressed archive; 0 if unknown.
    pub file_size: u64,
    /// SHA-256 of the archive.
    pub nar_hash: Hash,
    /// Bytes of the archive.
    pub nar_size: u64,
    /// What it refers to.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it, if known.
    pub deriver: Option<StorePath>,
    /// Who vouches for it.
    pub signatures: BTreeSet<Signature>,
    /// How its path follows from its content, if it does.
    pub content_address: Option<ContentAddress>,
}

/// A text that is no such file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "NAR info file '{file}' is corrupt: {problem}{place}",
    place = .line.map(|number| format!(" at line {number}")).unwrap_or_default()
)]
pub struct NarInfoError {
    /// The file's name.
    pub file: String,
    /// What is wrong.
    pub problem: String,
    /// Where, if it is at one place.
    pub line: Option<usize>,
}

impl NarInfo {
    /// Parses the text of `file`, whose name is for messages only. Fields that are unknown are
    /// skipped.
    pub fn parse(text: &str, file: &str, store: &StoreDir) -> Result<Self, NarInfoError> {
        let corrupt = |line| {
            move |problem| NarInfoError {
                file: file.to_owned(),
                problem,
                line,
            }
        };
        let mut fields = Fields::default();
        for (i, line) in text.split_inclusive('\n').enumerate() {
            fields
                .parse_line(line, store)
                .map_err(corrupt(Some(i + 1)))?;
        }
        fields.complete().map_err(corrupt(None))
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self, store: &StoreDir) -> String {
        let mut text = String::with_capacity(1024);
        let mut line = |name: &str, value: &str| {
            // Writing to memory cannot fail.
            let _written = writeln!(text, "{name}: {value}");
        };
        line("StorePath", &store.print(&self.path));
        line("URL", &self.url);
        line("Compression", &self.compression);
        if let Some(hash) = &self.file_hash {
            line("FileHash", &hash.prefixed(HashFormat::Nix32));
        }
        line("FileSize", &self.file_size.to_string());
        line("NarHash", &self.nar_hash.prefixed(HashFormat::Nix32));
        line("NarSize", &self.nar_size.to_string());
        let references: Vec<&str> = self.references.iter().map(StorePath::as_str).collect();
        line("References", &references.join(" "));
        if let Some(deriver) = &self.deriver {
            line("Deriver", deriver);
        }
        for signature in &self.signatures {
            line("Sig", &signature.to_string());
        }
        if let Some(address) = &self.content_address {
            line("CA", &address.to_string());
        }
        text
    }
}

/// The text that signatures of a store object cover.
#[must_use]
pub fn fingerprint<'p>(
    store: &StoreDir,
    path: &StorePath,
    nar_hash: &Hash,
    nar_size: u64,
    references: impl IntoIterator<Item = &'p StorePath>,
) -> String {
    let path = store.print(path);
    let references: Vec<String> = references
        .into_iter()
        .map(|path| store.print(path))
        .collect();
    let nar_hash = nar_hash.prefixed(HashFormat::Nix32);
    format!("1;{path};{nar_hash};{nar_size};{}", references.join(","))
}

#[derive(Default)]
struct Fields {
    path: Option<StorePath>,
    url: String,
    compression: String,
    file_hash: Option<Hash>,
    file_size: u64,
    nar_hash: Option<Hash>,
    nar_size: u64,
    references: BTreeSet<StorePath>,
    deriver: Option<StorePath>,
    signatures: BTreeSet<Signature>,
    content_address: Option<ContentAddress>,
}

impl Fields {
    fn parse_line(&mut self, line: &str, store: &StoreDir) -> Result<(), String> {
        let (name, value) = line.split_once(':').ok_or("expecting ':'")?;
        let value = value.strip_suffix('\n').ok_or("expecting '\\n'")?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "StorePath" => self.path = Some(store.parse(value).map_err(|error| error.to_string())?),
            "URL" => value.clone_into(&mut self.url),
            "Compression" => value.clone_into(&mut self.compression),
            "FileHash" => self.file_hash = Some(parse_hash(value)?),
            "FileSize" => self.file_size = value.parse().map_err(|_| "invalid FileSize")?,
            "NarHash" => {
                let hash = parse_hash(value)?;
                if hash.algorithm() != Algorithm::Sha256 {
                    return Err("bad hash".to_owned());
                }
                self.nar_hash = Some(hash);
            }
            "NarSize" => self.nar_size = value.parse().map_err(|_| "invalid NarSize")?,
            "References" if !self.references.is_empty() => {
                return Err("extra References".to_owned());
            }
            "References" => {
                for path in value.split(' ').filter(|path| !path.is_empty()) {
                    self.references.insert(
                        StorePath::from_base_name(path).map_err(|error| error.to_string())?,
                    );
                }
            }
            "Deriver" if value == "unknown-deriver" => {}
            "Deriver" => {
                self.deriver =
                    Some(StorePath::from_base_name(value).map_err(|error| error.to_string())?);
            }
            "Sig" => {
                self.signatures
                    .insert(Signature::parse(value).map_err(|error| error.to_string())?);
            }
            "CA" if self.content_address.is_some() => return Err("extra CA".to_owned()),
            "CA" if value.is_empty() => {}
            "CA" => {
                self.content_address =
                    Some(ContentAddress::parse(value).map_err(|error| error.to_string())?);
            }
            _ => {}
        }
        Ok(())
    }

    fn complete(self) -> Result<NarInfo, String> {
        let path = self.path.ok_or("StorePath missing")?;
        let nar_hash = self.nar_hash.ok_or("NarHash missing")?;
        if self.url.is_empty() {
            return Err("URL missing".to_owned());
        }
        if self.nar_size == 0 {
            return Err("NarSize missing or zero".to_owned());
        }
        let compression = if self.compression.is_empty() {
            "bzip2".to_owned()
        } else {
            self.compression
        };
        Ok(NarInfo {
            path,
            url: self.url,
            compression,
            file_hash: self.file_hash,
            file_size: self.file_size,
            nar_hash,
            nar_size: self.nar_size,
            references: self.references,
            deriver: self.deriver,
            signatures: self.signatures,
            content_address: self.content_address,
        })
    }
}

fn parse_hash(value: &str) -> Result<Hash, String> {
    Hash::parse_prefixed(value).map_err(|_| "bad hash".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::PublicKey;

    /// Written by Nix 2.34, signed with the key whose public half is [`KEY`].
    const SIGNED: &str = include_str!("../tests/data/signed.narinfo");
    const KEY: &str = "test-1:aMJaPj0O66/dwDUv9HUfEebpdM1z1V+/4/pUbJDceXI=";

    fn parse(text: &str) -> Result<NarInfo, String> {
        NarInfo::parse(text, "x.narinfo", &StoreDir::default()).map_err(|e| e.to_string())
    }

    /// What Nix wrote is read, its signature holds, and it prints to the same text.
    #[test]
    fn reference_text_round_trips() -> Result<(), Box<dyn std::error::Error>> {
        let store = StoreDir::default();
        let info = parse(SIGNED)?;
        assert_eq!(info.to_text(&store), SIGNED);
        assert_eq!((info.nar_size, info.references.len()), (256, 2));
        let text = fingerprint(
            &store,
            &info.path,
            &info.nar_hash,
            info.nar_size,
            &info.references,
        );
        let key = PublicKey::parse(KEY)?;
        for signature in &info.signatures {
            assert_eq!(key.verify(text.as_bytes(), signature), Ok(true));
            assert_eq!(key.verify(&text.as_bytes()[1..], signature), Ok(false));
        }
        Ok(())
    }

    /// Absent fields have defaults, unknown ones are skipped.
    #[test]
    fn fields_are_optional() -> Result<(), String> {
        let required = ["StorePath", "URL", "NarHash", "NarSize"];
        let is_required = |line: &&str| required.iter().any(|name| line.starts_with(name));
        let text: String = SIGNED.split_inclusive('\n').filter(is_required).collect();
        let info = parse(&format!(
            "New: x\nReferences:\nDeriver: unknown-deriver\n{text}CA: \n"
        ))?;
        assert_eq!(info.compression, "bzip2");
        assert_eq!((info.deriver, info.content_address), (None, None));
        assert!(info.references.is_empty());
        Ok(())
    }

    /// Malformed files are refused in Nix's words, with the line.
    #[test]
    fn malformed_files_are_refused() {
        let cases = [
            (String::new(), "StorePath missing"),
            (SIGNED.replace("StorePath", "Path"), "StorePath missing"),
            (SIGNED.replace("URL:", "U:"), "URL missing"),
            (
                SIGNED.replace("NarSize: 256", "NarSize: 0"),
                "NarSize missing or zero",
            ),
            (
                SIGNED.replace("NarSize: 256", "NarSize: x"),
                "invalid NarSize at line 7",
            ),
            (
                SIGNED.replace("NarHash: sha256:", "NarHash: sha256:x"),
                "bad hash at line 6",
            ),
            (SIGNED.replace("URL: ", "URL "), "expecting ':' at line 2"),
            (SIGNED.trim_end().to_owned(), "expecting '\\n' at line 10"),
            (
                SIGNED.replace("Deriver: ", "References: x"),
                "extra References at line 9",
            ),
            (
                SIGNED.replace("Sig: test-1:", "Sig: test-1"),
                "signature is corrupt at line 10",
            ),
            (
                SIGNED.replace("Deriver: ", "Deriver: /"),
                "store path '/nyhchyxlxiyx43d4p250frliyfh6s72q-signed.drv' contains illegal \
                 base-32 character '/' at line 9",
            ),
        ];
        for (text, problem) in cases {
            let message = format!("NAR info file 'x.narinfo' is corrupt: {problem}");
            assert_eq!(parse(&text), Err(message));
        }
    }
}
