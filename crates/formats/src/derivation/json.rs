//! Derivations as JSON: the values of `nix derivation show`, format version 4.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Derivation, DerivationError, InputOutputs, Output, StructuredAttrs};
use crate::content_address::{ContentAddress, Method};
use crate::hash::{Algorithm, Hash, HashFormat};
use crate::store_path::StorePath;

/// The version that is written, and the only one that is read.
pub const JSON_VERSION: u64 = 4;

/// How many characters of a wrong value a message shows.
const MAX_SHOWN: usize = 200;

/// How deep outputs of outputs may be nested.
const MAX_DYNAMIC_DEPTH: usize = 64;

type Result<T> = std::result::Result<T, DerivationError>;

impl Derivation {
    /// The JSON value; fails if a builder would see bytes that are not UTF-8.
    pub fn to_json(&self) -> Result<Value> {
        let args = self.args.iter().map(|arg| text("argument", arg));
        let env = self
            .env
            .iter()
            .map(|(name, value)| Ok((text("variable", name)?, json!(text("variable", value)?))));
        let outputs: Map<_, _> = self
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output.to_json()))
            .collect();
        let drvs: Map<_, _> = self
            .input_drvs
            .iter()
            .map(|(path, input)| (path.to_string(), input_to_json(input)))
            .collect();
        let srcs: Vec<&str> = self.input_srcs.iter().map(StorePath::as_str).collect();
        let mut value = json!({
            "name": self.name,
            "version": JSON_VERSION,
            "outputs": outputs,
            "inputs": { "srcs": srcs, "drvs": drvs },
            "system": text("system", &self.system)?,
            "builder": text("builder", &self.builder)?,
            "args": args.collect::<Result<Vec<_>>>()?,
            "env": env.collect::<Result<Map<_, _>>>()?,
        });
        if let Some(attrs) = &self.structured_attrs {
            value["structuredAttrs"] = Value::Object(attrs.to_object());
        }
        Ok(value)
    }

    /// Reads the JSON value; output paths are taken as they are (see
    /// [`Derivation::check_output_paths`]).
    pub fn from_json(value: &Value) -> Result<Self> {
        let object = Object::of(value, "derivation")?;
        let mut drv = Self::new(object.string("name")?);
        let version = object.get("version")?;
        match version.as_u64() {
            Some(JSON_VERSION) => {}
            Some(other) => return Err(DerivationError::JsonVersion(other)),
            None => {
                return Err(wrong_type(
                    "version",
                    "an unsigned integral number",
                    version,
                ));
            }
        }
        for (name, output) in object.object("outputs")?.0 {
            drv.outputs.insert(name.clone(), Output::from_json(output)?);
        }
        let inputs = object.object("inputs")?;
        for path in inputs.strings("srcs")? {
            drv.input_srcs.insert(StorePath::from_base_name(path)?);
        }
        for (path, input) in inputs.object("drvs")?.0 {
            let path = StorePath::from_base_name(path)?;
            drv.input_drvs.insert(path, input_from_json(input, 0)?);
        }
        drv.system = object.string("system")?.into();
        drv.builder = object.string("builder")?.into();
        drv.args = object.strings("args")?.map(Into::into).collect();
        for (name, value) in object.object("env")?.0 {
            let value = value
                .as_str()
                .ok_or_else(|| wrong_type(name, "of type 'string'", value))?;
            drv.env.insert(name.clone().into(), value.into());
        }
        if let Some(attrs) = object.0.get("structuredAttrs") {
            let attrs = Object::of(attrs, "structuredAttrs")?;
            drv.structured_attrs = Some(StructuredAttrs::from(attrs.0.clone()));
        }
        Ok(drv)
    }
}

impl Output {
    fn to_json(&self) -> Value {
        match self {
            Self::InputAddressed(path) => json!({ "path": path.as_str() }),
            Self::Fixed(ContentAddress { method, hash }) => {
                json!({ "method": method.name(), "hash": hash.to_text(HashFormat::Sri) })
            }
            Self::Floating { method, algorithm } => {
                json!({ "method": method.name(), "hashAlgo": algorithm.name() })
            }
            Self::Deferred => json!({}),
            Self::Impure { method, algorithm } => json!({
                "method": method.name(),
                "hashAlgo": algorithm.name(),
                "impure": true,
            }),
        }
    }

    fn from_json(value: &Value) -> Result<Self> {
        let object = Object::of(value, "output")?;
        let keys: Vec<&str> = object.0.keys().map(String::as_str).collect();
        let method = || Ok::<_, DerivationError>(Method::parse(object.string("method")?)?);
        let algorithm = || Ok::<_, DerivationError>(Algorithm::parse(object.string("hashAlgo")?)?);
        match keys.as_slice() {
            [] => Ok(Self::Deferred),
            ["path"] => Ok(Self::InputAddressed(StorePath::from_base_name(
                object.string("path")?,
            )?)),
            ["hash", "method"] => Ok(Self::Fixed(ContentAddress {
                method: method()?,
                hash: Hash::parse_sri(object.string("hash")?)?,
            })),
            ["hashAlgo", "method"] => Ok(Self::Floating {
                method: method()?,
                algorithm: algorithm()?,
            }),
            ["hashAlgo", "impure", "method"] => Ok(Self::Impure {
                method: method()?,
                algorithm: algorithm()?,
            }),
            _ => Err(DerivationError::Json(
                "invalid JSON for derivation output".to_owned(),
            )),
        }
    }
}

fn input_to_json(input: &InputOutputs) -> Value {
    let dynamic: Map<_, _> = input
        .dynamic
        .iter()
        .map(|(name, nested)| (name.clone(), input_to_json(nested)))
        .collect();
    json!({ "outputs": input.outputs, "dynamicOutputs": dynamic })
}

fn input_from_json(value: &Value, depth: usize) -> Result<InputOutputs> {
    if depth > MAX_DYNAMIC_DEPTH {
        return Err(DerivationError::BadInput);
    }
    let object = Object::of(value, "input derivation")?;
    let outputs: BTreeSet<String> = object.strings("outputs")?.map(str::to_owned).collect();
    let mut dynamic = BTreeMap::new();
    for (name, nested) in object.object("dynamicOutputs")?.0 {
        dynamic.insert(name.clone(), input_from_json(nested, depth + 1)?);
    }
    Ok(InputOutputs { outputs, dynamic })
}

fn text(what: &'static str, bytes: &[u8]) -> Result<String> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(DerivationError::NotUtf8 {
            what,
            text: String::from_utf8_lossy(bytes).into_owned(),
        }),
    }
}

fn wrong_type(key: &str, expected: &str, value: &Value) -> DerivationError {
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let shown: String = crate::json::to_text(value)
        .chars()
        .take(MAX_SHOWN)
        .collect();
    DerivationError::Json(format!(
        "Expected JSON value to be {expected} but it is of type '{got}': {shown}, in '{key}'"
    ))
}

/// An object whose members are known by name.
struct Object<'v>(&'v Map<String, Value>);

impl<'v> Object<'v> {
    fn of(value: &'v Value, key: &str) -> Result<Self> {
        value
            .as_object()
            .map(Self)
            .ok_or_else(|| wrong_type(key, "of type 'object'", value))
    }

    fn get(&self, key: &str) -> Result<&'v Value> {
        self.0.get(key).ok_or_else(|| {
            DerivationError::Json(format!(
                "Expected JSON object to contain key '{key}' but it doesn't"
            ))
        })
    }

    fn object(&self, key: &str) -> Result<Self> {
        Self::of(self.get(key)?, key)
    }

    fn string(&self, key: &str) -> Result<&'v str> {
        let value = self.get(key)?;
        value
            .as_str()
            .ok_or_else(|| wrong_type(key, "of type 'string'", value))
    }

    fn strings(&self, key: &str) -> Result<impl Iterator<Item = &'v str> + use<'v>> {
        let value = self.get(key)?;
        let array = value
            .as_array()
            .ok_or_else(|| wrong_type(key, "of type 'array'", value))?;
        if let Some(other) = array.iter().find(|item| !item.is_string()) {
            return Err(wrong_type(key, "of type 'string'", other));
        }
        Ok(array.iter().filter_map(Value::as_str))
    }
}
