//! Builtins on numbers, and the order of values.

use super::{Definition, NOWHERE};
use crate::code::Arithmetic;
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::value::{Value, position_of};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "add",
        args: &["e1", "e2"],
        doc: "The sum of the numbers *e1* and *e2*.",
        run: add,
    },
    Definition {
        name: "sub",
        args: &["e1", "e2"],
        doc: "The difference of the numbers *e1* and *e2*.",
        run: |ev, args| arithmetic(ev, Arithmetic::Sub, args),
    },
    Definition {
        name: "mul",
        args: &["e1", "e2"],
        doc: "The product of the numbers *e1* and *e2*.",
        run: |ev, args| arithmetic(ev, Arithmetic::Mul, args),
    },
    Definition {
        name: "div",
        args: &["e1", "e2"],
        doc: "The quotient of the numbers *e1* and *e2*; that of integers is cut off towards zero.",
        run: |ev, args| arithmetic(ev, Arithmetic::Div, args),
    },
    Definition {
        name: "lessThan",
        args: &["e1", "e2"],
        doc: "Whether *e1* is less than *e2*: numbers, strings, paths, or lists of these.",
        run: less_than,
    },
    Definition {
        name: "bitAnd",
        args: &["e1", "e2"],
        doc: "The bits that the integers *e1* and *e2* have in common.",
        run: |ev, args| {
            let contexts = [
                "while evaluating the first argument passed to builtins.bitAnd",
                "while evaluating the second argument passed to builtins.bitAnd",
            ];
            bits(ev, args, contexts, |left, right| left & right)
        },
    },
    Definition {
        name: "bitOr",
        args: &["e1", "e2"],
        doc: "The bits that the integer *e1* or the integer *e2* has.",
        run: |ev, args| {
            let contexts = [
                "while evaluating the first argument passed to builtins.bitOr",
                "while evaluating the second argument passed to builtins.bitOr",
            ];
            bits(ev, args, contexts, |left, right| left | right)
        },
    },
    Definition {
        name: "bitXor",
        args: &["e1", "e2"],
        doc: "The bits in which the integers *e1* and *e2* differ.",
        run: |ev, args| {
            let contexts = [
                "while evaluating the first argument passed to builtins.bitXor",
                "while evaluating the second argument passed to builtins.bitXor",
            ];
            bits(ev, args, contexts, |left, right| left ^ right)
        },
    },
    Definition {
        name: "ceil",
        args: &["number"],
        doc: "The smallest integer that is not less than *number*.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.ceil";
            round(ev, args[0], context, f64::ceil)
        },
    },
    Definition {
        name: "floor",
        args: &["number"],
        doc: "The greatest integer that is not greater than *number*.",
        run: |ev, args| {
            let context = "while evaluating the first argument passed to builtins.floor";
            round(ev, args[0], context, f64::floor)
        },
    },
];

fn add(ev: &mut Evaluator, args: &[Value]) -> Res {
    let left = ev.force(args[0], NOWHERE)?;
    let right = ev.force(args[1], NOWHERE)?;
    let contexts = [
        "while evaluating the first argument of the addition",
        "while evaluating the second argument of the addition",
    ];
    if left.as_float().is_some() || right.as_float().is_some() {
        let left = ev.force_float(left, NOWHERE, contexts[0])?;
        let right = ev.force_float(right, NOWHERE, contexts[1])?;
        return Ok(Value::float(&mut ev.heap, left + right));
    }
    let left = ev.force_int(left, NOWHERE, contexts[0])?;
    let right = ev.force_int(right, NOWHERE, contexts[1])?;
    match left.checked_add(right) {
        Some(sum) => Ok(Value::int(&mut ev.heap, sum)),
        None => Err(Error::eval(format!(
            "integer overflow in adding {left} + {right}"
        ))),
    }
}

fn arithmetic(ev: &mut Evaluator, operator: Arithmetic, args: &[Value]) -> Res {
    let left = ev.force(args[0], NOWHERE)?;
    let right = ev.force(args[1], NOWHERE)?;
    ev.calculate(operator, left, right)
}

fn less_than(ev: &mut Evaluator, args: &[Value]) -> Res {
    let left = ev.force(args[0], NOWHERE)?;
    let right = ev.force(args[1], NOWHERE)?;
    ev.less_than(left, right, "").map(Value::bool)
}

fn bits(
    ev: &mut Evaluator,
    args: &[Value],
    contexts: [&str; 2],
    combine: fn(i64, i64) -> i64,
) -> Res {
    let left = ev.force_int(args[0], NOWHERE, contexts[0])?;
    let right = ev.force_int(args[1], NOWHERE, contexts[1])?;
    Ok(Value::int(&mut ev.heap, combine(left, right)))
}

/// Rounds by way of a float. Integers that a float cannot hold are errors, because earlier versions of Nix rounded them.
fn round(ev: &mut Evaluator, number: Value, context: &str, round: fn(f64) -> f64) -> Res {
    let value = ev.force(number, position_of(number, NOWHERE));
    let value = match value {
        Ok(value) => value,
        Err(error) => return Err(error.trace(NOWHERE, context)),
    };
    let rounded = round(ev.force_float(value, NOWHERE, context)?);
    let limit = -(i64::MIN as f64);
    let bug = "Due to a bug (see https://github.com/NixOS/nix/issues/12899)";
    let future = "\n\tFuture Nix versions might implement the correct behavior.";
    let is_in_range = (-limit..limit).contains(&rounded);
    if let Some(number) = value.as_int() {
        if !is_in_range {
            return Err(Error::eval(format!(
                "{bug} the NixInt argument {number} caused undefined behavior in previous Nix versions.{future}"
            )));
        }
        if rounded as i64 != number {
            return Err(Error::eval(format!(
                "{bug} a loss of precision occurred in previous Nix versions because the NixInt argument {number} was rounded to {}.{future}",
                rounded as i64
            )));
        }
        return Ok(value);
    }
    if !is_in_range {
        let shown = crate::text::number::float_to_display(value.as_float().unwrap_or_default());
        return Err(Error::eval(format!(
            "NixFloat argument {shown} is not in the range of NixInt"
        )));
    }
    Ok(Value::int(&mut ev.heap, rounded as i64))
}
