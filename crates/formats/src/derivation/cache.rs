//! Hashes of derivations that are in a store, worked out inputs first.

use std::collections::{HashMap, HashSet};

use super::{Derivation, DerivationError, ModuloHash};
use crate::store_path::{StoreDir, StorePath};

/// Remembers the hashes of derivations.
#[derive(Debug)]
pub struct ModuloCache {
    store: StoreDir,
    hashes: HashMap<StorePath, ModuloHash>,
}

impl ModuloCache {
    /// Nothing is known yet of the derivations of `store`.
    #[must_use]
    pub fn new(store: StoreDir) -> Self {
        Self {
            store,
            hashes: HashMap::new(),
        }
    }

    /// The store whose derivations these are.
    #[must_use]
    pub const fn store(&self) -> &StoreDir {
        &self.store
    }

    /// The hash of the derivation at `path`; `load` reads derivations, and its failures are passed
    /// on. However long the chain of inputs is, the stack does not grow.
    pub fn hash<E: From<DerivationError>>(
        &mut self,
        path: &StorePath,
        mut load: impl FnMut(&StorePath) -> Result<Derivation, E>,
    ) -> Result<ModuloHash, E> {
        let mut pending: Vec<(StorePath, Option<Derivation>)> = vec![(path.clone(), None)];
        let mut entered = HashSet::new();
        while let Some((path, loaded)) = pending.pop() {
            if self.hashes.contains_key(&path) {
                continue;
            }
            let drv = match loaded {
                Some(drv) => drv,
                None if !entered.insert(path.clone()) => {
                    return Err(DerivationError::Cycle(path).into());
                }
                None => load(&path)?,
            };
            let is_known = |input: &&StorePath| self.hashes.contains_key(*input);
            let missing: Vec<_> = drv
                .input_drvs
                .keys()
                .filter(|input| !is_known(input))
                .cloned()
                .collect();
            if missing.is_empty() {
                let hash = drv.hash_modulo(&self.store, false, |input| self.known(input))?;
                self.hashes.insert(path, hash);
            } else {
                pending.push((path, Some(drv)));
                pending.extend(missing.into_iter().map(|input| (input, None)));
            }
        }
        Ok(self.known(path)?)
    }

    /// Works out the hashes of a derivation's inputs, so that [`ModuloCache::known`] has them.
    pub fn learn_inputs<E: From<DerivationError>>(
        &mut self,
        drv: &Derivation,
        mut load: impl FnMut(&StorePath) -> Result<Derivation, E>,
    ) -> Result<(), E> {
        for input in drv.input_drvs.keys() {
            self.hash(input, &mut load)?;
        }
        Ok(())
    }

    /// A hash that was worked out before.
    pub fn known(&self, path: &StorePath) -> Result<ModuloHash, DerivationError> {
        let hash = self.hashes.get(path).cloned();
        hash.ok_or_else(|| DerivationError::Cycle(path.clone()))
    }
}
