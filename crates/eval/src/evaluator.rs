//! The evaluator: its state, and what outlives a single evaluation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bumpalo::Bump;
use formats::store_path::{StoreDir, StorePath};
use rustc_hash::FxHashMap;
use syntax::position::{Origin, Pos, SourceMap};
use syntax::symbol::{Symbol, SymbolTable};

use crate::builtins::Builtin;
use crate::code::Code;
use crate::compile::{Compiler, Globals, Program};
use crate::context::ContextTable;
use crate::debug::Debugger;
use crate::error::{Error, ErrorKind, Res};
use crate::failures::Failures;
use crate::heap::{Heap, HeapStatistics};
use crate::host::{Io, Store};
use crate::names::Names;
use crate::roots::Roots;
use crate::settings::Settings;
use crate::value::{Attrs, AttrsBuilder, Context, Env, List, Str, Thunk, Value};

/// An evaluator of Nix expressions.
///
/// It is tied to the thread that it was made on, whose stack it watches.
pub struct Evaluator {
    pub(crate) heap: Heap,
    pub(crate) symbols: SymbolTable,
    pub(crate) sources: SourceMap,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
    pub(crate) io: Box<dyn Io>,
    pub(crate) store: Box<dyn Store>,
    pub(crate) contexts: ContextTable,
    pub(crate) builtins: Vec<Builtin>,
    /// What names outside any source mean.
    pub(crate) base: FxHashMap<Symbol, Value>,
    /// The set `builtins`.
    pub(crate) builtins_set: Value,
    pub(crate) empty_list: Value,
    pub(crate) empty_attrs: Value,
    /// Sources that were copied to the store already: path → store path.
    pub(crate) copied_sources: FxHashMap<Vec<u8>, StorePath>,
    pub(crate) store_dir: StoreDir,
    /// What pure and restricted evaluation may read.
    pub(crate) allowed_paths: BTreeSet<Vec<u8>>,
    pub(crate) derivations: crate::builtins::DerivationMemo,
    pub(crate) regexes: crate::builtins::RegexCache,
    /// Files that were imported: canonical path → value or thunk.
    pub(crate) files: FxHashMap<Vec<u8>, Value>,
    /// Where imports lead: path as given → file.
    pub(crate) import_targets: FxHashMap<Vec<u8>, Vec<u8>>,
    pub(crate) lookup_results: FxHashMap<Vec<u8>, Option<Vec<u8>>>,
    pub(crate) roots: Roots,
    pub(crate) failures: Failures,
    pub(crate) debugger: Debugger,
    /// Names as strings, by symbol; forgotten by a collection.
    name_strings: Vec<Value>,
    pub(crate) function_calls: u64,
    /// The range of positions of code that belongs to the language itself.
    pub(crate) internal: std::ops::Range<u32>,
    /// Values that code refers to.
    constants: Vec<Value>,
    code: CodeArena,
    /// The heap size at which a pause between two evaluations is used for a collection.
    collect_at: usize,
    call_depth: usize,
    stack_limit: usize,
    pub(crate) interrupt: Arc<AtomicBool>,
}

/// The memory of all code.
struct CodeArena(&'static Bump);

impl Default for CodeArena {
    fn default() -> Self {
        CodeArena(Box::leak(Box::new(Bump::new())))
    }
}

impl Drop for CodeArena {
    #[expect(unsafe_code, reason = "takes back the box that `default` leaked")]
    fn drop(&mut self) {
        // SAFETY: the reference came from a leaked box; every value that refers to code dies with the evaluator.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(self.0).cast_mut()) });
    }
}

/// Heaps smaller than this are not worth collecting.
const FIRST_COLLECTION: usize = 256 * 1024 * 1024;

/// How much of the stack is kept for finishing an error.
const STACK_RESERVE: usize = 256 * 1024;

impl Evaluator {
    /// An evaluator for the current thread, of whose stack `stack_bytes` are left.
    #[must_use]
    pub fn new(
        mut settings: Settings,
        io: Box<dyn Io>,
        store: Box<dyn Store>,
        stack_bytes: usize,
    ) -> Evaluator {
        settings.home.take_if(|_| settings.pure);
        let interrupt = Arc::<AtomicBool>::default();
        let collect_at = FIRST_COLLECTION.min(settings.max_heap_bytes / 2);
        let mut heap = Heap::new(settings.max_heap_bytes, Arc::clone(&interrupt));
        let mut symbols = SymbolTable::new();
        let names = Names::new(&mut symbols);
        let empty_list = List::new(&mut heap, 0).value();
        let empty_attrs = AttrsBuilder::default().finish(&mut heap).value();
        let mut evaluator = Evaluator {
            heap,
            symbols,
            sources: SourceMap::default(),
            names,
            allowed_paths: settings.readable_paths().collect(),
            store_dir: StoreDir::new(&settings.store_dir),
            settings,
            io,
            store,
            contexts: ContextTable::default(),
            builtins: Vec::new(),
            base: FxHashMap::default(),
            builtins_set: empty_attrs,
            empty_list,
            empty_attrs,
            copied_sources: FxHashMap::default(),
            derivations: crate::builtins::DerivationMemo::default(),
            regexes: crate::builtins::RegexCache::default(),
            files: FxHashMap::default(),
            import_targets: FxHashMap::default(),
            lookup_results: FxHashMap::default(),
            roots: Roots::default(),
            failures: Failures::default(),
            debugger: Debugger::default(),
            name_strings: Vec::new(),
            function_calls: 0,
            internal: 0..0,
            constants: Vec::new(),
            code: CodeArena::default(),
            collect_at,
            call_depth: 0,
            stack_limit: stack_position().saturating_sub(stack_bytes.saturating_sub(STACK_RESERVE)),
            interrupt,
        };
        let stop = Arc::clone(&evaluator.interrupt);
        evaluator.regexes.scratch.stop_with(stop);
        crate::builtins::install(&mut evaluator);
        evaluator
    }

    /// Setting the flag ends the evaluation that is running.
    #[must_use]
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupt)
    }

    /// Counts a call; fails when calls are nested too deeply or the user wants to stop.
    #[inline(always)]
    pub(crate) fn enter(&mut self, pos: Pos) -> Res<()> {
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().at(pos));
        }
        self.check_stack()?;
        self.check_interrupt()?;
        self.call_depth += 1;
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn leave(&mut self) {
        self.call_depth -= 1;
    }

    /// Fails when the native stack is nearly used up.
    #[inline(always)]
    pub(crate) fn check_stack(&self) -> Res<()> {
        if stack_position() < self.stack_limit {
            Err(stack_overflow())
        } else {
            Ok(())
        }
    }

    /// Fails when the user wants to stop.
    #[inline(always)]
    pub(crate) fn check_interrupt(&mut self) -> Res<()> {
        if self.interrupt.load(Ordering::Relaxed) {
            self.interrupted()
        } else {
            Ok(())
        }
    }

    #[cold]
    fn interrupted(&mut self) -> Res<()> {
        if self.heap.is_full() {
            return Err(self.out_of_memory());
        }
        self.interrupt.store(false, Ordering::Relaxed);
        if self.store.is_interrupted()? {
            return Err(Error::new(
                ErrorKind::Interrupted,
                "interrupted by the user",
            ));
        }
        Ok(())
    }

    /// Fails unless the heap has room for `bytes` more: for what builtins collect before it becomes a value, which the
    /// heap does not see.
    #[inline(always)]
    pub(crate) fn check_room(&self, bytes: usize) -> Res<()> {
        if bytes > self.heap.room() {
            return Err(self.out_of_memory());
        }
        Ok(())
    }

    #[cold]
    fn out_of_memory(&self) -> Error {
        let limit = self.settings.max_heap_bytes / (1024 * 1024);
        Error::eval(format!(
            "out of memory: the values of this evaluation take more than {limit} MiB"
        ))
    }

    /// Parses text and resolves its names. `extra` holds names that hide the builtins.
    pub(crate) fn compile(
        &mut self,
        text: Vec<u8>,
        origin: Origin,
        base_dir: &[u8],
        extra: Option<&dyn Fn(Symbol) -> Option<Value>>,
    ) -> Res<Program> {
        let arena = Bump::new();
        let expr = self.parse(&arena, text, origin, base_dir)?;
        self.compile_tree(expr, extra)
    }

    /// Resolves the names of a syntax tree.
    pub(crate) fn compile_tree(
        &mut self,
        expr: syntax::ast::ExprRef<'_>,
        extra: Option<&dyn Fn(Symbol) -> Option<Value>>,
    ) -> Res<Program> {
        let compiler = Compiler {
            arena: self.code.0,
            heap: &mut self.heap,
            constants: &mut self.constants,
            symbols: &self.symbols,
            globals: Globals {
                base: &self.base,
                extra,
            },
            names: &self.names,
            stack_limit: self.stack_limit,
            stop: &self.interrupt,
            is_debugged: self.settings.debugging.is_on,
        };
        let program = compiler.program(expr);
        self.check_interrupt()?;
        program
    }

    /// A program as a thunk.
    pub(crate) fn suspend(&mut self, program: Program) -> Value {
        let code = self.code.0.alloc(Code::Frame {
            size: program.frame,
            body: program.code,
        });
        Thunk::suspend(&mut self.heap, code, Env::EMPTY)
    }

    /// Frees the values that nothing refers to any more.
    ///
    /// # Panics
    /// When an evaluation is running: that is a mistake of the caller which would leave dangling values.
    pub fn collect_garbage(&mut self) {
        assert_eq!(
            self.call_depth, 0,
            "a collection must not happen during an evaluation"
        );
        self.name_strings.clear();
        let fixed = [self.builtins_set, self.empty_list, self.empty_attrs];
        let roots = fixed
            .into_iter()
            .chain(self.base.values().copied())
            .chain(self.files.values().copied())
            .chain(self.constants.iter().copied())
            .chain(self.roots.values())
            .map(Value::word)
            .collect::<Vec<u64>>();
        let mut live_failures = rustc_hash::FxHashSet::default();
        self.heap.collect(roots.into_iter(), &mut |number| {
            live_failures.insert(number);
        });
        self.failures.retain(&live_failures);
    }

    /// Collects garbage if the heap has grown to twice what the last collection left, or to half of what it may take.
    pub fn collect_if_grown(&mut self) {
        if self.heap.statistics().used > self.collect_at {
            self.collect_garbage();
            let most = self.settings.max_heap_bytes / 2;
            let used = self.heap.statistics().used;
            self.collect_at = (used * 2).max(FIRST_COLLECTION).min(most);
        }
    }

    /// How much memory the values take.
    #[must_use]
    pub fn heap_statistics(&self) -> HeapStatistics {
        self.heap.statistics()
    }

    /// Fails unless an experimental feature is on. `reason` says what needs it.
    pub(crate) fn require_feature(&self, feature: &str, reason: &str) -> Res<()> {
        if self.settings.has_feature(feature) {
            return Ok(());
        }
        Err(Self::feature_disabled(feature, reason))
    }

    pub(crate) fn feature_disabled(feature: &str, reason: &str) -> Error {
        let reason = if reason.is_empty() {
            String::new()
        } else {
            format!(" ({reason})")
        };
        Error::eval(format!(
            "experimental Nix feature '{feature}' is disabled{reason}; add '--extra-experimental-features {feature}' to enable it"
        ))
    }

    /// A position as messages show it.
    pub(crate) fn show_pos(&self, pos: Pos) -> String {
        match self.sources.locate(pos) {
            Some(location) => crate::render::location(&location),
            None => "«none»".to_owned(),
        }
    }

    /// Whether a position is in code that belongs to the language itself.
    pub(crate) fn is_internal(&self, pos: Pos) -> bool {
        self.internal.contains(&pos.0)
    }

    /// The text of a name as a string; one string for each name.
    pub(crate) fn symbol_value(&mut self, name: Symbol) -> Value {
        let index = name.0 as usize;
        if let Some(value) = self
            .name_strings
            .get(index)
            .filter(|value| !value.is_none())
        {
            return *value;
        }
        let value = Str::new(&mut self.heap, self.symbols.text(name), Context::EMPTY).value();
        if self.name_strings.len() <= index {
            self.name_strings
                .resize(self.symbols.len().max(index + 1), Value::NONE);
        }
        self.name_strings[index] = value;
        value
    }

    pub(crate) fn string(&mut self, text: &[u8]) -> Value {
        Str::new(&mut self.heap, text, Context::EMPTY).value()
    }

    /// A string that refers to the context elements of these numbers (sorted).
    pub(crate) fn string_with_context(&mut self, text: &[u8], elements: &[u32]) -> Value {
        let context = Context::new(&mut self.heap, elements);
        Str::new(&mut self.heap, text, context).value()
    }

    pub(crate) fn path_value(&mut self, path: &[u8]) -> Value {
        let text = Str::new(&mut self.heap, path, Context::EMPTY);
        Value::path(&mut self.heap, text)
    }

    pub(crate) fn make_attrs(&mut self, attrs: &[(Symbol, Value)]) -> Value {
        let mut builder = AttrsBuilder::with_capacity(attrs.len());
        for (name, value) in attrs {
            builder.add(*name, *value, Pos::NONE);
        }
        builder.finish(&mut self.heap).value()
    }

    /// A set without layers.
    pub(crate) fn flat(&mut self, attrs: Attrs) -> Attrs {
        attrs.flat(&mut self.heap)
    }

    /// The places of a flat set's attributes in the order of their names as text.
    pub(crate) fn ordered(&mut self, attrs: Attrs) -> &'static [u32] {
        attrs.keys().order(&mut self.heap, &self.symbols)
    }
}

#[cold]
pub(crate) fn stack_overflow() -> Error {
    Error::new(
        ErrorKind::StackOverflow,
        "stack overflow; max-call-depth exceeded",
    )
}

/// The address of the top of the native stack.
#[inline(always)]
pub(crate) fn stack_position() -> usize {
    let marker = 0u8;
    (&raw const marker).addr()
}
