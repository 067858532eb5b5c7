//! Exchanging hash parts in a stream, for objects whose path follows from their content and which
//! refer to themselves.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use crate::file_error::FileError;
use crate::hash::{Algorithm, Hash, Hasher};
use crate::nar::{
    ArchiveError, Reader, RestoreOptions, Sink, Summariser, Summary, dump_path, restore,
};
use crate::references::{HashPart, next_window};
use crate::store_path::HASH_PART_LEN;

/// Which hash parts to exchange for which bytes.
pub type Replacements = BTreeMap<HashPart, HashPart>;

/// Exchanges hash parts in a stream that comes in pieces.
#[derive(Clone, Debug)]
pub struct Rewriter {
    replacements: Replacements,
    /// Bytes that may be the start of a hash part; fewer than it has.
    held: Vec<u8>,
}

impl Rewriter {
    /// A rewriter at the start of a stream.
    #[must_use]
    pub fn new(replacements: Replacements) -> Self {
        Self {
            replacements,
            held: Vec::new(),
        }
    }

    /// Puts zeros in place of one hash part, which makes the rest comparable.
    #[must_use]
    pub fn masking(part: HashPart) -> Self {
        Self::new(Replacements::from([(part, [0; HASH_PART_LEN])]))
    }

    /// Appends what is certain after the next piece to `out`.
    pub fn rewrite(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let base = out.len();
        out.append(&mut self.held);
        out.extend_from_slice(piece);
        let settled = self.exchange(&mut out[base..]);
        let keep = (out.len() - base)
            .saturating_sub(HASH_PART_LEN - 1)
            .max(settled);
        self.held = out.split_off(base + keep);
    }

    /// Appends the rest to `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }

    /// Rewrites in place; returns the end of the last hash part that was exchanged.
    fn exchange(&self, bytes: &mut [u8]) -> usize {
        let (mut start, mut known, mut settled) = (0, 0, 0);
        while let Some(found) = next_window(bytes, start, known) {
            let window = &mut bytes[found..found + HASH_PART_LEN];
            let part = HashPart::try_from(&*window).ok();
            if let Some(new) = part.and_then(|part| self.replacements.get(&part)) {
                window.copy_from_slice(new);
                settled = found + HASH_PART_LEN;
                (start, known) = (settled, 0);
            } else {
                (start, known) = (found + 1, HASH_PART_LEN - 1);
            }
        }
        settled
    }
}

/// Rewrites what it hands on.
struct RewritingSink<S> {
    rewriter: Rewriter,
    sink: S,
    rewritten: Vec<u8>,
}

impl<S: Sink> RewritingSink<S> {
    fn finish(mut self) -> io::Result<S> {
        self.rewriter.finish(&mut self.rewritten);
        self.sink.take(&mut self.rewritten)?;
        Ok(self.sink)
    }
}

impl<S: Sink> Sink for RewritingSink<S> {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.rewriter.rewrite(chunk, &mut self.rewritten);
        chunk.clear();
        self.sink.take(&mut self.rewritten)
    }
}

/// Rewrites what it reads.
struct RewritingReader<R> {
    source: R,
    rewriter: Rewriter,
    piece: Vec<u8>,
    rewritten: Vec<u8>,
    start: usize,
    is_at_end: bool,
}

impl<R: Read> Read for RewritingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.start == self.rewritten.len() && !self.is_at_end {
            self.rewritten.clear();
            self.start = 0;
            let count = self.source.read(&mut self.piece)?;
            if count == 0 {
                self.is_at_end = true;
                self.rewriter.finish(&mut self.rewritten);
            } else {
                self.rewriter
                    .rewrite(&self.piece[..count], &mut self.rewritten);
            }
        }
        let count = buffer.len().min(self.rewritten.len() - self.start);
        buffer[..count].copy_from_slice(&self.rewritten[self.start..self.start + count]);
        self.start += count;
        Ok(count)
    }
}

/// The hash of a tree's archive in which zeros stand for `part`.
pub fn hash_archive_modulo(
    path: &Path,
    algorithm: Algorithm,
    part: HashPart,
) -> Result<Hash, ArchiveError> {
    let sink = RewritingSink {
        rewriter: Rewriter::masking(part),
        sink: Hasher::new(algorithm),
        rewritten: Vec::new(),
    };
    let sink = dump_path(path, sink)?;
    Ok(sink.finish().map_err(ArchiveError::Stream)?.finish())
}

/// The hash of a file in which zeros stand for `part`.
pub fn hash_file_modulo(
    path: &Path,
    algorithm: Algorithm,
    part: HashPart,
) -> Result<Hash, FileError> {
    let file = std::fs::File::open(path).map_err(FileError::on("opening file", path))?;
    let mut source = rewriting_reader(file, Rewriter::masking(part));
    Hash::of_reader(algorithm, &mut source).map_err(FileError::on("reading file", path))
}

fn rewriting_reader<R>(source: R, rewriter: Rewriter) -> RewritingReader<R> {
    RewritingReader {
        source,
        rewriter,
        piece: vec![0; 64 * 1024],
        rewritten: Vec::new(),
        start: 0,
        is_at_end: false,
    }
}

/// Copies a tree to `destination`, which must not exist, with hash parts exchanged in file
/// contents, link targets and names.
pub fn copy_rewritten(
    source: &Path,
    destination: &Path,
    replacements: Replacements,
    options: RestoreOptions,
) -> Result<Summary, ArchiveError> {
    let (pipe_reader, pipe_writer) = io::pipe().map_err(ArchiveError::Stream)?;
    std::thread::scope(|scope| {
        let dumping = scope.spawn(|| dump_path(source, pipe_writer).map(drop));
        let rewriter = Rewriter::new(replacements);
        let mut reader = Reader::new(rewriting_reader(pipe_reader, rewriter), Summariser::new([]));
        let restored = restore(&mut reader, destination, options);
        // Closes the pipe, so that the other side ends too.
        let summary = reader.finish().and_then(Summariser::finish);
        match dumping.join() {
            // Its end of the pipe breaks when this side fails: then that failure counts.
            Ok(Err(error)) if !matches!(error, ArchiveError::Stream(_)) => Err(error),
            Ok(_) => restored.and(summary),
            Err(_) => Err(ArchiveError::Stream(io::Error::other(
                "the archiving thread panicked",
            ))),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::HashFormat;
    use crate::references::parse_hash_part;

    const OLD: &[u8; 32] = b"a3qrxr9fv07qngjdfd543q16dz6907hh";
    const NEW: &[u8; 32] = b"6gla5anvnss25221hgk6c8s5grn52cvj";

    fn rewrite(pieces: &[&[u8]]) -> Vec<u8> {
        let mut rewriter = Rewriter::new(Replacements::from([(*OLD, *NEW)]));
        let mut out = Vec::new();
        for piece in pieces {
            rewriter.rewrite(piece, &mut out);
        }
        rewriter.finish(&mut out);
        out
    }

    /// The hash of an output that refers to itself is the one that Nix 2.34 gave it.
    #[test]
    fn masked_hash_matches_the_reference() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("selfref");
        let own = "/nix/store/6gla5anvnss25221hgk6c8s5grn52cvj-selfref";
        std::fs::write(&path, format!("self {own} and again {own}\n"))?;
        let part = parse_hash_part("6gla5anvnss25221hgk6c8s5grn52cvj")?;
        let hash = hash_archive_modulo(&path, Algorithm::Sha256, part)?;
        assert_eq!(
            hash.to_text(HashFormat::Nix32),
            "167xrl2afx8s382dd96wsyqpa62276bjhf1w37whx9bx5hrgy3g3"
        );
        let flat = hash_file_modulo(&path, Algorithm::Sha256, part)?;
        let zeros = "\0".repeat(32);
        let masked = std::fs::read_to_string(&path)?.replace(&own[11..43], &zeros);
        assert_eq!(flat, Hash::sha256(masked.as_bytes()));
        Ok(())
    }

    /// A copy differs in the hash part only, wherever it stood.
    #[test]
    fn copies_are_rewritten() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let (source, copy) = (dir.path().join("source"), dir.path().join("copy"));
        let old = str::from_utf8(OLD)?;
        std::fs::create_dir(&source)?;
        std::fs::write(source.join(format!("{old}-name")), format!("x{old}y{old}"))?;
        std::os::unix::fs::symlink(format!("/nix/store/{old}-x"), source.join("link"))?;
        let replacements = Replacements::from([(*OLD, *NEW)]);
        let summary = copy_rewritten(
            &source,
            &copy,
            replacements.clone(),
            RestoreOptions::default(),
        )?;
        let new = str::from_utf8(NEW)?;
        let contents = std::fs::read_to_string(copy.join(format!("{new}-name")))?;
        assert_eq!(contents, format!("x{new}y{new}"));
        assert_eq!(
            std::fs::read_link(copy.join("link"))?,
            Path::new(&format!("/nix/store/{new}-x"))
        );
        assert_eq!(summary, crate::nar::summarise_path(&copy, [])?);
        let missing = dir.path().join("missing");
        let result = copy_rewritten(
            &missing,
            &dir.path().join("c2"),
            replacements,
            RestoreOptions::default(),
        );
        assert!(matches!(result, Err(ArchiveError::File(error)) if error.path == missing));
        assert!(!dir.path().join("c2").exists());
        Ok(())
    }

    proptest! {
        /// However a stream is cut into pieces, it is rewritten as a whole would be.
        #[test]
        fn cuts_make_no_difference(
            filler in proptest::collection::vec("[a-z0-9./]{0,40}", 1..6),
            cuts in proptest::collection::vec(0_usize..300, 0..12),
        ) {
            let old = str::from_utf8(OLD).unwrap_or_default();
            let text = filler.join(old);
            let expected = text.replace(old, str::from_utf8(NEW).unwrap_or_default());
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> =
                cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(rewrite(&pieces), expected.into_bytes());
        }
    }
}
