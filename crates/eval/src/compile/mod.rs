//! From syntax tree to code: resolves variables to slots of frames (see [`crate::code`]).

mod debugged;
mod scope;
mod sets;
mod slots;

use std::sync::atomic::{AtomicBool, Ordering};

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use syntax::ast::{self, BinaryOperator, Expr, ExprKind, ExprRef};
use syntax::position::Pos;
use syntax::symbol::{Symbol, SymbolTable};

use crate::code::{
    Arithmetic, Assert, Call, Code, CodeRef, Concat, Dynamic, Formal, Formals, HasAttr, If, Lambda,
    Let, Name, Param, Select, TracedKind,
};
use crate::error::{Error, ErrorKind, Res};
use crate::heap::Heap;
use crate::value::{Context, Str, Value};
use scope::{Frame, Place, Scope};

/// What the names outside a source mean.
pub(crate) struct Globals<'g> {
    /// Names that no program defines: the builtins.
    pub(crate) base: &'g FxHashMap<Symbol, Value>,
    /// Names that hide them: of an interactive session or of `scopedImport`.
    pub(crate) extra: Option<&'g dyn Fn(Symbol) -> Option<Value>>,
}

/// Code with the size of the frame that it runs in.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) frame: u32,
    pub(crate) code: CodeRef,
}

/// Compiles one source.
pub(crate) struct Compiler<'c> {
    /// Owned by the evaluator, which drops it only when no value refers to the code any more.
    pub(crate) arena: &'static Bump,
    pub(crate) heap: &'c mut Heap,
    /// Values that the code refers to: roots of the heap.
    pub(crate) constants: &'c mut Vec<Value>,
    pub(crate) symbols: &'c SymbolTable,
    pub(crate) globals: Globals<'c>,
    pub(crate) names: &'c crate::names::Names,
    /// Code nested so deeply that compiling it would go below this address is refused.
    pub(crate) stack_limit: usize,
    /// Once this is set, compiling fails.
    pub(crate) stop: &'c AtomicBool,
    /// Whether the debugger follows the code.
    pub(crate) is_debugged: bool,
}

impl Compiler<'_> {
    pub(crate) fn program(mut self, expr: ExprRef<'_>) -> Res<Program> {
        let frame = Frame::new(0);
        let scope = Scope::outermost(self.is_debugged.then_some(self.arena));
        let code = self.direct(expr, &scope, &frame)?;
        Ok(Program {
            frame: frame.size(),
            code: self.arena.alloc(code),
        })
    }

    /// An expression that runs in `frame` itself, at most once for each frame.
    fn direct(&mut self, expr: &Expr<'_>, scope: &Scope<'_>, frame: &Frame) -> Res<Code> {
        let code = self.plain(expr, scope, frame)?;
        Ok(if self.is_debugged {
            self.followed(code, scope, frame)
        } else {
            code
        })
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each form of an expression"
    )]
    /// The same, without telling the debugger.
    fn plain(&mut self, expr: &Expr<'_>, scope: &Scope<'_>, frame: &Frame) -> Res<Code> {
        let pos = expr.pos;
        if crate::evaluator::stack_position() < self.stack_limit {
            return Err(crate::evaluator::stack_overflow().at(pos));
        }
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Interrupted, "interrupted"));
        }
        Ok(match &expr.kind {
            ExprKind::Int(number) => {
                let value = Value::int(self.heap, *number);
                self.constant(value)
            }
            ExprKind::Float(number) => {
                let value = Value::float(self.heap, *number);
                self.constant(value)
            }
            ExprKind::Str(text) => {
                let value = Str::new(self.heap, text, Context::EMPTY).value();
                self.constant(value)
            }
            ExprKind::Path(text) => {
                let text = Str::new(self.heap, text, Context::EMPTY);
                let value = Value::path(self.heap, text);
                self.constant(value)
            }
            ExprKind::Var(name) => self.variable(*name, pos, scope, frame)?,
            ExprKind::CurPos => Code::CurPos(pos),
            ExprKind::Select(select) => self.select(select, pos, scope, frame)?,
            ExprKind::HasAttr { base, path } => Code::HasAttr(self.arena.alloc(HasAttr {
                base: self.direct(base, scope, frame)?,
                path: self.path(path, scope, frame)?,
                pos,
            })),
            ExprKind::Attrs(attrs) => self.attrs(attrs, pos, scope, frame)?,
            ExprKind::List(items) => Code::List(self.delayed_all(items, scope, frame)?),
            ExprKind::Lambda(lambda) => Code::Lambda(self.lambda(lambda, pos, scope, frame)?),
            ExprKind::Call { function, args } => self.call(function, args, pos, scope, frame)?,
            ExprKind::Let { attrs, body } => self.let_in(attrs, body, scope, frame)?,
            ExprKind::With { scope: set, body } => {
                let set = self.delayed(set, scope, frame)?;
                let slot = frame.take(1);
                let inner = scope.with(frame, slot, pos);
                let body = self.direct(body, &inner, frame)?;
                Code::With {
                    slot,
                    scope: self.arena.alloc(set),
                    body: self.arena.alloc(body),
                }
            }
            ExprKind::If {
                condition,
                consequence,
                alternative,
            } => Code::If(self.arena.alloc(If {
                condition: self.direct(condition, scope, frame)?,
                consequence: self.direct(consequence, scope, frame)?,
                alternative: self.direct(alternative, scope, frame)?,
                pos,
            })),
            ExprKind::Assert { condition, body } => Code::Assert(self.arena.alloc(Assert {
                // Plain, since a failed assertion tells of the sides of a comparison.
                condition: self.plain(condition, scope, frame)?,
                body: self.direct(body, scope, frame)?,
                pos,
                text: self.text_of(condition),
            })),
            ExprKind::Not(operand) => {
                let code = self.direct(operand, scope, frame)?;
                Code::Not {
                    operand: self.arena.alloc(code),
                    pos,
                }
            }
            ExprKind::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, (left, right), pos, scope, frame)?,
            ExprKind::Concat { is_string, parts } => {
                let mut codes = Vec::with_capacity(parts.len());
                for (pos, part) in *parts {
                    codes.push((*pos, self.direct(part, scope, frame)?));
                }
                let parts = self.arena.alloc_slice_fill_iter(codes);
                Code::Concat(self.arena.alloc(Concat {
                    is_string: *is_string,
                    parts,
                    pos,
                }))
            }
        })
    }

    /// An expression that may run later, or never: variables of its own need a frame of their own.
    fn delayed(&mut self, expr: &Expr<'_>, scope: &Scope<'_>, frame: &Frame) -> Res<Code> {
        let own = Frame::new(frame.level() + 1);
        if !slots::are_needed(expr) {
            return self.direct(expr, scope, frame);
        }
        let code = self.direct(expr, scope, &own)?;
        Ok(Code::Frame {
            size: own.size(),
            body: self.arena.alloc(code),
        })
    }

    fn delayed_all(
        &mut self,
        exprs: &[ExprRef<'_>],
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<&'static [Code]> {
        let mut codes = Vec::with_capacity(exprs.len());
        for expr in exprs {
            codes.push(self.delayed(expr, scope, frame)?);
        }
        Ok(self.arena.alloc_slice_fill_iter(codes))
    }

    /// A value that the code refers to, kept alive.
    fn constant(&mut self, value: Value) -> Code {
        self.constants.push(value);
        Code::Constant(value)
    }

    fn variable(&mut self, name: Symbol, pos: Pos, scope: &Scope<'_>, frame: &Frame) -> Res<Code> {
        match scope.find(name, frame.level()) {
            Place::Slot { depth, slot } => return Ok(Code::Local { depth, slot, pos }),
            Place::Outside => {}
        }
        if let Some(value) = self.globals.extra.and_then(|extra| extra(name)) {
            self.constants.push(value);
            return Ok(Code::Global(value, pos));
        }
        if let Some(value) = self.globals.base.get(&name) {
            return Ok(if value.is_thunk() {
                Code::Global(*value, pos)
            } else {
                Code::Constant(*value)
            });
        }
        let withs = scope.withs(frame.level());
        if withs.is_empty() {
            let mut message = b"undefined variable '".to_vec();
            message.extend_from_slice(self.symbols.text(name));
            message.push(b'\'');
            return Err(Error::new(ErrorKind::UndefinedVariable, message).at(pos));
        }
        let withs = self.arena.alloc_slice_fill_iter(withs);
        Ok(Code::Dynamic(self.arena.alloc(Dynamic {
            name,
            pos,
            withs,
        })))
    }

    fn select(
        &mut self,
        select: &ast::Select<'_>,
        pos: Pos,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<Code> {
        let base = self.direct(select.base, scope, frame)?;
        // `builtins.name` is known now.
        if let (Code::Constant(value), [ast::AttrName::Static(_, name)]) = (&base, select.path)
            && let Some(found) = value.as_attrs().and_then(|attrs| attrs.get(*name))
            && !found.is_thunk()
        {
            return Ok(Code::Constant(found));
        }
        let path = self.path(select.path, scope, frame)?;
        let default = match select.default {
            Some(default) => Some(self.direct(default, scope, frame)?),
            None => None,
        };
        let cache = std::cell::Cell::new((0, 0));
        Ok(Code::Select(self.arena.alloc(Select {
            base,
            path,
            default,
            pos,
            cache,
        })))
    }

    fn path(
        &mut self,
        path: &[ast::AttrName<'_>],
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<&'static [Name]> {
        let mut names = Vec::with_capacity(path.len());
        for name in path {
            names.push(match name {
                ast::AttrName::Static(_, symbol) => Name::Static(*symbol),
                ast::AttrName::Dynamic(_, expr) => Name::Dynamic(
                    self.direct(expr, scope, frame)?,
                    expr.pos,
                    self.text_of(expr),
                ),
            });
        }
        Ok(self.arena.alloc_slice_fill_iter(names))
    }

    fn lambda(
        &mut self,
        lambda: &ast::Lambda<'_>,
        pos: Pos,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<&'static Lambda> {
        let own = Frame::new(frame.level() + 1);
        let mut params = Vec::new();
        let body = self.params(lambda, pos, scope, &own, &mut params)?;
        let params = self.arena.alloc_slice_fill_iter(params);
        Ok(self.arena.alloc(Lambda {
            frame: own.size(),
            params,
            body,
        }))
    }

    /// Takes in nested functions as long as their parameters are plain; returns the body of the last.
    fn params(
        &mut self,
        lambda: &ast::Lambda<'_>,
        pos: Pos,
        scope: &Scope<'_>,
        own: &Frame,
        params: &mut Vec<Param>,
    ) -> Res<Code> {
        let slot = own.size();
        let mut variables = Vec::new();
        if lambda.argument.is_some() || lambda.formals.is_none() {
            variables.extend(lambda.argument.map(|name| (name, slot)));
            own.take(1);
        }
        let mut sorted: Vec<&ast::Formal<'_>> = lambda
            .formals
            .iter()
            .flat_map(|formals| formals.formals)
            .collect();
        sorted.sort_by_key(|formal| formal.name);
        variables.extend(sorted.iter().map(|formal| (formal.name, own.take(1))));
        variables.sort_unstable();
        let inner = scope.variables(own, &variables);
        let formals = match &lambda.formals {
            None => None,
            Some(formals) => {
                let mut codes = Vec::with_capacity(sorted.len());
                for formal in sorted {
                    let default = match formal.default {
                        Some(default) => Some(self.delayed(default, &inner, own)?),
                        None => None,
                    };
                    codes.push(Formal {
                        name: formal.name,
                        pos: formal.pos,
                        default,
                    });
                }
                let sorted = self.arena.alloc_slice_fill_iter(codes);
                Some(Formals {
                    sorted,
                    has_ellipsis: formals.has_ellipsis,
                })
            }
        };
        let is_plain = formals.is_none();
        params.push(Param {
            argument: lambda.argument,
            formals,
            slot,
            pos,
            name: lambda.name.clone(),
            doc: lambda.doc.get(),
        });
        match &lambda.body.kind {
            ExprKind::Lambda(next) if is_plain && params.len() < MAX_PARAMS => {
                self.params(next, lambda.body.pos, &inner, own, params)
            }
            _ => {
                let body = self.direct(lambda.body, &inner, own)?;
                let kind = TracedKind::Body(lambda.name.get());
                Ok(self.step(kind, pos, body, &inner, own))
            }
        }
    }

    fn call(
        &mut self,
        function: &Expr<'_>,
        args: &[ExprRef<'_>],
        pos: Pos,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<Code> {
        let function_code = self.direct(function, scope, frame)?;
        if let (Code::Constant(value), [left, right]) = (&function_code, args)
            && let Some(operator) = self.names.arithmetic(*value)
        {
            let left = self.direct(left, scope, frame)?;
            let right = self.direct(right, scope, frame)?;
            let operands = self.arena.alloc((left, right));
            return Ok(Code::Arithmetic {
                operator,
                operands,
                pos,
            });
        }
        let args = self.delayed_all(args, scope, frame)?;
        Ok(Code::Call(self.arena.alloc(Call {
            function: function_code,
            args,
            pos,
        })))
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        (left, right): (&Expr<'_>, &Expr<'_>),
        pos: Pos,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<Code> {
        let left = self.direct(left, scope, frame)?;
        let right = self.direct(right, scope, frame)?;
        Ok(Code::Binary {
            operator,
            operands: self.arena.alloc((left, right)),
            pos,
        })
    }

    fn let_in(
        &mut self,
        attrs: &ast::Attrs<'_>,
        body: &Expr<'_>,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<Code> {
        let sorted = sets::sorted(attrs);
        let variables = frame.take(sorted.len() as u32);
        let slots: Vec<(Symbol, u32)> = sorted
            .iter()
            .zip(variables..)
            .map(|(attr, slot)| (attr.name, slot))
            .collect();
        let inner = scope.variables(frame, &slots);
        let definitions = self.definitions(attrs, &sorted, (scope, &inner), frame)?;
        let body = self.direct(body, &inner, frame)?;
        let body = self.step(TracedKind::Let, Pos::NONE, body, &inner, frame);
        Ok(Code::Let(self.arena.alloc(Let {
            definitions,
            variables,
            body,
        })))
    }

    /// An expression as text, for messages.
    fn text_of(&self, expr: &Expr<'_>) -> &'static str {
        self.arena
            .alloc_str(&String::from_utf8_lossy(&syntax::print::show(
                expr,
                self.symbols,
            )))
    }
}

/// Functions with more parameters than this are rare, and so may be several.
const MAX_PARAMS: usize = 8;

/// The builtins that operators stand for.
pub(crate) const ARITHMETIC: [Arithmetic; 4] = [
    Arithmetic::Sub,
    Arithmetic::Mul,
    Arithmetic::Div,
    Arithmetic::LessThan,
];
