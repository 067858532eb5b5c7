//! Code that the debugger follows.

use syntax::position::Pos;

use super::scope::{Frame, Scope};
use super::{Code, Compiler};
use crate::code::{Name, Traced, TracedKind};

impl Compiler<'_> {
    /// Code as a step of its own, if it can fail or call.
    pub(super) fn followed(&mut self, code: Code, scope: &Scope<'_>, frame: &Frame) -> Code {
        let kind = match &code {
            Code::Call(_) | Code::Arithmetic { .. } => TracedKind::Call,
            Code::Select(select) => TracedKind::Attribute(self.path_text(select.path)),
            Code::Dynamic(_)
            | Code::HasAttr(_)
            | Code::If(_)
            | Code::Assert(_)
            | Code::Not { .. }
            | Code::Binary { .. }
            | Code::Concat(_) => TracedKind::Hidden,
            _ => return code,
        };
        let pos = code.position(Pos::NONE);
        self.step(kind, pos, code, scope, frame)
    }

    /// A step that runs `body`; the body itself without a debugger.
    pub(super) fn step(
        &mut self,
        kind: TracedKind,
        pos: Pos,
        body: Code,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Code {
        if !self.is_debugged {
            return body;
        }
        Code::Traced(self.arena.alloc(Traced {
            kind,
            pos,
            level: frame.level(),
            names: scope.names(),
            body,
        }))
    }

    fn path_text(&self, path: &[Name]) -> &'static str {
        let names = path.iter().map(|name| match name {
            Name::Static(symbol) => {
                String::from_utf8_lossy(self.symbols.text(*symbol)).into_owned()
            }
            Name::Dynamic(_, _, text) => format!("${{{text}}}"),
        });
        self.arena.alloc_str(&names.collect::<Vec<_>>().join("."))
    }
}
