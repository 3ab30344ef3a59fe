//! Answers to what editors ask, by the session.
//!
//! Enters: a text and a place. Leaves: what the protocol calls completion, hover, definition, symbols, edits and
//! diagnostics.

use super::places::Text;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionTextEdit, DiagnosticRelatedInformation,
    DiagnosticSeverity, DocumentSymbol, Documentation, Hover, HoverContents, InsertTextFormat, Location,
    MarkupContent, MarkupKind, NumberOrString, SymbolKind, TextEdit, Uri,
};
use reconverge_lang::diag::{Diagnostic, Severity};
use reconverge_lang::session::{CellRef, Host, Session};
use reconverge_lang::span::{SourceId, Sources};
use reconverge_lang::syntax::outline::{Outlined, outline};
use reconverge_lang::syntax::printer;
use reconverge_lang::view;
use serde_json::{Value, json};

pub(super) fn completion(library: &[(String, String)], text: &Text, at: usize) -> Value {
    let found = Session::new(library.to_vec()).complete(&text.text, at);
    let range = text.between(found.start, found.end);
    let items = found.items.into_iter().enumerate().map(|(i, item)| {
        let format = item.snippet.is_some().then_some(InsertTextFormat::SNIPPET);
        let new_text = item.snippet.unwrap_or_else(|| item.text.clone());
        CompletionItem {
            label: item.text,
            kind: Some(completion_kind(item.kind)),
            detail: item.detail,
            documentation: item.docs.map(Documentation::String),
            // Editors sort by this: the likeliest first.
            sort_text: Some(format!("{i:05}")),
            insert_text_format: format,
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
            ..CompletionItem::default()
        }
    });
    json!(CompletionList { is_incomplete: false, items: items.collect() })
}

fn completion_kind(kind: &str) -> CompletionItemKind {
    match kind {
        "system" | "mapping" => CompletionItemKind::MODULE,
        "order" | "invariant" | "resolution" | "reconciler" => CompletionItemKind::INTERFACE,
        "action" | "step" => CompletionItemKind::EVENT,
        "def" | "function" => CompletionItemKind::FUNCTION,
        "method" => CompletionItemKind::METHOD,
        "field" => CompletionItemKind::FIELD,
        "variant" => CompletionItemKind::ENUM_MEMBER,
        "param" | "member" => CompletionItemKind::CONSTANT,
        "state" | "ghost" | "clock" | "local" => CompletionItemKind::VARIABLE,
        "type" => CompletionItemKind::STRUCT,
        "node" => CompletionItemKind::CLASS,
        "message" | "link" => CompletionItemKind::REFERENCE,
        "file" => CompletionItemKind::FILE,
        "snippet" => CompletionItemKind::SNIPPET,
        _ => CompletionItemKind::KEYWORD,
    }
}

pub(super) fn hover(library: &[(String, String)], text: &Text, at: usize) -> Value {
    let found = Session::new(library.to_vec()).inspect(&text.text, at);
    let contents = |value| HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    found.map_or(Value::Null, |found| {
        json!(Hover { contents: contents(view::inspection::markdown(&found)), range: None })
    })
}

pub(super) fn definition(library: &[(String, String)], (uri, text): (&Uri, &Text), at: usize) -> Value {
    let found = Session::new(library.to_vec()).inspect(&text.text, at);
    // The text of a fresh session is its first; what a bundled mapping declares is in no file.
    let here = found.and_then(|found| found.declared).filter(|span| span.source == SourceId(0));
    here.map_or(Value::Null, |span| json!(Location::new(uri.clone(), text.range(span))))
}

pub(super) fn symbols(text: &Text) -> Value {
    let all: Vec<DocumentSymbol> =
        outline(SourceId(0), &text.text).into_iter().map(|item| symbol(item, text)).collect();
    json!(all)
}

#[expect(
    deprecated,
    reason = "the type has a field that the protocol has given up, and no other way to be made"
)]
fn symbol(item: Outlined, text: &Text) -> DocumentSymbol {
    let Outlined { name, kind, detail, span, at, children } = item;
    let children: Vec<DocumentSymbol> = children.into_iter().map(|child| symbol(child, text)).collect();
    let detail = if detail.is_empty() { kind.to_owned() } else { format!("{kind}: {detail}") };
    DocumentSymbol {
        name,
        detail: Some(detail),
        kind: symbol_kind(kind),
        tags: None,
        deprecated: None,
        range: text.range(span),
        selection_range: text.range(at),
        children: Some(children).filter(|c| !c.is_empty()),
    }
}

fn symbol_kind(kind: &str) -> SymbolKind {
    match kind {
        "system" | "extend" => SymbolKind::MODULE,
        "use" => SymbolKind::PACKAGE,
        "order" | "invariant" | "resolution" | "reconciler" => SymbolKind::INTERFACE,
        "action" | "on" => SymbolKind::EVENT,
        "def" => SymbolKind::FUNCTION,
        "field" => SymbolKind::FIELD,
        "variant" => SymbolKind::ENUM_MEMBER,
        "enum" => SymbolKind::ENUM,
        "param" => SymbolKind::CONSTANT,
        "node" => SymbolKind::CLASS,
        "record" | "message" | "type" => SymbolKind::STRUCT,
        "command" => SymbolKind::METHOD,
        _ => SymbolKind::VARIABLE,
    }
}

/// The edit that brings a text into the standard layout; nothing where it cannot be parsed, or is there already.
pub(super) fn formatted(text: &Text) -> Value {
    match printer::format(&text.text) {
        Ok(laid) if laid != text.text => {
            json!([TextEdit { range: text.between(0, text.text.len()), new_text: laid }])
        }
        Ok(_) => json!([]),
        Err(_) => Value::Null,
    }
}

pub(super) fn diagnostics(
    library: &[(String, String)],
    (uri, text): (&Uri, &Text),
    host: &dyn Host,
) -> Vec<lsp_types::Diagnostic> {
    let mut session = Session::new(library.to_vec());
    let name = uri.path().as_str().rsplit('/').next().unwrap_or_default().to_owned();
    let found = session.define(CellRef { id: None, name }, &text.text, host);
    let sources = session.sources();
    found.iter().map(|d| diagnostic(d, (uri, text), sources)).collect()
}

fn diagnostic(d: &Diagnostic, (uri, text): (&Uri, &Text), sources: &Sources) -> lsp_types::Diagnostic {
    let here = |span: &reconverge_lang::span::Span| span.source == SourceId(0);
    let range = if here(&d.span) { text.range(d.span) } else { text.between(0, 0) };
    let elsewhere = (!here(&d.span)).then(|| format!("{}: ", sources.describe(d.span)));
    let help = d.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
    let related =
        d.related.iter().filter(|(span, _)| here(span)).map(|(span, words)| DiagnosticRelatedInformation {
            location: Location::new(uri.clone(), text.range(*span)),
            message: words.clone(),
        });
    lsp_types::Diagnostic {
        range,
        severity: Some(match d.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(d.code.0.code.to_owned())),
        source: Some("reconverge".to_owned()),
        message: format!("{}{}{help}", elsewhere.unwrap_or_default(), d.message),
        related_information: Some(related.collect()),
        ..lsp_types::Diagnostic::default()
    }
}
