//! What builtins and functions say of themselves.

use syntax::position::{Location, Pos};

use crate::error::Res;
use crate::evaluator::Evaluator;
use crate::roots::Handle;
use crate::value::Function;

/// What is known of a function for its users.
#[derive(Clone, Debug)]
pub struct Documentation {
    /// Its name.
    pub name: String,
    /// The names of its arguments, of a builtin.
    pub args: Vec<String>,
    /// The text, in Markdown.
    pub text: String,
}

impl Evaluator {
    /// What a builtin or a documented function says of itself.
    pub fn documentation(&mut self, handle: &Handle) -> Res<Option<Documentation>> {
        let value = self.evaluated(handle)?;
        match value.as_function() {
            Some(Function::Builtin(index, [])) => {
                let definition = self.builtins[index as usize].definition;
                Ok(Some(Documentation {
                    name: definition.name.to_owned(),
                    args: definition
                        .args
                        .iter()
                        .map(|arg| (*arg).to_owned())
                        .collect(),
                    text: definition.doc.to_owned(),
                }))
            }
            Some(Function::Lambda(lambda, _, given)) => {
                let lambda = lambda.param(given.len());
                let name = lambda
                    .name
                    .get()
                    .map(|name| String::from_utf8_lossy(self.symbols.text(name)).into_owned());
                let text = lambda
                    .doc
                    .map_or_else(String::new, |(start, end)| self.comment_text(start, end));
                Ok(Some(Documentation {
                    name: name.unwrap_or_default(),
                    args: vec![],
                    text,
                }))
            }
            _ => Ok(None),
        }
    }

    /// The text of a documentation comment without its delimiters and indentation.
    fn comment_text(&self, start: Pos, end: Pos) -> String {
        let Some(source) = self.sources.source(start) else {
            return String::new();
        };
        let range = (start.0 - source.base) as usize..(end.0 - source.base) as usize;
        let comment = String::from_utf8_lossy(source.text.get(range).unwrap_or_default());
        let inner = comment.trim_start_matches("/**").trim_end_matches("*/");
        let lines: Vec<&str> = inner.lines().collect();
        let indents = lines.iter().skip(1).filter(|line| !line.trim().is_empty());
        let indent = indents
            .map(|line| line.len() - line.trim_start().len())
            .min()
            .unwrap_or(0);
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let line = if index == 0 {
                line.trim_start()
            } else {
                line.get(indent..).unwrap_or("")
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.trim().to_owned()
    }

    /// The manual entry of a builtin.
    #[must_use]
    pub fn builtin_documentation(&self, name: &str) -> Option<Documentation> {
        let builtin = self.builtins.iter().find(|builtin| builtin.name == name)?;
        let definition = builtin.definition;
        Some(Documentation {
            name: definition.name.to_owned(),
            args: definition
                .args
                .iter()
                .map(|arg| (*arg).to_owned())
                .collect(),
            text: definition.doc.to_owned(),
        })
    }

    /// Where a function was written.
    pub fn function_position(&mut self, handle: &Handle) -> Res<Option<Location>> {
        let value = self.evaluated(handle)?;
        Ok(match value.as_function() {
            Some(Function::Lambda(lambda, _, given)) => {
                self.sources.locate(lambda.param(given.len()).pos)
            }
            _ => None,
        })
    }
}
