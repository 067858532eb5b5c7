//! The text of derivations: an ATerm.

use super::{Derivation, DerivationError, InputOutputs, Output, STRUCTURED_ATTRS_VARIABLE};
use crate::hash::{Hash, encode_base16, print_base16};
use crate::store_path::{StoreDir, output_path_name};

impl Derivation {
    /// The text of the derivation's file.
    pub fn to_aterm(&self, store: &StoreDir) -> Result<Vec<u8>, DerivationError> {
        let mut text = Vec::with_capacity(self.text_len());
        self.print_head(store, false, &mut text)?;
        self.print_inputs(store, &mut text);
        self.print_tail(store, false, &mut text)?;
        Ok(text)
    }

    /// Some strings are written without escapes.
    fn check_plain_strings(&self) -> Result<(), DerivationError> {
        check_plain("system", &self.system)?;
        for name in self.outputs.keys() {
            check_plain("output name", name.as_bytes())?;
        }
        self.input_drvs.values().try_for_each(check_input)
    }

    /// About as many bytes as the text will have.
    pub(super) fn text_len(&self) -> usize {
        const PATH_LEN: usize = 120;
        let paths = self.outputs.len() + self.input_drvs.len() + self.input_srcs.len();
        let args: usize = self.args.iter().map(|arg| arg.len() + 8).sum();
        let env: usize = self
            .env
            .iter()
            .map(|(name, value)| name.len() + value.len() + 16)
            .sum();
        let attrs = self
            .structured_attrs
            .as_ref()
            .map_or(0, |attrs| attrs.as_str().len() * 9 / 8);
        256 + paths * PATH_LEN + args + env + attrs
    }

    /// Appends all that precedes the input derivations; with `mask`, output paths are empty.
    pub(super) fn print_head(
        &self,
        store: &StoreDir,
        mask: bool,
        text: &mut Vec<u8>,
    ) -> Result<(), DerivationError> {
        self.check_plain_strings()?;
        text.extend_from_slice(if self.has_dynamic_inputs() {
            b"DrvWithVersion(\"xp-dyn-drv\",["
        } else {
            b"Derive(["
        });
        self.print_outputs(store, mask, text)?;
        text.extend_from_slice(b"],[");
        Ok(())
    }

    /// Appends the input derivations, separated by commas.
    pub(super) fn print_inputs(&self, store: &StoreDir, text: &mut Vec<u8>) {
        print_list(text, &self.input_drvs, |text, (path, outputs)| {
            text.push(b'(');
            print_store_path(text, store, path);
            print_input(text, outputs);
        });
    }

    /// Appends all that follows the input derivations; with `mask`, the variables of outputs are
    /// empty.
    pub(super) fn print_tail(
        &self,
        store: &StoreDir,
        mask: bool,
        text: &mut Vec<u8>,
    ) -> Result<(), DerivationError> {
        text.extend_from_slice(b"],[");
        print_list(text, &self.input_srcs, |text, path| {
            print_store_path(text, store, path);
        });
        text.extend_from_slice(b"],");
        print_plain(text, &self.system);
        text.push(b',');
        print_string(text, &self.builder);
        text.extend_from_slice(b",[");
        print_list(text, &self.args, |text, arg| print_string(text, arg));
        text.extend_from_slice(b"],[");
        self.print_env(mask, text)?;
        text.extend_from_slice(b"])");
        Ok(())
    }

    fn print_outputs(
        &self,
        store: &StoreDir,
        mask: bool,
        text: &mut Vec<u8>,
    ) -> Result<(), DerivationError> {
        let mut failure = None;
        print_list(text, &self.outputs, |text, (name, output)| {
            let fields =
                OutputFields::of(output, store, &self.name, name).unwrap_or_else(|error| {
                    failure = Some(error);
                    OutputFields::default()
                });
            let path = if mask { "" } else { &fields.path };
            text.push(b'(');
            print_list(
                text,
                [name, path, &fields.method_algorithm, &fields.hash],
                |text, field| {
                    print_plain(text, field.as_bytes());
                },
            );
            text.push(b')');
        });
        failure.map_or(Ok(()), Err)
    }

    fn print_env(&self, mask: bool, text: &mut Vec<u8>) -> Result<(), DerivationError> {
        if self.env.contains_key(STRUCTURED_ATTRS_VARIABLE) {
            return Err(DerivationError::VariableReserved);
        }
        let own = self
            .env
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()));
        let attrs = self
            .structured_attrs
            .iter()
            .map(|attrs| (STRUCTURED_ATTRS_VARIABLE, attrs.as_str().as_bytes()));
        let before = own
            .clone()
            .take_while(|(name, _)| *name < STRUCTURED_ATTRS_VARIABLE);
        let after = own.skip_while(|(name, _)| *name < STRUCTURED_ATTRS_VARIABLE);
        print_list(
            text,
            before.chain(attrs).chain(after),
            |text, (name, value)| {
                let is_output =
                    || str::from_utf8(name).is_ok_and(|name| self.outputs.contains_key(name));
                let value = if mask && is_output() { b"" } else { value };
                text.push(b'(');
                print_string(text, name);
                text.push(b',');
                print_string(text, value);
                text.push(b')');
            },
        );
        Ok(())
    }
}

/// The three fields of an output after its name.
#[derive(Default)]
pub(super) struct OutputFields {
    pub(super) path: String,
    pub(super) method_algorithm: String,
    pub(super) hash: String,
}

impl OutputFields {
    pub(super) fn of(
        output: &Output,
        store: &StoreDir,
        drv_name: &str,
        name: &str,
    ) -> Result<Self, DerivationError> {
        let mut fields = Self::default();
        match output {
            Output::InputAddressed(path) => fields.path = store.print(path),
            Output::Fixed(address) => {
                let path_name = output_path_name(drv_name, name);
                fields.path = store.print(&store.make_fixed_output_path(&path_name, address)?);
                fields.method_algorithm = address.method_algorithm();
                fields.hash = encode_base16(address.hash.digest());
            }
            Output::Floating { method, algorithm } => {
                fields.method_algorithm = format!("{}{algorithm}", method.prefix());
            }
            Output::Impure { method, algorithm } => {
                fields.method_algorithm = format!("{}{algorithm}", method.prefix());
                "impure".clone_into(&mut fields.hash);
            }
            Output::Deferred => {}
        }
        Ok(fields)
    }
}

/// Appends hashes in place of input derivations, with the outputs that are needed of each; they are
/// sorted by hash and output.
pub(super) fn print_hashes(hashes: &[(Hash, &str)], text: &mut Vec<u8>) {
    let by_hash = hashes.chunk_by(|(one, _), (other, _)| one == other);
    print_list(text, by_hash, |text, group| {
        text.extend_from_slice(b"(\"");
        print_base16(group[0].0.digest(), text);
        text.extend_from_slice(b"\",");
        print_plain_list(text, group.iter().map(|(_, output)| output));
        text.push(b')');
    });
}

fn check_plain(what: &'static str, string: &[u8]) -> Result<(), DerivationError> {
    if !string.iter().any(|byte| matches!(byte, b'"' | b'\\')) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(string).into_owned();
    Err(DerivationError::Unprintable { what, text })
}

fn check_input(input: &InputOutputs) -> Result<(), DerivationError> {
    for name in input.outputs.iter().chain(input.dynamic.keys()) {
        check_plain("output name", name.as_bytes())?;
    }
    input.dynamic.values().try_for_each(check_input)
}

/// What follows an input's path, up to and with the closing parenthesis.
fn print_input(text: &mut Vec<u8>, input: &InputOutputs) {
    text.push(b',');
    if input.dynamic.is_empty() {
        print_plain_list(text, &input.outputs);
    } else {
        text.push(b'(');
        print_plain_list(text, &input.outputs);
        text.extend_from_slice(b",[");
        print_list(text, &input.dynamic, |text, (name, nested)| {
            text.push(b'(');
            print_plain(text, name.as_bytes());
            print_input(text, nested);
        });
        text.extend_from_slice(b"])");
    }
    text.push(b')');
}

fn print_list<I: IntoIterator>(
    text: &mut Vec<u8>,
    items: I,
    mut print_item: impl FnMut(&mut Vec<u8>, I::Item),
) {
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            text.push(b',');
        }
        print_item(text, item);
    }
}

fn print_plain_list<S: AsRef<str>>(text: &mut Vec<u8>, items: impl IntoIterator<Item = S>) {
    text.push(b'[');
    print_list(text, items, |text, item| {
        print_plain(text, item.as_ref().as_bytes());
    });
    text.push(b']');
}

fn print_store_path(text: &mut Vec<u8>, store: &StoreDir, path: &str) {
    text.push(b'"');
    text.extend_from_slice(store.as_str().as_bytes());
    text.push(b'/');
    text.extend_from_slice(path.as_bytes());
    text.push(b'"');
}

fn print_plain(text: &mut Vec<u8>, string: &[u8]) {
    text.push(b'"');
    text.extend_from_slice(string);
    text.push(b'"');
}

/// What follows the backslash of a byte that is escaped; 0 for others.
const fn escape(byte: u8) -> u8 {
    match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => 0,
    }
}

/// Bytes that are looked at together, which takes no longer than one by itself.
const GROUP_LEN: usize = 32;

fn print_string(text: &mut Vec<u8>, string: &[u8]) {
    text.reserve(string.len() + 2);
    text.push(b'"');
    for group in string.chunks(GROUP_LEN) {
        // Without an early exit, so that it compiles to vector instructions.
        if group
            .iter()
            .fold(false, |found, &byte| found | (escape(byte) != 0))
        {
            for &byte in group {
                match escape(byte) {
                    0 => text.push(byte),
                    letter => text.extend_from_slice(&[b'\\', letter]),
                }
            }
        } else {
            text.extend_from_slice(group);
        }
    }
    text.push(b'"');
}
