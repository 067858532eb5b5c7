//! Values as XML.

use std::collections::BTreeSet;

use syntax::position::{Origin, Pos};

use crate::code::Param;
use crate::coerce::TextBuilder;
use crate::error::Res;
use crate::evaluator::Evaluator;
use crate::text::xml::XmlWriter;
use crate::value::{Attrs, Function, Type, Value};

impl Evaluator {
    /// Appends a value as an XML document.
    pub(crate) fn print_xml(
        &mut self,
        out: &mut TextBuilder,
        value: Value,
        strict: bool,
        locations: bool,
    ) -> Res<()> {
        let mut text = Vec::new();
        let mut context = TextBuilder::default();
        let mut printer = Printer {
            ev: self,
            doc: XmlWriter::new(&mut text),
            context: &mut context,
            drvs: BTreeSet::new(),
            strict,
            locations,
        };
        printer.doc.open("expr", &[]);
        printer.value(value, Pos::NONE)?;
        printer.doc.close();
        out.push(&text);
        out.add_elements(context.elements());
        Ok(())
    }
}

struct Printer<'p> {
    ev: &'p mut Evaluator,
    doc: XmlWriter<'p, 'static>,
    context: &'p mut TextBuilder,
    /// Derivations that were printed already.
    drvs: BTreeSet<Vec<u8>>,
    strict: bool,
    locations: bool,
}

impl Printer<'_> {
    fn value(&mut self, value: Value, pos: Pos) -> Res<()> {
        self.ev.check_room(self.doc.written().saturating_mul(3))?;
        self.ev.enter(pos)?;
        let forced = if self.strict {
            self.ev.force(value, pos)
        } else {
            Ok(value.resolved())
        };
        let result = forced.and_then(|value| self.forced(value, pos));
        self.ev.leave();
        result
    }

    fn forced(&mut self, value: Value, pos: Pos) -> Res<()> {
        let number;
        let (tag, text): (&str, &[u8]) = match value.kind() {
            Type::Int => {
                number = value.as_int().unwrap_or_default().to_string();
                ("int", number.as_bytes())
            }
            Type::Float => {
                let float = value.as_float().unwrap_or_default();
                number = crate::text::number::float_to_display(float);
                ("float", number.as_bytes())
            }
            Type::Bool => (
                "bool",
                if value == Value::TRUE {
                    b"true"
                } else {
                    b"false"
                },
            ),
            Type::String => {
                let Some(text) = value.as_string() else {
                    return Ok(());
                };
                self.ev.check_room(text.bytes().len().saturating_mul(6))?;
                self.context.add_context(text.context());
                ("string", text.bytes())
            }
            Type::Path => ("path", value.as_path().map_or(b"", |text| text.bytes())),
            Type::Null => {
                self.doc.empty("null", &[]);
                return Ok(());
            }
            Type::Thunk => {
                self.doc.empty("unevaluated", &[]);
                return Ok(());
            }
            Type::Attrs | Type::List | Type::Function => return self.compound(value, pos),
        };
        self.doc.empty(tag, &[("value", text)]);
        Ok(())
    }

    fn compound(&mut self, value: Value, pos: Pos) -> Res<()> {
        if let Some(attrs) = value.as_attrs() {
            if self.ev.is_derivation(value)? {
                return self.derivation(attrs);
            }
            self.doc.open("attrs", &[]);
            self.members(attrs)?;
            self.doc.close();
        } else if let Some(list) = value.as_list() {
            self.doc.open("list", &[]);
            for index in 0..list.len() {
                self.value(list.get(index), pos)?;
            }
            self.doc.close();
        } else if let Some(Function::Lambda(lambda, _, given)) = value.as_function() {
            self.lambda(lambda.param(given.len()));
        } else {
            self.doc.empty("unevaluated", &[]);
        }
        Ok(())
    }

    fn derivation(&mut self, attrs: Attrs) -> Res<()> {
        let mut known = Vec::new();
        let mut drv = Vec::new();
        let names = [
            ("drvPath", self.ev.names.drv_path),
            ("outPath", self.ev.names.out_path),
        ];
        for (key, name) in names {
            let Some((slot, pos)) = attrs.find(name) else {
                continue;
            };
            if self.strict {
                self.ev.force_slot(slot, pos)?;
            }
            if let Some(text) = slot.get().resolved().as_string() {
                if key == "drvPath" {
                    drv = text.bytes().to_vec();
                }
                known.push((key, text.bytes()));
            }
        }
        self.doc.open("derivation", &known);
        if !drv.is_empty() && self.drvs.insert(drv) {
            self.members(attrs)?;
        } else {
            self.doc.empty("repeated", &[]);
        }
        self.doc.close();
        Ok(())
    }

    fn members(&mut self, attrs: Attrs) -> Res<()> {
        let attrs = self.ev.flat(attrs);
        for index in self.ev.ordered(attrs) {
            let pos = attrs.keys().pos(*index as usize);
            let name = self
                .ev
                .symbols
                .text(attrs.keys().name(*index as usize))
                .to_vec();
            let place = self.place(pos);
            let mut attributes = place.attributes();
            attributes.push(("name", &name));
            attributes.sort_unstable();
            self.doc.open("attr", &attributes);
            self.value(attrs.slot(*index as usize).get(), pos)?;
            self.doc.close();
        }
        Ok(())
    }

    fn lambda(&mut self, lambda: &Param) {
        let place = self.place(lambda.pos);
        self.doc.open("function", &place.attributes());
        let argument = lambda
            .argument
            .map(|name| self.ev.symbols.text(name).to_vec());
        let argument = argument.as_deref();
        if let Some(formals) = &lambda.formals {
            let mut attributes: Vec<(&str, &[u8])> = Vec::new();
            if formals.has_ellipsis {
                attributes.push(("ellipsis", b"1"));
            }
            attributes.extend(argument.map(|name| ("name", name)));
            self.doc.open("attrspat", &attributes);
            let mut names: Vec<&[u8]> = formals
                .sorted
                .iter()
                .map(|formal| self.ev.symbols.text(formal.name))
                .collect();
            names.sort_unstable();
            for name in names {
                self.doc.empty("attr", &[("name", name)]);
            }
            self.doc.close();
        } else {
            self.doc
                .empty("varpat", &[("name", argument.unwrap_or_default())]);
        }
        self.doc.close();
    }

    fn place(&self, pos: Pos) -> Place {
        let location = if self.locations {
            self.ev.sources.locate(pos)
        } else {
            None
        };
        let Some(location) = location else {
            return Place::default();
        };
        let path = match location.origin {
            Origin::File(path) => Some(std::os::unix::ffi::OsStringExt::into_vec(
                path.into_os_string(),
            )),
            Origin::String | Origin::Stdin => None,
        };
        Place {
            path,
            line: location.line.to_string(),
            column: location.column.to_string(),
        }
    }
}

/// A position as attributes of an element.
#[derive(Default)]
struct Place {
    path: Option<Vec<u8>>,
    line: String,
    column: String,
}

impl Place {
    fn attributes(&self) -> Vec<(&'static str, &[u8])> {
        if self.line.is_empty() {
            return Vec::new();
        }
        let mut attributes = vec![
            ("column", self.column.as_bytes()),
            ("line", self.line.as_bytes()),
        ];
        attributes.extend(self.path.as_deref().map(|path| ("path", path)));
        attributes
    }
}
