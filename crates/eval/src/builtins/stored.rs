//! Derivations of the store: what they say, and what stands for them in hashes.

use formats::derivation::{Derivation, ModuloHash};
use formats::store_path::StorePath;
use rustc_hash::FxHashMap;

use crate::error::{Error, Res};
use crate::evaluator::Evaluator;

/// Hashes of derivations that were made or read already.
#[derive(Default)]
pub(crate) struct DerivationMemo {
    pub(super) hashes: FxHashMap<StorePath, ModuloHash>,
    /// Names of the outputs, for those that were asked for.
    pub(super) outputs: FxHashMap<StorePath, Vec<String>>,
}

impl DerivationMemo {
    /// What stands for an input derivation in hashes; reads it from the store if it was not made here.
    pub(super) fn hash_of(
        &mut self,
        path: &StorePath,
        store_dir: &formats::store_path::StoreDir,
        io: &dyn crate::host::Io,
    ) -> Res<ModuloHash> {
        if let Some(hash) = self.hashes.get(path) {
            return Ok(hash.clone());
        }
        let drv = read_derivation(path, store_dir, io)?;
        let hash = drv.hash_modulo(store_dir, false, |input| self.hash_of(input, store_dir, io))?;
        self.hashes.insert(path.clone(), hash.clone());
        Ok(hash)
    }
}

fn read_derivation(
    path: &StorePath,
    store_dir: &formats::store_path::StoreDir,
    io: &dyn crate::host::Io,
) -> Res<Derivation> {
    let file = store_dir.print(path);
    let mut text = Vec::new();
    io.open_file(file.as_bytes())
        .and_then(|mut opened| opened.reader.read_to_end(&mut text))
        .map_err(|error| crate::files::io_error(file.as_bytes(), &error))?;
    let name = path
        .drv_name()
        .map_err(|error| Error::eval(error.to_string()))?;
    Derivation::parse(&text, name, store_dir)
        .map_err(|error| Error::eval(format!("error parsing derivation '{file}': {error}")))
}

impl Evaluator {
    /// A derivation of the store.
    pub(crate) fn read_derivation(&mut self, path: &StorePath) -> Res<Derivation> {
        self.store.flush()?;
        read_derivation(path, &self.store_dir, self.io.as_ref())
    }

    pub(super) fn output_names(&mut self, path: &StorePath) -> Res<Vec<String>> {
        if let Some(names) = self.derivations.outputs.get(path) {
            return Ok(names.clone());
        }
        let names: Vec<String> = self.read_derivation(path)?.outputs.into_keys().collect();
        self.derivations.outputs.insert(path.clone(), names.clone());
        Ok(names)
    }
}
