//! GitHub's annotations: lines of a log that are shown beside the source of a pull request.
//!
//! Enters: what is to be said, and where. Leaves: workflow commands, escaped as GitHub's toolkit escapes them.

use std::fmt;

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The exit code is 1 for it.
    Error,
    /// Suspicious.
    Warning,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How it is shown.
    pub level: Level,
    /// The path as it was given: relative to the repository, where the command runs there.
    pub file: String,
    /// Line and column from 1; `None`: of the file as a whole, as in a notebook.
    pub at: Option<(u32, u32)>,
    /// In bold.
    pub title: String,
    /// All of it.
    pub text: String,
}

/// `::error file=a.rcv,line=4,col=13,title=low::violated`
impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        write!(f, "::{level} file={}", property(&self.file))?;
        if let Some((line, column)) = self.at {
            write!(f, ",line={line},col={column}")?;
        }
        write!(f, ",title={}::{}", property(&self.title), data(&self.text))
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
