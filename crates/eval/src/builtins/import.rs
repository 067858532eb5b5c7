//! `import` and its relatives.

use formats::store_path::StorePath;
use syntax::symbol::Symbol;

use super::paths::Links;
use super::{Definition, NOWHERE};
use crate::context::{DerivedPath, Element};
use crate::error::Res;
use crate::evaluator::Evaluator;
use crate::value::{AttrsBuilder, List, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "import",
        args: &["path"],
        doc: "The value of the Nix expression in the file *path*, or in `default.nix` of the directory *path*. Each file is evaluated once. If *path* belongs to a derivation, that is built first; the file of a derivation itself stands for that derivation.",
        run: |ev, args| {
            let path = ev.realise_path(args[0], Links::Keep)?;
            match ev.derivation_at(&path)? {
                Some(drv) => ev.import_derivation(&drv),
                None => ev.import(&path),
            }
        },
    },
    Definition {
        name: "scopedImport",
        args: &["scope", "path"],
        doc: "Like `import`, with the attributes of *scope* as additional variables; evaluated anew each time.",
        run: scoped_import,
    },
];

fn scoped_import(ev: &mut Evaluator, args: &[Value]) -> Res {
    let path = ev.realise_path(args[1], Links::Keep)?;
    if let Some(drv) = ev.derivation_at(&path)? {
        return ev.import_derivation(&drv);
    }
    let context = "while evaluating the first argument passed to builtins.scopedImport";
    let scope = ev.force_attrs(args[0], NOWHERE, context)?;
    let file = ev.import_target(&path)?;
    let lookup = |name: Symbol| scope.get(name);
    let value = ev.load(&file, Some(&lookup), false)?;
    ev.force(value, NOWHERE)
}

impl Evaluator {
    /// The derivation in the store that a path is the file of.
    fn derivation_at(&mut self, path: &[u8]) -> Res<Option<StorePath>> {
        if !path.ends_with(b".drv") {
            return Ok(None);
        }
        let Ok(drv) = self.store_dir.parse(&String::from_utf8_lossy(path)) else {
            return Ok(None);
        };
        Ok(if self.store.is_valid_path(&drv)? {
            Some(drv)
        } else {
            None
        })
    }

    fn import_derivation(&mut self, path: &StorePath) -> Res {
        let drv = self.read_derivation(path)?;
        let mut builder = AttrsBuilder::with_capacity(3 + drv.outputs.len());
        let text = self.store_dir.print(path);
        let number = self.contexts.number(Element::DrvDeep(path.clone()));
        let drv_path = self.string_with_context(text.as_bytes(), &[number]);
        builder.add(self.names.drv_path, drv_path, NOWHERE);
        let name = drv.env.get(&b"name"[..]).cloned().unwrap_or_default();
        let name = self.string(&name);
        builder.add(self.names.name, name, NOWHERE);
        let mut outputs = Vec::with_capacity(drv.outputs.len());
        for output in drv.outputs.keys() {
            outputs.push(self.string(output.as_bytes()));
            let value = self.output_value(DerivedPath::Path(path.clone()), output)?;
            builder.add(self.symbols.intern(output.as_bytes()), value, NOWHERE);
        }
        let outputs = List::from_slice(&mut self.heap, &outputs).value();
        builder.add(self.names.outputs, outputs, NOWHERE);
        let attrs = builder.finish(&mut self.heap).value();
        let function = self.internal_function(
            "imported-derivation.nix",
            include_str!("../internal/imported-derivation.nix"),
        )?;
        self.call(function, &[attrs], NOWHERE)
    }
}
