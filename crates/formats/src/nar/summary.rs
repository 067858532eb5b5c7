//! What one pass over an archive yields: its hash, its size, and what it refers to.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{JoinHandle, available_parallelism, spawn};

use super::read::Observer;
use super::tree::dump;
use super::{ArchiveError, Reader, Sink, Writer};
use crate::hash::{Algorithm, Hash, Hasher};
use crate::references::{HashPart, Scanner};

/// What is known of an archive after a pass over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// SHA-256 of the archive.
    pub hash: Hash,
    /// Bytes of the archive.
    pub size: u64,
    /// The candidates that occur in it.
    pub references: BTreeSet<HashPart>,
}

/// Makes a [`Summary`] of bytes that come in pieces.
///
/// Hashing takes most of the time: past the first [`THREAD_THRESHOLD`] bytes it is done on a thread
/// of its own, while this one reads on and searches for references.
pub struct Summariser {
    hashing: Hashing,
    scanner: Option<Scanner>,
    size: u64,
}

/// How many bytes are hashed before starting a thread pays.
const THREAD_THRESHOLD: u64 = 1024 * 1024;

/// Large enough that handing it to a thread costs nothing to speak of, small enough for the cache.
pub const CHUNK_LEN: usize = 256 * 1024;

/// How many chunks may wait for the hashing thread.
const CHUNKS_WAITING: usize = 4;

enum Hashing {
    Here(Box<Hasher>),
    Elsewhere(HashThread),
}

struct HashThread {
    /// Bytes too few to be handed over.
    gathered: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Hash>,
}

impl HashThread {
    fn start(mut hasher: Hasher) -> Self {
        let (full, to_hash) = sync_channel::<Vec<u8>>(CHUNKS_WAITING);
        let (done, empty) = channel();
        let thread = spawn(move || {
            for mut chunk in to_hash {
                hasher.update(&chunk);
                chunk.clear();
                // At the end nobody wants the buffers back.
                let _unwanted = done.send(chunk);
            }
            hasher.finish()
        });
        Self {
            gathered: Vec::with_capacity(CHUNK_LEN),
            full,
            empty,
            thread,
        }
    }

    /// Hands bytes over when there are enough of them.
    fn gather(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() < CHUNK_LEN / 2 {
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut self.gathered);
        let result = self.take(&mut chunk);
        self.gathered = chunk;
        result
    }

    fn finish(mut self) -> io::Result<Hash> {
        let mut rest = std::mem::take(&mut self.gathered);
        self.take(&mut rest)?;
        drop(self.full);
        self.thread
            .join()
            .map_err(|_| io::Error::other("the hashing thread panicked"))
    }

    /// Hands a chunk over and puts an empty one in its place.
    fn take(&self, chunk: &mut Vec<u8>) -> io::Result<()> {
        let spare = self
            .empty
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(CHUNK_LEN));
        let full = std::mem::replace(chunk, spare);
        self.full
            .send(full)
            .map_err(|_| io::Error::other("the hashing thread ended early"))
    }
}

impl Summariser {
    /// Starts a pass that looks for `candidates`.
    pub fn new(candidates: impl IntoIterator<Item = HashPart>) -> Self {
        let mut candidates = candidates.into_iter().peekable();
        let scanner = candidates
            .peek()
            .is_some()
            .then(|| Scanner::new(candidates));
        Self {
            hashing: Hashing::Here(Box::new(Hasher::new(Algorithm::Sha256))),
            scanner,
            size: 0,
        }
    }

    /// What the bytes added up to.
    pub fn finish(self) -> Result<Summary, ArchiveError> {
        let hash = match self.hashing {
            Hashing::Here(hasher) => hasher.finish(),
            Hashing::Elsewhere(thread) => thread.finish().map_err(ArchiveError::Stream)?,
        };
        Ok(Summary {
            hash,
            size: self.size,
            references: self.scanner.map(Scanner::finish).unwrap_or_default(),
        })
    }

    /// Counts and searches bytes that are hashed next.
    fn note(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if let Some(scanner) = &mut self.scanner {
            scanner.scan(bytes);
        }
    }

    /// Moves hashing to a thread when there is much of it.
    fn settle(&mut self) {
        if let Hashing::Here(hasher) = &mut self.hashing
            && self.size > THREAD_THRESHOLD
            && available_parallelism().is_ok_and(|count| count.get() > 1)
        {
            let hasher = std::mem::replace(&mut **hasher, Hasher::new(Algorithm::Sha256));
            self.hashing = Hashing::Elsewhere(HashThread::start(hasher));
        }
    }
}

impl Sink for Summariser {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.note(chunk);
        self.settle();
        match &mut self.hashing {
            Hashing::Here(hasher) => {
                hasher.update(chunk);
                chunk.clear();
                Ok(())
            }
            Hashing::Elsewhere(thread) => thread.take(chunk),
        }
    }
}

impl Observer for Summariser {
    fn observe(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.note(bytes);
        self.settle();
        match &mut self.hashing {
            Hashing::Here(hasher) => {
                hasher.update(bytes);
                Ok(())
            }
            Hashing::Elsewhere(thread) => thread.gather(bytes),
        }
    }
}

/// Archives `path` without writing it anywhere.
pub fn summarise_path(
    path: &Path,
    candidates: impl IntoIterator<Item = HashPart>,
) -> Result<Summary, ArchiveError> {
    let writer = Writer::with_chunk_len(Summariser::new(candidates), CHUNK_LEN);
    dump(path, writer, |_, _| Ok::<_, ArchiveError>(true))?.finish()
}

/// Reads an archive to its end and checks that it is well formed.
pub fn summarise_stream(
    source: impl Read,
    candidates: impl IntoIterator<Item = HashPart>,
) -> Result<Summary, ArchiveError> {
    check_stream(Reader::new(source, Summariser::new(candidates)))?.finish()
}

/// Reads on to the end of an archive and gives the observer back.
pub fn check_stream<R: Read, O: Observer>(mut reader: Reader<R, O>) -> Result<O, ArchiveError> {
    // Contents that nobody asks for are skipped.
    while reader.next_event()?.is_some() {}
    reader.finish()
}
