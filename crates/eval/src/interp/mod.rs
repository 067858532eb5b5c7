//! Running code.
//!
//! [`Evaluator::eval`] runs a piece of code in a frame to weak head normal form; [`Evaluator::force`] does the same for
//! the code that a thunk holds. Both recurse on the native stack, whose end is watched.

mod apply;
mod equality;
mod force;
mod operators;
mod select;
mod sets;

pub(crate) use apply::MAX_ARITY;

use syntax::position::Pos;

use crate::code::{Assert, Code, Concat, Dynamic, Operator};
use crate::error::{Error, ErrorKind, Res, ResultExt};
use crate::evaluator::Evaluator;
use crate::value::{Context, Env, List, Slot, Str, Suspension, Thunk, Value};

impl Evaluator {
    #[expect(
        clippy::too_many_lines,
        reason = "the dispatch: one arm for each form of code"
    )]
    /// Runs code in a frame.
    pub(crate) fn eval(&mut self, code: &'static Code, env: Env) -> Res {
        match code {
            Code::Constant(value) => Ok(*value),
            Code::Global(value, pos) => self.force(*value, *pos),
            Code::Local { depth, slot, pos } => {
                let env = env.outer(*depth);
                let value = env.get(*slot);
                if !value.is_thunk() {
                    return Ok(value);
                }
                let result = self.force_thunk(value, *pos)?;
                env.set(*slot, result);
                Ok(result)
            }
            Code::Dynamic(variable) => self.dynamic(variable, env),
            Code::Frame { size, body } => {
                self.check_stack()?;
                let env = Env::new(&mut self.heap, env, *size as usize);
                self.eval(body, env)
            }
            Code::Select(select) => self.select(select, env),
            Code::HasAttr(test) => self.has_attr(test, env),
            Code::Attrs(literal) => self.attrs_literal(literal, env),
            Code::List(items) => Ok(self.list_literal(items, env)),
            Code::Lambda(lambda) => Ok(Value::lambda(&mut self.heap, lambda, env)),
            Code::Call(call) => self.call_code(call, env),
            Code::Let(binding) => {
                self.define(&binding.definitions, binding.variables, env);
                self.eval(&binding.body, env)
            }
            Code::With { slot, scope, body } => {
                let set = self.delay(scope, env);
                env.set(*slot, set);
                self.eval(body, env)
            }
            Code::If(branch) => {
                let condition = self.eval_bool(
                    &branch.condition,
                    env,
                    branch.pos,
                    "while evaluating a branch condition",
                )?;
                let taken = if condition {
                    &branch.consequence
                } else {
                    &branch.alternative
                };
                self.eval(taken, env)
            }
            Code::Assert(assertion) => self.assertion(assertion, env),
            Code::Not { operand, pos } => {
                let context = "in the argument of the not operator";
                Ok(Value::bool(!self.eval_bool(operand, env, *pos, context)?))
            }
            Code::Binary {
                operator,
                operands,
                pos,
            } => self.binary(*operator, operands, *pos, env),
            Code::Arithmetic {
                operator,
                operands,
                pos,
            } => self.arithmetic(*operator, operands, *pos, env),
            Code::Concat(concat) => self.concat(concat, env),
            Code::CurPos(pos) => Ok(self.position_value(*pos)),
            Code::Traced(traced) => self.traced(traced, env),
        }
    }

    /// An argument or a variable: like `delay`, but functions are made at once, which is cheaper than a thunk. (Members
    /// of sets and lists stay thunks: `nix-instantiate --eval` shows which were evaluated.)
    #[inline]
    pub(crate) fn delay_variable(&mut self, code: &'static Code, env: Env) -> Value {
        match code {
            Code::Lambda(lambda) => Value::lambda(&mut self.heap, lambda, env),
            _ => self.delay(code, env),
        }
    }

    /// Code as a value that is computed when it is needed; without a thunk where the value is at hand.
    #[inline]
    pub(crate) fn delay(&mut self, code: &'static Code, env: Env) -> Value {
        match code {
            Code::Constant(value) | Code::Global(value, _) => return *value,
            Code::Local { depth, slot, .. } => {
                let value = env.outer(*depth).get(*slot).resolved();
                // A variable that is defined further on has no value yet.
                if !value.is_none() {
                    return value;
                }
            }
            Code::Select(select) => {
                if let Some(value) = Self::select_at_hand(select, env) {
                    return value;
                }
            }
            Code::List([]) => return self.empty_list,
            _ => {}
        }
        Thunk::suspend(&mut self.heap, code, env)
    }

    fn list_literal(&mut self, items: &'static [Code], env: Env) -> Value {
        if items.is_empty() {
            return self.empty_list;
        }
        let list = List::new(&mut self.heap, items.len());
        for (index, item) in items.iter().enumerate() {
            let value = self.delay(item, env);
            list.set(index, value);
        }
        list.value()
    }

    pub(crate) fn eval_bool(
        &mut self,
        code: &'static Code,
        env: Env,
        pos: Pos,
        context: &str,
    ) -> Res<bool> {
        match self.eval(code, env) {
            Ok(Value::TRUE) => Ok(true),
            Ok(Value::FALSE) => Ok(false),
            Ok(other) => Err(self.mismatch("a Boolean", other).at(pos)).context(pos, context),
            Err(error) => Err(error.trace(pos, context)),
        }
    }

    /// A variable that a `with` provides.
    fn dynamic(&mut self, variable: &'static Dynamic, env: Env) -> Res {
        for place in variable.withs {
            let frame = env.outer(place.depth);
            let set = frame.get(place.slot);
            let context = "while evaluating the first subexpression of a with expression";
            let set = self.force_attrs(set, place.pos, context)?;
            frame.set(place.slot, set.value());
            if let Some((slot, _)) = set.find(variable.name) {
                return self.force_slot(slot, variable.pos);
            }
        }
        Err(self.undefined(variable, env))
    }

    /// That no `with` provides a variable, and what they provide that is called much the same.
    #[cold]
    fn undefined(&mut self, variable: &Dynamic, env: Env) -> Error {
        let mut known = Vec::new();
        for place in variable.withs {
            if let Some(set) = env.outer(place.depth).get(place.slot).as_attrs() {
                known.extend_from_slice(set.flat(&mut self.heap).keys().names());
            }
        }
        let name = self.symbols.text(variable.name);
        let message = [b"undefined variable '", name, b"'"].concat();
        let names = known.iter().map(|known| self.symbols.text(*known));
        Error::new(ErrorKind::UndefinedVariable, message)
            .at(variable.pos)
            .suggest(crate::suggestions(names, name))
    }

    fn assertion(&mut self, assertion: &'static Assert, env: Env) -> Res {
        let Assert {
            condition,
            body,
            pos,
            text,
        } = assertion;
        let context = "in the condition of the assert statement";
        if self.eval_bool(condition, env, *pos, context)? {
            return self.eval(body, env);
        }
        if let Code::Binary {
            operator: Operator::Equal,
            operands,
            pos: equal,
        } = condition
        {
            let left = self.eval(&operands.0, env)?;
            let right = self.eval(&operands.1, env)?;
            let compared = self.assert_equal(left, right, *equal, "in an equality assertion");
            if let Err(error) = compared {
                if error.kind() != ErrorKind::Assertion {
                    return Err(error);
                }
                let message = format!("while evaluating the condition of the assertion '{text}'");
                return Err(error.trace(*pos, message));
            }
        }
        Err(Error::new(ErrorKind::Assertion, format!("assertion '{text}' failed")).at(*pos))
    }

    /// Interpolation and `+`.
    fn concat(&mut self, concat: &'static Concat, env: Env) -> Res {
        let Concat {
            is_string,
            parts,
            pos,
        } = concat;
        self.check_stack()?;
        let mut first = Value::NONE;
        if !*is_string {
            first = self.eval(&parts[0].1, env)?;
            if first.as_int().is_some() || first.as_float().is_some() {
                return self.sum(first, &parts[1..], env);
            }
        }
        let is_path = first.as_path().is_some();
        let copies = !is_path && (*is_string || first.as_string().is_some());
        let mut text = crate::coerce::TextBuilder::default();
        for (index, (part_pos, part)) in parts.iter().enumerate() {
            let is_first_of_sum = index == 0 && !*is_string;
            let value = if is_first_of_sum {
                first
            } else {
                self.eval(part, env)?
            };
            let options = crate::coerce::Coercion {
                more: false,
                copy_paths: copies,
            };
            let context = "while evaluating a path segment";
            self.coerce_into(&mut text, value, options, *part_pos, context)?;
        }
        if !is_path {
            return Ok(text.finish(self));
        }
        if text.has_context() {
            let message = "a string that refers to a store path cannot be appended to a path";
            return Err(Error::eval(message).at(*pos));
        }
        let path = crate::path::canonical(text.bytes());
        Ok(self.path_value(&path))
    }

    /// A set that describes a position, or null if it is not in a file.
    pub(crate) fn position_value(&mut self, pos: Pos) -> Value {
        let Some(location) = self.sources.locate(pos) else {
            return Value::NULL;
        };
        let syntax::position::Origin::File(path) = &location.origin else {
            return Value::NULL;
        };
        let path = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
        let file = Str::new(&mut self.heap, &path, Context::EMPTY).value();
        let line = Value::int(&mut self.heap, i64::from(location.line));
        let column = Value::int(&mut self.heap, i64::from(location.column));
        let names = [
            (self.names.file, file),
            (self.names.line, line),
            (self.names.column, column),
        ];
        self.make_attrs(&names)
    }

    /// Forces the value in a slot and leaves the result there.
    #[inline(always)]
    pub(crate) fn force_slot(&mut self, slot: Slot, pos: Pos) -> Res {
        let value = slot.get();
        if !value.is_thunk() {
            return Ok(value);
        }
        let result = self.force_thunk(value, pos)?;
        slot.set(result);
        Ok(result)
    }

    /// The value of a thunk; anything else is its own value.
    #[inline(always)]
    pub(crate) fn force(&mut self, value: Value, pos: Pos) -> Res {
        if value.is_thunk() {
            self.force_thunk(value, pos)
        } else {
            Ok(value)
        }
    }

    pub(crate) fn force_thunk(&mut self, value: Value, pos: Pos) -> Res {
        let Some(thunk) = value.as_thunk() else {
            // A variable whose definition refers to it before it is set.
            return Err(infinite_recursion(pos));
        };
        match thunk.read() {
            Suspension::Evaluated(result) => Ok(result),
            Suspension::Code(code, env) => {
                self.check_stack()?;
                let header = thunk.begin();
                let result = self.eval(code, env);
                self.settle(thunk, header, result)
            }
            Suspension::Apply(function, argument) => {
                let header = thunk.begin();
                let result = self.call(function, &[argument], pos);
                self.settle(thunk, header, result)
            }
            Suspension::Apply2(function, first, second) => {
                let header = thunk.begin();
                let result = self.call(function, &[first, second], pos);
                self.settle(thunk, header, result)
            }
            Suspension::Blackhole => Err(infinite_recursion(pos)),
            Suspension::Failed(number) => Err(self.failures.again(number)),
            Suspension::Held(value) => {
                thunk.finish(value);
                Ok(value)
            }
        }
    }

    #[inline(always)]
    fn settle(&mut self, thunk: Thunk, header: u64, result: Res) -> Res {
        match &result {
            Ok(value) => thunk.finish(*value),
            Err(error) => match self.failures.number(error) {
                Some(number) => thunk.fail(number),
                None => thunk.restore(header),
            },
        }
        result
    }
}

#[cold]
fn infinite_recursion(pos: Pos) -> Error {
    Error::new(
        ErrorKind::InfiniteRecursion,
        "infinite recursion encountered",
    )
    .at(pos)
}
