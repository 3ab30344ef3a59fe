//! Values as people see them: self-describing, in canonical order, independent of any layout.
//!
//! Enters: what `model` decodes from packed words. Leaves: text (`Display`), JSON (`Serialize`), comparisons in reports.

use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A value of the language. Sets and bags are in canonical order; a map is in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// No value of an option.
    None,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Int(i64),
    /// Variant of an enum or name of a node.
    Name(Arc<str>),
    /// Its type, and its fields in order.
    Record(Arc<str>, Vec<(Arc<str>, Value)>),
    /// In canonical order.
    Set(Vec<Value>),
    /// In order.
    List(Vec<Value>),
    /// Keys and values, in the order of the keys.
    Map(Vec<(Value, Value)>),
    /// In canonical order, repeated ones included.
    Bag(Vec<Value>),
}

impl Value {
    /// What a path leads to from here: `.field`, `[index]` and `[key]`, one behind the other.
    pub fn part_mut(&mut self, path: &str) -> Option<&mut Value> {
        if path.is_empty() {
            return Some(self);
        }
        let (inner, rest) = match self {
            Value::Record(_, fields) => {
                let after = |name: &str| path.strip_prefix('.')?.strip_prefix(name);
                fields.iter_mut().find_map(|(name, inner)| Some((inner, begins_part(after(name)?)?)))
            }
            Value::List(items) => {
                let after = |i: usize| path.strip_prefix(&format!("[{i}]"));
                items.iter_mut().enumerate().find_map(|(i, inner)| Some((inner, begins_part(after(i)?)?)))
            }
            Value::Map(entries) => {
                let after = |key: &Value| path.strip_prefix(&format!("[{key}]"));
                entries.iter_mut().find_map(|(key, inner)| Some((inner, begins_part(after(key)?)?)))
            }
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Name(_) | Value::Set(_) | Value::Bag(_) => {
                None
            }
        }?;
        inner.part_mut(rest)
    }
}

/// What leads from a variable to a part of it, as [`Value::part_mut`] takes it; empty for the variable itself, `None`: the
/// path is not one of its.
pub fn part_of<'p>(path: &'p str, variable: &str) -> Option<&'p str> {
    begins_part(path.strip_prefix(variable)?)
}

fn begins_part(rest: &str) -> Option<&str> {
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

/// The syntax of the language: what is printed can be typed.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("none"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(i) => write!(f, "{i}"),
            Value::Name(n) => f.write_str(n),
            Value::Record(name, fields) if fields.is_empty() => f.write_str(name),
            // Unlike values in one list.
            Value::Record(name, fields) if name.is_empty() => {
                let values: Vec<Value> = fields.iter().map(|(_, value)| value.clone()).collect();
                sequence(f, "[", &values, "]")
            }
            Value::Record(name, fields) => {
                write!(f, "{name} {{ ")?;
                for (i, (field, value)) in fields.iter().enumerate() {
                    write!(f, "{}{field}: {value}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str(" }")
            }
            Value::Set(items) | Value::Bag(items) => sequence(f, "{", items, "}"),
            Value::List(items) => sequence(f, "[", items, "]"),
            Value::Map(entries) => {
                f.write_str("{")?;
                for (i, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key} -> {value}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

fn sequence(f: &mut fmt::Formatter<'_>, open: &str, items: &[Value], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
    }
    f.write_str(close)
}
