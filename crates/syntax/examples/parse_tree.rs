//! Parses every `.nix` file below a directory in one process and says how fast that went.
//!
//!     cargo run --release -p syntax --example parse_tree -- DIRECTORY [ROUNDS]

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a program for the command line"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use syntax::parser::{self, Notes, Request};
use syntax::symbol::SymbolTable;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(root) = arguments.next() else {
        eprintln!("usage: parse_tree DIRECTORY [ROUNDS]");
        return ExitCode::from(2);
    };
    let rounds = arguments
        .next()
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(1);
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
    let mut failures = 0;
    for _ in 0..rounds {
        let (seconds, failed) = parse_all(&files);
        let seconds = seconds.as_secs_f64();
        failures = failed;
        println!(
            "{seconds:.3} s, {:.1} MB/s, {failed} failed",
            bytes as f64 / 1e6 / seconds
        );
    }
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Parses all files with one table of symbols and one arena, as an evaluator does.
fn parse_all(files: &[(PathBuf, Vec<u8>)]) -> (Duration, usize) {
    let arena = Bump::new();
    let mut symbols = SymbolTable::new();
    let mut failed = 0;
    let start = Instant::now();
    for (path, text) in files {
        let base_dir = path.parent().unwrap_or(path).as_os_str().as_encoded_bytes();
        let request = Request {
            text,
            base_dir,
            home: Some(b"/root"),
            ..Request::default()
        };
        if let Err(error) = parser::parse(&arena, &mut symbols, &request, &mut Notes::default()) {
            eprintln!("{}: {error:?}", path.display());
            failed += 1;
        }
    }
    (start.elapsed(), failed)
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "nix")
            && let Ok(text) = std::fs::read(&path)
        {
            files.push((path, text));
        }
    }
}
