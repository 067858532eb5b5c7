//! Derivations of every kind, as Nix 2.34 instantiated them from `data/derivations.nix`, are read,
//! written, shown and hashed as it does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use formats::derivation::{Derivation, DerivationError, ModuloHash, Output};
use formats::json;
use formats::store_path::{StoreDir, StorePath};
use serde_json::Value;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn store() -> StoreDir {
    StoreDir::default()
}

fn reference_texts() -> Outcome<Vec<(StorePath, Vec<u8>)>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(data().join("derivations"))? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap_or_default();
        texts.push((StorePath::from_base_name(name)?, fs::read(entry.path())?));
    }
    texts.sort();
    assert_eq!(texts.len(), 23, "the reference data is complete");
    Ok(texts)
}

fn reference_derivations() -> Outcome<BTreeMap<StorePath, Derivation>> {
    let mut drvs = BTreeMap::new();
    for (path, text) in reference_texts()? {
        let drv = Derivation::parse(&text, path.drv_name()?, &store())?;
        drvs.insert(path, drv);
    }
    Ok(drvs)
}

/// Hashes with inputs looked up among the reference derivations.
fn modulo(
    drvs: &BTreeMap<StorePath, Derivation>,
    path: &StorePath,
) -> Result<ModuloHash, DerivationError> {
    drvs[path].hash_modulo(&store(), false, |input| modulo(drvs, input))
}

/// What was parsed prints to the same bytes, and belongs at the path it was found at.
#[test]
fn texts_round_trip() -> Outcome {
    for (path, text) in reference_texts()? {
        let drv = Derivation::parse(&text, path.drv_name()?, &store())?;
        assert_eq!(
            String::from_utf8_lossy(&drv.to_aterm(&store())?),
            String::from_utf8_lossy(&text)
        );
        assert_eq!(drv.store_path(&store())?, path);
    }
    Ok(())
}

/// Output paths that are taken away come back the same, and so do the derivation's path and text.
#[test]
fn output_paths_are_recomputed() -> Outcome {
    let drvs = reference_derivations()?;
    for (path, text) in reference_texts()? {
        let drv = &drvs[&path];
        drv.check_output_paths(&store(), |input| modulo(&drvs, input))?;
        let mut blank = drv.clone();
        for (name, output) in &mut blank.outputs {
            if matches!(output, Output::InputAddressed(_) | Output::Fixed(_)) {
                blank.env.insert(name.clone().into_bytes(), Vec::new());
            }
            if matches!(output, Output::InputAddressed(_)) {
                *output = Output::Deferred;
            }
        }
        let made = blank.instantiate(&store(), |input| modulo(&drvs, input))?;
        assert_eq!(made.path, path);
        assert_eq!(made.text, text);
        assert_eq!(&blank, drv);
        assert_eq!(made.modulo, modulo(&drvs, &path)?);
    }
    Ok(())
}

/// Exactly those derivations are deferred whose paths depend on a build.
#[test]
fn deferred_derivations_are_known() -> Outcome {
    let drvs = reference_derivations()?;
    let mut deferred: Vec<&str> = Vec::new();
    for (path, drv) in &drvs {
        if modulo(&drvs, path)?.is_deferred() {
            deferred.push(&drv.name);
        }
    }
    deferred.sort_unstable();
    let expected = [
        "deferred",
        "deferred2",
        "dyn.drv",
        "dynamic",
        "dynamic2",
        "floating",
        "floating-flat",
        "impure",
    ];
    assert_eq!(deferred, expected);
    Ok(())
}

/// The JSON is that of `nix derivation show`, and reads back to the same derivation.
#[test]
fn json_matches_the_reference() -> Outcome {
    let shown: Value = serde_json::from_slice(&fs::read(data().join("derivations.json"))?)?;
    let drvs = reference_derivations()?;
    let mut ours = serde_json::Map::new();
    for (path, drv) in &drvs {
        let value = drv.to_json()?;
        assert_eq!(&Derivation::from_json(&value)?, drv);
        ours.insert(path.to_string(), value);
    }
    assert_eq!(
        json::to_text(&Value::Object(ours)),
        json::to_text(&shown["derivations"])
    );
    Ok(())
}

/// A derivation from JSON without output paths and variables gets them.
#[test]
fn missing_variables_are_added() -> Outcome {
    let mut drv = Derivation::new("x");
    drv.system = b"x86_64-linux".to_vec();
    drv.builder = b"/bin/sh".to_vec();
    drv.outputs.insert("out".to_owned(), Output::Deferred);
    let made = drv.instantiate(&store(), |_| Err(DerivationError::NoOutputs))?;
    assert_eq!(made.path.as_str(), "cqhjnx97d811xgyk8xlx4pyvg1cvlaga-x.drv");
    assert!(drv.env.contains_key(b"out".as_slice()));
    Ok(())
}

/// A path or variable that is wrong, missing or not knowable is refused in Nix's words.
#[test]
fn wrong_output_paths_are_refused() -> Outcome {
    let drvs = reference_derivations()?;
    let named = |name: &str| drvs.values().find(|drv| drv.name == name).cloned();
    let check = |drv: &Derivation| {
        drv.check_output_paths(&store(), |input| modulo(&drvs, input))
            .map_err(|error| error.to_string())
    };
    let plain = named("plain").ok_or("no such derivation")?;
    let right = "/nix/store/1zkwffb1nv1a51f4rk2758csq9msmm8h-plain";

    let mut drv = plain.clone();
    drv.env.insert(b"out".to_vec(), b"/x".to_vec());
    let message = format!(
        "derivation has incorrect environment variable 'out', should be '{right}' \
         but is actually '/x'"
    );
    assert_eq!(check(&drv), Err(message));

    let mut fixed = named("fixed-flat").ok_or("no such derivation")?;
    fixed.env.remove(b"out".as_slice());
    let message = "derivation has missing environment variable 'out', should be \
                   '/nix/store/zk8hh60hfj2k3vbpl8lwb1n6q14cmfra-fixed-flat' but is not present";
    assert_eq!(check(&fixed), Err(message.to_owned()));

    let other = StorePath::from_base_name("1zkwffb1nv1a51f4rk2758csq9msmm8g-plain")?;
    let mut drv = plain;
    drv.outputs
        .insert("out".to_owned(), Output::InputAddressed(other.clone()));
    let message = format!(
        "derivation has incorrect output '{}', should be '{right}'",
        store().print(&other)
    );
    assert_eq!(check(&drv), Err(message));

    let mut drv = named("deferred2").ok_or("no such derivation")?;
    drv.outputs
        .insert("out".to_owned(), Output::InputAddressed(other.clone()));
    let message = format!(
        "derivation has incorrect output '{}', should be deferred",
        store().print(&other)
    );
    assert_eq!(check(&drv), Err(message));
    Ok(())
}
