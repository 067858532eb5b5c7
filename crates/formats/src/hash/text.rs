//! Hashes as text: base-16, Nix's base-32, base-64 and SRI, with Nix's rules for telling them
//! apart.

use super::{Algorithm, Hash};
use crate::nix32;

/// How a hash is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFormat {
    /// Hexadecimal, lower case.
    Base16,
    /// Nix's base-32.
    Nix32,
    /// Base-64 with padding.
    Base64,
    /// `<algorithm>-<base-64>`.
    Sri,
}

impl HashFormat {
    /// The name used on command lines and by `builtins.convertHash`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base16 => "base16",
            Self::Nix32 => "nix32",
            Self::Base64 => "base64",
            Self::Sri => "sri",
        }
    }

    /// The format of that name; `base32` is the deprecated name of `nix32` (warning about it is the
    /// caller's part).
    ///
    /// # Errors
    /// [`HashError::UnknownFormat`].
    pub fn parse(name: &str) -> Result<Self, HashError> {
        match name {
            "base16" => Ok(Self::Base16),
            "nix32" | "base32" => Ok(Self::Nix32),
            "base64" => Ok(Self::Base64),
            "sri" => Ok(Self::Sri),
            _ => Err(HashError::UnknownFormat(name.to_owned())),
        }
    }

    /// How messages about malformed text call it.
    const fn title(self) -> &'static str {
        match self {
            Self::Base64 => "Base64",
            Self::Sri => "SRI",
            Self::Base16 | Self::Nix32 => self.name(),
        }
    }
}

/// Why a text is no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// No algorithm has this name.
    #[error("unknown hash algorithm '{0}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'")]
    UnknownAlgorithm(String),
    /// No format has this name.
    #[error("unknown hash format '{0}', expect 'base16', 'base32', 'base64', or 'sri'")]
    UnknownFormat(String),
    /// The length fits none of the encodings.
    #[error("hash '{text}' has wrong length for hash algorithm '{algorithm}'")]
    WrongLength {
        /// The hash without its prefix.
        text: String,
        /// The algorithm that it should be of.
        algorithm: Algorithm,
    },
    /// The text does not decode to a digest; text with foreign characters counts as no bytes at
    /// all.
    #[error("invalid {format} hash '{text}', length {got} != expected length {expected}", format = .format.title())]
    Undecodable {
        /// The encoding that was expected.
        format: HashFormat,
        /// The hash without its prefix.
        text: String,
        /// Bytes decoded.
        got: usize,
        /// Bytes of a digest.
        expected: usize,
    },
    /// Neither the text nor the context names an algorithm.
    #[error("hash '{0}' does not include a type, nor is the type otherwise known from context")]
    AlgorithmUnknown(String),
    /// The text must name its algorithm.
    #[error("hash '{0}' does not include a type")]
    AlgorithmMissing(String),
    /// The text names another algorithm than the context.
    #[error("hash '{text}' should have type '{expected}'")]
    AlgorithmMismatch {
        /// The whole text.
        text: String,
        /// What the context wants.
        expected: Algorithm,
    },
    /// No `-`.
    #[error("hash '{0}' is not SRI")]
    NotSri(String),
    /// A digest of the wrong size.
    #[error("a digest of {algorithm} has {expected} bytes, not {got}", expected = .algorithm.digest_len())]
    DigestLength {
        /// The algorithm.
        algorithm: Algorithm,
        /// Bytes given.
        got: usize,
    },
}

impl Hash {
    /// The digest as text; only SRI names the algorithm.
    #[must_use]
    pub fn to_text(&self, format: HashFormat) -> String {
        match format {
            HashFormat::Base16 => encode_base16(self.digest()),
            HashFormat::Nix32 => nix32::encode(self.digest()),
            HashFormat::Base64 => encode_base64(self.digest()),
            HashFormat::Sri => self.prefixed(format),
        }
    }

    /// `<algorithm>:<text>`, or SRI.
    #[must_use]
    pub fn prefixed(&self, format: HashFormat) -> String {
        let algorithm = self.algorithm();
        match format {
            HashFormat::Sri => format!("{algorithm}-{}", encode_base64(self.digest())),
            _ => format!("{algorithm}:{}", self.to_text(format)),
        }
    }

    /// Parses `<algorithm>:<base-16|base-32|base-64>`, SRI, or, when `expected` is given, bare
    /// text.
    pub fn parse_any(text: &str, expected: Option<Algorithm>) -> Result<Self, HashError> {
        Self::parse_any_with_format(text, expected).map(|(hash, _)| hash)
    }

    /// Like [`Hash::parse_any`]; also tells which format it was.
    pub fn parse_any_with_format(
        text: &str,
        expected: Option<Algorithm>,
    ) -> Result<(Self, HashFormat), HashError> {
        let (prefix, rest, is_sri) = split_prefix(text);
        let named = prefix.map(Algorithm::parse).transpose()?;
        let algorithm = match (named, expected) {
            (Some(named), Some(expected)) if named != expected => {
                return Err(HashError::AlgorithmMismatch {
                    text: text.to_owned(),
                    expected,
                });
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
            (None, None) => return Err(HashError::AlgorithmUnknown(text.to_owned())),
        };
        let format = if is_sri {
            HashFormat::Sri
        } else {
            format_by_length(rest, algorithm)?
        };
        Ok((Self::parse_as(rest, algorithm, format)?, format))
    }

    /// Parses a hash that names its algorithm.
    pub fn parse_prefixed(text: &str) -> Result<Self, HashError> {
        if split_prefix(text).0.is_none() {
            return Err(HashError::AlgorithmMissing(text.to_owned()));
        }
        Self::parse_any(text, None)
    }

    /// Parses a hash without any prefix, whose encoding follows from its length.
    pub fn parse_unprefixed(text: &str, algorithm: Algorithm) -> Result<Self, HashError> {
        Self::parse_as(text, algorithm, format_by_length(text, algorithm)?)
    }

    /// Parses `<algorithm>-<base-64>`.
    pub fn parse_sri(text: &str) -> Result<Self, HashError> {
        let (name, rest) = text
            .split_once('-')
            .ok_or_else(|| HashError::NotSri(text.to_owned()))?;
        Self::parse_as(rest, Algorithm::parse(name)?, HashFormat::Sri)
    }

    /// Parses a hash without its prefix in a known format.
    pub fn parse_as(
        text: &str,
        algorithm: Algorithm,
        format: HashFormat,
    ) -> Result<Self, HashError> {
        let digest = match format {
            HashFormat::Base16 => decode_base16(text.as_bytes()),
            HashFormat::Nix32 => nix32::decode(text.as_bytes()).ok(),
            HashFormat::Base64 | HashFormat::Sri => decode_base64(text.as_bytes()).ok(),
        }
        .unwrap_or_default();
        Self::new(algorithm, &digest).map_err(|_| HashError::Undecodable {
            format,
            text: text.to_owned(),
            got: digest.len(),
            expected: algorithm.digest_len(),
        })
    }
}

/// Algorithm name, rest, and whether the separator was SRI's.
fn split_prefix(text: &str) -> (Option<&str>, &str, bool) {
    if let Some((prefix, rest)) = text.split_once(':') {
        (Some(prefix), rest, false)
    } else if let Some((prefix, rest)) = text.split_once('-') {
        (Some(prefix), rest, true)
    } else {
        (None, text, false)
    }
}

fn format_by_length(text: &str, algorithm: Algorithm) -> Result<HashFormat, HashError> {
    let digest = algorithm.digest_len();
    match text.len() {
        len if len == digest * 2 => Ok(HashFormat::Base16),
        len if len == nix32::encoded_len(digest) => Ok(HashFormat::Nix32),
        len if len == digest.div_ceil(3) * 4 => Ok(HashFormat::Base64),
        _ => Err(HashError::WrongLength {
            text: text.to_owned(),
            algorithm,
        }),
    }
}

/// The two digits of every byte.
const BASE16_PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        pairs[i] = [DIGITS[i >> 4], DIGITS[i & 15]];
        i += 1;
    }
    pairs
};

/// Appends bytes in lower-case hexadecimal.
pub(crate) fn print_base16(bytes: &[u8], text: &mut Vec<u8>) {
    // Room is made once for several, not for each byte.
    for group in bytes.chunks(BASE16_GROUP) {
        let mut pairs = [[0; 2]; BASE16_GROUP];
        for (pair, &byte) in pairs.iter_mut().zip(group) {
            *pair = BASE16_PAIRS[usize::from(byte)];
        }
        text.extend_from_slice(pairs[..group.len()].as_flattened());
    }
}

/// Bytes that are written at a time.
const BASE16_GROUP: usize = 32;

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn encode_base16(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    print_base16(bytes, &mut text);
    // Nothing but ASCII went in.
    String::from_utf8(text).unwrap_or_default()
}

fn decode_base16(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

const BASE64_DIGITS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const BASE64_VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut i = 0;
    while i < 64 {
        values[BASE64_DIGITS[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// Bytes in base-64 with padding (RFC 4648, section 4).
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for i in 0..3 {
            bits = bits << 8 | u32::from(group.get(i).copied().unwrap_or(0));
        }
        for i in 0..4 {
            let digit = BASE64_DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= group.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

/// Reads base-64 as leniently as Nix does: the first `=` ends it, line feeds are skipped, left-over
/// bits are dropped.
///
/// # Errors
/// Returns the offending byte when it is no digit.
pub fn decode_base64(text: &[u8]) -> Result<Vec<u8>, u8> {
    let mut bytes = Vec::with_capacity(text.len().div_ceil(4) * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in text {
        match byte {
            b'=' => break,
            b'\n' => continue,
            _ => {}
        }
        let value = BASE64_VALUES[usize::from(byte)];
        if value == 0xff {
            return Err(byte);
        }
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SRI: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    /// All notations of one hash parse to the same value, and print back.
    #[test]
    fn notations_agree() {
        let hash = Hash::sha256(b"");
        let formats = [
            (
                HashFormat::Base16,
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                HashFormat::Nix32,
                "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            ),
            (
                HashFormat::Base64,
                "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ),
            (HashFormat::Sri, SRI),
        ];
        for (format, text) in formats {
            assert_eq!(hash.prefixed(format), text);
            assert_eq!(Hash::parse_any_with_format(text, None), Ok((hash, format)));
        }
        let upper = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        assert_eq!(Hash::parse_any(upper, Some(Algorithm::Sha256)), Ok(hash));
    }

    /// Malformed hashes are refused in Nix's words.
    #[test]
    fn messages_are_those_of_nix() {
        let cases = [
            (
                "sha256:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!",
                "invalid nix32 hash 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!', \
                 length 0 != expected length 32",
            ),
            (
                "sha256:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                "invalid nix32 hash 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', \
                 length 33 != expected length 32",
            ),
            (
                "sha256:abc",
                "hash 'abc' has wrong length for hash algorithm 'sha256'",
            ),
            (
                "sha256-abc",
                "invalid SRI hash 'abc', length 2 != expected length 32",
            ),
            (
                "foo:abc",
                "unknown hash algorithm 'foo', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'",
            ),
            (
                "abc",
                "hash 'abc' does not include a type, nor is the type otherwise known from context",
            ),
            (
                "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF!=",
                "invalid Base64 hash '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF!=', \
                 length 0 != expected length 32",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(
                Hash::parse_any(text, None).map_err(|e| e.to_string()),
                Err(message.to_owned())
            );
        }
        assert_eq!(
            Hash::parse_any("sha256:abc", Some(Algorithm::Md5)).map_err(|e| e.to_string()),
            Err("hash 'sha256:abc' should have type 'md5'".to_owned())
        );
    }

    /// Surplus bits of the last base-64 digit are ignored, as Nix does.
    #[test]
    fn surplus_base64_bits_are_dropped() {
        let text = SRI.replace("uFU=", "uFX=");
        assert_eq!(Hash::parse_sri(&text), Hash::parse_sri(SRI));
    }
}
