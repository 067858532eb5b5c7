//! The tables of a document while it is read, and the rules of what may be added to which.

use std::collections::BTreeMap;

use super::report::{Region, Report};

/// The number of a node in a [`Tree`].
pub(super) type NodeId = usize;

/// How a table came to be, which decides what may be added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableKind {
    /// Written in braces; complete.
    Inline,
    /// Made by a dotted key, to which further dotted keys may add.
    Dotted,
    /// Made by the header of a table inside it; may get a header of its own.
    Implicit,
    /// Has a header.
    Explicit,
}

pub(super) enum Value {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(Vec<u8>),
    /// A date or time in its canonical form.
    Timestamp(String),
    /// Values, and whether they are tables with `[[…]]` headers.
    Array(Vec<NodeId>, bool),
    Table(BTreeMap<Vec<u8>, NodeId>, TableKind),
}

pub(super) struct Node {
    pub(super) value: Value,
    pub(super) region: Region,
}

/// The way in which a value is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Insertion {
    /// `a.b = …`
    Dotted,
    /// `[a.b]`
    Table,
    /// `[[a.b]]`
    ArrayOfTables,
}

/// A dotted key and where it is written.
pub(super) struct Key {
    pub(super) parts: Vec<Vec<u8>>,
    pub(super) region: Region,
}

/// All nodes of a document. They refer to each other by number, so that dropping a deep document needs
/// no deep stack.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn add(&mut self, value: Value, region: Region) -> NodeId {
        self.nodes.push(Node { value, region });
        self.nodes.len() - 1
    }

    pub(super) fn add_table(&mut self, kind: TableKind, region: Region) -> NodeId {
        self.add(Value::Table(BTreeMap::new(), kind), region)
    }

    pub(super) fn set_region(&mut self, id: NodeId, region: Region) {
        self.nodes[id].region = region;
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The entry of a table; nothing if there is none or `table` is no table.
    fn entry(&self, table: NodeId, key: &[u8]) -> Option<NodeId> {
        match &self.nodes[table].value {
            Value::Table(entries, _) => entries.get(key).copied(),
            _ => None,
        }
    }

    fn set_entry(&mut self, table: NodeId, key: &[u8], value: NodeId) {
        if let Value::Table(entries, _) = &mut self.nodes[table].value {
            entries.insert(key.to_vec(), value);
        }
    }

    /// Whether a node is an array that is not empty and holds tables only.
    fn is_array_of_tables(&self, id: NodeId) -> bool {
        let is_table = |id: &NodeId| matches!(self.nodes[*id].value, Value::Table(..));
        match &self.nodes[id].value {
            Value::Array(items, _) => !items.is_empty() && items.iter().all(is_table),
            _ => false,
        }
    }

    /// Adds `value` to `table` under `key`. For a table header that is the new table; the result is the
    /// table that the header denotes, which may be an older one.
    pub(super) fn insert(
        &mut self,
        source: &[u8],
        (table, insertion): (NodeId, Insertion),
        key: &Key,
        value: NodeId,
    ) -> Result<NodeId, Report> {
        let Some((last, way)) = key.parts.split_last() else {
            return Ok(value);
        };
        let mut table = table;
        for part in way {
            table = self
                .descend(table, part, insertion, key)
                .map_err(|clash| self.report(source, key, &clash))?;
        }
        let Some(found) = self.entry(table, last) else {
            let entry = match insertion {
                Insertion::ArrayOfTables => self.add(Value::Array(vec![value], true), key.region),
                _ => value,
            };
            self.set_entry(table, last, entry);
            return Ok(value);
        };
        self.reopen(found, insertion, value)
            .map_err(|clash| self.report(source, key, &clash))
    }

    /// The table under one part of a key but the last; made if it is not there.
    fn descend(
        &mut self,
        table: NodeId,
        part: &[u8],
        insertion: Insertion,
        key: &Key,
    ) -> Result<NodeId, Clash> {
        let dotted = insertion == Insertion::Dotted;
        let Some(found) = self.entry(table, part) else {
            let kind = if dotted {
                TableKind::Dotted
            } else {
                TableKind::Implicit
            };
            let made = self.add_table(kind, key.region);
            self.set_entry(table, part, made);
            return Ok(made);
        };
        let clash = |title, here, there| {
            Err(Clash {
                title,
                here,
                there,
                with: found,
            })
        };
        match &self.nodes[found].value {
            Value::Table(_, TableKind::Inline) => clash(
                "toml::insert_value: failed to insert a value: inline table is immutable",
                "inserting this",
                "to this table",
            ),
            Value::Table(_, kind) if dotted && *kind != TableKind::Dotted => clash(
                "toml::insert_value: reopening a table using dotted keys",
                "dotted key cannot reopen a table",
                "this table is already closed",
            ),
            Value::Table(..) => Ok(found),
            Value::Array(items, true) => match items.last() {
                Some(&last) if !dotted => Ok(last),
                _ => clash(
                    "toml::insert_value:dotted key cannot reopen an array-of-tables",
                    "inserting this",
                    "to this array-of-tables.",
                ),
            },
            _ if self.is_array_of_tables(found) => clash(
                "toml::insert_value:inline array of tables are immutable",
                "inserting this",
                "inline array of tables",
            ),
            _ => clash(
                "toml::insert_value: failed to insert a value, value already exists",
                "while inserting this",
                "non-table value already exists",
            ),
        }
    }

    /// Adds to what is already there under the last part of a key.
    fn reopen(
        &mut self,
        found: NodeId,
        insertion: Insertion,
        value: NodeId,
    ) -> Result<NodeId, Clash> {
        let is_array_of_tables = self.is_array_of_tables(found);
        let region = self.nodes[value].region;
        let clash = |title, here, there| {
            Err(Clash {
                title,
                here,
                there,
                with: found,
            })
        };
        let Node {
            value: existing,
            region: existing_region,
        } = &mut self.nodes[found];
        match (insertion, existing) {
            (Insertion::Dotted, _) => clash(
                "toml::insert_value: failed to insert a value, value already exists",
                "inserting this",
                "but value already exists",
            ),
            (Insertion::Table, Value::Table(_, kind @ TableKind::Implicit)) => {
                *kind = TableKind::Explicit;
                *existing_region = region;
                Ok(found)
            }
            (Insertion::Table, _) => clash(
                "toml::insert_value: failed to insert a table, table already defined",
                "inserting this",
                "this table is explicitly defined",
            ),
            (Insertion::ArrayOfTables, Value::Array(items, true)) => {
                items.push(value);
                Ok(value)
            }
            (Insertion::ArrayOfTables, _) if is_array_of_tables => clash(
                "toml::insert_value: failed to insert a table, inline array of tables is immutable",
                "while inserting this",
                "this is inline array-of-tables",
            ),
            (Insertion::ArrayOfTables, _) => clash(
                "toml::insert_value: failed to insert an array of tables, value already exists",
                "while inserting this",
                "non-table value already exists",
            ),
        }
    }

    fn report(&self, source: &[u8], key: &Key, clash: &Clash) -> Report {
        Report::new(clash.title)
            .place(source, key.region, clash.here)
            .place(source, self.nodes[clash.with].region, clash.there)
    }
}

/// Why something cannot be added: what to say in all, of the key, and of the value that is there.
struct Clash {
    title: &'static str,
    here: &'static str,
    there: &'static str,
    with: NodeId,
}
