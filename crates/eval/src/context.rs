//! Context elements: what a string refers to in the store.

use formats::store_path::{StoreDir, StorePath};
use rustc_hash::FxHashMap;

/// One element of a string's context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Element {
    /// A store path as it is.
    Path(StorePath),
    /// A derivation, with its whole closure and all outputs.
    DrvDeep(StorePath),
    /// An output of a derivation; the derivation may itself be an output.
    Built {
        drv: Box<DerivedPath>,
        output: String,
    },
}

/// A store path or what a build makes of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DerivedPath {
    /// A store path.
    Path(StorePath),
    /// An output of a derivation.
    Built {
        drv: Box<DerivedPath>,
        output: String,
    },
}

impl DerivedPath {
    /// `path` or `path^output`.
    pub(crate) fn display(&self, store: &StoreDir) -> String {
        match self {
            DerivedPath::Path(path) => store.print(path),
            DerivedPath::Built { drv, output } => format!("{}^{output}", drv.display(store)),
        }
    }
}

impl Element {
    /// `name`, `=name`, `!output!name`, with the base names of store paths: the form in which contexts are stored.
    pub(crate) fn encode(&self) -> String {
        fn append(text: &mut String, drv: &DerivedPath) {
            match drv {
                DerivedPath::Path(path) => text.push_str(path.as_str()),
                DerivedPath::Built { drv, output } => {
                    text.push_str(output);
                    text.push('!');
                    append(text, drv);
                }
            }
        }
        match self {
            Element::Path(path) => path.as_str().to_owned(),
            Element::DrvDeep(path) => format!("={}", path.as_str()),
            Element::Built { drv, output } => {
                let mut text = format!("!{output}!");
                append(&mut text, drv);
                text
            }
        }
    }

    /// `path`, `path (deep)`, `path^output`: what messages show.
    pub(crate) fn display(&self, store: &StoreDir) -> String {
        match self {
            Element::Path(path) => store.print(path),
            Element::DrvDeep(path) => format!("{} (deep)", store.print(path)),
            Element::Built { drv, output } => format!("{}^{output}", drv.display(store)),
        }
    }
}

/// Numbers for context elements, so that contexts are small and quick to unite.
#[derive(Default)]
pub(crate) struct ContextTable {
    numbers: FxHashMap<Element, u32>,
    elements: Vec<Element>,
}

impl ContextTable {
    pub(crate) fn number(&mut self, element: Element) -> u32 {
        if let Some(number) = self.numbers.get(&element) {
            return *number;
        }
        let number = self.elements.len() as u32;
        self.elements.push(element.clone());
        self.numbers.insert(element, number);
        number
    }

    pub(crate) fn element(&self, number: u32) -> &Element {
        &self.elements[number as usize]
    }
}

/// Unites two sorted lists of numbers.
pub(crate) fn unite(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut united = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        united.push(a.min(b));
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    united.extend_from_slice(&left[i..]);
    united.extend_from_slice(&right[j..]);
    united
}
