//! What is printed parses to the same tree.

use bumpalo::Bump;
use syntax::parser::{self, Notes, Options, Request};
use syntax::print;
use syntax::symbol::SymbolTable;

use super::cases;

/// Parses, prints and parses again; both trees must show as the same text.
fn check(text: &[u8], options: Options) {
    let arena = Bump::new();
    let mut symbols = SymbolTable::new();
    let mut notes = Notes::default();
    let request = Request {
        text,
        base_dir: b"/dir",
        home: Some(b"/homeless"),
        options,
        ..Request::default()
    };
    let tree = parser::parse(&arena, &mut symbols, &request, &mut notes).unwrap();
    let source = print::source(tree, &symbols);
    let readable = String::from_utf8_lossy(&source).into_owned();
    let request = Request {
        text: &source,
        options: Options::default(),
        ..Request::default()
    };
    let again = parser::parse(&arena, &mut symbols, &request, &mut notes)
        .unwrap_or_else(|error| panic!("{error:?} in {readable}"));
    assert_eq!(
        String::from_utf8_lossy(&print::show(tree, &symbols)),
        String::from_utf8_lossy(&print::show(again, &symbols)),
        "{readable}"
    );
    assert_eq!(source, print::source(again, &symbols), "{readable}");
}

/// Every language case that parses survives.
#[test]
fn language_cases() {
    for kind in ["parse-ok", "eval-ok"] {
        for case in cases::cases(kind) {
            let options = Options {
                has_pipe_operators: true,
                ..cases::read(&case).options
            };
            check(&std::fs::read(&case).unwrap(), options);
        }
    }
}

/// Forms that the shown text alone would lose: operands that are assertions, strings next to strings,
/// numbers, paths that go on.
#[test]
fn forms_that_are_hard_to_print() {
    for text in [
        "f: f (assert f; f) + (assert f; f)",
        "x: \"${x}\" + \"${\"a\"}\" + \"a${\"b\"}\"",
        "x: ''a''${x}''$${\"b\"}''",
        "x: ''a''$b${x}$''",
        "x: \"\\$${x}$\"",
        "[ 1.5 1. .5 123456789.125 1.0e300 1.0e-300 0.0 ]",
        "x: [ ./${x} ./a${x}b /${x} /. (./. + x) (./a + x) ./a//b${x} ../${x} ]",
        "x: { ${x} = 1; \"a${x}\".b = 2; \"${x}\" = 3; }.${x}",
        "x: { inherit (x) a; inherit (x); inherit; }",
        "f: [ (let { body = f; } or) ((f.a) or) (f or f) ]",
        "{ \"\" = 1; \"a$\" = 2; \"\\${\" = 3; \"if\" = 4; or = 5; }",
    ] {
        check(text.as_bytes(), Options::default());
    }
}
