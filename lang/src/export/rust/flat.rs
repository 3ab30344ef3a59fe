//! Values as whole numbers in a row: the same row here and in the Rust that is written.
//!
//! Enters: a type, a value or a row. Leaves: the row of a value, the value of a row; and functions in Rust that read a
//! value of a type, put it into a row, and show it as it is typed.

use super::{Module, ident, write};
use crate::analysis::program::{Program, Type, TypeId};
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rows of the values of a program's types.
#[derive(Clone, Copy)]
pub struct Flat<'p> {
    program: &'p Program,
}

impl<'p> Flat<'p> {
    /// Of its types.
    pub fn new(program: &'p Program) -> Flat<'p> {
        Flat { program }
    }

    /// Appends the row of a value; `None`: it is none of that type.
    pub fn put(self, id: TypeId, value: &Value, row: &mut Vec<i64>) -> Option<()> {
        let p = self.program;
        let mut list = |inner: TypeId, items: &[Value]| {
            row.push(items.len() as i64);
            items.iter().try_for_each(|item| self.put(inner, item, row))
        };
        match (p.types.get(id), value) {
            (Type::Bool, Value::Bool(b)) => row.push(i64::from(*b)),
            (Type::Int { .. }, Value::Int(n)) => row.push(*n),
            (Type::Enum(id), Value::Name(name)) => {
                row.push(p.enums[id.index()].variants.iter().position(|v| **v == **name)? as i64);
            }
            (Type::Node(id), Value::Name(name)) => {
                let node = &p.nodes[id.index()];
                row.push((0..node.count).position(|i| *node.member(i) == **name)? as i64);
            }
            (Type::Option(_), Value::None) => row.push(0),
            (Type::Option(inner), value) => {
                row.push(1);
                self.put(*inner, value, row)?;
            }
            (Type::Record(id), Value::Record(_, values)) => {
                let types = p.records[id.index()].fields.iter();
                types.zip(values).try_for_each(|((_, ty), (_, value))| self.put(*ty, value, row))?;
            }
            (Type::List { element: inner, .. }, Value::List(items)) => list(*inner, items)?,
            (Type::Set(inner), Value::Set(items)) => {
                list(*inner, &self.in_order(*inner, items, |item| item)?)?
            }
            (Type::Bag { element: inner, .. }, Value::Bag(items)) => {
                list(*inner, &self.in_rows(*inner, items)?)?
            }
            (Type::Map { key, value }, Value::Map(entries)) => {
                row.push(entries.len() as i64);
                for (k, v) in &self.in_order(*key, entries, |(k, _)| k)? {
                    self.put(*key, k, row)?;
                    self.put(*value, v, row)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// What a set or a map holds, as Rust's `BTreeSet` and `BTreeMap` have it: the order of the model is another one where
    /// members are collections themselves.
    fn in_order<T: Clone>(self, id: TypeId, items: &[T], key: impl Fn(&T) -> &Value) -> Option<Vec<T>> {
        let mut ranked =
            items.iter().map(|item| Some((self.rank(id, key(item))?, item))).collect::<Option<Vec<_>>>()?;
        ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
        Some(ranked.into_iter().map(|(_, item)| item.clone()).collect())
    }

    /// What a bag holds, as the Rust that is written puts it: by their rows.
    fn in_rows(self, id: TypeId, items: &[Value]) -> Option<Vec<Value>> {
        let row = |item| {
            let mut row = Vec::new();
            self.put(id, item, &mut row).map(|()| (row, item))
        };
        let mut rows = items.iter().map(row).collect::<Option<Vec<_>>>()?;
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        Some(rows.into_iter().map(|(_, item)| item.clone()).collect())
    }

    /// What compares as the value does in the Rust that is written, whose `Ord` is the derived one.
    fn rank(self, id: TypeId, value: &Value) -> Option<Rank> {
        let p = self.program;
        let all = |inner: TypeId, items: &[Value]| {
            items.iter().map(|item| self.rank(inner, item)).collect::<Option<Vec<_>>>()
        };
        let row = match (p.types.get(id), value) {
            (Type::Option(_), Value::None) => Vec::new(),
            (Type::Option(inner), value) => vec![self.rank(*inner, value)?],
            (Type::Record(id), Value::Record(_, values)) => {
                let types = p.records[id.index()].fields.iter();
                let fields = types.zip(values).map(|((_, ty), (_, value))| self.rank(*ty, value));
                fields.collect::<Option<Vec<_>>>()?
            }
            (Type::List { element: inner, .. }, Value::List(items)) => all(*inner, items)?,
            (Type::Bag { element: inner, .. }, Value::Bag(items)) => {
                all(*inner, &self.in_rows(*inner, items)?)?
            }
            (Type::Set(inner), Value::Set(items)) => {
                let mut ranks = all(*inner, items)?;
                ranks.sort();
                ranks
            }
            (Type::Map { key, value }, Value::Map(entries)) => {
                let pair = |(k, v): &(Value, Value)| Some([self.rank(*key, k)?, self.rank(*value, v)?]);
                let mut pairs = entries.iter().map(pair).collect::<Option<Vec<_>>>()?;
                pairs.sort();
                pairs.into_iter().flatten().collect()
            }
            _ => {
                let mut row = Vec::new();
                self.put(id, value, &mut row)?;
                return row.first().map(|number| Rank::Number(*number));
            }
        };
        Some(Rank::Row(row))
    }

    /// The value at the beginning of a row, which goes; `None`: there is none.
    pub fn get(self, id: TypeId, row: &mut std::slice::Iter<'_, i64>) -> Option<Value> {
        let p = self.program;
        let ty = p.types.get(id);
        Some(match ty {
            Type::Bool => Value::Bool(*row.next()? == 1),
            Type::Int { .. } => Value::Int(*row.next()?),
            Type::Enum(id) => {
                Value::Name(p.enums[id.index()].variants.get(*row.next()? as usize)?.as_str().into())
            }
            Type::Node(id) => {
                let member = u32::try_from(*row.next()?).ok()?;
                let node = &p.nodes[id.index()];
                (member < node.count).then(|| Value::Name(node.member(member).into()))?
            }
            Type::Option(inner) => match row.next()? {
                0 => Value::None,
                _ => self.get(*inner, row)?,
            },
            Type::Record(id) => {
                let record = &p.records[id.index()];
                let field =
                    |(name, ty): &(String, TypeId)| Some((Arc::from(name.as_str()), self.get(*ty, row)?));
                let fields: Option<Vec<_>> = record.fields.iter().map(field).collect();
                Value::Record(record.name.as_str().into(), fields?)
            }
            Type::Set(inner) | Type::List { element: inner, .. } | Type::Bag { element: inner, .. } => {
                let count = *row.next()?;
                let items = (0..count).map(|_| self.get(*inner, row)).collect::<Option<Vec<_>>>()?;
                match ty {
                    Type::Set(_) => Value::Set(items),
                    Type::Bag { .. } => Value::Bag(items),
                    _ => Value::List(items),
                }
            }
            Type::Map { key, value } => {
                let count = *row.next()?;
                let entry = |_| Some((self.get(*key, row)?, self.get(*value, row)?));
                Value::Map((0..count).map(entry).collect::<Option<_>>()?)
            }
            Type::Error => return None,
        })
    }
}

/// The place of a value among those of its type.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Row(Vec<Rank>),
}

/// What the functions of types stand on.
pub(super) const READER: &str = "fn next_(w: &mut &[i64]) -> i64 { let (first, rest) = w.split_first().expect(\"a number\"); *w = rest; *first }\n";
const JOINED: &str = "collect::<Vec<String>>().join(\", \")";

/// Whether a value takes room of its own that is slow to fill: it is made once, and copied as often as it is passed.
pub fn made_once(program: &Program, id: TypeId) -> bool {
    match program.types.get(id) {
        Type::Set(_) | Type::Map { .. } => true,
        Type::Option(inner) | Type::List { element: inner, .. } | Type::Bag { element: inner, .. } => {
            made_once(program, *inner)
        }
        Type::Record(id) => program.records[id.index()].fields.iter().any(|(_, ty)| made_once(program, *ty)),
        Type::Bool | Type::Int { .. } | Type::Enum(_) | Type::Node(_) | Type::Error => false,
    }
}

/// Writes `read_N`, `put_N` and `show_N` of types; of those that ask for it `same_N` and `again_N`. What is shown is typed
/// where the types of the system are in scope.
pub(super) struct Codec<'m> {
    pub module: &'m Module<'m>,
    known: BTreeSet<TypeId>,
    compared: BTreeSet<TypeId>,
    copied: BTreeSet<TypeId>,
}

impl<'m> Codec<'m> {
    pub(super) fn new(module: &'m Module<'m>) -> Codec<'m> {
        let [known, compared, copied] = [(); 3].map(|()| BTreeSet::new());
        Codec { module, known, compared, copied }
    }

    /// The types in a type.
    fn inner(&self, id: TypeId) -> Vec<TypeId> {
        let p = self.module.program;
        match p.types.get(id) {
            Type::Option(inner)
            | Type::Set(inner)
            | Type::List { element: inner, .. }
            | Type::Bag { element: inner, .. } => vec![*inner],
            Type::Map { key, value } => vec![*key, *value],
            Type::Record(id) => p.records[id.index()].fields.iter().map(|(_, ty)| *ty).collect(),
            Type::Bool | Type::Int { .. } | Type::Enum(_) | Type::Node(_) | Type::Error => Vec::new(),
        }
    }

    /// The function of a type that was written which says whether a value is that of the row that begins here.
    pub(super) fn same(&mut self, id: TypeId, text: &mut String) {
        if !self.compared.insert(id) {
            return;
        }
        self.inner(id).into_iter().for_each(|ty| self.same(ty, text));
        let p = self.module.program;
        let body = match p.types.get(id) {
            Type::Int { .. } => "next_(w) == *v".to_string(),
            Type::Node(node) if p.nodes[node.index()].count == 0 => "match *v {}".to_string(),
            Type::Bool | Type::Enum(_) | Type::Node(_) => "next_(w) == *v as i64".to_string(),
            Type::Option(t) => {
                format!("match v {{ None => next_(w) == 0, Some(v) => next_(w) == 1 && same_{}(v, w) }}", t.0)
            }
            Type::Record(record) => {
                let fields = p.records[record.index()].fields.iter();
                fields.fold("true".to_string(), |all, (name, ty)| {
                    format!("{all} && same_{}(&v.{}, w)", ty.0, ident(name))
                })
            }
            Type::Set(t) | Type::List { element: t, .. } => {
                format!("next_(w) == v.len() as i64 && v.iter().all(|x| same_{}(x, w))", t.0)
            }
            Type::Map { key, value } => format!(
                "next_(w) == v.len() as i64 && v.iter().all(|(k, x)| same_{}(k, w) && same_{}(x, w))",
                key.0, value.0
            ),
            Type::Bag { .. } => format!(
                "let mut row = Vec::new(); put_{}(v, &mut row); let is_same = w.starts_with(&row); \
                 if is_same {{ *w = &w[row.len()..]; }} is_same",
                id.0
            ),
            Type::Error => "true".to_string(),
        };
        let (name, ty) = (id.0, self.module.ty(id));
        write(text, format_args!("pub fn same_{name}(v: &{ty}, w: &mut &[i64]) -> bool {{ {body} }}\n"));
    }

    /// The function of a type that was written which reads a value beside another one: a map that has the same keys need not be
    /// put together anew.
    pub(super) fn again(&mut self, id: TypeId, text: &mut String) {
        if !self.copied.insert(id) {
            return;
        }
        self.inner(id).into_iter().for_each(|ty| self.again(ty, text));
        let p = self.module.program;
        let body = match p.types.get(id) {
            Type::Option(t) => format!(
                "if next_(w) == 0 {{ None }} else {{ Some(match v {{ Some(v) => again_{0}(v, w), None => read_{0}(w) }}) }}",
                t.0
            ),
            Type::Record(record) => {
                let fields = p.records[record.index()].fields.iter();
                let fields = fields.map(|(name, ty)| format!("{0}: again_{1}(&v.{0}, w)", ident(name), ty.0));
                format!("{} {{ {} }}", self.module.ty(id), fields.collect::<Vec<_>>().join(", "))
            }
            Type::Map { key, value } => {
                self.same(*key, text);
                format!(
                    "let begin = *w; let mut all = v.clone(); \
                     let has_keys = next_(w) == all.len() as i64 && all.iter_mut().all(|(k, x)| {{ \
                     let is_same = same_{}(k, w); if is_same {{ *x = again_{}(x, w); }} is_same }}); \
                     if has_keys {{ return all; }} *w = begin; read_{}(w)",
                    key.0, value.0, id.0
                )
            }
            Type::Bool
            | Type::Int { .. }
            | Type::Enum(_)
            | Type::Node(_)
            | Type::Set(_)
            | Type::List { .. }
            | Type::Bag { .. }
            | Type::Error => format!("read_{}(w)", id.0),
        };
        let (name, ty) = (id.0, self.module.ty(id));
        write(text, format_args!("pub fn again_{name}(v: &{ty}, w: &mut &[i64]) -> {ty} {{ {body} }}\n"));
    }

    /// The three functions of a type, after those of the types in it; once.
    pub(super) fn write(&mut self, id: TypeId, text: &mut String) {
        if !self.known.insert(id) {
            return;
        }
        self.inner(id).into_iter().for_each(|ty| self.write(ty, text));
        let (name, ty) = (id.0, self.module.ty(id));
        let Code { read, put, show } = self.code(id);
        write(
            text,
            format_args!(
                "pub fn read_{name}(w: &mut &[i64]) -> {ty} {{ {read} }}\n\
                 pub fn put_{name}(v: &{ty}, o: &mut Vec<i64>) {{ {put} }}\n\
                 pub fn show_{name}(v: &{ty}) -> String {{ {show} }}\n"
            ),
        );
    }

    fn choice_code(&self, id: TypeId) -> Code {
        let p = self.module.program;
        let (ty, name) = (self.module.ty(id), self.module.named(id));
        // Of what has no values no number is asked.
        let none = matches!(p.types.get(id), Type::Node(id) if p.nodes[id.index()].count == 0);
        Code::new(
            &format!("{ty}::ALL[next_(w) as usize]"),
            if none { "match *v {}" } else { "o.push(*v as i64)" },
            &format!("format!(\"{name}::{{v:?}}\")"),
        )
    }

    fn code(&self, id: TypeId) -> Code {
        let p = self.module.program;
        let all = |t: TypeId| format!("v.iter().map(|x| show_{}(x)).{JOINED}", t.0);
        let read_all = |t: TypeId| format!("(0..next_(w)).map(|_| read_{}(w)).collect()", t.0);
        let put_all =
            |t: TypeId| format!("o.push(v.len() as i64); v.iter().for_each(|x| put_{}(x, o));", t.0);
        match p.types.get(id) {
            Type::Bool => Code::new("next_(w) == 1", "o.push(*v as i64)", "v.to_string()"),
            Type::Int { .. } => Code::new("next_(w)", "o.push(*v)", "v.to_string()"),
            Type::Enum(_) | Type::Node(_) => self.choice_code(id),
            Type::Option(t) => Code::new(
                &format!("if next_(w) == 0 {{ None }} else {{ Some(read_{}(w)) }}", t.0),
                &format!("match v {{ None => o.push(0), Some(v) => {{ o.push(1); put_{}(v, o) }} }}", t.0),
                &format!(
                    "match v {{ None => \"None\".into(), Some(v) => format!(\"Some({{}})\", show_{}(v)) }}",
                    t.0
                ),
            ),
            Type::Record(record) => {
                let fields = &p.records[record.index()].fields;
                record_code(fields, &self.module.ty(id), &self.module.named(id))
            }
            Type::Set(t) => Code::new(
                &inserted("BTreeSet", &format!("read_{}(w)", t.0)),
                &put_all(*t),
                &format!("format!(\"std::collections::BTreeSet::from([{{}}])\", {})", all(*t)),
            ),
            Type::List { element: t, .. } => {
                Code::new(&read_all(*t), &put_all(*t), &format!("format!(\"vec![{{}}]\", {})", all(*t)))
            }
            // Bags are equal in whatever order their elements lie.
            Type::Bag { element: t, .. } => Code::new(
                &read_all(*t),
                &format!(
                    "o.push(v.len() as i64); let mut rows: Vec<Vec<i64>> = v.iter().map(|x| {{ let mut row = Vec::new(); \
                     put_{}(x, &mut row); row }}).collect(); rows.sort(); o.extend(rows.concat());",
                    t.0
                ),
                &format!("format!(\"vec![{{}}]\", {})", all(*t)),
            ),
            Type::Map { key, value } => Code::new(
                &inserted("BTreeMap", &format!("read_{}(w), read_{}(w)", key.0, value.0)),
                &format!(
                    "o.push(v.len() as i64); for (k, x) in v {{ put_{}(k, o); put_{}(x, o); }}",
                    key.0, value.0
                ),
                &format!(
                    "format!(\"std::collections::BTreeMap::from([{{}}])\", v.iter().map(|(k, x)| \
                     format!(\"({{}}, {{}})\", show_{}(k), show_{}(x))).{JOINED})",
                    key.0, value.0
                ),
            ),
            Type::Error => Code::new("()", "()", "String::new()"),
        }
    }
}

/// Reads a collection. Members come in their order: one by one they need no room besides.
fn inserted(collection: &str, member: &str) -> String {
    format!(
        "let n = next_(w); let mut all = ::std::collections::{collection}::new(); for _ in 0..n {{ all.insert({member}); }} all"
    )
}

fn record_code(fields: &[(String, TypeId)], ty: &str, name: &str) -> Code {
    let (mut read, mut put, mut forms, mut values) =
        (String::new(), String::new(), Vec::new(), String::new());
    for (field, t) in fields {
        let field = ident(field);
        write(&mut read, format_args!("{field}: read_{}(w), ", t.0));
        write(&mut put, format_args!("put_{}(&v.{field}, o); ", t.0));
        forms.push(format!("{field}: {{}}"));
        write(&mut values, format_args!(", show_{}(&v.{field})", t.0));
    }
    Code::new(
        &format!("{ty} {{ {read} }}"),
        &put,
        &format!("format!(\"{name} {{{{ {} }}}}\"{values})", forms.join(", ")),
    )
}

/// Bodies of the three functions of a type.
struct Code {
    read: String,
    put: String,
    show: String,
}

impl Code {
    fn new(read: &str, put: &str, show: &str) -> Code {
        Code { read: read.into(), put: put.into(), show: show.into() }
    }
}
