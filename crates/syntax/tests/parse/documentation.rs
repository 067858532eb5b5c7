//! Names and documentation comments of functions.

use syntax::ast::{AttrKind, ExprKind, ExprRef, Lambda};
use syntax::position::Pos;

use super::Source;

/// The chain of functions that a set defines first, outermost first.
fn first_functions(tree: ExprRef<'_>) -> Vec<&Lambda<'_>> {
    let mut expr = match tree.kind {
        ExprKind::Attrs(attrs) => match attrs.attrs[0].kind {
            AttrKind::Plain(value) => value,
            _ => tree,
        },
        _ => tree,
    };
    let mut functions = Vec::new();
    while let ExprKind::Lambda(lambda) = expr.kind {
        functions.push(lambda);
        expr = lambda.body;
    }
    functions
}

/// The documentation of the first functions of `text`.
fn docs(text: &str) -> Vec<Option<String>> {
    let mut source = Source::new(text);
    let base = source.base;
    let slice = |(start, end): (Pos, Pos)| {
        text[(start.0 - base) as usize..(end.0 - base) as usize].to_owned()
    };
    first_functions(source.parse().unwrap())
        .iter()
        .map(|lambda| lambda.doc.get().map(slice))
        .collect()
}

fn doc(text: &str) -> Option<String> {
    docs(text).remove(0)
}

/// A comment documents the function right behind it, with blanks and other comments between.
#[test]
fn before_a_function() {
    assert_eq!(doc("/** d */ x: x").as_deref(), Some("/** d */"));
    assert_eq!(
        doc("/** d */ # e\n /* f */ { x }: x").as_deref(),
        Some("/** d */")
    );
    assert_eq!(doc("/** d */ x@{ y }: x").as_deref(), Some("/** d */"));
    assert_eq!(doc("/** d */ /** e */ x: x").as_deref(), Some("/** e */"));
    assert_eq!(doc("/** d */ x /** e */ : x").as_deref(), Some("/** d */"));
    assert_eq!(doc("/** d */ (x: x)"), None);
    assert_eq!(doc("/* d */ x: x"), None);
    assert_eq!(doc("/**/ x: x"), None);
    assert_eq!(doc("/*** d */ x: x"), None);
}

/// A comment before an attribute documents the function that is its value, whose own comment wins.
#[test]
fn before_an_attribute() {
    assert_eq!(doc("{ /** d */ f = x: x; }").as_deref(), Some("/** d */"));
    assert_eq!(doc("{ /** d */ f = (x: x); }").as_deref(), Some("/** d */"));
    assert_eq!(
        doc("{ /** d */ f = /** e */ x: x; }").as_deref(),
        Some("/** e */")
    );
    assert_eq!(doc("{ f /** d */ = x: x; }"), None);
    let both = docs("{ /** d */ f = x: /** e */ y: z: z; }");
    assert_eq!(
        both,
        [
            Some("/** d */".into()),
            Some("/** e */".into()),
            Some("/** e */".into())
        ]
    );
}

/// The comments of attributes are listed with the position of the attribute.
#[test]
fn of_attributes() {
    let mut source =
        Source::new("{ /** d */ a = 1; /** e */ b.c = 2; inherit /** f */ d; e = 3; }");
    source.parse().unwrap();
    let base = source.base;
    let listed: Vec<_> = source
        .notes
        .attribute_docs
        .iter()
        .map(|doc| (doc.attribute.0 - base, doc.start.0 - base))
        .collect();
    assert_eq!(listed, [(11, 2), (27, 18), (53, 44)]);
}

/// A function is named after the attribute it is bound to, and so are the functions it returns.
#[test]
fn names() {
    let mut source = Source::new("{ f.g = x: (y: z); h = { i = x: x; }; }");
    let tree = source.parse().unwrap();
    let ExprKind::Attrs(outer) = tree.kind else {
        panic!("no set")
    };
    let AttrKind::Plain(inner) = outer.attrs[0].kind else {
        panic!("no value")
    };
    let names: Vec<_> = first_functions(inner)
        .iter()
        .map(|lambda| lambda.name.get())
        .collect();
    let g = source.symbols.lookup(b"g");
    assert_eq!(names, [g, g]);
}
