//! Calls.

use syntax::position::Pos;

use crate::code::{Call, Formals, Lambda, Param};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::Level;
use crate::text::escape::print_attr_name;
use crate::value::{Attrs, Env, Function, Value};

/// Calls with up to this many arguments need no memory for them.
const INLINE_ARGS: usize = 6;
/// The most arguments that a builtin takes.
pub(crate) const MAX_ARITY: usize = 4;

impl Evaluator {
    pub(super) fn call_code(&mut self, call: &'static Call, env: Env) -> Res {
        let function = self.eval(&call.function, env)?;
        if let [argument] = call.args {
            let argument = self.delay_variable(argument, env);
            return self.call(function, &[argument], call.pos);
        }
        if call.args.len() > INLINE_ARGS {
            let args: Vec<Value> = call
                .args
                .iter()
                .map(|code| self.delay_variable(code, env))
                .collect();
            return self.call(function, &args, call.pos);
        }
        let mut args = [Value::NONE; INLINE_ARGS];
        for (argument, code) in args.iter_mut().zip(call.args) {
            *argument = self.delay_variable(code, env);
        }
        self.call(function, &args[..call.args.len()], call.pos)
    }

    /// Calls a function (a thunk, too) with one or more arguments.
    pub(crate) fn call(&mut self, function: Value, args: &[Value], pos: Pos) -> Res {
        self.begin_call(pos)?;
        let result = self.call_entered(function, args, pos);
        self.end_call(pos);
        result
    }

    /// Counts a call, and reports it where that is wanted.
    #[inline(always)]
    pub(super) fn begin_call(&mut self, pos: Pos) -> Res<()> {
        self.enter(pos)?;
        if self.settings.trace_function_calls {
            self.report_call("entered", pos);
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn end_call(&mut self, pos: Pos) {
        if self.settings.trace_function_calls {
            self.report_call("exited", pos);
        }
        self.leave();
    }

    /// Says that a call begins or ends, with the time in nanoseconds since 1970.
    #[cold]
    fn report_call(&mut self, event: &str, pos: Pos) {
        let place = match self.sources.locate(pos) {
            Some(location) => location.to_string(),
            None => "«none»:0".to_owned(),
        };
        let time = self.io.now().as_nanos();
        let text = format!("function-trace {event} {place} at {time}");
        self.store.message(Level::Info, text.as_bytes());
    }

    fn call_entered(&mut self, function: Value, args: &[Value], pos: Pos) -> Res {
        let mut function = self.force(function, pos)?;
        let mut args = args;
        while let [first, rest @ ..] = args {
            match function.as_function() {
                Some(Function::Lambda(lambda, env, given)) => {
                    let missing = lambda.params.len() - given.len();
                    if args.len() < missing {
                        let all = [given, args];
                        return Ok(Value::partial_lambda(&mut self.heap, lambda, env, all));
                    }
                    let (now, later) = args.split_at(missing);
                    function = self.call_lambda(lambda, env, [given, now], pos)?;
                    args = later;
                }
                Some(Function::Builtin(index, given)) => {
                    let missing = self.builtins[index as usize].arity - given.len();
                    if args.len() < missing {
                        let all = [given, args].concat();
                        return Ok(Value::partial(&mut self.heap, index, &all));
                    }
                    let (now, later) = args.split_at(missing);
                    function = if given.is_empty() {
                        self.call_builtin(index, now, pos)?
                    } else {
                        let mut all = [Value::NONE; MAX_ARITY];
                        all[..given.len()].copy_from_slice(given);
                        all[given.len()..given.len() + missing].copy_from_slice(now);
                        self.call_builtin(index, &all[..given.len() + missing], pos)?
                    };
                    args = later;
                }
                None => {
                    function = self.call_functor(function, *first, pos)?;
                    args = rest;
                }
            }
        }
        Ok(function)
    }

    #[inline]
    fn call_builtin(&mut self, index: u32, args: &[Value], pos: Pos) -> Res {
        let builtin = &self.builtins[index as usize];
        match (builtin.run)(self, args) {
            Ok(value) => {
                debug_assert!(!value.is_thunk(), "{}", self.builtins[index as usize].name);
                Ok(value)
            }
            Err(error) => {
                let builtin = &self.builtins[index as usize];
                if !builtin.is_traced {
                    return Err(error);
                }
                Err(error.trace(pos, format!("while calling the '{}' builtin", builtin.name)))
            }
        }
    }

    fn call_functor(&mut self, set: Value, argument: Value, pos: Pos) -> Res {
        let functor = set
            .as_attrs()
            .and_then(|attrs| attrs.find(self.names.functor));
        let Some((functor, functor_pos)) = functor else {
            let shown = self.show_for_error(set);
            let kind = self.describe_type(set);
            let message = format!("attempt to call something which is not a function but {kind}: ");
            let message = [message.as_bytes(), &shown].concat();
            return Err(Error::wrong_type(message).at(pos));
        };
        self.call(functor.get(), &[set, argument], functor_pos)
            .map_err(|error| {
                let message =
                    "while calling a functor (an attribute set with a '__functor' attribute)";
                error.trace(pos, message)
            })
    }

    fn call_lambda(
        &mut self,
        lambda: &'static Lambda,
        env: Env,
        arguments: [&[Value]; 2],
        pos: Pos,
    ) -> Res {
        let frame = Env::new(&mut self.heap, env, lambda.frame as usize);
        let mut last = Value::NONE;
        for (param, argument) in lambda.params.iter().zip(arguments.into_iter().flatten()) {
            if param.formals.is_none() {
                frame.set(param.slot, *argument);
            }
            last = *argument;
        }
        let param = &lambda.params[lambda.params.len() - 1];
        if let Some(formals) = &param.formals {
            self.bind(param, formals, last, frame, pos)?;
        }
        self.function_calls += 1;
        match self.eval(&lambda.body, frame) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.trace_call(error, param, pos)),
        }
    }

    #[cold]
    fn trace_call(&self, error: Error, lambda: &Param, pos: Pos) -> Error {
        if !self.settings.show_trace {
            return error;
        }
        let message = match lambda.name.get() {
            Some(name) => [b"while calling '", self.symbols.text(name), b"'"].concat(),
            None => b"while calling anonymous lambda".to_vec(),
        };
        let error = error.trace(lambda.pos, message);
        if pos.is_some() {
            error.trace(pos, "from call site")
        } else {
            error
        }
    }

    /// Takes an argument apart into the variables of a pattern.
    fn bind(
        &mut self,
        lambda: &'static Param,
        formals: &'static Formals,
        argument: Value,
        frame: Env,
        pos: Pos,
    ) -> Res<()> {
        let context = "while evaluating the value passed for the lambda argument";
        let attrs = self
            .force_attrs(argument, lambda.pos, context)
            .map_err(|error| {
                if pos.is_some() {
                    error.trace(pos, "from call site")
                } else {
                    error
                }
            })?;
        let mut slot = lambda.slot;
        if lambda.argument.is_some() {
            frame.set(slot, attrs.value());
            slot += 1;
        }
        let mut used = 0;
        for formal in formals.sorted {
            if let Some(value) = attrs.get(formal.name) {
                frame.set(slot, value.resolved());
                used += 1;
            } else if let Some(default) = &formal.default {
                let value = self.delay_variable(default, frame);
                frame.set(slot, value);
            } else {
                return Err(self.missing_argument(lambda, formal.name, pos));
            }
            slot += 1;
        }
        if !formals.has_ellipsis && used != attrs.len() {
            return Err(self.unexpected_argument(lambda, formals, attrs, pos));
        }
        Ok(())
    }

    fn function_name(&self, lambda: &Param) -> Vec<u8> {
        match lambda.name.get() {
            Some(name) => self.symbols.text(name).to_vec(),
            None => b"anonymous lambda".to_vec(),
        }
    }

    #[cold]
    fn missing_argument(&self, lambda: &Param, name: syntax::symbol::Symbol, pos: Pos) -> Error {
        let function = self.function_name(lambda);
        let name = self.symbols.text(name);
        let message = [
            b"function '",
            &function[..],
            b"' called without required argument '",
            name,
            b"'",
        ];
        Error::new(ErrorKind::Type, message.concat())
            .at(lambda.pos)
            .trace(pos, "from call site")
    }

    #[cold]
    fn unexpected_argument(
        &mut self,
        lambda: &Param,
        formals: &'static Formals,
        attrs: Attrs,
        pos: Pos,
    ) -> Error {
        let is_formal = |name| formals.sorted.iter().any(|formal| formal.name == name);
        let attrs = attrs.flat(&mut self.heap);
        let unexpected = attrs.keys().names().iter().find(|name| !is_formal(**name));
        let text = unexpected.map_or(&b""[..], |name| self.symbols.text(*name));
        let known = formals
            .sorted
            .iter()
            .map(|formal| self.symbols.text(formal.name));
        let suggestions = crate::suggestions(known, text);
        let function = self.function_name(lambda);
        let mut name = Vec::new();
        print_attr_name(text, &mut name);
        let message = [
            b"function '",
            &function[..],
            b"' called with unexpected argument '",
            &name,
            b"'",
        ];
        Error::new(ErrorKind::Type, message.concat())
            .at(lambda.pos)
            .trace(pos, "from call site")
            .suggest(suggestions)
    }
}
