//! The byte formats of a Nix store: hashes, store paths, derivations, archives, signatures.
//!
//! Bytes go in, values come out, or the other way round; nothing here knows a database or a
//! network. All formats are those of Nix 2.34, byte for byte, and error messages say what its own
//! say.

pub mod content_address;
pub mod derivation;
pub mod file_error;
pub mod hash;
pub mod json;
pub mod metadata;
pub mod nar;
pub mod narinfo;
pub mod nix32;
pub mod placeholder;
pub mod references;
pub mod rewrite;
pub mod signature;
pub mod store_path;
