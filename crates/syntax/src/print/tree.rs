//! The printer: a stack of what is still to be printed takes the place of recursion.

use crate::ast::{
    Attr, AttrKind, AttrName, Attrs, BinaryOperator, Expr, ExprKind, ExprRef, Formals, Lambda,
};
use crate::symbol::{Symbol, SymbolTable};

use super::{write_float, write_identifier, write_string, write_string_text};

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// To be looked at, as C++ Nix prints it.
    Shown,
    /// To be parsed again.
    Source,
}

/// What is still to be printed.
#[derive(Clone, Copy)]
enum Task<'t> {
    Text(&'static str),
    Name(Symbol),
    Expr(ExprRef<'t>),
    /// An operand or argument: an `assert` needs parentheses to be parsed again.
    Operand(ExprRef<'t>),
    /// Text inside a string literal.
    StringText(&'t [u8]),
}

struct Printer<'t> {
    symbols: &'t SymbolTable,
    form: Form,
    out: Vec<u8>,
    /// What is still to be printed, the next thing last.
    tasks: Vec<Task<'t>>,
}

/// The text of a tree.
pub(super) fn print<'t>(expr: ExprRef<'t>, symbols: &'t SymbolTable, form: Form) -> Vec<u8> {
    let mut printer = Printer {
        symbols,
        form,
        out: Vec::new(),
        tasks: vec![Task::Expr(expr)],
    };
    while let Some(task) = printer.tasks.pop() {
        let base = printer.tasks.len();
        printer.run(task);
        printer.tasks[base..].reverse();
    }
    printer.out
}

impl<'t> Printer<'t> {
    /// Prints what can be printed at once and puts the rest on the stack, in the order of the text.
    fn run(&mut self, task: Task<'t>) {
        match task {
            Task::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            Task::Name(name) => write_identifier(self.symbols.text(name), &mut self.out),
            Task::StringText(text) => write_string_text(text, true, &mut self.out),
            Task::Expr(expr) => self.expr(expr),
            Task::Operand(expr) => {
                if self.form == Form::Source && matches!(expr.kind, ExprKind::Assert { .. }) {
                    self.put(&[Task::Text("("), Task::Expr(expr), Task::Text(")")]);
                } else {
                    self.expr(expr);
                }
            }
        }
    }

    fn put(&mut self, tasks: &[Task<'t>]) {
        self.tasks.extend_from_slice(tasks);
    }

    fn expr(&mut self, expr: &'t Expr<'t>) {
        use Task::{Expr, Name, Operand, Text};
        match &expr.kind {
            ExprKind::Int(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
            ExprKind::Float(value) => self.float(*value),
            ExprKind::Str(text) => write_string(text, &mut self.out),
            ExprKind::Path(path) => self.path(path),
            ExprKind::Var(name) => self.put(&[Name(*name)]),
            ExprKind::CurPos => self.put(&[Text("__curPos")]),
            ExprKind::Select(select) => {
                self.put(&[Text("("), Expr(select.base), Text(").")]);
                self.attribute_path(select.path);
                if let Some(default) = select.default {
                    self.put(&[Text(" or ("), Expr(default), Text(")")]);
                }
            }
            ExprKind::HasAttr { base, path } => {
                self.put(&[Text("(("), Expr(base), Text(") ? ")]);
                self.attribute_path(path);
                self.put(&[Text(")")]);
            }
            ExprKind::Attrs(attrs) => {
                self.put(&[Text(if attrs.is_recursive { "rec { " } else { "{ " })]);
                self.bindings(attrs);
                self.put(&[Text("}")]);
            }
            ExprKind::List(elements) => {
                self.put(&[Text("[ ")]);
                for element in *elements {
                    self.put(&[Text("("), Expr(element), Text(") ")]);
                }
                self.put(&[Text("]")]);
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::Call { function, args } => {
                let needs_parentheses =
                    self.form == Form::Source && self.is_or_after_select(function, args);
                let (open, close) = if needs_parentheses {
                    ("((", ")")
                } else {
                    ("(", "")
                };
                self.put(&[Text(open), Operand(function), Text(close)]);
                for arg in *args {
                    self.put(&[Text(" "), Operand(arg)]);
                }
                self.put(&[Text(")")]);
            }
            ExprKind::Not(operand) => self.put(&[Text("(! "), Operand(operand), Text(")")]),
            ExprKind::Binary {
                operator,
                left,
                right,
            } => {
                let sign = Text(spelling(*operator));
                self.put(&[Text("("), Operand(left), sign, Operand(right), Text(")")]);
            }
            ExprKind::Concat { is_string, parts } => self.concat(*is_string, parts),
            _ => self.statement(expr),
        }
    }

    /// The forms with keywords.
    fn statement(&mut self, expr: &'t Expr<'t>) {
        use Task::{Expr, Text};
        match &expr.kind {
            ExprKind::Let { attrs, body } => {
                self.put(&[Text("(let ")]);
                self.bindings(attrs);
                self.put(&[Text("in "), Expr(body), Text(")")]);
            }
            ExprKind::With { scope, body } => {
                self.put(&[
                    Text("(with "),
                    Expr(scope),
                    Text("; "),
                    Expr(body),
                    Text(")"),
                ]);
            }
            ExprKind::If {
                condition,
                consequence,
                alternative,
            } => {
                self.put(&[
                    Text("(if "),
                    Expr(condition),
                    Text(" then "),
                    Expr(consequence),
                ]);
                self.put(&[Text(" else "), Expr(alternative), Text(")")]);
            }
            ExprKind::Assert { condition, body } => {
                self.put(&[Text("assert "), Expr(condition), Text("; "), Expr(body)]);
            }
            _ => {}
        }
    }

    /// Whether `or` is an argument where it would be taken for the start of a default.
    fn is_or_after_select(&self, function: ExprRef, args: &[ExprRef]) -> bool {
        let is_or = |arg: ExprRef| matches!(arg.kind, ExprKind::Var(name) if self.symbols.text(name) == b"or");
        matches!(function.kind, ExprKind::Select(_)) && args.first().is_some_and(|arg| is_or(arg))
    }

    fn float(&mut self, value: f64) {
        if self.form == Form::Shown {
            return write_float(value, &mut self.out);
        }
        let text = format!("{value}");
        self.out.extend_from_slice(text.as_bytes());
        if !text.contains('.') {
            self.out
                .extend_from_slice(if value == 0.0 { b".0" } else { b"." });
        }
    }

    /// A path. The root is no literal as it stands, neither alone nor with a slash for what follows.
    fn path(&mut self, path: &[u8]) {
        self.out.extend_from_slice(match (self.form, path) {
            (Form::Source, b"/") => b"/.",
            (Form::Source, b"//") => b"/./",
            _ => path,
        });
    }

    fn attribute_path(&mut self, path: &'t [AttrName<'t>]) {
        for (index, name) in path.iter().enumerate() {
            if index > 0 {
                self.put(&[Task::Text(".")]);
            }
            match *name {
                AttrName::Static(_, name) => self.put(&[Task::Name(name)]),
                AttrName::Dynamic(_, name) => self.dynamic_name(name),
            }
        }
    }

    fn dynamic_name(&mut self, name: ExprRef<'t>) {
        let (open, close) = match self.form {
            Form::Shown => ("\"${", "}\""),
            Form::Source => ("${", "}"),
        };
        self.put(&[Task::Text(open), Task::Expr(name), Task::Text(close)]);
    }

    fn concat(&mut self, is_string: bool, parts: &'t [(crate::position::Pos, ExprRef<'t>)]) {
        let is_path =
            matches!(parts[0].1.kind, ExprKind::Path(path) if path.ends_with(b"/") && path != b"/");
        if self.form == Form::Source && is_string {
            self.put(&[Task::Text("\"")]);
            self.interpolated(parts, parts.len() > 1);
            self.put(&[Task::Text("\"")]);
        } else if self.form == Form::Source && (is_path || parts.len() != 2) {
            self.put(&[Task::Expr(parts[0].1)]);
            self.interpolated(&parts[1..], false);
        } else {
            for (index, (_, part)) in parts.iter().enumerate() {
                self.put(&[
                    Task::Text(if index == 0 { "(" } else { " + " }),
                    Task::Operand(part),
                ]);
            }
            self.put(&[Task::Text(")")]);
        }
    }

    /// The parts of a string, or of a path after its first part. Text stays text where it `may_be_text` and
    /// does not follow other text.
    fn interpolated(
        &mut self,
        parts: &'t [(crate::position::Pos, ExprRef<'t>)],
        mut may_be_text: bool,
    ) {
        let allows_text = may_be_text;
        for (_, part) in parts {
            match part.kind {
                ExprKind::Str(text) if may_be_text && !text.is_empty() => {
                    self.put(&[Task::StringText(text)]);
                    may_be_text = false;
                }
                _ => {
                    self.put(&[Task::Text("${"), Task::Expr(part), Task::Text("}")]);
                    may_be_text = allows_text;
                }
            }
        }
    }

    fn lambda(&mut self, lambda: &'t Lambda<'t>) {
        use Task::{Expr, Name, Text};
        self.put(&[Text("(")]);
        if let Some(formals) = &lambda.formals {
            self.formals(formals);
        }
        if let Some(argument) = lambda.argument {
            let link = if lambda.formals.is_some() { " @ " } else { "" };
            self.put(&[Text(link), Name(argument)]);
        }
        self.put(&[Text(": "), Expr(lambda.body), Text(")")]);
    }

    /// A pattern, sorted by name.
    fn formals(&mut self, formals: &'t Formals<'t>) {
        use Task::{Expr, Name, Text};
        let mut sorted: Vec<_> = formals.formals.iter().collect();
        sorted.sort_by_key(|formal| self.symbols.text(formal.name));
        self.put(&[Text("{ ")]);
        for (index, formal) in sorted.into_iter().enumerate() {
            self.put(&[Text(if index == 0 { "" } else { ", " }), Name(formal.name)]);
            if let Some(default) = formal.default {
                self.put(&[Text(" ? "), Expr(default)]);
            }
        }
        if formals.has_ellipsis {
            self.put(&[Text(if formals.formals.is_empty() {
                "..."
            } else {
                ", ..."
            })]);
        }
        self.put(&[Text(" }")]);
    }

    /// Definitions sorted by name: inherited ones, those inherited from expressions, plain ones, then those
    /// whose name is computed, in the order of the source.
    fn bindings(&mut self, attrs: &'t Attrs<'t>) {
        use Task::{Expr, Name, Text};
        let mut sorted: Vec<&Attr> = attrs.attrs.iter().collect();
        sorted.sort_by_key(|attr| self.symbols.text(attr.name));
        let inherited = |source: Option<u32>| {
            let names = sorted.iter().filter(move |attr| match attr.kind {
                AttrKind::Inherited => source.is_none(),
                AttrKind::InheritedFrom(number) => source == Some(number),
                AttrKind::Plain(_) => false,
            });
            names
                .flat_map(|attr| [Text(" "), Name(attr.name)])
                .collect::<Vec<_>>()
        };
        let names = inherited(None);
        if !names.is_empty() {
            self.put(&[Text("inherit")]);
            self.put(&names);
            self.put(&[Text("; ")]);
        }
        for (number, from) in (0..).zip(attrs.inherit_from) {
            let names = inherited(Some(number));
            // A source without names shows nowhere, but counts.
            if !names.is_empty() || self.form == Form::Source {
                self.put(&[Text("inherit ("), Expr(from), Text(")")]);
                self.put(&names);
                self.put(&[Text("; ")]);
            }
        }
        for attr in sorted {
            if let AttrKind::Plain(value) = attr.kind {
                self.put(&[Name(attr.name), Text(" = "), Expr(value), Text("; ")]);
            }
        }
        for attr in attrs.dynamic {
            self.dynamic_name(attr.name);
            self.put(&[Text(" = "), Expr(attr.value), Text("; ")]);
        }
    }
}

/// An operator with the blanks around it.
fn spelling(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Equal => " == ",
        BinaryOperator::NotEqual => " != ",
        BinaryOperator::And => " && ",
        BinaryOperator::Or => " || ",
        BinaryOperator::Implies => " -> ",
        BinaryOperator::Update => " // ",
        BinaryOperator::ConcatLists => " ++ ",
    }
}
