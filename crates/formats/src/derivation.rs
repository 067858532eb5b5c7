//! Derivations: build recipes, their text in a store, their JSON, and the paths of their outputs.

mod cache;
mod json;
mod modulo;
mod parse;
mod print;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};

pub use cache::ModuloCache;
pub use json::JSON_VERSION;
pub use modulo::{Instantiated, ModuloHash};
use serde_json::{Map, Value};

use crate::content_address::{ContentAddress, ContentAddressError, Method};
use crate::hash::{Algorithm, HashError};
use crate::store_path::{StoreDir, StorePath, StorePathError, output_path_name};

/// The variable that carries structured attributes in a derivation's text.
pub const STRUCTURED_ATTRS_VARIABLE: &[u8] = b"__json";

/// A build recipe.
///
/// Names, paths and output names are text; whatever a builder sees may be any bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    /// The name, without `.drv`.
    pub name: String,
    /// Outputs by name.
    pub outputs: BTreeMap<String, Output>,
    /// Which outputs of which derivations it needs.
    pub input_drvs: BTreeMap<StorePath, InputOutputs>,
    /// Other store paths it needs.
    pub input_srcs: BTreeSet<StorePath>,
    /// The platform to build on.
    pub system: Vec<u8>,
    /// The program to run.
    pub builder: Vec<u8>,
    /// The program's arguments.
    pub args: Vec<Vec<u8>>,
    /// The program's environment, without [`STRUCTURED_ATTRS_VARIABLE`].
    pub env: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Attributes passed as JSON.
    pub structured_attrs: Option<StructuredAttrs>,
}

/// What is known beforehand of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its path follows from the derivation.
    InputAddressed(StorePath),
    /// Its content is fixed.
    Fixed(ContentAddress),
    /// Its path will follow from its content.
    Floating {
        /// What will be hashed.
        method: Method,
        /// How.
        algorithm: Algorithm,
    },
    /// Its path will follow from the derivation once the inputs are known, or is not filled in yet.
    Deferred,
    /// Like floating, but it is built anew each time.
    Impure {
        /// What will be hashed.
        method: Method,
        /// How.
        algorithm: Algorithm,
    },
}

impl Output {
    /// The output's path, if it is known already.
    pub fn path(
        &self,
        store: &StoreDir,
        drv_name: &str,
        output: &str,
    ) -> Result<Option<StorePath>, StorePathError> {
        match self {
            Self::InputAddressed(path) => Ok(Some(path.clone())),
            Self::Fixed(address) => store
                .make_fixed_output_path(&output_path_name(drv_name, output), address)
                .map(Some),
            Self::Floating { .. } | Self::Deferred | Self::Impure { .. } => Ok(None),
        }
    }
}

/// Which outputs of an input are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputOutputs {
    /// Outputs of the derivation itself.
    pub outputs: BTreeSet<String>,
    /// Outputs of derivations that are themselves outputs, by the name of the latter.
    pub dynamic: BTreeMap<String, InputOutputs>,
}

/// What kind of derivation the outputs make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Output paths follow from the derivation.
    InputAddressed {
        /// Whether only once the inputs are known.
        is_deferred: bool,
    },
    /// One output of known content.
    Fixed,
    /// Content-addressed outputs.
    Floating,
    /// Outputs that are built anew each time.
    Impure,
}

/// Attributes that a builder gets as JSON: an object, as canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructuredAttrs(String);

impl StructuredAttrs {
    /// Takes text that is canonical by construction: see [`crate::json`].
    #[must_use]
    pub fn from_canonical(text: String) -> Self {
        Self(text)
    }

    /// Reads any JSON object.
    pub fn parse(text: &[u8]) -> Result<Self, DerivationError> {
        match crate::json::parse(text) {
            Ok(value @ Value::Object(_)) => Ok(Self(crate::json::to_text(&value))),
            Ok(_) => Err(DerivationError::StructuredAttrs(
                "it is not an object".to_owned(),
            )),
            Err(problem) => Err(DerivationError::StructuredAttrs(problem)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object.
    #[must_use]
    pub fn to_object(&self) -> Map<String, Value> {
        match crate::json::parse(self.0.as_bytes()) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        }
    }
}

impl From<Map<String, Value>> for StructuredAttrs {
    fn from(object: Map<String, Value>) -> Self {
        Self(crate::json::to_text(&Value::Object(object)))
    }
}

/// Why something is no derivation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    /// The text does not follow the grammar.
    #[error("expected string '{expected}' at offset {offset}")]
    Expected {
        /// What should stand there.
        expected: String,
        /// Bytes before it.
        offset: usize,
    },
    /// The text is something else.
    #[error("derivation does not start with 'Derive' or 'DrvWithVersion'")]
    NoDerivation,
    /// The text is from the future.
    #[error("Unknown derivation ATerm format version '{0}'")]
    UnknownVersion(String),
    /// A quotation mark is missing.
    #[error("unterminated string in derivation")]
    UnterminatedString,
    /// A path that does not start with a slash.
    #[error("bad path '{0}' in derivation")]
    BadPath(String),
    /// Bytes after the end.
    #[error("derivation is followed by {0} bytes of something else")]
    TrailingBytes(usize),
    /// A name that stands twice in a list of names.
    #[error("'{0}' is listed twice in derivation")]
    Duplicate(String),
    /// Outputs of outputs of outputs, without an end.
    #[error("invalid inputDrvs entry in derivation")]
    BadInput,
    /// Bytes where there must be text.
    #[error("{what} '{text}' of derivation is not valid UTF-8")]
    NotUtf8 {
        /// What it is.
        what: &'static str,
        /// It, as well as it can be shown.
        text: String,
    },
    /// A text that the grammar has no way to escape.
    #[error("{what} '{text}' of derivation contains an illegal character")]
    Unprintable {
        /// What it is.
        what: &'static str,
        /// It, as well as it can be shown.
        text: String,
    },
    /// Structured attributes are no JSON object.
    #[error("cannot process __json attribute: {0}")]
    StructuredAttrs(String),
    /// The variable's name is taken.
    #[error(
        "Cannot have an environment variable named '__json'. \
         This key is reserved for encoding structured attrs"
    )]
    VariableReserved,
    /// Output fields contradict each other.
    #[error("{0} derivation output should not specify output path")]
    UnexpectedPath(&'static str),
    /// Outputs of different kinds.
    #[error("can't mix derivation output types")]
    MixedOutputs,
    /// More than one fixed output.
    #[error("only one fixed output is allowed for now")]
    SeveralFixedOutputs,
    /// A fixed output of another name.
    #[error("single fixed output must be named \"out\"")]
    FixedOutputName,
    /// Floating outputs that differ in their hash.
    #[error("all floating outputs must use the same hash algorithm")]
    MixedAlgorithms,
    /// No outputs.
    #[error("must have at least one output")]
    NoOutputs,
    /// An input lacks the output.
    #[error("no hash for output '{output}' of derivation '{drv_name}'")]
    InputOutputMissing {
        /// The output.
        output: String,
        /// The derivation that needs it.
        drv_name: String,
    },
    /// A derivation that needs itself.
    #[error("derivation '{0}' depends on itself")]
    Cycle(StorePath),
    /// An input whose path nobody told.
    #[error("the path of output '{output}' of derivation '{drv}' is not known")]
    UnresolvedInput {
        /// The derivation.
        drv: StorePath,
        /// The output; of an output's output, all names with `^` between them.
        output: String,
    },
    /// An output's path is not what it has to be.
    #[error(
        "derivation has incorrect output '{got}', should be {should}",
        should = .expected.as_ref().map_or("deferred".to_owned(), |path| format!("'{path}'"))
    )]
    WrongOutputPath {
        /// The path that it names.
        got: String,
        /// The right one; `None` if it is not known before a build.
        expected: Option<String>,
    },
    /// The variable of an output is missing.
    #[error(
        "derivation has missing environment variable '{output}', should be '{expected}' \
         but is not present"
    )]
    VariableMissing {
        /// The output.
        output: String,
        /// Its path.
        expected: String,
    },
    /// The variable of an output is not its path.
    #[error(
        "derivation has incorrect environment variable '{output}', should be '{expected}' \
         but is actually '{got}'"
    )]
    WrongVariable {
        /// The output.
        output: String,
        /// Its path.
        expected: String,
        /// What the variable holds.
        got: String,
    },
    /// A JSON value that does not describe a derivation.
    #[error("{0}")]
    Json(String),
    /// Another version of the JSON format.
    #[error(
        "Unsupported derivation JSON format version {0}, \
         only format version 4 is currently supported."
    )]
    JsonVersion(u64),
    /// A bad hash.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A bad content address.
    #[error(transparent)]
    ContentAddress(#[from] ContentAddressError),
    /// A bad store path.
    #[error(transparent)]
    StorePath(#[from] StorePathError),
}

impl Derivation {
    /// A derivation of that name without anything else.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            outputs: BTreeMap::new(),
            input_drvs: BTreeMap::new(),
            input_srcs: BTreeSet::new(),
            system: Vec::new(),
            builder: Vec::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            structured_attrs: None,
        }
    }

    /// What its outputs make it; fails if they cannot go together.
    pub fn kind(&self) -> Result<Kind, DerivationError> {
        let mut kind = None;
        let mut floating_algorithm = None;
        for (name, output) in &self.outputs {
            let this = match output {
                Output::InputAddressed(_) => Kind::InputAddressed { is_deferred: false },
                Output::Deferred => Kind::InputAddressed { is_deferred: true },
                Output::Fixed(_) => Kind::Fixed,
                Output::Floating { .. } => Kind::Floating,
                Output::Impure { .. } => Kind::Impure,
            };
            match kind {
                Some(other) if other != this => return Err(DerivationError::MixedOutputs),
                Some(Kind::Fixed) => return Err(DerivationError::SeveralFixedOutputs),
                _ => kind = Some(this),
            }
            if this == Kind::Fixed && name != "out" {
                return Err(DerivationError::FixedOutputName);
            }
            if let Output::Floating { algorithm, .. } = output
                && *floating_algorithm.get_or_insert(*algorithm) != *algorithm
            {
                return Err(DerivationError::MixedAlgorithms);
            }
        }
        kind.ok_or(DerivationError::NoOutputs)
    }

    /// Whether it needs outputs of derivations that are outputs themselves.
    #[must_use]
    pub fn has_dynamic_inputs(&self) -> bool {
        self.input_drvs
            .values()
            .any(|input| !input.dynamic.is_empty())
    }

    /// What its file in the store refers to: all inputs, sorted, each once.
    #[must_use]
    pub fn references(&self) -> Vec<&StorePath> {
        let both = self.input_srcs.iter().chain(self.input_drvs.keys());
        let mut paths: Vec<_> = both.collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// The file name of its text: `<name>.drv`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}{}", self.name, crate::store_path::DRV_EXTENSION)
    }

    /// Where its own file belongs.
    pub fn store_path(&self, store: &StoreDir) -> Result<StorePath, DerivationError> {
        let text = self.to_aterm(store)?;
        let hash = crate::hash::Hash::sha256(&text);
        Ok(store.make_text_path(&self.file_name(), &hash, self.references())?)
    }
}

#[cfg(test)]
mod tests;
