//! Reading the text of derivations.
//!
//! Stricter than Nix, which skips over missing commas and bytes after the end: nothing that Nix
//! wrote is refused.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Derivation, DerivationError, InputOutputs, Output, STRUCTURED_ATTRS_VARIABLE, StructuredAttrs,
};
use crate::content_address::{ContentAddress, Method};
use crate::hash::{Algorithm, Hash};
use crate::store_path::StoreDir;

/// How deep outputs of outputs may be nested.
const MAX_DYNAMIC_DEPTH: usize = 64;

impl Derivation {
    /// Parses a derivation's file; `name` is that of its path, without `.drv`.
    pub fn parse(text: &[u8], name: &str, store: &StoreDir) -> Result<Self, DerivationError> {
        let mut parser = Parser { text, offset: 0 };
        let allows_dynamic = parser.parse_head()?;
        let mut drv = Self::new(name);
        parser.parse_list(|parser| parser.parse_output(&mut drv.outputs, store))?;
        parser.expect(b",")?;
        parser.parse_list(|parser| {
            parser.expect(b"(")?;
            let path = store.parse(&parser.parse_path()?)?;
            parser.expect(b",")?;
            let outputs = parser.parse_input(allows_dynamic, 0)?;
            parser.expect(b")")?;
            insert_new(&mut drv.input_drvs, path, outputs)
        })?;
        parser.expect(b",")?;
        parser.parse_list(|parser| {
            drv.input_srcs.insert(store.parse(&parser.parse_path()?)?);
            Ok(())
        })?;
        parser.expect(b",")?;
        drv.system = parser.parse_string()?.into_owned();
        parser.expect(b",")?;
        drv.builder = parser.parse_string()?.into_owned();
        parser.expect(b",")?;
        parser.parse_list(|parser| {
            drv.args.push(parser.parse_string()?.into_owned());
            Ok(())
        })?;
        parser.expect(b",")?;
        parser.parse_list(|parser| parser.parse_variable(&mut drv))?;
        parser.expect(b")")?;
        match text.len() - parser.offset {
            0 => Ok(drv),
            rest => Err(DerivationError::TrailingBytes(rest)),
        }
    }
}

impl Output {
    /// From the three fields after an output's name: path, `[method:]algorithm`, hash.
    pub fn from_fields(
        path: &str,
        method_algorithm: &str,
        hash: &str,
        store: &StoreDir,
    ) -> Result<Self, DerivationError> {
        if method_algorithm.is_empty() {
            return match path {
                "" => Ok(Self::Deferred),
                _ => Ok(Self::InputAddressed(store.parse(check_path(path)?)?)),
            };
        }
        let (method, algorithm) = Method::split_prefix(method_algorithm);
        let algorithm = Algorithm::parse(algorithm)?;
        match (hash, path) {
            ("impure", "") => Ok(Self::Impure { method, algorithm }),
            ("impure", _) => Err(DerivationError::UnexpectedPath("impure")),
            ("", "") => Ok(Self::Floating { method, algorithm }),
            ("", _) => Err(DerivationError::UnexpectedPath("content-addressing")),
            _ => {
                check_path(path)?;
                let hash = Hash::parse_unprefixed(hash, algorithm)?;
                Ok(Self::Fixed(ContentAddress { method, hash }))
            }
        }
    }
}

fn check_path(path: &str) -> Result<&str, DerivationError> {
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(DerivationError::BadPath(path.to_owned()))
    }
}

fn insert_new<K: Ord + AsRef<[u8]>, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
) -> Result<(), DerivationError> {
    if map.contains_key(&key) {
        return Err(DerivationError::Duplicate(
            String::from_utf8_lossy(key.as_ref()).into_owned(),
        ));
    }
    map.insert(key, value);
    Ok(())
}

struct Parser<'t> {
    text: &'t [u8],
    offset: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.text[self.offset..]
    }

    fn take(&mut self, token: &[u8]) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    fn expect(&mut self, token: &[u8]) -> Result<(), DerivationError> {
        if self.take(token) {
            return Ok(());
        }
        Err(DerivationError::Expected {
            expected: String::from_utf8_lossy(token).into_owned(),
            offset: self.offset,
        })
    }

    /// Reads up to the list of outputs; whether dynamic inputs may follow.
    fn parse_head(&mut self) -> Result<bool, DerivationError> {
        if self.take(b"Derive(") {
            return Ok(false);
        }
        if !self.take(b"DrvWithVersion(") {
            return Err(DerivationError::NoDerivation);
        }
        let version = self.parse_string()?;
        if *version != *b"xp-dyn-drv" {
            let version = String::from_utf8_lossy(&version).into_owned();
            return Err(DerivationError::UnknownVersion(version));
        }
        self.expect(b",")?;
        Ok(true)
    }

    fn parse_list(
        &mut self,
        mut parse_item: impl FnMut(&mut Self) -> Result<(), DerivationError>,
    ) -> Result<(), DerivationError> {
        self.expect(b"[")?;
        if self.take(b"]") {
            return Ok(());
        }
        loop {
            parse_item(self)?;
            if !self.take(b",") {
                return self.expect(b"]");
            }
        }
    }

    fn parse_string(&mut self) -> Result<Cow<'t, [u8]>, DerivationError> {
        self.expect(b"\"")?;
        let rest = self.rest();
        let mut end = 0;
        let mut is_escaped = false;
        loop {
            let special = memchr::memchr2(b'\"', b'\\', &rest[end..]);
            end += special.ok_or(DerivationError::UnterminatedString)?;
            if rest[end] == b'"' {
                break;
            }
            is_escaped = true;
            end += 2;
            if end > rest.len() {
                return Err(DerivationError::UnterminatedString);
            }
        }
        self.offset += end + 1;
        let raw = &rest[..end];
        Ok(if is_escaped {
            Cow::Owned(unescape(raw))
        } else {
            Cow::Borrowed(raw)
        })
    }

    fn parse_text(&mut self, what: &'static str) -> Result<String, DerivationError> {
        String::from_utf8(self.parse_string()?.into_owned()).map_err(|error| {
            DerivationError::NotUtf8 {
                what,
                text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }
        })
    }

    fn parse_path(&mut self) -> Result<String, DerivationError> {
        let path = self.parse_text("path")?;
        check_path(&path)?;
        Ok(path)
    }

    fn parse_output(
        &mut self,
        outputs: &mut BTreeMap<String, Output>,
        store: &StoreDir,
    ) -> Result<(), DerivationError> {
        self.expect(b"(")?;
        let name = self.parse_text("output name")?;
        self.expect(b",")?;
        let path = self.parse_text("output path")?;
        self.expect(b",")?;
        let method_algorithm = self.parse_text("hash algorithm")?;
        self.expect(b",")?;
        let hash = self.parse_text("hash")?;
        self.expect(b")")?;
        let output = Output::from_fields(&path, &method_algorithm, &hash, store)?;
        insert_new(outputs, name, output)
    }

    fn parse_output_names(&mut self) -> Result<BTreeSet<String>, DerivationError> {
        let mut names = BTreeSet::new();
        self.parse_list(|parser| {
            names.insert(parser.parse_text("output name")?);
            Ok(())
        })?;
        Ok(names)
    }

    fn parse_input(
        &mut self,
        allows_dynamic: bool,
        depth: usize,
    ) -> Result<InputOutputs, DerivationError> {
        if !allows_dynamic || !self.rest().starts_with(b"(") {
            let outputs = self.parse_output_names()?;
            return Ok(InputOutputs {
                outputs,
                dynamic: BTreeMap::new(),
            });
        }
        if depth >= MAX_DYNAMIC_DEPTH {
            return Err(DerivationError::BadInput);
        }
        self.expect(b"(")?;
        let outputs = self.parse_output_names()?;
        let mut dynamic = BTreeMap::new();
        self.expect(b",")?;
        self.parse_list(|parser| {
            parser.expect(b"(")?;
            let name = parser.parse_text("output name")?;
            parser.expect(b",")?;
            let nested = parser.parse_input(true, depth + 1)?;
            parser.expect(b")")?;
            insert_new(&mut dynamic, name, nested)
        })?;
        self.expect(b")")?;
        Ok(InputOutputs { outputs, dynamic })
    }

    fn parse_variable(&mut self, drv: &mut Derivation) -> Result<(), DerivationError> {
        self.expect(b"(")?;
        let name = self.parse_string()?;
        self.expect(b",")?;
        let value = self.parse_string()?;
        self.expect(b")")?;
        if *name != *STRUCTURED_ATTRS_VARIABLE {
            return insert_new(&mut drv.env, name.into_owned(), value.into_owned());
        }
        drv.structured_attrs = Some(StructuredAttrs::parse(&value)?);
        Ok(())
    }
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        text.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(&other) => other,
                None => break,
            },
            _ => byte,
        });
    }
    text
}
