//! What a set holds, asked in one go: a call to the evaluator's thread costs more than evaluating a package's name.

use eval::error::Res;
use eval::{Evaluator, Handle, Type};

/// What an attribute is to a search for packages.
pub(super) enum Kind {
    Derivation,
    /// A set that wants to be searched, by `recurseForDerivations`.
    Searched,
    Other,
    /// Its evaluation failed: asking for it again tells how.
    Failed,
}

impl Kind {
    /// The word that Python knows it by.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Kind::Derivation => "derivation",
            Kind::Searched => "searched",
            Kind::Other => "other",
            Kind::Failed => "failed",
        }
    }
}

/// One attribute of a set.
pub(super) struct Surveyed {
    pub(super) kind: Kind,
    /// As `Evaluator::identity` says; 0 for what is neither a derivation nor searched.
    pub(super) identity: u64,
    /// Of a derivation, the strings at the paths that were asked for.
    pub(super) texts: Vec<Option<Vec<u8>>>,
    pub(super) handle: Option<Handle>,
}

/// Looks at these attributes of a set. Raises only when the value is no set.
pub(super) fn survey(
    ev: &mut Evaluator,
    set: &Handle,
    names: &[String],
    paths: &[Vec<String>],
) -> Res<Vec<Surveyed>> {
    names
        .iter()
        .map(|name| {
            let handle = ev.attr(set, name.as_bytes())?.map(|(handle, _)| handle);
            Ok(look(ev, handle, paths))
        })
        .collect()
}

fn look(ev: &mut Evaluator, handle: Option<Handle>, paths: &[Vec<String>]) -> Surveyed {
    let mut found = Surveyed {
        kind: Kind::Other,
        identity: 0,
        texts: Vec::new(),
        handle,
    };
    if let Some(handle) = &found.handle {
        found.kind = kind_of(ev, handle).unwrap_or(Kind::Failed);
        if matches!(found.kind, Kind::Derivation | Kind::Searched) {
            found.identity = ev.identity(handle).unwrap_or_default();
        }
        if matches!(found.kind, Kind::Derivation) {
            match paths.iter().map(|path| text_at(ev, handle, path)).collect() {
                Ok(texts) => found.texts = texts,
                Err(_) => found.kind = Kind::Failed,
            }
        }
    }
    found
}

fn kind_of(ev: &mut Evaluator, handle: &Handle) -> Res<Kind> {
    if ev.is_derivation_value(handle)? {
        return Ok(Kind::Derivation);
    }
    if !matches!(ev.type_of(handle)?, Type::Attrs) {
        return Ok(Kind::Other);
    }
    let Some((wish, _)) = ev.attr(handle, b"recurseForDerivations")? else {
        return Ok(Kind::Other);
    };
    let answer = ev.scalar(&wish);
    ev.release(wish);
    Ok(match answer? {
        Some(eval::Scalar::Bool(true)) => Kind::Searched,
        Some(eval::Scalar::Bool(false)) => Kind::Other,
        _ => Kind::Failed,
    })
}

/// The string at an attribute path; none where there is no such attribute, or something else.
fn text_at(ev: &mut Evaluator, handle: &Handle, path: &[String]) -> Res<Option<Vec<u8>>> {
    let mut current = ev.share(handle);
    for name in path {
        let next = match ev.type_of(&current) {
            Ok(Type::Attrs) => ev.attr(&current, name.as_bytes()),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        ev.release(current);
        match next? {
            Some((found, _)) => current = found,
            None => return Ok(None),
        }
    }
    let scalar = ev.scalar(&current);
    ev.release(current);
    Ok(match scalar? {
        Some(eval::Scalar::String(text)) => Some(text),
        _ => None,
    })
}
