//! Where nodes point: errors of the evaluator stand there.

use syntax::ast::{AttrName, Expr, ExprKind};
use syntax::position::Pos;

use super::Source;

/// The offset of the position of the node that `pick` finds in the tree of `text`.
fn offset_of(text: &str, pick: impl Fn(&Expr) -> Pos) -> Option<u32> {
    let mut source = Source::new(text);
    source.options.has_pipe_operators = true;
    let base = source.base;
    let pos = pick(source.parse().unwrap());
    pos.is_some().then(|| pos.0 - base)
}

fn root(text: &str) -> Option<u32> {
    offset_of(text, |expr| expr.pos)
}

/// Calls point to their function, with its brackets, and operators that are calls to the operator.
#[test]
fn calls() {
    assert_eq!(root("  (f) x y"), Some(2));
    assert_eq!(root("  ((f) x) y"), Some(3));
    assert_eq!(root("a < b"), Some(2));
    assert_eq!(root("a >= b"), Some(2));
    assert_eq!(root("a - b - c"), Some(6));
    assert_eq!(root(" - a"), Some(1));
    assert_eq!(root("a |> b"), Some(2));
    assert_eq!(root("a |> b c"), Some(5));
    assert_eq!(root(" <a>"), Some(1));
    assert_eq!(root("(f) or"), Some(0));
}

/// Other operators point to themselves; equality points nowhere, and `!` and `?` where their operand does.
#[test]
fn operators() {
    for operator in ["+", "&&", "||", "->", "//", "++"] {
        assert_eq!(root(&format!("a {operator} b")), Some(2), "{operator}");
    }
    assert_eq!(root("a == b"), None);
    assert_eq!(root("a != b"), None);
    assert_eq!(root("! a"), Some(2));
    assert_eq!(root("(a) ? b"), Some(1));
}

/// Literals point nowhere, lists where their first element does.
#[test]
fn literals() {
    for text in ["1", "1.5", "\"a\"", "''a''", "./a", "a:b", "[ ]", "[ 1 a ]"] {
        assert_eq!(root(text), None, "{text}");
    }
    assert_eq!(root("[ a ]"), Some(2));
    assert_eq!(root(" \"a${b}\""), Some(2));
    assert_eq!(root(" ''a${b}''"), Some(1));
    assert_eq!(root(" ./a${b}"), Some(1));
}

/// Statements and sets point to their first token; `let` points nowhere.
#[test]
fn statements() {
    for text in [
        "if a then b else c",
        "with a; b",
        "assert a; b",
        "{ }",
        "rec { }",
        "{ a }: a",
        "a@{ }: a",
    ] {
        assert_eq!(root(&format!(" {text}")), Some(1), "{text}");
    }
    assert_eq!(root("let in a"), None);
    assert_eq!(root("let { }"), None);
    assert_eq!(root(" (a).b"), Some(1));
    assert_eq!(root(" __curPos"), Some(1));
}

/// The parts of `+` and of strings have positions of their own, brackets included.
#[test]
fn parts() {
    let part = |text, index: usize| {
        offset_of(text, |expr| match expr.kind {
            ExprKind::Concat { parts, .. } => parts[index].0,
            _ => Pos::NONE,
        })
    };
    assert_eq!(part("(a) + (b)", 0), Some(0));
    assert_eq!(part("(a) + (b)", 1), Some(6));
    assert_eq!(part("- a + ! b", 0), Some(0));
    assert_eq!(part("- a + ! b", 1), Some(6));
    assert_eq!(part("\"a${b}c\"", 0), Some(1));
    assert_eq!(part("\"a${b}c\"", 1), Some(2));
    assert_eq!(part("\"a${b}c\"", 2), Some(6));
    assert_eq!(part("./a${b}c", 2), Some(7));
}

/// Every attribute of a path points to the start of the path, an inherited one to its name.
#[test]
fn attributes() {
    let attr = |text, index: usize| {
        offset_of(text, |expr| match expr.kind {
            ExprKind::Attrs(attrs) => attrs.attrs[index].pos,
            _ => Pos::NONE,
        })
    };
    assert_eq!(
        attr("{ a.b = 1; \"c\".d = 2; inherit (x) e f; }", 0),
        Some(2)
    );
    assert_eq!(
        attr("{ a.b = 1; \"c\".d = 2; inherit (x) e f; }", 1),
        Some(11)
    );
    assert_eq!(
        attr("{ a.b = 1; \"c\".d = 2; inherit (x) e f; }", 3),
        Some(36)
    );
    let nested = offset_of("{ a.b = 1; }", |expr| match expr.kind {
        ExprKind::Attrs(attrs) => match attrs.attrs[0].kind {
            syntax::ast::AttrKind::Plain(Expr {
                pos,
                kind: ExprKind::Attrs(inner),
            }) => {
                assert_eq!(*pos, Pos::NONE);
                inner.attrs[0].pos
            }
            _ => Pos::NONE,
        },
        _ => Pos::NONE,
    });
    assert_eq!(nested, Some(2));
}

/// Components of a selection point to themselves, parameters of a function to their name.
#[test]
fn names() {
    let component = |text, index: usize| {
        offset_of(text, |expr| match expr.kind {
            ExprKind::Select(select) => match select.path[index] {
                AttrName::Static(pos, _) | AttrName::Dynamic(pos, _) => pos,
            },
            _ => Pos::NONE,
        })
    };
    assert_eq!(component("a.b.${c}", 0), Some(2));
    assert_eq!(component("a.b.${c}", 1), Some(4));
    let formal = offset_of("{ a, b ? 1 }: a", |expr| match expr.kind {
        ExprKind::Lambda(lambda) => lambda.formals.as_ref().unwrap().formals[1].pos,
        _ => Pos::NONE,
    });
    assert_eq!(formal, Some(5));
}
