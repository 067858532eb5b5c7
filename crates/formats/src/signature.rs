//! Keys and signatures: Ed25519, written `<name>:<base-64>`.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::hash::{decode_base64, encode_base64};

/// Why a key or a signature cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No name, or nothing after it.
    #[error("{0} is corrupt")]
    Corrupt(&'static str),
    /// Not of the form that Ed25519 wants.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// No name that a key could have.
    #[error("'{0}' cannot be the name of a key: it must not be empty or contain ':'")]
    BadName(String),
    /// The system has no randomness to give.
    #[error("key generation failed: {0}")]
    NoRandomness(String),
}

/// A signature and the name of the key that made it; sorted by name, then by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// The name of the key.
    pub key_name: String,
    bytes: Vec<u8>,
}

impl Signature {
    /// Parses `<name>:<base-64>`; whether the bytes are a signature shows when they are checked.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let (key_name, bytes) = parse_named(text, "signature")?;
        Ok(Self { key_name, bytes })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.key_name, encode_base64(&self.bytes))
    }
}

/// A key to sign with.
pub struct SecretKey {
    name: String,
    key: SigningKey,
}

impl SecretKey {
    /// Makes a new key.
    pub fn generate(name: &str) -> Result<Self, SignatureError> {
        if name.is_empty() || name.contains(':') {
            return Err(SignatureError::BadName(name.to_owned()));
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| SignatureError::NoRandomness(error.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// Parses a key file's text.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        const INVALID: SignatureError = SignatureError::Invalid("secret key");
        let (name, bytes) = parse_named(text, "key")?;
        let bytes = bytes.as_slice().try_into().map_err(|_| INVALID)?;
        let key = SigningKey::from_keypair_bytes(bytes).map_err(|_| INVALID)?;
        Ok(Self { name, key })
    }

    /// The key file's text, which is secret.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{}:{}",
            self.name,
            encode_base64(&self.key.to_keypair_bytes())
        )
    }

    /// The key to check signatures with.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// Signs data.
    #[must_use]
    pub fn sign(&self, data: &[u8]) -> Signature {
        Signature {
            key_name: self.name.clone(),
            bytes: self.key.sign(data).to_bytes().to_vec(),
        }
    }
}

/// A key to check signatures with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Parses `<name>:<base-64>`.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        const INVALID: SignatureError = SignatureError::Invalid("public key");
        let (name, bytes) = parse_named(text, "key")?;
        let bytes = bytes.as_slice().try_into().map_err(|_| INVALID)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| INVALID)?;
        Ok(Self { name, key })
    }

    /// The name that signatures made with its secret half carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the signature is of this key and of this data.
    pub fn verify(&self, data: &[u8], signature: &Signature) -> Result<bool, SignatureError> {
        if signature.key_name != self.name {
            return Ok(false);
        }
        let bytes = signature.bytes.as_slice().try_into();
        let bytes = bytes.map_err(|_| SignatureError::Invalid("signature"))?;
        let signature = ed25519_dalek::Signature::from_bytes(bytes);
        Ok(self.key.verify_strict(data, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, encode_base64(self.key.as_bytes()))
    }
}

fn parse_named(text: &str, what: &'static str) -> Result<(String, Vec<u8>), SignatureError> {
    let corrupt = SignatureError::Corrupt(what);
    let (name, encoded) = text.split_once(':').ok_or_else(|| corrupt.clone())?;
    let bytes = decode_base64(encoded.trim_end().as_bytes()).map_err(|_| corrupt.clone())?;
    if name.is_empty() || bytes.is_empty() {
        return Err(corrupt);
    }
    Ok((name.to_owned(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a key signs it verifies; other data, other keys and other names do not.
    #[test]
    fn signatures_verify() -> Result<(), SignatureError> {
        let key = SecretKey::parse(&SecretKey::generate("k-1")?.to_text())?;
        let public = PublicKey::parse(&key.public_key().to_string())?;
        let signature = Signature::parse(&key.sign(b"data").to_string())?;
        assert_eq!(public.verify(b"data", &signature), Ok(true));
        assert_eq!(public.verify(b"date", &signature), Ok(false));
        let other = SecretKey::generate("k-1")?;
        assert_eq!(other.public_key().verify(b"data", &signature), Ok(false));
        let renamed = Signature::parse(&signature.to_string().replace("k-1", "k-2"))?;
        assert_eq!(public.verify(b"data", &renamed), Ok(false));
        Ok(())
    }

    /// Signing gives the bytes of the second test in RFC 8032, section 7.1.
    #[test]
    fn signatures_are_those_of_the_standard() -> Result<(), SignatureError> {
        let key = SecretKey::parse(
            "k:TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs9QBfD6EOJWpK3CqdNG368nJgszy7ElozAzVXx\
             KvRmDA==",
        )?;
        assert_eq!(
            key.sign(b"\x72").to_string(),
            "k:kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkW\
             ErsMAA=="
        );
        assert_eq!(
            key.public_key().to_string(),
            "k:PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
        );
        Ok(())
    }

    /// Malformed keys and signatures are refused in Nix's words.
    #[test]
    fn malformed_keys_are_refused() -> Result<(), SignatureError> {
        let public = |text| {
            PublicKey::parse(text)
                .map(|_| ())
                .map_err(|e| e.to_string())
        };
        assert_eq!(public("abc"), Err("key is corrupt".to_owned()));
        assert_eq!(public(":YQ=="), Err("key is corrupt".to_owned()));
        assert_eq!(public("k:!"), Err("key is corrupt".to_owned()));
        assert_eq!(public("k:YQ=="), Err("public key is not valid".to_owned()));
        let secret = SecretKey::parse("k:YQ==")
            .map(|_| ())
            .map_err(|e| e.to_string());
        assert_eq!(secret, Err("secret key is not valid".to_owned()));
        let key = SecretKey::generate("k")?.public_key();
        let short = Signature::parse("k:YQ==")?;
        assert_eq!(
            key.verify(b"", &short),
            Err(SignatureError::Invalid("signature"))
        );
        assert!(SecretKey::generate("a:b").is_err());
        Ok(())
    }
}
