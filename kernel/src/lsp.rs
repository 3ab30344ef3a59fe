//! The language server: what editors ask about a text, answered by the session's own completion, help and analysis.
//!
//! Enters: messages of the Language Server Protocol from an editor. Leaves: answers, and the diagnostics of each text
//! that is opened or changed. Nothing is explored.

mod answers;
mod places;

use crate::hosts::{Files, Machine};
use crate::jobs::Rate;
use lsp_server::{Connection, ErrorCode, ExtractError, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest, Request as _,
};
use lsp_types::{
    CompletionOptions, HoverProviderCapability, InitializeParams, OneOf, PositionEncodingKind,
    PublishDiagnosticsParams, ServerCapabilities, TextDocumentPositionParams, TextDocumentSyncCapability,
    TextDocumentSyncKind, Uri,
};
use places::{Encoding, Text};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What an editor is told where the language stops unexpectedly: the server goes on with the next text.
const FAULT: &str = "a fault of Reconverge, not of the text";

/// Serves an editor over standard input and output until it says that this is all. `library`: what `use NAME` knows.
///
/// Errors: the editor does not keep to the protocol, or is gone.
pub(crate) fn serve(library: &[(String, String)]) -> Result<(), Box<dyn Error + Sync + Send>> {
    let (connection, threads) = Connection::stdio();
    let (id, asked) = connection.initialize_start()?;
    let asked: InitializeParams = serde_json::from_value(asked)?;
    let encoding = Encoding::agreed(&asked);
    let offered = serde_json::json!({
        "capabilities": capabilities(encoding),
        "serverInfo": { "name": "reconverge", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, offered)?;
    let mut server = Server { connection: &connection, library, encoding, texts: BTreeMap::new() };
    server.run()?;
    drop(connection);
    threads.join()?;
    Ok(())
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", ":", " ", "?", "{", "("].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

struct Server<'a> {
    connection: &'a Connection,
    library: &'a [(String, String)],
    encoding: Encoding,
    texts: BTreeMap<String, Text>,
}

impl Server<'_> {
    fn run(&mut self) -> Result<(), Box<dyn Error + Sync + Send>> {
        for message in &self.connection.receiver {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    let id = request.id.clone();
                    let answer = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
                    let fault = |_| Response::new_err(id, ErrorCode::InternalError as i32, FAULT.to_owned());
                    let answer = answer.unwrap_or_else(fault);
                    self.connection.sender.send(Message::Response(answer))?;
                }
                Message::Notification(told) => self.told(told)?,
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    fn answer(&self, request: Request) -> Response {
        let id = request.id.clone();
        let found = match request.method.as_str() {
            Completion::METHOD => self.about(request, |asker, p: lsp_types::CompletionParams| {
                asker.at(&p.text_document_position, |text, at| answers::completion(self.library, text, at))
            }),
            HoverRequest::METHOD => self.about(request, |asker, p: lsp_types::HoverParams| {
                asker.at(&p.text_document_position_params, |text, at| answers::hover(self.library, text, at))
            }),
            GotoDefinition::METHOD => self.about(request, |asker, p: lsp_types::GotoDefinitionParams| {
                let place = &p.text_document_position_params;
                let uri = &place.text_document.uri;
                asker.at(place, |text, at| answers::definition(self.library, (uri, text), at))
            }),
            DocumentSymbolRequest::METHOD => {
                self.about(request, |asker, p: lsp_types::DocumentSymbolParams| {
                    asker.text(&p.text_document.uri).map_or(serde_json::Value::Null, answers::symbols)
                })
            }
            Formatting::METHOD => self.about(request, |asker, p: lsp_types::DocumentFormattingParams| {
                asker.text(&p.text_document.uri).map_or(serde_json::Value::Null, answers::formatted)
            }),
            _ => Err((ErrorCode::MethodNotFound, format!("there is no {}", request.method))),
        };
        match found {
            Ok(value) => Response::new_ok(id, value),
            Err((code, words)) => Response::new_err(id, code as i32, words),
        }
    }

    /// Reads what is asked, and answers it.
    fn about<P: DeserializeOwned>(
        &self,
        request: Request,
        act: impl FnOnce(&Self, P) -> serde_json::Value,
    ) -> Result<serde_json::Value, (ErrorCode, String)> {
        let params = serde_json::from_value(request.params);
        params.map(|p| act(self, p)).map_err(|e| (ErrorCode::InvalidParams, e.to_string()))
    }

    fn at(
        &self,
        place: &TextDocumentPositionParams,
        act: impl FnOnce(&Text, usize) -> serde_json::Value,
    ) -> serde_json::Value {
        let text = self.text(&place.text_document.uri);
        text.map_or(serde_json::Value::Null, |text| act(text, text.offset(place.position)))
    }

    fn text(&self, uri: &Uri) -> Option<&Text> {
        self.texts.get(uri.as_str())
    }

    fn told(&mut self, told: Notification) -> Result<(), Box<dyn Error + Sync + Send>> {
        match told.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Ok(p) = read::<lsp_types::DidOpenTextDocumentParams>(told, DidOpenTextDocument::METHOD)
                else {
                    return Ok(());
                };
                self.changed(p.text_document.uri, p.text_document.text, Some(p.text_document.version))
            }
            DidChangeTextDocument::METHOD => {
                let Ok(p) =
                    read::<lsp_types::DidChangeTextDocumentParams>(told, DidChangeTextDocument::METHOD)
                else {
                    return Ok(());
                };
                let Some(last) = p.content_changes.into_iter().next_back() else { return Ok(()) };
                self.changed(p.text_document.uri, last.text, Some(p.text_document.version))
            }
            DidCloseTextDocument::METHOD => {
                let Ok(p) = read::<lsp_types::DidCloseTextDocumentParams>(told, DidCloseTextDocument::METHOD)
                else {
                    return Ok(());
                };
                self.texts.remove(p.text_document.uri.as_str());
                self.publish(p.text_document.uri, Vec::new(), None)
            }
            _ => Ok(()),
        }
    }

    fn changed(
        &mut self,
        uri: Uri,
        text: String,
        version: Option<i32>,
    ) -> Result<(), Box<dyn Error + Sync + Send>> {
        let text = Text { text, encoding: self.encoding };
        let host = machine(&uri);
        let looked = AssertUnwindSafe(|| answers::diagnostics(self.library, (&uri, &text), &host));
        let found = catch_unwind(looked).unwrap_or_default();
        self.texts.insert(uri.as_str().to_owned(), text);
        self.publish(uri, found, version)
    }

    fn publish(
        &self,
        uri: Uri,
        diagnostics: Vec<lsp_types::Diagnostic>,
        version: Option<i32>,
    ) -> Result<(), Box<dyn Error + Sync + Send>> {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        let told = Notification::new(PublishDiagnostics::METHOD.to_owned(), params);
        Ok(self.connection.sender.send(Message::Notification(told))?)
    }
}

fn read<P: DeserializeOwned>(told: Notification, method: &str) -> Result<P, ExtractError<Notification>> {
    told.extract(method)
}

/// This machine, which lets a text use the files of its folder.
fn machine(uri: &Uri) -> Machine<impl Fn(Rate) + Sync + use<>> {
    let mut machine = Machine::new(Arc::new(AtomicBool::new(false)), |_: Rate| {});
    let path = uri.scheme().filter(|s| s.as_str() == "file").map(|_| PathBuf::from(uri.path().as_str()));
    if let Some(folder) = path.as_deref().and_then(|p| p.parent()) {
        machine.files = Files::new(folder, None).unwrap_or_else(|_| Files::of_kernel());
    }
    machine
}
