//! What the kernel says: a type for the content of each message that it sends.
//!
//! Enters: nothing. Leaves: [`Content`], which is JSON with the field names and defaults of the protocol.
//! Source: Jupyter messaging protocol 5.5.

#![expect(missing_docs, reason = "Jupyter's messaging protocol names and explains these")]

pub use reconverge_outputs::bundle::{Bundle, Failed};

use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The variant is the message type.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Content {
    ExecuteReply(ExecuteReply),
    CompleteReply(CompleteReply),
    InspectReply(InspectReply),
    IsCompleteReply(IsCompleteReply),
    HistoryReply(HistoryReply),
    KernelInfoReply(KernelInfoReply),
    CommInfoReply(CommInfoReply),
    InterruptReply(InterruptReply),
    ShutdownReply(ShutdownReply),
    Status(Status),
    ExecuteInput(ExecuteInput),
    ExecuteResult(ExecuteResult),
    DisplayData(DisplayData),
    UpdateDisplayData(DisplayData),
    Stream(Stream),
    ClearOutput(ClearOutput),
    Error(Failed),
    CommOpen(OpenedComm),
    CommMsg(ToldComm),
    CommClose(CommClose),
    Welcome(Welcome),
}

impl Content {
    pub fn msg_type(&self) -> &'static str {
        match self {
            Content::ExecuteReply(_) => "execute_reply",
            Content::CompleteReply(_) => "complete_reply",
            Content::InspectReply(_) => "inspect_reply",
            Content::IsCompleteReply(_) => "is_complete_reply",
            Content::HistoryReply(_) => "history_reply",
            Content::KernelInfoReply(_) => "kernel_info_reply",
            Content::CommInfoReply(_) => "comm_info_reply",
            Content::InterruptReply(_) => "interrupt_reply",
            Content::ShutdownReply(_) => "shutdown_reply",
            Content::Status(_) => "status",
            Content::ExecuteInput(_) => "execute_input",
            Content::ExecuteResult(_) => "execute_result",
            Content::DisplayData(_) => "display_data",
            Content::UpdateDisplayData(_) => "update_display_data",
            Content::Stream(_) => "stream",
            Content::ClearOutput(_) => "clear_output",
            Content::Error(_) => "error",
            Content::CommOpen(_) => "comm_open",
            Content::CommMsg(_) => "comm_msg",
            Content::CommClose(_) => "comm_close",
            Content::Welcome(_) => "iopub_welcome",
        }
    }

    /// What goes beside it.
    pub(super) fn metadata(&self) -> Metadata {
        let widget = matches!(self, Content::CommOpen(_));
        Metadata { version: widget.then_some(WIDGETS_VERSION) }
    }
}

/// Of the widgets' own protocol: with 2.1 changes are sent back to all front ends.
const WIDGETS_VERSION: &str = "2.1.0";

#[derive(Debug, Clone, Serialize)]
pub(super) struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ExecuteReply {
    Ok {
        execution_count: u64,
        payload: Vec<NextInput>,
        user_expressions: BTreeMap<String, Evaluated>,
    },
    Error {
        execution_count: u64,
        #[serde(flatten)]
        failed: Failed,
        payload: [(); 0],
        user_expressions: BTreeMap<String, Evaluated>,
    },
    /// A cell before it failed.
    Aborted {
        execution_count: u64,
    },
}

/// The text of a cell that the front end is asked to put below the one that ran.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "source", rename = "set_next_input")]
pub struct NextInput {
    pub text: String,
    /// In place of the cell that ran.
    pub replace: bool,
}

/// What one user expression came to.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Evaluated {
    Ok(Bundle),
    Error(Failed),
}

/// Positions are in code points.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct CompleteReply {
    pub matches: Vec<String>,
    pub cursor_start: usize,
    pub cursor_end: usize,
    pub metadata: CompleteMetadata,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct CompleteMetadata {
    /// One for each match, in the same order, as JupyterLab wants it.
    #[serde(rename = "_jupyter_types_experimental", skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<MatchType>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct MatchType {
    pub start: usize,
    pub end: usize,
    pub text: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct InspectReply {
    pub found: bool,
    #[serde(flatten)]
    pub bundle: Bundle,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum IsCompleteReply {
    Complete,
    Incomplete { indent: String },
    Invalid,
    Unknown,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct HistoryReply {
    pub history: Vec<HistoryEntry>,
}

/// Session, number of the cell, what it was.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryEntry(pub u64, pub u64, pub Past);

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Past {
    Input(String),
    /// With the plain text of the result, where there was one.
    InputOutput(String, Option<String>),
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct KernelInfoReply {
    pub protocol_version: &'static str,
    pub implementation: &'static str,
    pub implementation_version: &'static str,
    pub language_info: LanguageInfo,
    pub banner: String,
    pub debugger: bool,
    pub supported_features: Vec<&'static str>,
    pub help_links: Vec<HelpLink>,
}

#[derive(Debug, Clone, Serialize)]
pub struct LanguageInfo {
    pub name: &'static str,
    pub version: &'static str,
    pub mimetype: &'static str,
    pub file_extension: &'static str,
    pub pygments_lexer: &'static str,
    pub codemirror_mode: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct HelpLink {
    pub text: &'static str,
    pub url: &'static str,
}

/// By their ids.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct CommInfoReply {
    pub comms: BTreeMap<String, CommTarget>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct CommTarget {
    pub target_name: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct InterruptReply {}

/// Also published, so that every front end learns of it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "status", rename = "ok")]
pub struct ShutdownReply {
    pub restart: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Status {
    pub execution_state: ExecutionState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionState {
    Starting,
    Busy,
    Idle,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExecuteInput {
    pub code: String,
    pub execution_count: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExecuteResult {
    #[serde(flatten)]
    pub bundle: Bundle,
    pub execution_count: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct DisplayData {
    #[serde(flatten)]
    pub bundle: Bundle,
    pub transient: Transient,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Transient {
    /// By which it can be updated; `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Stream {
    pub name: StreamName,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamName {
    Stdout,
    Stderr,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct ClearOutput {
    /// For the next output.
    pub wait: bool,
}

/// A widget is there.
#[derive(Debug, Clone, Serialize)]
pub struct OpenedComm {
    pub comm_id: String,
    pub target_name: &'static str,
    pub data: WidgetState,
}

/// What is told of a widget.
#[derive(Debug, Clone, Serialize)]
pub struct ToldComm {
    pub comm_id: String,
    pub data: ToldState,
}

/// All of its state, or a part.
#[derive(Debug, Clone, Serialize)]
pub struct WidgetState {
    pub state: Map<String, Value>,
    /// None of the state is binary.
    pub buffer_paths: [(); 0],
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum ToldState {
    /// The kernel has changed it.
    Update(WidgetState),
    /// A front end has: all others, and itself, are told.
    EchoUpdate(WidgetState),
}

#[derive(Debug, Clone, Serialize)]
pub struct CommClose {
    pub comm_id: Value,
    pub data: Empty,
}

#[derive(Debug, Clone, Serialize)]
pub struct Welcome {
    pub subscription: String,
}

/// `{}`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Empty {}
