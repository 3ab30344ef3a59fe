//! Frames ⇄ messages: the Jupyter wire protocol, pure over byte slices.
//!
//! Enters: frames as they came, outgoing messages. Leaves: requests or a [`WireError`], frames to send. Every length is
//! checked before use; nothing that comes in can panic. Source: Jupyter messaging protocol, "The wire protocol".

mod asked;
mod content;
mod lenient;
mod signature;

pub use asked::*;
pub use content::*;
pub use signature::Key;

use serde_json::{Map, Value, json};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// What stands between the addresses and the message.
pub const DELIMITER: &[u8] = b"<IDS|MSG>";

/// The protocol spoken: 5.5 has the XPUB welcome and `kernel_info_request` on control.
pub const PROTOCOL_VERSION: &str = "5.5";

/// Why frames are not a message. Such frames are logged and dropped.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// In so many frames.
    #[error("no <IDS|MSG> delimiter in {0} frames")]
    NoDelimiter(usize),
    /// So many behind the delimiter.
    #[error("{0} frames after the delimiter, 5 are needed")]
    TooFewFrames(usize),
    /// It is signed with another key.
    #[error("wrong signature")]
    WrongSignature,
    /// It has come before, to the byte.
    #[error("a message that came before")]
    Replayed,
    /// A part of a message is something else.
    #[error("{part} is not a JSON object: {why}")]
    NotAnObject {
        /// Which of the four.
        part: &'static str,
        /// What the parser says.
        why: String,
    },
    /// A field that every header has.
    #[error("the header has no {0}")]
    NoHeaderField(&'static str),
}

/// The sockets on which requests come in and replies go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Requests that wait for each other.
    Shell,
    /// Requests that wait for nothing.
    Control,
    /// Answers of people.
    Stdin,
}

/// A message that came in, with its signature checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whom to answer.
    pub envelope: Envelope,
    /// The front end's id of the cell that it belongs to, from the metadata.
    pub cell_id: Option<String>,
    /// When the front end says that it sent it, since the Unix epoch; `None`: it does not say.
    pub sent: Option<Duration>,
    /// What is asked.
    pub asked: Asked,
}

/// What the answers to a request need of it.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Address frames, to be repeated in the reply.
    pub identities: Vec<Vec<u8>>,
    /// The header exactly as it came; the parent header of everything sent because of it.
    pub header: Arc<[u8]>,
}

impl Envelope {
    /// The front end that asks; `None`: it does not say.
    pub fn session(&self) -> Option<String> {
        let header: Map<String, Value> = serde_json::from_slice(&self.header).ok()?;
        header.get("session").and_then(Value::as_str).map(str::to_owned)
    }
}

/// A message that goes out.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Address frames of a reply, or the one topic of a publication.
    pub prefix: Vec<Vec<u8>>,
    /// The header that it answers; `None` where nothing was asked.
    pub parent: Option<Arc<[u8]>>,
    /// What is said.
    pub content: Content,
}

/// Signatures that are remembered.
const REMEMBERED: usize = 1 << 16;

/// The time of a date, since the Unix epoch; `None`: it is none.
pub type Dated = fn(&str) -> Option<Duration>;

/// Reads what comes in, and nothing twice: who can record messages on the wire cannot have them run again.
pub struct Reader {
    key: Key,
    dated: Dated,
    seen: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Reader {
    /// For messages that are signed with a key. `dated` knows the calendar.
    pub fn new(key: Key, dated: Dated) -> Reader {
        Reader { key, dated, seen: HashSet::new(), order: VecDeque::new() }
    }

    /// Reads frames that came in on shell, control or stdin. Errors: as [`decode`], or they came before.
    pub fn read(&mut self, frames: Vec<Vec<u8>>) -> Result<Request, WireError> {
        let delimiter = frames.iter().position(|f| f == DELIMITER);
        let signature = delimiter.and_then(|at| frames.get(at + 1)).map(|hex| hex.to_ascii_lowercase());
        let request = open(frames, &self.key, self.dated)?;
        let Some(signature) = signature.filter(|_| self.key.signs()) else { return Ok(request) };
        if !self.seen.insert(signature.clone()) {
            return Err(WireError::Replayed);
        }
        self.order.push_back(signature);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        Ok(request)
    }
}

/// Reads frames that came in on shell, control or stdin. Metadata and content that are no object are as good as empty:
/// who signed the message waits for an answer.
pub fn decode(frames: Vec<Vec<u8>>, key: &Key) -> Result<Request, WireError> {
    open(frames, key, |_| None)
}

fn open(frames: Vec<Vec<u8>>, key: &Key, dated: Dated) -> Result<Request, WireError> {
    let Some(at) = frames.iter().position(|f| f == DELIMITER) else {
        return Err(WireError::NoDelimiter(frames.len()));
    };
    let [signature, header, parent, metadata, content, ..] = &frames[at + 1..] else {
        return Err(WireError::TooFewFrames(frames.len() - at - 1));
    };
    if !key.verifies(signature, &[header, parent, metadata, content]) {
        return Err(WireError::WrongSignature);
    }
    let fields = object("header", header)?;
    let field = |name: &'static str| {
        let text = fields.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or(WireError::NoHeaderField(name))
    };
    field("msg_id")?;
    let msg_type = field("msg_type")?;
    let sent = field("date").ok().and_then(|date| dated(&date));
    let or_empty = |part, bytes| {
        object(part, bytes).unwrap_or_else(|error| {
            log::warn!("{msg_type}: {error}");
            Map::new()
        })
    };
    let (metadata, content) = (or_empty("metadata", metadata), or_empty("content", content));
    Ok(Request {
        envelope: Envelope { identities: frames[..at].to_vec(), header: header.as_slice().into() },
        cell_id: cell_id(&metadata),
        sent,
        asked: Asked::read(msg_type, content),
    })
}

/// Where front ends put the id of the cell: JupyterLab `cellId`, others `cell_id`.
fn cell_id(metadata: &Map<String, Value>) -> Option<String> {
    let id = metadata.get("cellId").or_else(|| metadata.get("cell_id"))?;
    id.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

fn object(part: &'static str, bytes: &[u8]) -> Result<Map<String, Value>, WireError> {
    match lenient::parse(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(WireError::NotAnObject { part, why: "another kind of value".into() }),
        Err(error) => Err(WireError::NotAnObject { part, why: error.to_string() }),
    }
}

/// Makes headers: one session id for the life of the process, message ids that count.
pub struct Writer {
    key: Key,
    session: String,
    sent: u64,
}

impl Writer {
    /// `session` is unique to this process.
    pub fn new(key: Key, session: String) -> Writer {
        Writer { key, session, sent: 0 }
    }

    /// The frames of a message, signed. `date` is ISO 8601 with a time zone.
    pub fn encode(&mut self, message: Outgoing, date: &str) -> Vec<Vec<u8>> {
        self.sent += 1;
        let header = json!({
            "msg_id": format!("{}_{}", self.session, self.sent),
            "session": self.session,
            "username": "reconverge",
            "date": date,
            "msg_type": message.content.msg_type(),
            "version": PROTOCOL_VERSION,
        });
        let header = header.to_string().into_bytes();
        let parent = message.parent.as_deref().unwrap_or(b"{}").to_vec();
        let metadata = serde_json::to_vec(&message.content.metadata()).unwrap_or_default();
        // Plain data with names of text is always JSON.
        let content = serde_json::to_vec(&message.content).unwrap_or_default();
        let signature = self.key.sign(&[&header, &parent, &metadata, &content]);
        let mut frames = message.prefix;
        frames.extend([DELIMITER.to_vec(), signature.into_bytes(), header, parent, metadata, content]);
        frames
    }
}
