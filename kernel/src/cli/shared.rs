//! `--hosts`, `--checkpoint`: the same command on several machines, and past an interruption.
//!
//! Enters: options. Leaves: this process among the others, or nothing where it is alone; where explorations are kept.

use super::{Trouble, output};
use crate::distributed::{Cluster, Hosts, Part, digest, secret};
use crate::hosts::Folder;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where the secret is, if no file is named.
const VARIABLE: &str = "RECONVERGE_SECRET";

#[derive(Args, Clone, Default)]
pub(super) struct Shared {
    /// Share explorations with the processes that this file names, one HOST:PORT a line
    #[arg(long, value_name = "HOSTS.txt", requires = "process", help_heading = "Several machines")]
    hosts: Option<PathBuf>,
    /// Which line of the hosts file this process is, from 0; process 0 prints
    #[arg(long, value_name = "N", requires = "hosts", help_heading = "Several machines")]
    process: Option<usize>,
    /// The secret that all processes know (default: the variable RECONVERGE_SECRET)
    #[arg(long, value_name = "FILE", requires = "hosts", help_heading = "Several machines")]
    secret_file: Option<PathBuf>,
    /// How long the others are waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Several machines")]
    wait: u64,
    /// Keep explorations in this folder every few minutes (with --hosts one that all machines share)
    #[arg(long, value_name = "FOLDER", help_heading = "Checkpoints")]
    checkpoint: Option<PathBuf>,
    /// How often
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 120,
        requires = "checkpoint",
        help_heading = "Checkpoints"
    )]
    checkpoint_every: u64,
    /// Go on from what is kept in the folder; from the beginning where there is nothing
    #[arg(long, requires = "checkpoint", help_heading = "Checkpoints")]
    resume: bool,
}

impl Shared {
    /// Whether this process prints.
    pub(super) fn is_first(&self) -> bool {
        self.process.unwrap_or(0) == 0
    }

    /// Meets the others. `texts`: what is run. Errors: the files cannot be read or are wrong, somebody does not come.
    pub(super) fn meet<'t>(
        &self,
        threads: usize,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<Option<Cluster>, Trouble> {
        let (Some(file), Some(process)) = (&self.hosts, self.process) else { return Ok(None) };
        let hosts = Hosts::parse(&String::from_utf8_lossy(&read(file)?))?;
        if process >= hosts.len() {
            let last = hosts.len() - 1;
            return Err(Trouble(format!(
                "--process {process}: {} names processes 0 to {last}",
                file.display()
            )));
        }
        let secret = secret(&self.secret()?)?;
        let wait = Duration::from_secs(self.wait);
        let part = Part { hosts, process, threads, secret, wait };
        let tell = |words: &str| output::to_stderr(&format!("{words}\n"));
        let cluster = Cluster::meet(&part, texts, &tell)?;
        let others = part.hosts.len() - 1;
        tell(&format!("met {others} other process{}", if others == 1 { "" } else { "es" }));
        Ok(Some(cluster))
    }

    /// Where explorations are kept. `texts`: what is run. Errors: the folder is of something else, or cannot be written.
    pub(super) fn checkpoints<'t>(
        &self,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<Option<Arc<Folder>>, Trouble> {
        let Some(path) = &self.checkpoint else { return Ok(None) };
        let every = Duration::from_secs(self.checkpoint_every);
        let tell = |words: &str| output::to_stderr(&format!("{words}\n"));
        let of = (&digest(texts)[..], every);
        let (folder, ago) = Folder::open(path, of, (self.resume, self.is_first()), tell)?;
        if self.is_first() && self.resume {
            let place = path.display();
            tell(&match ago {
                Some(ago) => {
                    format!("goes on from the checkpoint in {place}, written {} s ago", ago.as_secs())
                }
                None => format!("no checkpoint in {place}: begins anew"),
            });
        }
        Ok(Some(folder))
    }

    fn secret(&self) -> Result<Vec<u8>, Trouble> {
        if let Some(file) = &self.secret_file {
            return read(file);
        }
        let missing = || {
            Trouble(format!(
                "--hosts needs a secret that all processes know: name its file with --secret-file, or set {VARIABLE}"
            ))
        };
        Ok(std::env::var_os(VARIABLE).ok_or_else(missing)?.into_encoded_bytes())
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(file).map_err(|e| Trouble(format!("cannot read {}: {e}", file.display())))
}
