//! Code: expressions with every variable resolved to a place.
//!
//! A *frame* is the piece of memory that holds the variables of one function call, one file, or one delayed expression
//! with variables of its own. `let`, `rec`, `with` and `inherit (e)` take slots in the frame they run in instead of making
//! a scope each, so a variable is found by the number of functions between use and definition.

use std::cell::Cell;

use syntax::position::Pos;
use syntax::symbol::Symbol;

use crate::value::{Keys, Value};

/// A reference to code. Code lives in arenas that the evaluator owns and outlives every value that refers to it.
pub(crate) type CodeRef = &'static Code;

/// An expression, ready to run.
#[repr(align(8))]
pub(crate) enum Code {
    /// A value that is known already.
    Constant(Value),
    /// A variable from outside the source (an interactive session, `scopedImport`): may be a thunk.
    Global(Value, Pos),
    /// A variable: frames to go out, slot, position.
    Local {
        depth: u32,
        slot: u32,
        pos: Pos,
    },
    /// A variable that some `with` must provide.
    Dynamic(&'static Dynamic),
    /// Runs its body in a fresh frame.
    Frame {
        size: u32,
        body: CodeRef,
    },
    Select(&'static Select),
    HasAttr(&'static HasAttr),
    Attrs(&'static AttrsLiteral),
    List(&'static [Code]),
    Lambda(&'static Lambda),
    Call(&'static Call),
    /// Sets variables of the frame, then runs the body.
    Let(&'static Let),
    With {
        slot: u32,
        scope: CodeRef,
        body: CodeRef,
    },
    If(&'static If),
    Assert(&'static Assert),
    Not {
        operand: CodeRef,
        pos: Pos,
    },
    Binary {
        operator: Operator,
        operands: &'static (Code, Code),
        pos: Pos,
    },
    Arithmetic {
        operator: Arithmetic,
        operands: &'static (Code, Code),
        pos: Pos,
    },
    Concat(&'static Concat),
    /// `__curPos`.
    CurPos(Pos),
    /// A step that the debugger follows; there is none without it.
    Traced(&'static Traced),
}

const _: () = assert!(size_of::<Code>() <= 24);

impl Code {
    /// Where errors about this code point; `outer` where it has no position of its own.
    pub(crate) fn position(&self, outer: Pos) -> Pos {
        match self {
            Code::Global(_, pos)
            | Code::Local { pos, .. }
            | Code::Not { pos, .. }
            | Code::Binary { pos, .. }
            | Code::Arithmetic { pos, .. }
            | Code::CurPos(pos) => *pos,
            Code::Dynamic(variable) => variable.pos,
            Code::Frame { body, .. } | Code::With { body, .. } => body.position(outer),
            Code::Select(select) => select.pos,
            Code::HasAttr(test) => test.pos,
            Code::Attrs(literal) => literal.pos,
            Code::Lambda(lambda) => lambda.param(0).pos,
            Code::Call(call) => call.pos,
            Code::Let(binding) => binding.body.position(outer),
            Code::If(branch) => branch.pos,
            Code::Assert(assertion) => assertion.pos,
            Code::Concat(concat) => concat.pos,
            Code::Traced(traced) => traced.position(outer),
            Code::List(_) | Code::Constant(_) => outer,
        }
    }
}

/// Operators of the syntax.
pub(crate) use syntax::ast::BinaryOperator as Operator;

/// Operators that are calls of builtins unless the program shadows those.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arithmetic {
    Sub,
    Mul,
    Div,
    LessThan,
}

impl Arithmetic {
    /// The name of the builtin.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Arithmetic::Sub => "sub",
            Arithmetic::Mul => "mul",
            Arithmetic::Div => "div",
            Arithmetic::LessThan => "lessThan",
        }
    }

    /// What messages call its operands.
    pub(crate) fn operand_names(self) -> (&'static str, &'static str) {
        match self {
            Arithmetic::Sub => (
                "first argument of the subtraction",
                "second argument of the subtraction",
            ),
            Arithmetic::Mul => (
                "first argument of the multiplication",
                "second argument of the multiplication",
            ),
            Arithmetic::Div | Arithmetic::LessThan => (
                "first operand of the division",
                "second operand of the division",
            ),
        }
    }
}

/// A variable that no enclosing scope defines by name.
pub(crate) struct Dynamic {
    pub(crate) name: Symbol,
    pub(crate) pos: Pos,
    /// The `with`s around it, innermost first.
    pub(crate) withs: &'static [WithPlace],
}

/// Where the set of a `with` is.
#[derive(Clone, Copy)]
pub(crate) struct WithPlace {
    /// Frames to go out from the variable.
    pub(crate) depth: u32,
    pub(crate) slot: u32,
    /// Position of the `with`.
    pub(crate) pos: Pos,
}

/// A component of an attribute path.
pub(crate) enum Name {
    Static(Symbol),
    /// A computed name, the position of its expression, and the expression's text for messages.
    Dynamic(Code, Pos, &'static str),
}

/// `base.path or default`.
pub(crate) struct Select {
    pub(crate) base: Code,
    pub(crate) path: &'static [Name],
    pub(crate) default: Option<Code>,
    pub(crate) pos: Pos,
    /// The keys of the set that was seen last and the place of the first name in it.
    pub(crate) cache: Cell<(u64, u32)>,
}

/// `base ? path`.
pub(crate) struct HasAttr {
    pub(crate) base: Code,
    pub(crate) path: &'static [Name],
    pub(crate) pos: Pos,
}

/// How the definitions of a set or `let` are made.
pub(crate) struct Definitions {
    /// First slot of the frame for the expressions of `inherit (e)`, which come before the definitions.
    pub(crate) from_slot: u32,
    pub(crate) from: &'static [Code],
    /// In the order of the names' symbols.
    pub(crate) values: &'static [Code],
}

/// `{ … }` or `rec { … }`.
pub(crate) struct AttrsLiteral {
    pub(crate) definitions: Definitions,
    pub(crate) keys: Keys,
    /// For `rec`: the first of the slots that hold the attributes as variables.
    pub(crate) variables: Option<u32>,
    /// For `rec`: the place of `__overrides`.
    pub(crate) overrides: Option<u32>,
    pub(crate) dynamic: &'static [DynamicAttr],
    pub(crate) pos: Pos,
}

/// `${name} = value;`
pub(crate) struct DynamicAttr {
    pub(crate) name: Code,
    pub(crate) value: Code,
    pub(crate) pos: Pos,
}

/// `let … in body`.
pub(crate) struct Let {
    pub(crate) definitions: Definitions,
    /// The slot of the first variable.
    pub(crate) variables: u32,
    pub(crate) body: Code,
}

/// A function of one or more arguments: nested functions that take plain arguments are one, so that a call with all
/// arguments makes a single frame.
#[repr(align(8))]
pub(crate) struct Lambda {
    /// Size of the frame of a call.
    pub(crate) frame: u32,
    /// In the order of application. Only the last may have a pattern, since applying one evaluates its argument.
    pub(crate) params: &'static [Param],
    pub(crate) body: Code,
}

impl Lambda {
    /// What a function is, seen from outside, that has the first `given` of its arguments.
    pub(crate) fn param(&self, given: usize) -> &Param {
        &self.params[given]
    }

    /// Names the function for messages.
    pub(crate) fn set_name(&self, name: Symbol) {
        for param in self.params {
            param.name.set(Some(name));
        }
    }
}

/// A parameter, and what is known of the function that begins with it.
pub(crate) struct Param {
    /// `x:`, or the `x` of `x@{ … }:`; its slot is the first of the parameter's.
    pub(crate) argument: Option<Symbol>,
    pub(crate) formals: Option<Formals>,
    pub(crate) slot: u32,
    pub(crate) pos: Pos,
    pub(crate) name: Cell<Option<Symbol>>,
    /// The range of its documentation comment.
    pub(crate) doc: Option<(Pos, Pos)>,
}

/// A pattern.
pub(crate) struct Formals {
    /// In the order of symbols, which is that of their slots.
    pub(crate) sorted: &'static [Formal],
    pub(crate) has_ellipsis: bool,
}

/// A parameter of a pattern.
pub(crate) struct Formal {
    pub(crate) name: Symbol,
    pub(crate) pos: Pos,
    pub(crate) default: Option<Code>,
}

/// `function args…`.
pub(crate) struct Call {
    pub(crate) function: Code,
    pub(crate) args: &'static [Code],
    pub(crate) pos: Pos,
}

/// `if`.
pub(crate) struct If {
    pub(crate) condition: Code,
    pub(crate) consequence: Code,
    pub(crate) alternative: Code,
    pub(crate) pos: Pos,
}

/// `assert condition; body`.
pub(crate) struct Assert {
    pub(crate) condition: Code,
    pub(crate) body: Code,
    pub(crate) pos: Pos,
    /// The condition as text.
    pub(crate) text: &'static str,
}

/// Interpolated text or `+`.
pub(crate) struct Concat {
    pub(crate) is_string: bool,
    pub(crate) parts: &'static [(Pos, Code)],
    pub(crate) pos: Pos,
}

/// Code that the debugger follows.
pub(crate) struct Traced {
    pub(crate) kind: TracedKind,
    pub(crate) pos: Pos,
    /// How many frames are around the one that the body runs in.
    pub(crate) level: u32,
    /// What is visible there.
    pub(crate) names: Option<&'static VisibleNames>,
    pub(crate) body: Code,
}

/// What a step does, as far as the debugger tells.
#[derive(Clone, Copy)]
pub(crate) enum TracedKind {
    /// Calls a function.
    Call,
    /// Runs the body of a `let`.
    Let,
    /// Selects the attribute of this path.
    Attribute(&'static str),
    /// Runs the body of a function.
    Body(Option<Symbol>),
    /// Anything else that can fail: of interest when it does.
    Hidden,
}

/// The names that a scope adds, and what is around it: kept for the debugger.
pub(crate) struct VisibleNames {
    pub(crate) outer: Option<&'static VisibleNames>,
    /// How many frames are around the one that holds the variables.
    pub(crate) level: u32,
    pub(crate) kind: NamesKind,
}

/// Where the values of names are.
#[derive(Clone, Copy)]
pub(crate) enum NamesKind {
    /// In these slots.
    Variables(&'static [(Symbol, u32)]),
    /// In the set that a slot holds.
    With { slot: u32 },
}
