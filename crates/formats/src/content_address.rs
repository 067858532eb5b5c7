//! Content addresses: how a store object's own content determines its path.

use std::fmt;

use crate::hash::{Algorithm, Hash, HashError, HashFormat};

/// What of a store object is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The bytes of a single file.
    Flat,
    /// The archive of a tree.
    Nar,
    /// The bytes of a text file that may refer to store paths, such as a derivation.
    Text,
    /// The Git object of a tree.
    Git,
}

impl Method {
    /// The name used in JSON and, but for the older `recursive`, as `outputHashMode`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Nar => "nar",
            Self::Text => "text",
            Self::Git => "git",
        }
    }

    /// The method of that name.
    ///
    /// # Errors
    /// [`ContentAddressError::UnknownMethod`].
    pub fn parse(name: &str) -> Result<Self, ContentAddressError> {
        match name {
            "flat" => Ok(Self::Flat),
            "nar" => Ok(Self::Nar),
            "text" => Ok(Self::Text),
            "git" => Ok(Self::Git),
            _ => Err(ContentAddressError::UnknownMethod(name.to_owned())),
        }
    }

    /// What precedes the algorithm in a derivation's outputs: `r:`, `text:`, `git:` or nothing.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Flat => "",
            Self::Nar => "r:",
            Self::Text => "text:",
            Self::Git => "git:",
        }
    }

    /// Takes such a prefix off.
    #[must_use]
    pub fn split_prefix(text: &str) -> (Self, &str) {
        for method in [Self::Nar, Self::Git, Self::Text] {
            if let Some(rest) = text.strip_prefix(method.prefix()) {
                return (method, rest);
            }
        }
        (Self::Flat, text)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is no content address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentAddressError {
    /// No method has this name.
    #[error("Unknown file ingestion method '{0}', expect `flat`, `nar`, or `git`")]
    UnknownMethod(String),
    /// No `:`.
    #[error("not a content address because it is not in the form '<prefix>:<rest>': {0}")]
    NoPrefix(String),
    /// Only one `:`.
    #[error("content address hash must be in form '<algo>:<hash>', but found: {0}")]
    NoAlgorithm(String),
    /// Neither `text` nor `fixed`.
    #[error(
        "content address prefix '{0}' is unrecognized. Recogonized prefixes are 'text' or 'fixed'"
    )]
    UnknownPrefix(String),
    /// A bad hash.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// A method and what it yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentAddress {
    /// What is hashed.
    pub method: Method,
    /// Its hash.
    pub hash: Hash,
}

impl ContentAddress {
    /// Parses `text:<algorithm>:<hash>` or `fixed:[r:|git:]<algorithm>:<hash>`.
    pub fn parse(text: &str) -> Result<Self, ContentAddressError> {
        let (prefix, rest) = text
            .split_once(':')
            .ok_or_else(|| ContentAddressError::NoPrefix(text.to_owned()))?;
        let (method, rest) = match prefix {
            "text" => (Method::Text, rest),
            "fixed" if rest.starts_with(Method::Text.prefix()) => (Method::Flat, rest),
            "fixed" => Method::split_prefix(rest),
            _ => return Err(ContentAddressError::UnknownPrefix(prefix.to_owned())),
        };
        let (algorithm, hash) = rest
            .split_once(':')
            .ok_or_else(|| ContentAddressError::NoAlgorithm(text.to_owned()))?;
        let hash = Hash::parse_unprefixed(hash, Algorithm::parse(algorithm)?)?;
        Ok(Self { method, hash })
    }

    /// `[r:|text:|git:]<algorithm>`, as in a derivation's outputs.
    #[must_use]
    pub fn method_algorithm(&self) -> String {
        format!("{}{}", self.method.prefix(), self.hash.algorithm())
    }
}

impl fmt::Display for ContentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.method != Method::Text {
            f.write_str("fixed:")?;
        }
        write!(
            f,
            "{}{}",
            self.method.prefix(),
            self.hash.prefixed(HashFormat::Nix32)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each method's address prints as it was parsed.
    #[test]
    fn addresses_round_trip() {
        let hash = Hash::sha256(b"");
        for method in [Method::Flat, Method::Nar, Method::Text, Method::Git] {
            let address = ContentAddress { method, hash };
            assert_eq!(ContentAddress::parse(&address.to_string()), Ok(address));
        }
        let flat = ContentAddress {
            method: Method::Flat,
            hash,
        };
        assert_eq!(
            flat.to_string(),
            "fixed:sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
        );
    }

    /// What is no address is refused.
    #[test]
    fn malformed_addresses_are_refused() {
        for text in [
            "",
            "fixed",
            "fixed:sha256",
            "fixed:text:sha256:x",
            "other:sha256:x",
            "text:sha256:x",
        ] {
            assert!(ContentAddress::parse(text).is_err(), "{text}");
        }
    }
}
