//! Expressions that are deep, long, or both.

use syntax::ast::ExprKind;
use syntax::parser::MAX_DEPTH;

use super::{Source, refused, shown};

/// Ways to nest: what opens a level, what stands within, what closes the level.
const LEVELS: [(&str, &str, &str); 22] = [
    ("(", "1", ")"),
    ("[", "", "]"),
    ("{a=", "1", ";}"),
    ("rec{a=", "1", ";}"),
    ("let{a=", "1", ";}"),
    ("\"${", "1", "}\""),
    ("''${", "1", "}''"),
    ("./${", "1", "}"),
    ("a.\"${", "1", "}\""),
    ("a?${", "1", "}"),
    ("{${", "1", "}=1;}"),
    ("{inherit(", "1", ");}"),
    ("x: ", "1", ""),
    ("{a?", "1", "}:1"),
    ("x@{a?", "1", "}:1"),
    ("let a=1;in ", "1", ""),
    ("with 1;", "1", ""),
    ("assert 1;", "1", ""),
    ("if 1 then 1 else ", "1", ""),
    ("a.b or ", "1", ""),
    ("!", "1", ""),
    ("[]++", "[]", ""),
];

fn nested((open, inner, close): (&str, &str, &str), levels: usize) -> String {
    [&open.repeat(levels), inner, &close.repeat(levels)].concat()
}

/// Nesting of every kind is followed for hundreds of levels.
#[test]
fn deep_enough() {
    for level in LEVELS {
        let text = nested(level, 400);
        assert!(Source::new(&text).parse().is_ok(), "{}", level.0);
    }
}

/// Absurd nesting of every kind is an error, on the 2 MiB of stack that a test has.
#[test]
fn too_deep() {
    let message = format!("expression is nested more than {MAX_DEPTH} levels deep");
    for level in LEVELS {
        for levels in [MAX_DEPTH as usize + 1, 100_000] {
            assert!(
                refused(nested(level, levels)).ends_with(&message),
                "{}",
                level.0
            );
        }
    }
    assert!(refused("[".repeat(100_000)).ends_with(&message));
    let path = format!("{{ a{} = 1; }}", ".a".repeat(100_000));
    assert!(refused(path).ends_with(&message));
}

/// Whoever has more stack may allow more levels.
#[test]
fn the_limit_is_the_callers() {
    let parse = |levels: usize| {
        let mut source = Source::new("(".repeat(levels) + "1" + &")".repeat(levels));
        source.options.max_depth = 5000;
        let stack = std::thread::Builder::new().stack_size(64 << 20);
        let thread = stack.spawn(move || source.parse().map(|_| ()).is_ok());
        thread.unwrap().join().unwrap()
    };
    assert!(parse(4900));
    assert!(!parse(5001));
}

/// Nested definitions count with the levels that their paths add.
#[test]
fn paths_of_definitions_count() {
    let level = ("{a.a.a.a.a=", "1", ";}");
    assert!(Source::new(nested(level, 180)).parse().is_ok());
    assert!(refused(nested(level, 220)).contains("nested more than"));
}

/// Chains of left-associative operators, selections and arguments can be of any length.
#[test]
fn long_chains() {
    for operator in [
        " + 1", " - 1", " * 1", " / 1", " && 1", " || 1", " 1", ".a", " ? a",
    ] {
        let text = format!("1{}", operator.repeat(100_000));
        let text = text.replace("1.a", "(1).a");
        assert!(shown(&text).len() > text.len() / 2, "{operator}");
    }
}

/// Definitions of names that start with `prefix`.
fn numbered(prefix: &str, count: usize) -> String {
    let names: Vec<_> = (0..count)
        .map(|number| format!("{prefix}{number}=1;"))
        .collect();
    names.concat()
}

/// Lists and sets can be of any size.
#[test]
fn large_collections() {
    let list = format!("[ {}]", "1 ".repeat(1_000_000));
    let mut source = Source::new(&list);
    let ExprKind::List(elements) = source.parse().unwrap().kind else {
        panic!("no list")
    };
    assert_eq!(elements.len(), 1_000_000);
    let definitions = numbered("a", 200_000);
    for text in [
        format!("{{{definitions}}}"),
        format!("let {definitions} in 1"),
    ] {
        assert!(Source::new(&text).parse().is_ok());
    }
    let paths = numbered("a.b", 100_000);
    assert!(Source::new(format!("{{{paths}}}")).parse().is_ok());
}
