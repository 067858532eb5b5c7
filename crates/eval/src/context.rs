//! Context elements: what a string refers to in the store.

use rustc_hash::FxHashMap;

/// One element of a string's context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Element {
    /// A store path as it is.
    Path(String),
    /// A derivation, with its whole closure and all outputs.
    DrvDeep(String),
    /// An output of a derivation; the derivation may itself be an output.
    Built { drv: Box<DerivedPath>, output: String },
}

/// A store path or what a build makes of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DerivedPath {
    /// A store path.
    Path(String),
    /// An output of a derivation.
    Built { drv: Box<DerivedPath>, output: String },
}

impl DerivedPath {
    /// `path` or `path^output`.
    pub(crate) fn display(&self) -> String {
        match self {
            DerivedPath::Path(path) => path.clone(),
            DerivedPath::Built { drv, output } => format!("{}^{output}", drv.display()),
        }
    }
}

impl Element {
    /// The text form: `path`, `=path`, `!output!path`.
    pub(crate) fn encode(&self) -> String {
        fn append(text: &mut String, drv: &DerivedPath) {
            match drv {
                DerivedPath::Path(path) => text.push_str(path),
                DerivedPath::Built { drv, output } => {
                    text.push_str(output);
                    text.push('!');
                    append(text, drv);
                }
            }
        }
        match self {
            Element::Path(path) => path.clone(),
            Element::DrvDeep(path) => format!("={path}"),
            Element::Built { drv, output } => {
                let mut text = format!("!{output}!");
                append(&mut text, drv);
                text
            }
        }
    }

    pub(crate) fn display(&self) -> String {
        match self {
            Element::Path(path) => path.clone(),
            Element::DrvDeep(path) => format!("{path} (deep)"),
            Element::Built { drv, output } => format!("{}^{output}", drv.display()),
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

    /// An element as messages show it.
    pub(crate) fn display(&self, number: u32) -> String {
        self.element(number).display()
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
