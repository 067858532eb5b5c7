//! Placeholders: texts that stand for output paths that are not known yet, until a builder or a
//! resolver replaces them.

use crate::hash::{Hash, HashFormat, compress};
use crate::nix32;
use crate::store_path::{StorePath, StorePathError, output_path_name};

/// What `builtins.placeholder` yields: stands for a derivation's own output inside that derivation.
#[must_use]
pub fn own_output(output: &str) -> String {
    let hash = Hash::sha256(format!("nix-output:{output}").as_bytes());
    format!("/{}", hash.to_text(HashFormat::Nix32))
}

/// Stands for an output of another derivation whose path is only known after a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownstreamPlaceholder(Hash);

impl DownstreamPlaceholder {
    /// For an output of a derivation that exists; fails if `drv` is no derivation.
    pub fn of_output(drv: &StorePath, output: &str) -> Result<Self, StorePathError> {
        let name = output_path_name(drv.drv_name()?, output);
        let text = format!("nix-upstream-output:{}:{name}", drv.hash_part());
        Ok(Self(Hash::sha256(text.as_bytes())))
    }

    /// For an output of a derivation that is itself an output which `self` stands for.
    #[must_use]
    pub fn of_nested_output(&self, output: &str) -> Self {
        let part: [u8; 20] = compress(self.0.digest());
        let text = format!("nix-computed-output:{}:{output}", nix32::encode(&part));
        Self(Hash::sha256(text.as_bytes()))
    }

    /// The text that stands in strings.
    #[must_use]
    pub fn render(&self) -> String {
        format!("/{}", self.0.to_text(HashFormat::Nix32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Placeholders are those that Nix prints.
    #[test]
    fn placeholders_match_the_reference() -> Result<(), StorePathError> {
        assert_eq!(
            own_output("out"),
            "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
        );
        let drv = StorePath::from_base_name("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv")?;
        let placeholder = DownstreamPlaceholder::of_output(&drv, "out")?;
        assert_eq!(
            placeholder.render(),
            "/0c6rn30q4frawknapgwq386zq358m8r6msvywcvc89n6m5p2dgbz"
        );
        let drv = StorePath::from_base_name("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv.drv")?;
        let nested = DownstreamPlaceholder::of_output(&drv, "out")?.of_nested_output("out");
        assert_eq!(
            nested.render(),
            "/0gn6agqxjyyalf0dpihgyf49xq5hqxgw100f0wydnj6yqrhqsb3w"
        );
        Ok(())
    }
}
