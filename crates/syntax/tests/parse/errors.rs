//! Errors that no language case shows.

use syntax::parser::{self, Notes, Request};
use syntax::symbol::SymbolTable;

use super::refused;

/// NUL bytes are refused in code and in strings, escaped or not, and skipped in comments.
#[test]
fn null_bytes() {
    let in_string =
        "input string 'a␀b' cannot be represented as Nix string because it contains null bytes";
    assert_eq!(
        refused("1 \0"),
        "1:3: syntax error, unexpected invalid token, expecting end of file"
    );
    assert_eq!(refused("\"a\0b\""), format!("1:2: {in_string}"));
    assert_eq!(refused("\"a\\\0b\""), format!("1:2: {in_string}"));
    assert_eq!(refused("''a\0b''"), format!("1:3: {in_string}"));
    assert!(refused("''''\\\0''").contains("contains null bytes"));
    assert_eq!(super::shown("# \0\n1 /* \0 */"), "1");
}

/// Bytes beyond ASCII stand in strings and comments only, valid UTF-8 or not.
#[test]
fn bytes_beyond_ascii() {
    assert_eq!(
        refused(b"x: \xff"),
        "1:4: syntax error, unexpected invalid token"
    );
    assert_eq!(
        refused("{ é = 1; }"),
        "1:3: syntax error, unexpected invalid token, expecting 'inherit'"
    );
    let mut source = super::Source::new(b"\"\xff\" # \xff");
    let tree = source.parse().unwrap();
    assert!(matches!(tree.kind, syntax::ast::ExprKind::Str(b"\xff")));
}

/// A path below the home directory needs one; the error has no place, as in C++ Nix.
#[test]
fn home_in_pure_mode() {
    let request = Request {
        text: b"[ ~/a ]",
        ..Request::default()
    };
    let arena = bumpalo::Bump::new();
    let error = parser::parse(
        &arena,
        &mut SymbolTable::new(),
        &request,
        &mut Notes::default(),
    )
    .unwrap_err();
    assert!(!error.pos.is_some());
    let message = error.message(&syntax::position::SourceMap::default());
    assert_eq!(message, "the path '~/a' can not be resolved in pure mode");
}

/// A prompt can tell text that goes on from text that is wrong.
#[test]
fn incomplete_text() {
    for (text, is_incomplete) in [
        ("{ a = ", true),
        ("''", true),
        ("\"a${", true),
        ("(./a", true),
        ("{ a = }", false),
        (")", false),
    ] {
        let mut source = super::Source::new(text);
        assert_eq!(
            source.parse().unwrap_err().is_incomplete(),
            is_incomplete,
            "{text}"
        );
    }
}

/// Definitions at a prompt: those of a set without its braces.
#[test]
fn bindings() {
    let parse = |text: &str| {
        let request = Request {
            text: text.as_bytes(),
            ..Request::default()
        };
        let arena = bumpalo::Bump::new();
        let mut symbols = SymbolTable::new();
        parser::parse_bindings(&arena, &mut symbols, &request, &mut Notes::default())
            .map(|set| set.attrs.len())
            .map_err(|error| error.message(&syntax::position::SourceMap::default()))
    };
    assert_eq!(parse("a = 1; b.c = 2; inherit d e;"), Ok(4));
    assert_eq!(parse("inherit;"), Ok(0));
    assert_eq!(
        parse(""),
        Err("syntax error, unexpected end of file, expecting 'inherit'".into())
    );
    assert_eq!(
        parse("a = 1"),
        Err("syntax error, unexpected end of file, expecting ';'".into())
    );
    assert_eq!(
        parse("a"),
        Err("syntax error, unexpected end of file, expecting '.' or '='".into())
    );
    assert_eq!(
        parse("a = 1; 2"),
        Err("syntax error, unexpected integer, expecting end of file".into())
    );
}

/// A parser that is stopped leaves the rest of the text alone.
#[test]
fn stopping() {
    let stop = std::sync::atomic::AtomicBool::new(true);
    let request = Request {
        text: b"[ 1 2 3 ( ]",
        stop: Some(&stop),
        ..Request::default()
    };
    let arena = bumpalo::Bump::new();
    let outcome = parser::parse(
        &arena,
        &mut SymbolTable::new(),
        &request,
        &mut Notes::default(),
    );
    let error = outcome.err().map(|error| format!("{:?}", error.kind));
    assert!(error.is_some_and(|kind| kind.contains("EndOfFile")));
}
