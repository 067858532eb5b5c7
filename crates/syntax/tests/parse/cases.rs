//! The language cases of the repository, as far as parsing goes.
//!
//! `parse-ok/<topic>/<case>.nix` has its tree beside it in `.out`, `parse-fail/<topic>/<case>.nix` its error in
//! `.err`. Only the message and the place of the error are compared here: the excerpt is the evaluator's.

use std::path::{Path, PathBuf};

use syntax::parser::{LintLevel, Options};

use super::Source;

/// The cases of a kind, sorted.
pub(crate) fn cases(kind: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/lang")
        .join(kind);
    let mut cases = Vec::new();
    for topic in std::fs::read_dir(root).unwrap() {
        let topic = topic.unwrap().path();
        assert!(topic.is_dir(), "no topic: {}", topic.display());
        for file in std::fs::read_dir(topic).unwrap() {
            cases.push(file.unwrap().path());
        }
    }
    cases.retain(|file| file.extension().is_some_and(|extension| extension == "nix"));
    cases.sort();
    cases
}

/// A case, with the settings that its first line asks for.
pub(crate) fn read(case: &Path) -> Source {
    let text = std::fs::read(case).unwrap();
    let mut source = Source::named(case.file_name().unwrap().to_str().unwrap(), &text);
    let first = String::from_utf8_lossy(text.split(|byte| *byte == b'\n').next().unwrap_or(&[]))
        .into_owned();
    for flag in first
        .strip_prefix("# flags:")
        .unwrap_or_default()
        .split_whitespace()
    {
        set(&mut source.options, flag);
    }
    source
}

fn set(options: &mut Options, flag: &str) {
    let level = |value| match value {
        "fatal" => LintLevel::Fatal,
        "warn" => LintLevel::Warn,
        _ => LintLevel::Ignore,
    };
    match flag.split_once('=').unwrap() {
        ("extra-experimental-features", features) => {
            options.has_pipe_operators = features.split(',').any(|name| name == "pipe-operators");
        }
        ("lint-url-literals", value) => options.url_literals = level(value),
        ("lint-short-path-literals", value) => options.short_paths = level(value),
        ("lint-absolute-path-literals", value) => options.absolute_paths = level(value),
        _ => panic!("no setting of the parser: {flag}"),
    }
}

/// Every case that must parse gives the tree beside it.
#[test]
fn trees() {
    let cases = cases("parse-ok");
    assert!(cases.len() > 40);
    for case in cases {
        let expected = std::fs::read_to_string(case.with_extension("out")).unwrap();
        let shown = read(&case).outcome();
        assert_eq!(
            shown.as_deref(),
            Ok(expected.trim_end_matches('\n')),
            "{}",
            case.display()
        );
    }
}

/// Every case that must not parse fails with the message and at the place beside it. One with an undefined
/// variable does parse: the evaluator finds that.
#[test]
fn errors() {
    let cases = cases("parse-fail");
    assert!(cases.len() > 80);
    for case in cases {
        let expected = std::fs::read_to_string(case.with_extension("err")).unwrap();
        let outcome = read(&case).outcome();
        if expected.starts_with("error: undefined variable") {
            assert!(outcome.is_ok(), "{}", case.display());
        } else {
            let head: Vec<&str> = expected.lines().take(2).collect();
            assert_eq!(outcome, Err(head.join("\n")), "{}", case.display());
        }
    }
}
