//! Hashes of derivations in which inputs stand for what they produce, and the output paths made
//! from them.
//!
//! A fixed output's hash depends on nothing but its content, so changing how it is fetched does not
//! change what depends on it. The hashes of inputs come from the caller, who remembers them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::print::{OutputFields, print_hashes};
use super::{Derivation, DerivationError, InputOutputs, Kind, Output};
use crate::hash::{Algorithm, Hash, Hasher};
use crate::store_path::{StoreDir, StorePath};

/// About as many bytes as the hash of an input takes with its outputs.
const HASH_ROOM: usize = 96;

/// What stands for a derivation in the hashes of those that need it. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuloHash(Arc<Modulo>);

#[derive(Debug, PartialEq, Eq)]
struct Modulo {
    hash: Hash,
    /// Sorted.
    outputs: Vec<String>,
    is_deferred: bool,
}

impl ModuloHash {
    /// The hash of an output, if the derivation has it.
    #[must_use]
    pub fn of_output(&self, output: &str) -> Option<&Hash> {
        let has_it = self.0.outputs.iter().any(|name| name == output);
        has_it.then_some(&self.0.hash)
    }

    /// Whether output paths of this derivation, or of one that needs it, are known only after a
    /// build.
    #[must_use]
    pub fn is_deferred(&self) -> bool {
        self.0.is_deferred
    }
}

/// A derivation ready to be written to a store.
#[derive(Clone, Debug)]
pub struct Instantiated {
    /// Where it belongs.
    pub path: StorePath,
    /// Its text.
    pub text: Vec<u8>,
    /// What stands for it in the hashes of others.
    pub modulo: ModuloHash,
}

impl Derivation {
    /// The hash in which input derivations are replaced by theirs; `input_hash` looks these up, and
    /// its failures are passed on. With `mask`, output paths and variables count as empty: the hash
    /// that output paths are made from.
    pub fn hash_modulo<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        mask: bool,
        input_hash: impl FnMut(&StorePath) -> Result<ModuloHash, E>,
    ) -> Result<ModuloHash, E> {
        let kind = self.kind()?;
        if kind == Kind::Fixed {
            return Ok(self.hash_fixed(store)?);
        }
        let inputs = collect_inputs(&self.name, &self.input_drvs, input_hash)?;
        let hash = self.hash_with_inputs(store, mask, &inputs)?;
        Ok(self.modulo_hash(hash, is_deferred(kind, &inputs)))
    }

    fn hash_fixed(&self, store: &StoreDir) -> Result<ModuloHash, DerivationError> {
        // `kind` made sure that there is one output, called `out`.
        let (name, output) = self
            .outputs
            .iter()
            .next()
            .ok_or(DerivationError::NoOutputs)?;
        let fields = OutputFields::of(output, store, &self.name, name)?;
        let text = format!(
            "fixed:out:{}:{}:{}",
            fields.method_algorithm, fields.hash, fields.path
        );
        Ok(self.modulo_hash(Hash::sha256(text.as_bytes()), false))
    }

    fn modulo_hash(&self, hash: Hash, is_deferred: bool) -> ModuloHash {
        let outputs = self.outputs.keys().cloned().collect();
        ModuloHash(Arc::new(Modulo {
            hash,
            outputs,
            is_deferred,
        }))
    }

    fn hash_with_inputs(
        &self,
        store: &StoreDir,
        mask: bool,
        inputs: &InputHashes<'_>,
    ) -> Result<Hash, DerivationError> {
        let mut text = Vec::with_capacity(self.text_len());
        self.print_head(store, mask, &mut text)?;
        print_hashes(&inputs.hashes, &mut text);
        self.print_tail(store, mask, &mut text)?;
        Ok(Hash::sha256(&text))
    }

    /// All that is left to do when a derivation's attributes are there, as an evaluator or
    /// `nix derivation add` does it: fills in the paths of deferred outputs that can be known, and
    /// the variables of outputs where they are empty or missing; checks paths and variables that
    /// were there; prints the text and hashes it.
    pub fn instantiate<E: From<DerivationError>>(
        &mut self,
        store: &StoreDir,
        input_hash: impl FnMut(&StorePath) -> Result<ModuloHash, E>,
    ) -> Result<Instantiated, E> {
        let kind = self.kind()?;
        self.add_variables();
        let inputs = collect_inputs(&self.name, &self.input_drvs, input_hash)?;
        let paths = self.expected_paths(store, kind, &inputs)?;
        fill_paths(store, &paths, &mut self.outputs, &mut self.env);
        self.compare_paths(store, &paths)?;
        Ok(self.print_and_hash(store, kind, &inputs)?)
    }

    /// Makes room for the paths of deferred outputs: the names of variables are part of the hash.
    fn add_variables(&mut self) {
        for (name, output) in &self.outputs {
            if *output == Output::Deferred && !self.env.contains_key(name.as_bytes()) {
                self.env.insert(name.clone().into_bytes(), Vec::new());
            }
        }
    }

    fn print_and_hash(
        &self,
        store: &StoreDir,
        kind: Kind,
        inputs: &InputHashes<'_>,
    ) -> Result<Instantiated, DerivationError> {
        let mut text = Vec::with_capacity(self.text_len());
        self.print_head(store, false, &mut text)?;
        let head_end = text.len();
        self.print_inputs(store, &mut text);
        let tail_start = text.len();
        self.print_tail(store, false, &mut text)?;
        let path =
            store.make_text_path(&self.file_name(), &Hash::sha256(&text), self.references())?;
        let modulo = if kind == Kind::Fixed {
            self.hash_fixed(store)?
        } else {
            let mut in_place = Vec::with_capacity(inputs.hashes.len() * HASH_ROOM);
            print_hashes(&inputs.hashes, &mut in_place);
            let mut hasher = Hasher::new(Algorithm::Sha256);
            for part in [&text[..head_end], &in_place, &text[tail_start..]] {
                hasher.update(part);
            }
            self.modulo_hash(hasher.finish(), is_deferred(kind, inputs))
        };
        text.shrink_to_fit();
        Ok(Instantiated { path, text, modulo })
    }

    /// Checks that the outputs' paths and variables are what they have to be.
    pub fn check_output_paths<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        input_hash: impl FnMut(&StorePath) -> Result<ModuloHash, E>,
    ) -> Result<(), E> {
        let kind = self.kind()?;
        let inputs = collect_inputs(&self.name, &self.input_drvs, input_hash)?;
        let paths = self.expected_paths(store, kind, &inputs)?;
        Ok(self.compare_paths(store, &paths)?)
    }

    /// The paths of the outputs that can be known, by output name.
    fn expected_paths(
        &self,
        store: &StoreDir,
        kind: Kind,
        inputs: &InputHashes<'_>,
    ) -> Result<BTreeMap<String, StorePath>, DerivationError> {
        let masked = match kind {
            Kind::InputAddressed { .. } if !inputs.is_deferred => {
                Some(self.hash_with_inputs(store, true, inputs)?)
            }
            _ => None,
        };
        let mut paths = BTreeMap::new();
        for (name, output) in &self.outputs {
            let path = match (output, &masked) {
                (Output::InputAddressed(_) | Output::Deferred, Some(hash)) => {
                    store.make_output_path(name, hash, &self.name)?
                }
                (Output::InputAddressed(path), None) => {
                    return Err(DerivationError::WrongOutputPath {
                        got: store.print(path),
                        expected: None,
                    });
                }
                (other, _) => match other.path(store, &self.name, name)? {
                    Some(path) => path,
                    None => continue,
                },
            };
            paths.insert(name.clone(), path);
        }
        Ok(paths)
    }

    fn compare_paths(
        &self,
        store: &StoreDir,
        paths: &BTreeMap<String, StorePath>,
    ) -> Result<(), DerivationError> {
        for (name, path) in paths {
            let expected = store.print(path);
            if let Some(Output::InputAddressed(got)) = self.outputs.get(name)
                && got != path
            {
                let got = store.print(got);
                return Err(DerivationError::WrongOutputPath {
                    got,
                    expected: Some(expected),
                });
            }
            let output = name.clone();
            match self.env.get(name.as_bytes()) {
                None => return Err(DerivationError::VariableMissing { output, expected }),
                Some(value) if value != expected.as_bytes() => {
                    let got = String::from_utf8_lossy(value).into_owned();
                    return Err(DerivationError::WrongVariable {
                        output,
                        expected,
                        got,
                    });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// What stands for the inputs of a derivation.
struct InputHashes<'d> {
    /// Hashes and outputs, sorted, each pair once.
    hashes: Vec<(Hash, &'d str)>,
    is_deferred: bool,
}

fn collect_inputs<'d, E: From<DerivationError>>(
    drv_name: &str,
    input_drvs: &'d BTreeMap<StorePath, InputOutputs>,
    mut input_hash: impl FnMut(&StorePath) -> Result<ModuloHash, E>,
) -> Result<InputHashes<'d>, E> {
    let mut hashes = Vec::with_capacity(input_drvs.len());
    let mut is_deferred = false;
    for (path, input) in input_drvs {
        let modulo = input_hash(path)?;
        is_deferred |= modulo.is_deferred();
        for output in &input.outputs {
            let hash = modulo.of_output(output);
            let hash = hash.ok_or_else(|| DerivationError::InputOutputMissing {
                output: output.clone(),
                drv_name: drv_name.to_owned(),
            })?;
            hashes.push((*hash, output.as_str()));
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    Ok(InputHashes {
        hashes,
        is_deferred,
    })
}

fn is_deferred(kind: Kind, inputs: &InputHashes<'_>) -> bool {
    inputs.is_deferred || matches!(kind, Kind::Floating | Kind::Impure)
}

fn fill_paths(
    store: &StoreDir,
    paths: &BTreeMap<String, StorePath>,
    outputs: &mut BTreeMap<String, Output>,
    env: &mut BTreeMap<Vec<u8>, Vec<u8>>,
) {
    for (name, path) in paths {
        let variable = env.entry(name.clone().into_bytes()).or_default();
        if variable.is_empty() {
            *variable = store.print(path).into_bytes();
        }
        if let Some(output @ Output::Deferred) = outputs.get_mut(name) {
            *output = Output::InputAddressed(path.clone());
        }
    }
}
