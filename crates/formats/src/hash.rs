//! Cryptographic hashes: algorithms, digests, incremental hashing. Their text forms are in
//! [`text`].

mod text;

use std::fmt;
use std::io::{self, Read};

use sha2::Digest as _;
pub(crate) use text::print_base16;
pub use text::{HashError, HashFormat, decode_base64, encode_base16, encode_base64};

/// The hash algorithms that Nix knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
    /// BLAKE3, 32 bytes.
    Blake3,
}

impl Algorithm {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Self; 5] = [
        Self::Blake3,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
    ];

    /// Length of a digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The name used in hashes and settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    /// The algorithm of that name.
    ///
    /// # Errors
    /// [`HashError::UnknownAlgorithm`].
    pub fn parse(name: &str) -> Result<Self, HashError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| HashError::UnknownAlgorithm(name.to_owned()))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A digest and the algorithm that made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    algorithm: Algorithm,
    /// Zero beyond the digest's length.
    bytes: [u8; 64],
}

impl Hash {
    /// A digest of the right length.
    ///
    /// # Errors
    /// [`HashError::DigestLength`].
    pub fn new(algorithm: Algorithm, digest: &[u8]) -> Result<Self, HashError> {
        if digest.len() != algorithm.digest_len() {
            return Err(HashError::DigestLength {
                algorithm,
                got: digest.len(),
            });
        }
        Ok(Self::from_digest(algorithm, digest))
    }

    fn from_digest(algorithm: Algorithm, digest: &[u8]) -> Self {
        let mut bytes = [0; 64];
        bytes[..digest.len()].copy_from_slice(digest);
        Self { algorithm, bytes }
    }

    /// The hash that stands for an empty `hash` attribute: all zeros.
    #[must_use]
    pub const fn zero(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            bytes: [0; 64],
        }
    }

    /// The hash of `data`.
    #[must_use]
    pub fn of(algorithm: Algorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// SHA-256 of `data`.
    #[must_use]
    pub fn sha256(data: &[u8]) -> Self {
        Self::from_digest(Algorithm::Sha256, &sha2::Sha256::digest(data))
    }

    /// A hash from the 32 bytes of a SHA-256 digest.
    #[must_use]
    pub fn from_sha256(digest: &[u8; 32]) -> Self {
        Self::from_digest(Algorithm::Sha256, digest)
    }

    /// The hash of everything that `reader` yields, in constant memory.
    pub fn of_reader(algorithm: Algorithm, reader: &mut impl Read) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithm);
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(hasher.finish()),
                Ok(n) => hasher.update(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Which algorithm made it.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes of the digest.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_len()]
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.prefixed(HashFormat::Base16))
    }
}

/// Folds a digest to `N` bytes by exclusive or, byte by byte, round and round.
#[must_use]
pub fn compress<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut folded = [0; N];
    for (i, byte) in digest.iter().enumerate() {
        folded[i % N] ^= byte;
    }
    folded
}

/// An incremental hash.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// A hash of no bytes yet.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            Algorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
        })
    }

    /// Which algorithm it runs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match &self.0 {
            State::Md5(_) => Algorithm::Md5,
            State::Sha1(_) => Algorithm::Sha1,
            State::Sha256(_) => Algorithm::Sha256,
            State::Sha512(_) => Algorithm::Sha512,
            State::Blake3(_) => Algorithm::Blake3,
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(data),
            State::Sha1(state) => state.update(data),
            State::Sha256(state) => state.update(data),
            State::Sha512(state) => state.update(data),
            State::Blake3(state) => {
                state.update(data);
            }
        }
    }

    /// The hash of all bytes taken in.
    #[must_use]
    pub fn finish(self) -> Hash {
        let algorithm = self.algorithm();
        match self.0 {
            State::Md5(state) => Hash::from_digest(algorithm, &state.finalize()),
            State::Sha1(state) => Hash::from_digest(algorithm, &state.finalize()),
            State::Sha256(state) => Hash::from_digest(algorithm, &state.finalize()),
            State::Sha512(state) => Hash::from_digest(algorithm, &state.finalize()),
            State::Blake3(state) => Hash::from_digest(algorithm, state.finalize().as_bytes()),
        }
    }
}

impl io::Write for Hasher {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each algorithm gives the published digest of the empty string.
    #[test]
    fn digests_of_nothing_are_the_published_ones() {
        let expected = [
            (Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (Algorithm::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (
                Algorithm::Sha256,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                Algorithm::Sha512,
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
                 47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            ),
            (
                Algorithm::Blake3,
                "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            ),
        ];
        for (algorithm, hex) in expected {
            assert_eq!(Hash::of(algorithm, b"").to_text(HashFormat::Base16), hex);
        }
    }

    /// Hashing in pieces equals hashing at once.
    #[test]
    fn pieces_add_up() {
        let data: Vec<u8> = (0..10_000_u32).map(|i| (i % 251) as u8).collect();
        for algorithm in Algorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            for piece in data.chunks(77) {
                hasher.update(piece);
            }
            let whole = Hash::of(algorithm, &data);
            assert_eq!(hasher.finish(), whole);
            let streamed = Hash::of_reader(algorithm, &mut data.as_slice());
            assert_eq!(streamed.ok(), Some(whole));
        }
    }

    /// Folding is exclusive or over the bytes that fall on the same place.
    #[test]
    fn compress_folds() {
        assert_eq!(compress::<2>(&[1, 2, 4, 8, 16]), [1 ^ 4 ^ 16, 2 ^ 8]);
    }
}
