//! What an evaluator is told when it is made.

/// Settings of an evaluator, under the names that `nix.conf` has for them where it has any.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Settings {
    /// The logical store directory.
    pub store_dir: String,
    /// The value of `builtins.currentSystem`.
    pub system: String,
    /// Entries of the lookup path: prefix and value.
    pub lookup_path: Vec<(String, String)>,
    /// Pure evaluation: nothing that is not given or pinned by a hash can be read.
    pub pure: bool,
    /// Restricted evaluation: only the lookup path and allowed URIs can be read.
    pub restricted: bool,
    /// Paths that pure and restricted evaluation may read.
    pub allowed_paths: Vec<Vec<u8>>,
    /// Prefixes of URIs that restricted evaluation may fetch.
    pub allowed_uris: Vec<String>,
    /// Names of the experimental features that are on.
    pub experimental_features: Vec<String>,
    /// How deeply calls may be nested.
    pub max_call_depth: usize,
    /// How many bytes values may take.
    pub max_heap_bytes: usize,
    /// Whether derivations are only hashed, not written.
    pub read_only: bool,
    /// Whether importing from derivations is allowed.
    pub import_from_derivation: bool,
    /// The value of `builtins.currentTime`.
    pub current_time: i64,
    /// Whether `builtins.traceVerbose` prints.
    pub trace_verbose: bool,
    /// Whether each call is reported as it begins and ends.
    pub trace_function_calls: bool,
    /// Whether `builtins.warn` ends the evaluation.
    pub abort_on_warn: bool,
    /// Whether traces name every function call.
    pub show_trace: bool,
    /// What the debugger does.
    pub debugging: Debugging,
    /// The directory that relative paths given by the user start from.
    pub current_dir: Vec<u8>,
    /// What `~` stands for.
    pub home: Option<Vec<u8>>,
    /// What the syntax accepts.
    pub syntax: syntax::parser::Options,
}

/// Settings of the debugger.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Debugging {
    /// Whether there is one: code is followed step by step.
    pub is_on: bool,
    /// Whether errors inside `tryEval` are passed over.
    pub ignores_tries: bool,
    /// Whether `builtins.trace` and `builtins.warn` are stops.
    pub stops_at_trace: bool,
    /// Whether `builtins.warn` is a stop.
    pub stops_at_warn: bool,
}

impl Settings {
    /// What pure and restricted evaluation may read from the start. Entries of the lookup path that have to be fetched
    /// may be read once they are.
    pub(crate) fn readable_paths(&self) -> impl Iterator<Item = Vec<u8>> {
        let entries = self
            .lookup_path
            .iter()
            .filter(|_| self.restricted && !self.pure);
        let is_path = |value: &&String| !value.contains(':');
        let folders = entries
            .map(|(_, value)| value)
            .filter(is_path)
            .map(|value| crate::path::join(&self.current_dir, value.as_bytes()));
        self.allowed_paths.iter().cloned().chain(folders)
    }

    /// Whether an experimental feature is on.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.experimental_features
            .iter()
            .any(|feature| feature == name)
    }
}
