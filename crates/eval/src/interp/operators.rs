//! Operators: arithmetic, comparison, equality, `//`, `++`, logic.

use syntax::position::Pos;

use crate::code::{Arithmetic, Code, Operator};
use crate::error::{Error, Res, ResultExt};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, Env, List, Str, Type, Value};

impl Evaluator {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        (left, right): &'static (Code, Code),
        pos: Pos,
        env: Env,
    ) -> Res {
        self.check_stack()?;
        match operator {
            Operator::Equal | Operator::NotEqual => {
                let left = self.eval(left, env)?;
                let right = self.eval(right, env)?;
                let is_equal = self.equal(left, right, pos)?;
                Ok(Value::bool(is_equal == (operator == Operator::Equal)))
            }
            Operator::And => {
                let contexts = [
                    "in the left operand of the AND (&&) operator",
                    "in the right operand of the AND (&&) operator",
                ];
                if !self.eval_bool(left, env, pos, contexts[0])? {
                    return Ok(Value::FALSE);
                }
                self.eval_bool(right, env, pos, contexts[1])
                    .map(Value::bool)
            }
            Operator::Or => {
                let contexts = [
                    "in the left operand of the OR (||) operator",
                    "in the right operand of the OR (||) operator",
                ];
                if self.eval_bool(left, env, pos, contexts[0])? {
                    return Ok(Value::TRUE);
                }
                self.eval_bool(right, env, pos, contexts[1])
                    .map(Value::bool)
            }
            Operator::Implies => {
                let contexts = [
                    "in the left operand of the IMPL (->) operator",
                    "in the right operand of the IMPL (->) operator",
                ];
                if !self.eval_bool(left, env, pos, contexts[0])? {
                    return Ok(Value::TRUE);
                }
                self.eval_bool(right, env, pos, contexts[1])
                    .map(Value::bool)
            }
            Operator::Update => {
                let (lower, upper) = self.update_operands((left, right), pos, env)?;
                Ok(lower.update(&mut self.heap, upper).value())
            }
            Operator::ConcatLists => {
                let left = self.eval(left, env)?;
                let right = self.eval(right, env)?;
                let context = "while evaluating one of the elements to concatenate";
                self.concat_lists(&[left, right], pos, context)
            }
        }
    }

    /// The right operand of `//` is evaluated first, as chains of them are merged from the right.
    fn update_operands(
        &mut self,
        (left, right): (&'static Code, &'static Code),
        pos: Pos,
        env: Env,
    ) -> Res<(Attrs, Attrs)> {
        let context = "in the right operand of the update (//) operator";
        let upper = self.eval_attrs(right, env, pos, context)?;
        let context = "in the left operand of the update (//) operator";
        let lower = self.eval_attrs(left, env, pos, context)?;
        Ok((lower, upper))
    }

    fn eval_attrs(&mut self, code: &'static Code, env: Env, pos: Pos, context: &str) -> Res<Attrs> {
        // A chain of `//` has no context of its own: its operands have.
        if let Code::Binary {
            operator: Operator::Update,
            ..
        } = code
        {
            let value = self.eval(code, env)?;
            return self.force_attrs(value, pos, context);
        }
        match self.eval(code, env) {
            Ok(value) => match value.as_attrs() {
                Some(attrs) => Ok(attrs),
                None => Err(self
                    .mismatch("a set", value)
                    .trace(code.position(pos), context)),
            },
            Err(error) => Err(error.trace(code.position(pos), context)),
        }
    }

    /// Concatenates lists; without a copy where only one has elements.
    pub(crate) fn concat_lists(&mut self, lists: &[Value], pos: Pos, context: &str) -> Res {
        let mut length = 0;
        let mut only = self.empty_list;
        let mut filled = Vec::with_capacity(lists.len());
        for list in lists {
            let list = self.force_list(*list, pos, context)?;
            if list.len() > 0 {
                length += list.len();
                only = list.value();
                filled.push(list);
            }
        }
        if filled.len() <= 1 {
            return Ok(only);
        }
        self.check_room(length.saturating_mul(size_of::<Value>()))?;
        let result = List::new(&mut self.heap, length);
        let mut index = 0;
        for list in filled {
            self.check_interrupt()?;
            for item in list.items() {
                result.set(index, *item);
                index += 1;
            }
        }
        Ok(result.value())
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        (left, right): &'static (Code, Code),
        pos: Pos,
        env: Env,
    ) -> Res {
        self.begin_call(pos)?;
        let result = self.operate_codes(operator, left, right, env);
        self.end_call(pos);
        result.map_err(|error| {
            error.trace(
                pos,
                format!("while calling the '{}' builtin", operator.name()),
            )
        })
    }

    fn operate_codes(
        &mut self,
        operator: Arithmetic,
        left: &'static Code,
        right: &'static Code,
        env: Env,
    ) -> Res {
        let left = self.eval(left, env)?;
        let right = self.eval(right, env)?;
        if operator == Arithmetic::LessThan {
            return self.less_than(left, right, "").map(Value::bool);
        }
        self.calculate(operator, left, right)
    }

    /// `sub`, `mul`, `div` of evaluated operands.
    pub(crate) fn calculate(&mut self, operator: Arithmetic, left: Value, right: Value) -> Res {
        if let (Some(left), Some(right)) = (left.as_int(), right.as_int()) {
            return self.calculate_ints(operator, left, right);
        }
        let (first, second) = operator.operand_names();
        let is_float = left.as_float().is_some() || right.as_float().is_some();
        let second = format!("while evaluating the {second}");
        // The divisor is looked at first.
        let divisor = if operator == Arithmetic::Div {
            let divisor = self.force_float(right, Pos::NONE, &second)?;
            if divisor == 0.0 {
                return Err(Error::eval("division by zero"));
            }
            Some(divisor)
        } else {
            None
        };
        if !is_float {
            self.force_int(left, Pos::NONE, &format!("while evaluating the {first}"))?;
            self.force_int(right, Pos::NONE, &second)?;
        }
        let first = if operator == Arithmetic::Mul {
            "first of the multiplication"
        } else {
            first
        };
        let left = self.force_float(left, Pos::NONE, &format!("while evaluating the {first}"))?;
        let right = match divisor {
            Some(divisor) => divisor,
            None => self.force_float(right, Pos::NONE, &second)?,
        };
        let result = match operator {
            Arithmetic::Sub => left - right,
            Arithmetic::Mul => left * right,
            Arithmetic::Div | Arithmetic::LessThan => left / right,
        };
        Ok(Value::float(&mut self.heap, result))
    }

    fn calculate_ints(&mut self, operator: Arithmetic, left: i64, right: i64) -> Res {
        let (result, verb, sign) = match operator {
            Arithmetic::Sub => (left.checked_sub(right), "subtracting", '-'),
            Arithmetic::Mul => (left.checked_mul(right), "multiplying", '*'),
            Arithmetic::Div | Arithmetic::LessThan => {
                if right == 0 {
                    return Err(Error::eval("division by zero"));
                }
                (left.checked_div(right), "dividing", '/')
            }
        };
        match result {
            Some(number) => Ok(Value::int(&mut self.heap, number)),
            None => Err(Error::eval(format!(
                "integer overflow in {verb} {left} {sign} {right}"
            ))),
        }
    }

    /// The sum of numbers; `first` is one.
    pub(super) fn sum(&mut self, first: Value, parts: &'static [(Pos, Code)], env: Env) -> Res {
        let mut total = first;
        for (pos, part) in parts {
            let part = self.eval(part, env)?;
            total = match (total.as_int(), part.as_int()) {
                (Some(left), Some(right)) => {
                    let Some(sum) = left.checked_add(right) else {
                        let message = format!("integer overflow in adding {left} + {right}");
                        return Err(Error::eval(message).at(*pos));
                    };
                    Value::int(&mut self.heap, sum)
                }
                (integer, _) => {
                    let Some(right) = part
                        .as_float()
                        .or_else(|| part.as_int().map(|number| number as f64))
                    else {
                        let kind = self.describe_type(part);
                        let to = if integer.is_some() {
                            "an integer"
                        } else {
                            "a float"
                        };
                        let message = format!("cannot add {kind} to {to}");
                        return Err(Error::eval(message).at(*pos));
                    };
                    let left = integer.map(|number| number as f64).or(total.as_float());
                    Value::float(&mut self.heap, left.unwrap_or_default() + right)
                }
            };
        }
        Ok(total)
    }

    /// `<` on evaluated values of one of the kinds that have an order. `context` says what for; it may be empty.
    pub(crate) fn less_than(&mut self, left: Value, right: Value, context: &str) -> Res<bool> {
        let (left, right) = (left.resolved(), right.resolved());
        let number = |value: Value| value.as_float().or(value.as_int().map(|int| int as f64));
        if let (Some(left), Some(right)) = (left.as_int(), right.as_int()) {
            return Ok(left < right);
        }
        if let (Some(left), Some(right)) = (number(left), number(right)) {
            return Ok(left < right);
        }
        if let (Some(left), Some(right)) = (left.as_string(), right.as_string()) {
            return Ok(left.bytes() < right.bytes());
        }
        if let (Some(left), Some(right)) = (left.as_path(), right.as_path()) {
            return Ok(left.bytes() < right.bytes());
        }
        let result = match (left.as_list(), right.as_list()) {
            (Some(left), Some(right)) => self.list_less_than(left, right),
            _ => Err(self.incomparable(left, right)),
        };
        if context.is_empty() {
            result
        } else {
            result.context(Pos::NONE, context)
        }
    }

    fn list_less_than(&mut self, left: List, right: List) -> Res<bool> {
        for index in 0..right.len() {
            if index == left.len() {
                return Ok(true);
            }
            let (ours, theirs) = (left.get(index), right.get(index));
            if !self.equal_element(ours, theirs, Pos::NONE)? {
                self.enter(Pos::NONE)?;
                let result = self.less_than(ours, theirs, "while comparing two list elements");
                self.leave();
                return result;
            }
        }
        Ok(false)
    }

    #[cold]
    fn incomparable(&mut self, left: Value, right: Value) -> Error {
        let types = format!(
            "cannot compare {} with {}; values ",
            self.describe_type(left),
            self.describe_type(right)
        );
        let is_same = left.kind() == right.kind();
        let (left, right) = (self.show_for_error(left), self.show_for_error(right));
        let mut message = types.into_bytes();
        if is_same {
            message.extend_from_slice(b"of that type are incomparable (values ");
        }
        message.extend([b"are ", &left[..], b" and ", &right].concat());
        if is_same {
            message.push(b')');
        }
        Error::eval(message)
    }

    /// `==` on two values; functions are never equal.
    pub(crate) fn equal(&mut self, left: Value, right: Value, pos: Pos) -> Res<bool> {
        self.enter(pos)?;
        let result = self.equal_entered(left, right, pos);
        self.leave();
        result
    }

    /// The same for members of lists and sets, where one and the same value is equal to itself whatever it is.
    pub(crate) fn equal_element(&mut self, left: Value, right: Value, pos: Pos) -> Res<bool> {
        self.enter(pos)?;
        let result = self.force(left, pos).and_then(|forced| {
            let right = self.force(right, pos)?;
            if forced == right {
                return Ok(true);
            }
            self.equal_entered(forced, right, pos)
        });
        self.leave();
        result
    }

    fn equal_entered(&mut self, left: Value, right: Value, pos: Pos) -> Res<bool> {
        let left = self.force(left, pos)?;
        let right = self.force(right, pos)?;
        match (left.kind(), right.kind()) {
            (Type::Int, Type::Int) => Ok(left.as_int() == right.as_int()),
            (Type::Int | Type::Float, Type::Int | Type::Float) => {
                let number =
                    |value: Value| value.as_float().or(value.as_int().map(|int| int as f64));
                Ok(number(left) == number(right))
            }
            (Type::Bool, Type::Bool) | (Type::Null, Type::Null) => Ok(left == right),
            (Type::String, Type::String) => {
                Ok(left.as_string().map(Str::bytes) == right.as_string().map(Str::bytes))
            }
            (Type::Path, Type::Path) => {
                Ok(left.as_path().map(Str::bytes) == right.as_path().map(Str::bytes))
            }
            (Type::List, Type::List) => match (left.as_list(), right.as_list()) {
                (Some(left), Some(right)) => self.equal_lists(left, right, pos),
                _ => Ok(false),
            },
            (Type::Attrs, Type::Attrs) => match (left.as_attrs(), right.as_attrs()) {
                (Some(left), Some(right)) => self.equal_attrs(left, right, pos),
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    fn equal_lists(&mut self, left: List, right: List, pos: Pos) -> Res<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for index in 0..left.len() {
            if !self.equal_element(left.get(index), right.get(index), pos)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_attrs(&mut self, left: Attrs, right: Attrs, pos: Pos) -> Res<bool> {
        if self.is_derivation(left.value())? && self.is_derivation(right.value())? {
            let name = self.names.out_path;
            if let (Some(left), Some(right)) = (left.get(name), right.get(name)) {
                return self.equal_element(left, right, pos);
            }
        }
        if left.len() != right.len() {
            return Ok(false);
        }
        let (left, right) = (left.flat(&mut self.heap), right.flat(&mut self.heap));
        for (ours, theirs) in left.entries().zip(right.entries()) {
            if ours.name != theirs.name || !self.equal_element(ours.value, theirs.value, pos)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
