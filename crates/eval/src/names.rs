//! Names that the evaluator itself looks for.

use syntax::symbol::{Symbol, SymbolTable};

use crate::code::Arithmetic;
use crate::compile::ARITHMETIC;
use crate::value::Value;

macro_rules! names {
    ($($field:ident = $text:literal,)*) => {
        /// Interned names, and the builtins that operators stand for.
        pub(crate) struct Names {
            $(pub(crate) $field: Symbol,)*
            operators: [Value; ARITHMETIC.len()],
        }

        impl Names {
            pub(crate) fn new(symbols: &mut SymbolTable) -> Names {
                Names {
                    $($field: symbols.intern($text.as_bytes()),)*
                    operators: [Value::NONE; ARITHMETIC.len()],
                }
            }
        }
    };
}

names! {
    all_outputs = "allOutputs",
    args = "args",
    builder = "builder",
    builtins = "builtins",
    column = "column",
    content_addressed = "__contentAddressed",
    drv_path = "drvPath",
    file = "file",
    functor = "__functor",
    hash = "hash",
    ignore_nulls = "__ignoreNulls",
    impure = "__impure",
    json = "__json",
    key = "key",
    line = "line",
    name = "name",
    operator = "operator",
    out_path = "outPath",
    output_hash = "outputHash",
    output_hash_algo = "outputHashAlgo",
    output_hash_mode = "outputHashMode",
    outputs = "outputs",
    overrides = "__overrides",
    path = "path",
    prefix = "prefix",
    right = "right",
    start_set = "startSet",
    structured_attrs = "__structuredAttrs",
    success = "success",
    system = "system",
    to_string = "__toString",
    type_ = "type",
    value = "value",
    version = "version",
    wrong = "wrong",
}

impl Names {
    /// Tells which values are the builtins behind `-`, `*`, `/` and `<`.
    pub(crate) fn set_operators(&mut self, find: impl Fn(&str) -> Value) {
        self.operators = ARITHMETIC.map(|operator| find(operator.name()));
    }

    /// The operator that a builtin stands for.
    pub(crate) fn arithmetic(&self, builtin: Value) -> Option<Arithmetic> {
        let index = self
            .operators
            .iter()
            .position(|operator| *operator == builtin)?;
        Some(ARITHMETIC[index])
    }
}
