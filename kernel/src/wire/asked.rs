//! What front ends ask: a type for the content of each message that is answered.
//!
//! Enters: a message type and a JSON object. Leaves: [`Asked`]. A field that is missing or of the wrong type has the
//! protocol's default, and unknown fields are left aside: no content is refused here.
//! Source: Jupyter messaging protocol 5.5.

#![expect(missing_docs, reason = "Jupyter's messaging protocol names and explains these")]

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    Execute(ExecuteRequest),
    Question(Question),
    History(HistoryRequest),
    KernelInfo,
    CommInfo(CommInfo),
    CommOpen(CommOpen),
    CommMsg(CommMsg),
    CommClose(CommOpen),
    Interrupt,
    Shutdown(ShutdownRequest),
    /// What has no answer, by its message type.
    Other(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExecuteRequest {
    /// `None`: there is no text to execute.
    pub code: Option<String>,
    pub silent: bool,
    /// Never with `silent`.
    pub store_history: bool,
    /// Never with `silent`.
    pub stop_on_error: bool,
    /// What is no text is evaluated as an empty one.
    pub user_expressions: BTreeMap<String, String>,
}

/// What the language is asked about a text, without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    Complete { code: String, cursor: Cursor },
    Inspect { code: String, cursor: Cursor, detail: Detail },
    IsComplete { code: String },
}

/// A position in a text in code points, which may lie outside of it; `None`: its end.
pub type Cursor = Option<i64>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Level 0.
    Short,
    /// Level 1 and above: with the source.
    Long,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRequest {
    pub access: Access,
    /// With what the cells showed.
    pub output: bool,
}

/// Which cells of the history are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The last `n`.
    Tail { n: u64 },
    /// By number, `start..stop`.
    Range { session: i64, start: i64, stop: i64 },
    /// The last `n` that fit; of equal ones the latest alone where `unique`.
    Search { pattern: String, n: u64, unique: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommInfo {
    /// `None`: whatever their target.
    pub target_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommOpen {
    /// To be repeated as it came.
    pub comm_id: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CommMsg {
    pub comm_id: String,
    pub data: Said,
}

/// What front ends tell a widget.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Some of its state is now so.
    Update(Map<String, Value>),
    /// They want to know all of its state.
    RequestState,
    /// Anything else.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownRequest {
    pub restart: bool,
}

impl Asked {
    pub(super) fn read(msg_type: String, content: Map<String, Value>) -> Asked {
        let mut fields = Fields(content);
        match msg_type.as_str() {
            "execute_request" => Asked::Execute(ExecuteRequest::read(fields)),
            "complete_request" => {
                Asked::Question(Question::Complete { code: fields.code(), cursor: fields.take("cursor_pos") })
            }
            "inspect_request" => Asked::Question(Question::Inspect {
                code: fields.code(),
                cursor: fields.take("cursor_pos"),
                detail: Detail::read(fields),
            }),
            "is_complete_request" => Asked::Question(Question::IsComplete { code: fields.code() }),
            "history_request" => Asked::History(HistoryRequest::read(fields)),
            "kernel_info_request" => Asked::KernelInfo,
            "comm_info_request" => Asked::CommInfo(CommInfo { target_name: fields.take("target_name") }),
            "comm_open" => Asked::CommOpen(CommOpen::read(fields)),
            "comm_msg" => Asked::CommMsg(CommMsg::read(fields)),
            "comm_close" => Asked::CommClose(CommOpen::read(fields)),
            "interrupt_request" => Asked::Interrupt,
            "shutdown_request" => {
                Asked::Shutdown(ShutdownRequest { restart: fields.take("restart").unwrap_or(false) })
            }
            _ => Asked::Other(msg_type),
        }
    }
}

impl ExecuteRequest {
    fn read(mut fields: Fields) -> ExecuteRequest {
        let silent = fields.take("silent").unwrap_or(false);
        let expressions: Map<String, Value> = fields.take("user_expressions").unwrap_or_default();
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        ExecuteRequest {
            code: fields.take("code"),
            silent,
            store_history: !silent && fields.take("store_history").unwrap_or(true),
            stop_on_error: !silent && fields.take("stop_on_error").unwrap_or(true),
            user_expressions: expressions.into_iter().map(|(name, code)| (name, text(code))).collect(),
        }
    }
}

impl CommOpen {
    fn read(mut fields: Fields) -> CommOpen {
        CommOpen { comm_id: fields.take("comm_id").unwrap_or_default() }
    }
}

impl CommMsg {
    fn read(mut fields: Fields) -> CommMsg {
        let mut data = Fields(fields.take("data").unwrap_or_default());
        let said = match data.take::<String>("method").as_deref() {
            Some("update") => Said::Update(data.take("state").unwrap_or_default()),
            Some("request_state") => Said::RequestState,
            _ => Said::Other,
        };
        CommMsg { comm_id: fields.take("comm_id").unwrap_or_default(), data: said }
    }
}

impl Detail {
    fn read(mut fields: Fields) -> Detail {
        match fields.take::<i64>("detail_level") {
            Some(1..) => Detail::Long,
            _ => Detail::Short,
        }
    }
}

impl HistoryRequest {
    fn read(mut fields: Fields) -> HistoryRequest {
        let n = fields.take("n").unwrap_or(u64::MAX);
        let access = match fields.take::<String>("hist_access_type").as_deref() {
            Some("range") => Access::Range {
                session: fields.take("session").unwrap_or(0),
                start: fields.take("start").unwrap_or(0),
                stop: fields.take("stop").unwrap_or(i64::MAX),
            },
            Some("search") => Access::Search {
                pattern: fields.take("pattern").unwrap_or_else(|| "*".into()),
                n,
                unique: fields.take("unique").unwrap_or(false),
            },
            _ => Access::Tail { n },
        };
        HistoryRequest { access, output: fields.take("output").unwrap_or(false) }
    }
}

/// A content whose fields are taken out one by one.
struct Fields(Map<String, Value>);

impl Fields {
    /// `None` where the field is missing or of another type.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        serde_json::from_value(self.0.remove(name)?).ok()
    }

    fn code(&mut self) -> String {
        self.take("code").unwrap_or_default()
    }
}
