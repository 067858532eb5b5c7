//! Derivations whose inputs were built: paths take the place of input derivations and of the
//! placeholders for their outputs.

use super::{Derivation, DerivationError, InputOutputs, StructuredAttrs};
use crate::placeholder::DownstreamPlaceholder;
use crate::store_path::{StoreDir, StorePath};

/// Texts and what replaces them; both of any length.
type Rewrites = Vec<(Vec<u8>, Vec<u8>)>;

impl Derivation {
    /// The derivation without input derivations. `output_path` tells the path of an output of an
    /// input, or of an output of an output (names from the outside in); `None` fails.
    pub fn resolve(
        &self,
        store: &StoreDir,
        mut output_path: impl FnMut(&StorePath, &[&str]) -> Option<StorePath>,
    ) -> Result<Self, DerivationError> {
        let mut resolved = self.clone();
        let mut rewrites = Rewrites::new();
        for (drv, input) in std::mem::take(&mut resolved.input_drvs) {
            let mut step = Step {
                drv: &drv,
                store,
                rewrites: &mut rewrites,
                names: Vec::new(),
            };
            step.walk(&input, None, &mut |drv, names| {
                let path = output_path(drv, names)?;
                resolved.input_srcs.insert(path.clone());
                Some(path)
            })?;
        }
        resolved.rewrite(&rewrites)?;
        Ok(resolved)
    }

    fn rewrite(&mut self, rewrites: &Rewrites) -> Result<(), DerivationError> {
        if rewrites.is_empty() {
            return Ok(());
        }
        self.builder = replace_all(&self.builder, rewrites);
        for arg in &mut self.args {
            *arg = replace_all(arg, rewrites);
        }
        let env = std::mem::take(&mut self.env).into_iter();
        self.env = env
            .map(|(name, value)| (replace_all(&name, rewrites), replace_all(&value, rewrites)))
            .collect();
        if let Some(attrs) = &mut self.structured_attrs {
            *attrs = StructuredAttrs::parse(&replace_all(attrs.as_str().as_bytes(), rewrites))?;
        }
        Ok(())
    }
}

struct Step<'a> {
    drv: &'a StorePath,
    store: &'a StoreDir,
    rewrites: &'a mut Rewrites,
    names: Vec<&'a str>,
}

impl<'a> Step<'a> {
    fn walk(
        &mut self,
        input: &'a InputOutputs,
        outer: Option<DownstreamPlaceholder>,
        output_path: &mut impl FnMut(&StorePath, &[&str]) -> Option<StorePath>,
    ) -> Result<(), DerivationError> {
        let placeholder = |output: &str| match outer {
            Some(outer) => Ok(outer.of_nested_output(output)),
            None => DownstreamPlaceholder::of_output(self.drv, output),
        };
        for output in &input.outputs {
            self.names.push(output);
            let path = output_path(self.drv, &self.names);
            let path = path.ok_or_else(|| DerivationError::UnresolvedInput {
                drv: self.drv.clone(),
                output: self.names.join("^"),
            })?;
            self.names.pop();
            let text = placeholder(output)?.render();
            self.rewrites
                .push((text.into_bytes(), self.store.print(&path).into_bytes()));
        }
        for (output, nested) in &input.dynamic {
            let placeholder = placeholder(output)?;
            self.names.push(output);
            self.walk(nested, Some(placeholder), output_path)?;
            self.names.pop();
        }
        Ok(())
    }
}

fn replace_all(bytes: &[u8], rewrites: &Rewrites) -> Vec<u8> {
    let mut result = bytes.to_vec();
    for (old, new) in rewrites {
        let mut replaced = Vec::with_capacity(result.len());
        let mut rest = result.as_slice();
        while let Some(at) = memchr::memmem::find(rest, old) {
            replaced.extend_from_slice(&rest[..at]);
            replaced.extend_from_slice(new);
            rest = &rest[at + old.len()..];
        }
        replaced.extend_from_slice(rest);
        result = replaced;
    }
    result
}
