//! What cells before this one defined: where it stands, and which variables hold something of it.
//!
//! Enters: the texts of cells that ran; what was compiled, and a place in it; a system whose types are other ones. Leaves: the place
//! in a cell; the names of variables.

use crate::cells::is_no_rust;
use crate::protocol::{Anew, Place};
use ra_ap_syntax::ast::{self, HasName};
use ra_ap_syntax::{AstNode, Edition, SourceFile, SyntaxKind, SyntaxNode, SyntaxToken};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// What stands before the statements of a cell, so that they are parsed as evcxr does it.
const BEGIN: &str = "fn f(){";
/// The file that evcxr compiles.
const FILE: &str = "src/lib.rs";
/// The crate of the systems: what follows it in a path is one of them.
const SYSTEMS: &str = "reconverge";

/// The cells that ran, in their order: their numbers and their texts.
#[derive(Default)]
pub(crate) struct Past(Vec<(usize, String)>);

impl Past {
    pub(crate) fn add(&mut self, number: usize, code: &str) {
        self.0.push((number, code.to_string()));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where an error stands that evcxr places in no line of the present cell. `source`: what was compiled, `json`: the error as
    /// rustc tells it.
    pub(crate) fn place(&self, source: &str, json: &Value, present: (usize, &str)) -> Option<Place> {
        let span = spans(json).find_map(|span| range(source, span))?;
        self.at(source, &span, present)
    }

    /// Where a panic began. `place`: as it says it itself, `src/lib.rs:5:18`.
    pub(crate) fn panicked(&self, source: &str, place: &str, present: (usize, &str)) -> Option<Place> {
        let (line, column) = place.strip_prefix(FILE)?.strip_prefix(':')?.split_once(':')?;
        let start = offset(source, line.parse().ok()?, column.parse().ok()?)?;
        let end = source[start..].find('\n').map_or(source.len(), |end| start + end);
        self.at(source, &(start..end), present)
    }

    /// Where a part of what was compiled stands.
    fn at(&self, source: &str, span: &Range<usize>, present: (usize, &str)) -> Option<Place> {
        let file = SourceFile::parse(source, Edition::CURRENT).tree();
        let mut items = file.syntax().children().filter_map(ast::Item::cast);
        let within = |item: &ast::Item| range_of(item.syntax()).contains(&span.start);
        let cells = || {
            std::iter::once(present).chain(self.0.iter().rev().map(|(number, code)| (*number, code.as_str())))
        };
        let placed = items.find(within).and_then(|item| match &item {
            ast::Item::Use(import) => cells().find_map(|cell| imported(import, &source[span.clone()], cell)),
            item => {
                let (text, begin) = (item.syntax().text().to_string(), range_of(item.syntax()).start);
                let found =
                    |(number, code): (usize, &str)| Some((number, code.rfind(&text)?, code.to_string()));
                let (number, at, code) = cells().find_map(found)?;
                let range = at + span.start - begin..at + span.end.max(span.start) - begin;
                Some(place(number, &code, range))
            }
        });
        // evcxr puts lines of its own around the last expression.
        placed.or_else(|| {
            let begin = source[..span.start].rfind('\n').map_or(0, |end| end + 1);
            let whole = source[begin..].lines().take(1);
            let lines = source[span.clone()]
                .lines()
                .chain(whole)
                .map(str::trim)
                .filter(|line| line.chars().any(char::is_alphanumeric));
            lines.flat_map(|line| cells().map(move |cell| (line, cell))).find_map(|(line, (number, code))| {
                let at = code.lines().find(|known| known.trim() == line)?;
                let begin =
                    at.as_ptr() as usize - code.as_ptr() as usize + (at.len() - at.trim_start().len());
                Some(place(number, code, begin..begin + line.len()))
            })
        })
    }

    /// Which variables may hold something of a system that was defined anew: by what is said of their types, and by what cells have
    /// defined. One too many is lost for nothing, one too few would be read as what it is not.
    pub(crate) fn holding(&self, anew: &Anew, variables: &[(String, String)]) -> Vec<String> {
        let items = self.items();
        let mut touched = BTreeSet::from([anew.system.clone()]);
        let mut is_type_touched = false;
        loop {
            let before = touched.len();
            for item in &items {
                if !item.mentions.is_disjoint(&touched) {
                    is_type_touched |= !item.is_import;
                    touched.extend(if item.is_whole { anew.items.clone() } else { item.defines.clone() });
                }
            }
            if touched.len() == before {
                break;
            }
        }
        let holds = |of: &str| {
            let ty = SourceFile::parse(&format!("type T_ = {of};"), Edition::CURRENT).syntax_node();
            // What is behind a `dyn` may be asked for its type.
            let is_any = tokens(&ty).any(|token| token.kind() == SyntaxKind::DYN_KW);
            !mentioned(&ty).is_disjoint(&touched) || is_any && is_type_touched
        };
        variables.iter().filter(|(_, of)| holds(of)).map(|(name, _)| name.clone()).collect()
    }

    /// What is defined: of several of one name the last.
    fn items(&self) -> Vec<Defined> {
        let mut all: Vec<Defined> = Vec::new();
        for (_, code) in &self.0 {
            for item in self::items(code) {
                for defined in Defined::of(&item) {
                    all.retain(|known| known.name.is_none() || known.name != defined.name);
                    all.push(defined);
                }
            }
        }
        all
    }
}

/// What one item says that types may depend on.
struct Defined {
    /// By which it is found; another one of this name takes its place.
    name: Option<String>,
    defines: Vec<String>,
    mentions: BTreeSet<String>,
    is_import: bool,
    /// It imports all that is somewhere.
    is_whole: bool,
}

impl Defined {
    fn of(item: &ast::Item) -> Vec<Defined> {
        let node = item.syntax();
        let some = |name: Option<String>, defines, mentions| {
            vec![Defined { name, defines, mentions, is_import: false, is_whole: false }]
        };
        match item {
            ast::Item::Use(import) => {
                let mut all = Vec::new();
                import.use_tree().into_iter().for_each(|tree| imports(&tree, &[], &mut all));
                all
            }
            // What it says inside makes no type another one.
            ast::Item::Fn(function) if function.const_token().is_none() => {
                some(name(node), Vec::new(), BTreeSet::new())
            }
            ast::Item::Impl(block) => {
                let inner = block.assoc_item_list().into_iter().flat_map(|list| list.assoc_items());
                let types = inner
                    .filter(|item| matches!(item, ast::AssocItem::TypeAlias(_) | ast::AssocItem::Const(_)));
                let mentions = types.flat_map(|item| mentioned(item.syntax())).collect();
                let header = [block.self_ty(), block.trait_()].into_iter().flatten();
                some(None, header.flat_map(|ty| mentioned(ty.syntax())).collect(), mentions)
            }
            // What it comes to is not to be seen.
            ast::Item::MacroCall(_) => some(None, words(node), words(node).into_iter().collect()),
            _ => {
                let nested =
                    node.descendants().filter_map(ast::Name::cast).map(|name| name.text().to_string());
                some(name(node), nested.collect(), mentioned(node))
            }
        }
    }
}

/// Each name that an import brings in, with the path to it.
fn imports(tree: &ast::UseTree, before: &[String], all: &mut Vec<Defined>) {
    let mut path = before.to_vec();
    path.extend(tree.path().into_iter().flat_map(|inner| words(inner.syntax())));
    if let Some(list) = tree.use_tree_list() {
        list.use_trees().for_each(|inner| imports(&inner, &path, all));
        return;
    }
    let renamed = tree.rename().and_then(|rename| rename.name()).map(|name| name.text().to_string());
    let is_whole = tree.star_token().is_some();
    let name = if is_whole { None } else { renamed.or_else(|| path.last().cloned()) };
    let defines = name.iter().cloned().collect();
    all.push(Defined { name, defines, mentions: first(&path), is_import: true, is_whole });
}

/// What a path begins with, and behind the crate of the systems the system.
fn first(path: &[String]) -> BTreeSet<String> {
    let rest = if path.first().is_some_and(|first| first == SYSTEMS) { &path[1..] } else { path };
    rest.first().into_iter().cloned().collect()
}

/// The identifiers that begin a path.
fn mentioned(node: &SyntaxNode) -> BTreeSet<String> {
    let all: Vec<SyntaxToken> = tokens(node).filter(|token| !token.kind().is_trivia()).collect();
    let is_colon = |at: usize| matches!(all[at].kind(), SyntaxKind::COLON2 | SyntaxKind::COLON);
    let begins = |at: usize| {
        // In what a macro is given, `::` is two colons.
        let mut before = at;
        while before > 0 && is_colon(before - 1) {
            before -= 1;
        }
        let is_path = before + 2 == at || before + 1 == at && all[before].kind() == SyntaxKind::COLON2;
        let qualifier = before.checked_sub(1).map(|at| &all[at]).filter(|_| is_path);
        qualifier.is_none_or(|token| token.kind() != SyntaxKind::IDENT || token.text() == SYSTEMS)
    };
    let idents = (0..all.len()).filter(|at| all[*at].kind() == SyntaxKind::IDENT && begins(*at));
    idents.map(|at| all[at].text().to_string()).collect()
}

fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.descendants_with_tokens().filter_map(|element| element.into_token())
}

/// Every identifier.
fn words(node: &SyntaxNode) -> Vec<String> {
    tokens(node)
        .filter(|token| token.kind() == SyntaxKind::IDENT)
        .map(|token| token.text().to_string())
        .collect()
}

/// What an item is called.
fn name(node: &SyntaxNode) -> Option<String> {
    node.children().find_map(ast::Name::cast).map(|name| name.text().to_string())
}

/// Which of some variables a cell reads, and does not make anew.
pub(crate) fn reads<'n>(code: &str, names: &BTreeSet<&'n String>) -> Option<&'n String> {
    let file = parsed(code);
    let is_of =
        |token: &SyntaxToken, kind: SyntaxKind| token.parent().is_some_and(|parent| parent.kind() == kind);
    let is_read = |token: &SyntaxToken| {
        let path = token.parent().filter(|parent| parent.kind() == SyntaxKind::NAME_REF);
        let segment = path.and_then(|name| name.parent()).and_then(ast::PathSegment::cast);
        let alone = segment.is_some_and(|s| s.parent_path().qualifier().is_none());
        alone || is_of(token, SyntaxKind::TOKEN_TREE)
    };
    let named =
        |name: &str| tokens(file.syntax()).filter(|token| token.text() == name).collect::<Vec<SyntaxToken>>();
    names.iter().copied().find(|name| {
        let all = named(name);
        all.iter().any(is_read) && !all.iter().any(|token| is_of(token, SyntaxKind::NAME))
    })
}

/// The items of a cell, behind its commands.
fn items(code: &str) -> Vec<ast::Item> {
    let list = parsed(code).syntax().descendants().find_map(ast::StmtList::cast);
    list.into_iter().flat_map(|list| list.syntax().children().filter_map(ast::Item::cast)).collect()
}

/// A cell in the body of a function, its commands left blank.
fn parsed(code: &str) -> SourceFile {
    let is_rust = |line: &&str| !is_no_rust(line);
    let begin =
        code.lines().find(is_rust).map_or(code.len(), |line| line.as_ptr() as usize - code.as_ptr() as usize);
    let blank: String = code[..begin].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    // Of characters of several bytes there may have been some in a comment.
    let text = format!("{BEGIN}{}{blank}{}\n}}", " ".repeat(begin - blank.len()), &code[begin..]);
    SourceFile::parse(&text, Edition::CURRENT).tree()
}

/// Where a cell imports what an import says, of which evcxr writes one for each name; `wrong`: the word that is wrong.
fn imported(import: &ast::Use, wrong: &str, (number, code): (usize, &str)) -> Option<Place> {
    let named: BTreeSet<String> = words(import.syntax()).into_iter().collect();
    let all = items(code).into_iter().filter(|item| matches!(item, ast::Item::Use(_))).filter_map(|item| {
        let own: Vec<SyntaxToken> =
            tokens(item.syntax()).filter(|token| token.kind() == SyntaxKind::IDENT).collect();
        let has = |word: &String| own.iter().any(|token| token.text() == word);
        named.iter().all(has).then_some(own)
    });
    let own = all.last()?;
    let last = wrong.rsplit("::").next().and_then(|last| last.split_whitespace().next()).unwrap_or(wrong);
    let token = own.iter().rev().find(|token| token.text() == last).or(own.last())?;
    let range = Range::<usize>::from(token.text_range());
    Some(place(number, code, range.start - BEGIN.len()..range.end - BEGIN.len()))
}

fn range_of(node: &SyntaxNode) -> Range<usize> {
    node.text_range().into()
}

/// The places that an error has in the file that was compiled, what is wrong before what is beside it.
fn spans(json: &Value) -> impl Iterator<Item = &Value> {
    let all = json["spans"].as_array().map_or(&[][..], Vec::as_slice);
    let (primary, others): (Vec<_>, Vec<_>) = all.iter().partition(|span| span["is_primary"] == true);
    primary.into_iter().chain(others).filter_map(|span| {
        let mut at = span;
        while at["file_name"].as_str().is_none_or(|name| name != FILE) {
            at = at.get("expansion")?.get("span")?;
        }
        Some(at)
    })
}

/// The bytes of a place.
fn range(source: &str, span: &Value) -> Option<Range<usize>> {
    let number = |name: &str| span[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let start = offset(source, number("line_start")?, number("column_start")?)?;
    let end = offset(source, number("line_end")?, number("column_end")?)?;
    Some(start..end.max(start))
}

/// The byte at which a character stands, by line and column from 1.
fn offset(source: &str, line: usize, column: usize) -> Option<usize> {
    let text = source.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let before = text.as_ptr() as usize - source.as_ptr() as usize;
    let within = text.char_indices().nth(column.checked_sub(1)?).map_or(text.len(), |(at, _)| at);
    Some(before + within)
}

fn place(cell: usize, code: &str, range: Range<usize>) -> Place {
    let at = |offset: usize| {
        let before = &code[..offset.min(code.len())];
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    };
    let ((line, column), (end_line, end_column)) = (at(range.start), at(range.end));
    Place { cell, line, column, end_line, end_column }
}
