//! Warnings.

use syntax::parser::LintLevel;

use super::Source;

/// Line, column and message of each warning.
fn warnings(source: &mut Source) -> Vec<String> {
    let _ = source.parse();
    let notes = &source.notes.warnings;
    let place = |pos| source.sources.locate(pos).unwrap();
    notes
        .iter()
        .map(|warning| {
            format!(
                "{}: {}",
                place(warning.pos).column,
                warning.message(&source.sources)
            )
        })
        .collect()
}

/// `f or` as an argument, element or default will be read differently; elsewhere it is fine.
#[test]
fn or_as_an_identifier() {
    let text = "at /dir/case.nix:1:3: This expression uses `or` as an identifier in a way that will change \
                in a future Nix release.\n\
                Wrap this entire expression in parentheses to preserve its current meaning:\n    (f or)\n\
                Give feedback at https://github.com/NixOS/nix/pull/11121";
    assert_eq!(
        warnings(&mut Source::new("[ f or ]")),
        [format!("3: {text}")]
    );
    assert_eq!(warnings(&mut Source::new("g f or")).len(), 1);
    assert_eq!(warnings(&mut Source::new("a.b or f or")).len(), 1);
    for fine in ["f or", "f or x", "[ (f or) ]", "g (f or)", "f or + g or"] {
        assert_eq!(warnings(&mut Source::new(fine)).len(), 0, "{fine}");
    }
}

/// Lints name their setting, and go on where they only warn.
#[test]
fn lints() {
    let mut source = Source::new("[ a:b /a b/c ~/d ./e ]");
    source.options.url_literals = LintLevel::Warn;
    source.options.short_paths = LintLevel::Warn;
    source.options.absolute_paths = LintLevel::Warn;
    let absolute = "are not portable. Consider replacing path literal";
    let rest = "by a string, relative path, or parameter (lint-absolute-path-literals)";
    assert_eq!(
        warnings(&mut source),
        [
            "3: URL literals are discouraged. Consider using a string literal \"a:b\" instead (lint-url-literals)"
                .to_owned(),
            format!("7: absolute path literals {absolute} '/a' {rest}"),
            "10: relative path literal 'b/c' should be prefixed with '.' for clarity: './b/c' \
             (lint-short-path-literals)"
                .to_owned(),
            format!("14: home path literals {absolute} '~/d' {rest}"),
        ]
    );
}

/// Warnings from before an error are kept.
#[test]
fn warnings_before_an_error() {
    let mut source = Source::new("[ f or ) ]");
    assert_eq!(warnings(&mut source).len(), 1);
}
