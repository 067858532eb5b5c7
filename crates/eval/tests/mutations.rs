//! Damaged programs: whatever comes, the evaluator answers with a value or an error, in bounded time and memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eval::error::{Error, Res};
use eval::host::{FileKind, Io, Level, OpenFile, Output, Plain, Source, Store};
use eval::{Evaluator, JsonOptions, Settings, Text};
use formats::store_path::StorePath;
use syntax::position::Origin;

const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How long a program may run before it is interrupted.
const TIME_LIMIT: Duration = Duration::from_millis(500);
/// An evaluation that goes on for so long after that hangs.
const PATIENCE: Duration = Duration::from_secs(20);
const HEAP_LIMIT: usize = 512 * 1024 * 1024;

/// What gets put in.
const PIECES: [&str; 40] = [
    "builtins.genList (x: x) 100000000",
    "(builtins.fromJSON \"[1,{}]\")",
    "builtins.toJSON",
    "builtins.deepSeq",
    "builtins.foldl'",
    "builtins.genericClosure",
    "builtins.match \"(a*)*b\" ",
    "builtins.split \"(x)?\" ",
    "builtins.replaceStrings [\"\" \"a\"] [\"x\" \"\"] ",
    "builtins.sort (a: b: true) ",
    "builtins.tryEval ",
    "builtins.substring 9223372036854775807 (-1) ",
    "builtins.fromTOML ",
    "builtins.zipAttrsWith",
    "builtins.derivationStrict ",
    "(derivation { name = \"n\"; system = \"s\"; builder = \"b\"; })",
    "builtins.appendContext",
    "builtins.getContext",
    "builtins.toXML ",
    "builtins.concatMap (x: [ x x ]) ",
    "(-9223372036854775807 - 1)",
    "9223372036854775807",
    "1.0e308",
    "(let f = x: f (x + 1); in f 0)",
    "(let x = [ x ]; in x)",
    "(let x = { a = x; }; in x)",
    "(rec { a = b; b = a; })",
    "with { a = 1; }; ",
    "{ __functor = self: x: self; }",
    "{ __toString = self: self; }",
    "{ type = \"derivation\"; outPath = 1; }",
    "rec { __overrides = { a = 1; }; a = 2; }",
    "\"${",
    "}\"",
    "''",
    " or ",
    " ? ",
    " // ",
    " ++ ",
    " == ",
];

/// A disk on which there is nothing.
struct NoFiles;

fn nothing<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl Io for NoFiles {
    fn open_file(&self, _: &[u8]) -> io::Result<OpenFile> {
        nothing()
    }
    fn kind(&self, _: &[u8]) -> io::Result<FileKind> {
        nothing()
    }
    fn read_dir(&self, _: &[u8]) -> io::Result<Vec<(Vec<u8>, FileKind)>> {
        nothing()
    }
    fn read_link(&self, _: &[u8]) -> io::Result<Vec<u8>> {
        nothing()
    }
    fn resolve(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        Ok(path.to_vec())
    }
    fn environment(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A store that takes everything and has nothing.
struct NoStore;

fn refuse<T>() -> Res<T> {
    Err(Error::eval("not here"))
}

impl Store for NoStore {
    fn add_source(&mut self, _: Source<'_>) -> Res<StorePath> {
        refuse()
    }
    fn add_text(&mut self, _: &StorePath, _: Vec<u8>, _: Vec<StorePath>) -> Res<()> {
        Ok(())
    }
    fn flush(&mut self) -> Res<()> {
        Ok(())
    }
    fn is_valid_path(&mut self, _: &StorePath) -> Res<bool> {
        Ok(false)
    }
    fn ensure_path(&mut self, _: &StorePath) -> Res<()> {
        refuse()
    }
    fn references(&mut self, _: &StorePath) -> Res<Vec<StorePath>> {
        refuse()
    }
    fn realise(&mut self, _: &[Output]) -> Res<Vec<StorePath>> {
        refuse()
    }
    fn fetch(&mut self, _: &str, _: Plain) -> Res<Plain> {
        refuse()
    }
    fn lookup_path_entry(&mut self, _: &str) -> Res<Option<Vec<u8>>> {
        Ok(None)
    }
    fn message(&mut self, _: Level, _: &[u8]) {}
    fn is_interrupted(&mut self) -> Res<bool> {
        Ok(true)
    }
}

fn settings() -> Settings {
    let features = [
        "flakes",
        "fetch-tree",
        "dynamic-derivations",
        "fetch-closure",
    ];
    Settings {
        store_dir: "/nix/store".to_owned(),
        system: "x86_64-linux".to_owned(),
        lookup_path: Vec::new(),
        pure: false,
        restricted: false,
        allowed_paths: Vec::new(),
        allowed_uris: Vec::new(),
        experimental_features: features.map(str::to_owned).to_vec(),
        max_call_depth: 10_000,
        max_heap_bytes: HEAP_LIMIT,
        read_only: true,
        import_from_derivation: true,
        current_time: 1,
        trace_verbose: true,
        trace_function_calls: true,
        abort_on_warn: false,
        show_trace: true,
        debugging: eval::Debugging::default(),
        current_dir: b"/".to_vec(),
        home: None,
        syntax: syntax::parser::Options::default(),
    }
}

/// Evaluates a program and shows the result in every way there is.
fn evaluate(text: &[u8], started: impl FnOnce(Arc<AtomicBool>)) {
    let mut ev = Evaluator::new(
        settings(),
        Box::new(NoFiles),
        Box::new(NoStore),
        STACK_BYTES - 256 * 1024,
    );
    started(ev.interrupt_flag());
    let text = Text {
        text: text.to_vec(),
        origin: Origin::String,
        base_dir: b"/",
        scope: None,
    };
    let outcome = ev.evaluate(text, false).and_then(|value| {
        ev.show(&value)?;
        let json = JsonOptions {
            strict: true,
            copy_paths: false,
        };
        let _ = ev.to_json(&value, json);
        let _ = ev.to_xml(&value, true, true);
        ev.evaluate_deeply(&value)
    });
    if let Err(error) = outcome {
        assert!(!ev.render(&error, true).is_empty());
    }
    ev.collect_garbage();
}

/// The same on a thread of its own, interrupted when it takes long; what went wrong, if anything did.
fn try_program(text: &[u8]) -> Result<(), String> {
    let (done, wait) = channel();
    let flag = Arc::new(Mutex::new(None));
    let (program, place) = (text.to_vec(), Arc::clone(&flag));
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let thread = thread
        .spawn(move || {
            evaluate(&program, |flag| *place.lock().unwrap() = Some(flag));
            let _ = done.send(());
        })
        .map_err(|error| error.to_string())?;
    let end = Instant::now() + TIME_LIMIT + PATIENCE;
    let mut patience = TIME_LIMIT;
    loop {
        match wait.recv_timeout(patience) {
            Ok(()) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                let _ = thread.join();
                return Err("panicked".to_owned());
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() > end => {
                return Err("hangs".to_owned());
            }
            Err(RecvTimeoutError::Timeout) => {
                // Each part of the check may need an interruption of its own.
                patience = Duration::from_millis(20);
                if let Some(flag) = &*flag.lock().unwrap() {
                    flag.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}

/// A small generator of numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Where words begin.
fn boundaries(text: &[u8]) -> Vec<usize> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut found = vec![0];
    for index in 1..text.len() {
        if is_word(text[index]) != is_word(text[index - 1]) {
            found.push(index);
        }
    }
    found.push(text.len());
    found
}

/// Exchanges words of a program with words of another one, or puts pieces in.
fn damage(text: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let places = boundaries(text);
        let at = dice.below(places.len());
        let end = (at + dice.below(4)).min(places.len() - 1);
        let range = places[at]..places[end].max(places[at]);
        match dice.below(3) {
            0 => drop(text.splice(range, PIECES[dice.below(PIECES.len())].bytes())),
            1 => {
                let start = places[at];
                let piece = format!(" ({}) ", PIECES[dice.below(PIECES.len())]);
                drop(text.splice(start..start, piece.into_bytes()));
            }
            _ => {
                let theirs = boundaries(other);
                let from = dice.below(theirs.len());
                let to = (from + dice.below(8)).min(theirs.len() - 1);
                drop(text.splice(range, other[theirs[from]..theirs[to]].iter().copied()));
            }
        }
    }
}

fn programs() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lang");
    let mut pending: Vec<PathBuf> = ["eval-ok", "eval-fail"].map(|kind| root.join(kind)).into();
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|end| end == "nix") {
                found.push(std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Evaluates damaged programs until `is_done`.
fn run(seed: u64, mut is_done: impl FnMut(usize) -> bool) {
    let programs = programs();
    assert!(programs.len() > 100);
    let mut dice = Dice(seed);
    let mut count = 0;
    while !is_done(count) {
        let mut text = programs[dice.below(programs.len())].clone();
        let other = &programs[dice.below(programs.len())];
        damage(&mut text, other, &mut dice);
        if let Err(what) = try_program(&text) {
            panic!("number {count} {what}:\n{}", String::from_utf8_lossy(&text));
        }
        count += 1;
    }
}

/// Damaged language cases, always the same ones.
#[test]
fn damaged_programs() {
    run(0x9e37_79b9_7f4a_7c15, |count| count == 300);
}

/// As many other damaged programs as fit in `NEVE_FUZZ_SECONDS` (60 if unset); `NEVE_FUZZ_SEED` says which.
#[test]
#[ignore = "runs as long as it is told to"]
fn damaged_programs_for_long() {
    let variable = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(variable("NEVE_FUZZ_SECONDS").unwrap_or(60));
    let end = Instant::now() + time;
    let seed = variable("NEVE_FUZZ_SEED").unwrap_or(1);
    run(0x1234_5677 ^ seed << 32, |_| Instant::now() > end);
}
