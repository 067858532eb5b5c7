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
                intern_first(symbols);
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

/// The names that C++ Nix knows before it reads anything, in the order in which it meets them. Sets are kept in the order of
/// their names' numbers, and that order can be seen: in which of several errors comes first, in what a trace prints first.
const FIRST: &[&str] = &[
    "<with>",
    "outPath",
    "drvPath",
    "type",
    "meta",
    "name",
    "value",
    "system",
    "__overrides",
    "outputs",
    "outputName",
    "__ignoreNulls",
    "file",
    "line",
    "column",
    "__functor",
    "__toString",
    "right",
    "wrong",
    "__structuredAttrs",
    "__json",
    "allowedReferences",
    "allowedRequisites",
    "disallowedReferences",
    "disallowedRequisites",
    "maxSize",
    "maxClosureSize",
    "builder",
    "args",
    "__contentAddressed",
    "__impure",
    "outputHash",
    "outputHashAlgo",
    "outputHashMode",
    "recurseForDerivations",
    "description",
    "self",
    "",
    "startSet",
    "operator",
    "key",
    "path",
    "prefix",
    "outputSpecified",
    "__sub",
    "__lessThan",
    "__mul",
    "__div",
    "or",
    "__findFile",
    "__nixPath",
    "body",
];

/// The builtins in the order in which C++ Nix defines them; each has a name as a variable and one as an attribute.
const BUILTINS: &str = "builtins true false null currentTime currentSystem nixVersion storeDir langVersion traceVerbose \
    nixPath scopedImport import typeOf isNull isFunction isInt isFloat isString isBool isPath genericClosure break abort \
    throw addErrorContext ceil floor tryEval getEnv seq deepSeq trace warn derivationStrict placeholder toPath storePath \
    pathExists baseNameOf dirOf readFile findFile hashFile readFileType readDir outputOf toXML toJSON fromJSON toFile \
    filterSource path attrNames attrValues getAttr unsafeGetAttrPos hasAttr isAttrs removeAttrs listToAttrs \
    intersectAttrs     catAttrs functionArgs mapAttrs zipAttrsWith isList elemAt head tail map filter elem concatLists length foldl' any all \
    genList sort partition groupBy concatMap add sub mul div bitAnd bitOr bitXor lessThan toString substring stringLength \
    hashString convertHash match split concatStringsSep replaceStrings parseDrvName compareVersions splitVersion \
    unsafeDiscardStringContext hasContext unsafeDiscardOutputDependency addDrvOutputDependencies getContext appendContext \
    fetchClosure fetchMercurial fetchTree fetchurl fetchTarball fetchGit fromTOML getFlake parseFlakeRef flakeRefToString \
    derivation";

/// The variables of the definition of `derivation`, which is read next.
const DERIVATION: &str = "strict drvAttrs commonAttrs outputsList x";

fn intern_first(symbols: &mut SymbolTable) {
    for name in FIRST {
        symbols.intern(name.as_bytes());
    }
    for name in BUILTINS.split_ascii_whitespace() {
        if !crate::builtins::is_global(name) {
            symbols.intern(format!("__{name}").as_bytes());
        }
        symbols.intern(name.as_bytes());
    }
    for name in DERIVATION.split_ascii_whitespace() {
        symbols.intern(name.as_bytes());
    }
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
