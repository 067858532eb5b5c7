//! Operators, by their precedence, with a stack of their own: chains of any length need no recursion.

use super::operand::Operand;
use super::{Parse, Parser};
use crate::ast::{BinaryOperator, ExprKind, ExprRef};
use crate::position::Pos;
use crate::symbol::Symbol;
use crate::token::{Token, TokenKind};

/// An operator whose right operand is still being read.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    operator: Operator,
    /// Where the operator stands.
    at: u32,
    /// The left operand; of a prefix operator there is none.
    left: Option<Operand<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Associativity {
    Left,
    Right,
    None,
}

/// An operator as it stands in the source.
#[derive(Clone, Copy, Debug)]
struct Operator {
    kind: TokenKind,
    precedence: u8,
    associativity: Associativity,
}

/// What to do about a pending operator when another follows its right operand.
enum Decision {
    /// It has its right operand.
    Reduce,
    /// Its right operand goes on.
    Shift,
    /// The two do not mix, and the first ends the expression.
    Stop,
    /// The two do not mix, and the second cannot stand here.
    Fail,
}

const NEGATE: u8 = 13;
const NOT: u8 = 8;
const PIPE: u8 = 1;

impl Operator {
    #[inline]
    fn binary(kind: TokenKind) -> Option<Self> {
        use Associativity::{Left, None as Non, Right};
        let (precedence, associativity) = match kind {
            TokenKind::PipeFrom => (PIPE, Right),
            TokenKind::PipeInto => (PIPE, Left),
            TokenKind::Implies => (2, Right),
            TokenKind::OrOr => (3, Left),
            TokenKind::AndAnd => (4, Left),
            TokenKind::Equal | TokenKind::NotEqual => (5, Non),
            TokenKind::Less
            | TokenKind::LessEqual
            | TokenKind::Greater
            | TokenKind::GreaterEqual => (6, Non),
            TokenKind::Update => (7, Right),
            TokenKind::Plus | TokenKind::Minus => (9, Left),
            TokenKind::Star | TokenKind::Slash => (10, Left),
            TokenKind::Concat => (11, Right),
            TokenKind::Question => (12, Non),
            _ => return None,
        };
        Some(Self {
            kind,
            precedence,
            associativity,
        })
    }

    fn prefix(kind: TokenKind) -> Option<Self> {
        let precedence = match kind {
            TokenKind::Bang => NOT,
            TokenKind::Minus => NEGATE,
            _ => return None,
        };
        Some(Self {
            kind,
            precedence,
            associativity: Associativity::Right,
        })
    }

    /// What becomes of `self` when `next` follows its right operand.
    fn decide(self, next: Self) -> Decision {
        if self.precedence != next.precedence {
            return if self.precedence > next.precedence {
                Decision::Reduce
            } else {
                Decision::Shift
            };
        }
        match next.associativity {
            Associativity::None => Decision::Fail,
            _ if self.associativity != next.associativity => Decision::Stop,
            Associativity::Left => Decision::Reduce,
            Associativity::Right => Decision::Shift,
        }
    }
}

impl<'a> Parser<'a, '_> {
    /// Operands with operators between them; the first one may have been read in part.
    pub(super) fn operators(&mut self, head: Option<Operand<'a>>) -> Parse<ExprRef<'a>> {
        let base = self.pending.len();
        let mut operand = match head {
            Some(_) => self.application(head)?,
            None => self.prefixed_application()?,
        };
        while let Some(next) = Operator::binary(self.token.kind) {
            match self.reduce_for(base, &mut operand, next) {
                Decision::Stop => break,
                Decision::Fail => return Err(self.unexpected(&[])),
                _ => {}
            }
            let at = self.token.start;
            self.bump();
            if next.kind == TokenKind::Question {
                operand.expr = self.has_attribute(operand.expr)?;
                continue;
            }
            self.push_pending(Pending {
                operator: next,
                at,
                left: Some(operand),
            })?;
            operand = self.prefixed_application()?;
        }
        while self.pending.len() > base {
            self.reduce(&mut operand);
        }
        Ok(operand.expr)
    }

    /// Finishes the pending operators that bind tighter than `next`.
    fn reduce_for(&mut self, base: usize, operand: &mut Operand<'a>, next: Operator) -> Decision {
        while let Some(top) = self.pending.get(base..).and_then(<[_]>::last) {
            match top.operator.decide(next) {
                Decision::Reduce => self.reduce(operand),
                decision => return decision,
            }
        }
        Decision::Shift
    }

    /// Any number of prefix operators and what they apply to.
    #[inline(never)]
    fn prefixed_application(&mut self) -> Parse<Operand<'a>> {
        while let Some(operator) = Operator::prefix(self.token.kind) {
            let at = self.token.start;
            self.bump();
            self.push_pending(Pending {
                operator,
                at,
                left: None,
            })?;
        }
        self.application(None)
    }

    fn push_pending(&mut self, pending: Pending<'a>) -> Parse<()> {
        self.descend(1)?;
        self.pending.push(pending);
        Ok(())
    }

    /// Applies the last pending operator.
    #[inline(never)]
    fn reduce(&mut self, operand: &mut Operand<'a>) {
        let Some(Pending { operator, at, left }) = self.pending.pop() else {
            return;
        };
        self.depth -= 1;
        let right = *operand;
        *operand = match left {
            Some(left) => Operand {
                expr: self.binary(operator.kind, at, (left, right)),
                start: left.start,
            },
            None => Operand {
                expr: self.prefix(operator.kind, at, right.expr),
                start: at,
            },
        };
    }

    fn prefix(&mut self, kind: TokenKind, at: u32, operand: ExprRef<'a>) -> ExprRef<'a> {
        if kind == TokenKind::Bang {
            return self.alloc(operand.pos, ExprKind::Not(operand));
        }
        let zero = self.alloc(Pos::NONE, ExprKind::Int(0));
        self.call_known(self.known.sub, at, [zero, operand])
    }

    fn binary(
        &mut self,
        kind: TokenKind,
        at: u32,
        (left, right): (Operand<'a>, Operand<'a>),
    ) -> ExprRef<'a> {
        let (a, b) = (left.expr, right.expr);
        let operator = match kind {
            TokenKind::Less => return self.call_known(self.known.less_than, at, [a, b]),
            TokenKind::Greater => return self.call_known(self.known.less_than, at, [b, a]),
            TokenKind::LessEqual => return self.not_less(at, [b, a]),
            TokenKind::GreaterEqual => return self.not_less(at, [a, b]),
            TokenKind::Minus => return self.call_known(self.known.sub, at, [a, b]),
            TokenKind::Star => return self.call_known(self.known.mul, at, [a, b]),
            TokenKind::Slash => return self.call_known(self.known.div, at, [a, b]),
            TokenKind::PipeFrom => return self.call(self.pos(at), a, &[b]),
            TokenKind::PipeInto => return self.call(self.pos(at), b, &[a]),
            TokenKind::Plus => return self.plus(at, left, right),
            TokenKind::Equal => BinaryOperator::Equal,
            TokenKind::NotEqual => BinaryOperator::NotEqual,
            TokenKind::AndAnd => BinaryOperator::And,
            TokenKind::OrOr => BinaryOperator::Or,
            TokenKind::Implies => BinaryOperator::Implies,
            TokenKind::Update => BinaryOperator::Update,
            _ => BinaryOperator::ConcatLists,
        };
        let has_place = !matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual);
        let pos = if has_place { self.pos(at) } else { Pos::NONE };
        self.alloc(
            pos,
            ExprKind::Binary {
                operator,
                left: a,
                right: b,
            },
        )
    }

    fn plus(&mut self, at: u32, left: Operand<'a>, right: Operand<'a>) -> ExprRef<'a> {
        let parts = [
            (self.pos(left.start), left.expr),
            (self.pos(right.start), right.expr),
        ];
        let parts = self.arena.alloc_slice_copy(&parts);
        self.alloc(
            self.pos(at),
            ExprKind::Concat {
                is_string: false,
                parts,
            },
        )
    }

    fn not_less(&mut self, at: u32, args: [ExprRef<'a>; 2]) -> ExprRef<'a> {
        let less = self.call_known(self.known.less_than, at, args);
        self.alloc(less.pos, ExprKind::Not(less))
    }

    /// A call of a function that the language names, at an operator.
    fn call_known(&mut self, function: Symbol, at: u32, args: [ExprRef<'a>; 2]) -> ExprRef<'a> {
        let function = self.alloc(Pos::NONE, ExprKind::Var(function));
        self.call(self.pos(at), function, &args)
    }

    /// `base ? path`, after the question mark.
    #[inline(never)]
    fn has_attribute(&mut self, base: ExprRef<'a>) -> Parse<ExprRef<'a>> {
        let path = self.attribute_path()?;
        Ok(self.alloc(base.pos, ExprKind::HasAttr { base, path }))
    }

    /// A variable, or `__curPos`.
    pub(super) fn variable(&mut self, token: Token) -> ExprRef<'a> {
        let name = self.intern(token);
        let is_position = name == self.known.current_position;
        let kind = if is_position {
            ExprKind::CurPos
        } else {
            ExprKind::Var(name)
        };
        self.alloc(self.pos(token.start), kind)
    }
}
