//! The syntax tree.
//!
//! Trees are allocated in an arena and borrow nothing else: names are symbols, text is copied. The shape
//! follows what the language means rather than how it is written: nested attribute paths are merged into
//! sets, `<`, `-`, `*`, `/` and lookup paths are calls of the functions that the language says they are
//! (`__lessThan`, `__sub`, `__mul`, `__div`, `__findFile`), so that shadowing works by itself.

use crate::position::Pos;
use crate::symbol::Symbol;

/// A reference to a node in the arena.
pub type ExprRef<'a> = &'a Expr<'a>;

/// An expression and where it starts.
#[derive(Debug)]
pub struct Expr<'a> {
    /// Where C++ Nix points when it complains about this expression: [`ExprKind`] says which token that is.
    /// It is nowhere for what it never points to: literals, `let`, `==` and `!=`, sets made for attribute paths,
    /// the functions of operators.
    pub pos: Pos,
    /// What it is.
    pub kind: ExprKind<'a>,
}

/// The forms of an expression.
#[derive(Debug)]
pub enum ExprKind<'a> {
    /// An integer literal.
    Int(i64),
    /// A floating point literal.
    Float(f64),
    /// A string literal without interpolation; escapes and indentation are resolved.
    Str(&'a [u8]),
    /// A path literal without interpolation: absolute, and canonical unless it starts with `~`. As the first part
    /// of a longer path it keeps the slash at its end.
    Path(&'a [u8]),
    /// A variable. Position: the identifier.
    Var(Symbol),
    /// `__curPos`. Position: itself.
    CurPos,
    /// `base.path` or `base.path or default`. Position: the start of the base, brackets included.
    Select(&'a Select<'a>),
    /// `base ? path`. Position: that of the base.
    HasAttr {
        /// The expression left of `?`.
        base: ExprRef<'a>,
        /// The attribute path, never empty.
        path: &'a [AttrName<'a>],
    },
    /// `{ … }` or `rec { … }`. Position: the first token.
    Attrs(&'a Attrs<'a>),
    /// `[ … ]`. Position: that of the first element.
    List(&'a [ExprRef<'a>]),
    /// A function.
    Lambda(&'a Lambda<'a>),
    /// `function args…`; curried application is collected into one node. Position: the start of the function,
    /// brackets included; of an operator that is a call, the operator.
    Call {
        /// What is called.
        function: ExprRef<'a>,
        /// At least one argument.
        args: &'a [ExprRef<'a>],
    },
    /// `let … in body`. `let { …; body = e; }` is `(rec { …; body = e; }).body`.
    Let {
        /// The bindings: always recursive, never dynamic.
        attrs: &'a Attrs<'a>,
        /// The body.
        body: ExprRef<'a>,
    },
    /// `with scope; body`. Position: the `with`.
    With {
        /// The set.
        scope: ExprRef<'a>,
        /// The body.
        body: ExprRef<'a>,
    },
    /// `if condition then consequence else alternative`. Position: the `if`.
    If {
        /// The condition.
        condition: ExprRef<'a>,
        /// The value if true.
        consequence: ExprRef<'a>,
        /// The value if false.
        alternative: ExprRef<'a>,
    },
    /// `assert condition; body`. Position: the `assert`.
    Assert {
        /// The condition.
        condition: ExprRef<'a>,
        /// The body.
        body: ExprRef<'a>,
    },
    /// `!operand`. Position: that of the operand.
    Not(ExprRef<'a>),
    /// A binary operator. Position: the operator, except for `==` and `!=`, which have none. Those that associate
    /// to the left, like `+` and the operators that are calls, make trees as deep on the left as they are long.
    Binary {
        /// Which.
        operator: BinaryOperator,
        /// Left operand.
        left: ExprRef<'a>,
        /// Right operand.
        right: ExprRef<'a>,
    },
    /// Interpolated text, an interpolated path, or `+`, which always has two parts. Position: the operator, or the
    /// first part of a string, or the start of an indented string or a path.
    Concat {
        /// True for strings (`"…${e}…"`), false for `+` and for interpolated paths, whose result has the kind
        /// of the first part.
        is_string: bool,
        /// The parts, each with its own position.
        parts: &'a [(Pos, ExprRef<'a>)],
    },
}

/// The operators that are not calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
    /// `//`
    Update,
    /// `++`
    ConcatLists,
}

/// `base.path [or default]`.
#[derive(Debug)]
pub struct Select<'a> {
    /// The expression left of the first dot.
    pub base: ExprRef<'a>,
    /// The attribute path, never empty.
    pub path: &'a [AttrName<'a>],
    /// The expression after `or`.
    pub default: Option<ExprRef<'a>>,
}

/// One component of an attribute path.
#[derive(Clone, Copy, Debug)]
pub enum AttrName<'a> {
    /// A name known when parsing: an identifier or a string without interpolation.
    Static(Pos, Symbol),
    /// `${e}` or an interpolated string.
    Dynamic(Pos, ExprRef<'a>),
}

/// A set expression, or the bindings of a `let`.
#[derive(Debug, Default)]
pub struct Attrs<'a> {
    /// Whether the definitions see each other.
    pub is_recursive: bool,
    /// The static definitions in the order of the source (after merging), names unique.
    pub attrs: &'a [Attr<'a>],
    /// The expressions `e` of `inherit (e) …`, in order; [`AttrKind::InheritedFrom`] points here.
    pub inherit_from: &'a [ExprRef<'a>],
    /// The definitions whose name is computed.
    pub dynamic: &'a [DynamicAttr<'a>],
}

/// One definition of a set.
#[derive(Clone, Copy, Debug)]
pub struct Attr<'a> {
    /// The name.
    pub name: Symbol,
    /// Where the name stands.
    pub pos: Pos,
    /// Where its value comes from.
    pub kind: AttrKind<'a>,
}

/// Where the value of an attribute comes from.
#[derive(Clone, Copy, Debug)]
pub enum AttrKind<'a> {
    /// `name = e;`
    Plain(ExprRef<'a>),
    /// `inherit name;`: a variable of the scope *around* the set.
    Inherited,
    /// `inherit (e) name;`: index into [`Attrs::inherit_from`].
    InheritedFrom(u32),
}

/// `${name} = value;`
#[derive(Clone, Copy, Debug)]
pub struct DynamicAttr<'a> {
    /// Where the name stands.
    pub pos: Pos,
    /// The name.
    pub name: ExprRef<'a>,
    /// The value.
    pub value: ExprRef<'a>,
}

/// A function. The node's position is that of the parameter.
#[derive(Debug)]
pub struct Lambda<'a> {
    /// `x:` or the `x` of `x@{ … }:`.
    pub argument: Option<Symbol>,
    /// The pattern, if any.
    pub formals: Option<Formals<'a>>,
    /// The body.
    pub body: ExprRef<'a>,
    /// The name of the attribute or variable that it was bound to directly, for messages.
    pub name: std::cell::Cell<Option<Symbol>>,
    /// The text of the documentation comment (`/** … */`, delimiters included) before it, as a range of positions.
    pub doc: std::cell::Cell<Option<(Pos, Pos)>>,
}

/// The pattern `{ a, b ? d, ... }`.
#[derive(Debug)]
pub struct Formals<'a> {
    /// The parameters in the order of the source, names unique.
    pub formals: &'a [Formal<'a>],
    /// Whether `...` is there.
    pub has_ellipsis: bool,
}

/// One parameter of a pattern.
#[derive(Debug)]
pub struct Formal<'a> {
    /// Where it stands.
    pub pos: Pos,
    /// Its name.
    pub name: Symbol,
    /// The expression after `?`.
    pub default: Option<ExprRef<'a>>,
}
