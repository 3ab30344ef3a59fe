//! `reconverge watch`: programs again, each time that one of their files is saved.
//!
//! Enters: files and folders. Leaves: results as they are now, and which verdicts are not what they were.

use super::output::{to_stderr, to_stdout};
use super::runner::{self, RanFile, Settings};
use super::{Trouble, Verdict, programs, run};
use clap::Args;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use reconverge_lang::export::{Judgement, Strictness, judged};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// Editors write a file in several steps: what follows within this time is the same save.
const TOGETHER: Duration = Duration::from_millis(80);
/// How soon Ctrl-C is seen.
const LOOK: Duration = Duration::from_millis(150);

#[derive(Args)]
pub(super) struct WatchArguments {
    /// FILE.rcv, FILE.ipynb, or folders of them
    #[arg(required = true, value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// What is not checked, holds within its bound, or was judged with partitions that change nothing, is not as expected either
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Files with their texts; `None`: it is not there.
type Texts = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A member, an expectation or a scenario: its file, its command, its name, and which of that name it is.
type Key = (String, String, String, usize);

/// What is known of the last run.
#[derive(Default)]
struct Known {
    /// The files that were read, with their texts.
    texts: Texts,
    /// As each was judged the last time.
    verdicts: BTreeMap<Key, String>,
    /// Those of them that were judged in an earlier run, and not since.
    waiting: BTreeSet<Key>,
    /// Files with an error in the text, or that are not there, of which something may not be judged.
    unread: BTreeSet<String>,
    amiss: Option<String>,
}

impl Known {
    /// What could not be judged this time counts as it did, so that the next verdict is held against it.
    fn keep(&mut self, before: &Known) {
        for (key, verdict) in &before.verdicts {
            if self.unread.contains(&key.0) && !self.verdicts.contains_key(key) {
                self.verdicts.insert(key.clone(), verdict.clone());
                self.waiting.insert(key.clone());
            }
        }
    }
}

pub(super) fn watch(arguments: &WatchArguments) -> Result<Verdict, Trouble> {
    if arguments.programs.iter().any(|path| path == Path::new("-")) {
        return Err(Trouble("standard input cannot be watched".into()));
    }
    let strictness = if arguments.strict { Strictness::Whole } else { Strictness::AsStated };
    let interrupts = runner::interrupts()?;
    let (send, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // That a file was read is no change. An error is looked at as one is: by reading the files.
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        let _nobody_waits_any_more = send.send(());
    })?;
    let mut watched = BTreeSet::new();
    let mut known = Known::default();
    let mut first = true;
    loop {
        let seen = seen(&known, arguments);
        if !first {
            to_stdout(&moved(&known.texts, &seen));
        }
        match again(arguments, strictness, &known, &interrupts, first) {
            Ok(now) => {
                known = now;
                // What was saved in the meantime is another text; what is gone may come back.
                for (path, text) in seen {
                    match text {
                        None => drop(known.texts.insert(path, None)),
                        text => drop(known.texts.entry(path).and_modify(|known| *known = text)),
                    }
                }
            }
            // A file may be gone while it is being saved: until something changes again, that is how it is.
            Err(Trouble(words)) if !first => {
                to_stderr(&format!("reconverge: {words}\n"));
                known.texts = seen;
            }
            Err(trouble) => return Err(trouble),
        }
        first = false;
        observe(&mut watcher, &mut watched, arguments, &known)?;
        if interrupts.came() {
            break;
        }
        let files = match known.texts.values().flatten().count() {
            1 => "1 file".to_string(),
            files => format!("{files} files"),
        };
        to_stderr(&format!("watching {files}\n"));
        if !changed(&changes, arguments, &known, &interrupts) {
            break;
        }
    }
    Ok(if known.amiss.is_none() { Verdict::AsExpected } else { Verdict::Wrong })
}

/// Runs all of them, and tells what is not as it was.
fn again(
    arguments: &WatchArguments,
    strictness: Strictness,
    before: &Known,
    interrupts: &runner::Interrupts,
    first: bool,
) -> Result<Known, Trouble> {
    // Of several, those that are gone do not keep the others from being judged.
    let is_gone = |path: &PathBuf| !first && !path.exists();
    let (gone, there): (Vec<PathBuf>, Vec<PathBuf>) = arguments.programs.iter().cloned().partition(is_gone);
    let there = if there.is_empty() { &arguments.programs } else { &there };
    let programs = programs::read(there, arguments.settings.files.as_deref())?;
    let headed = programs.len() > 1;
    let tell = move |event: runner::Event<'_>| run::print_text(&event, headed);
    let ran = runner::run(programs, &arguments.settings, interrupts, tell)?;
    let gone: Vec<String> = gone.iter().map(|path| path.display().to_string()).collect();
    let missing = gone.first().map(|path| format!("{path} is not there"));
    let mut now = Known {
        texts: texts(&ran),
        verdicts: verdicts(&ran, strictness),
        waiting: BTreeSet::new(),
        unread: unread(&ran).into_iter().chain(gone).collect(),
        amiss: runner::amiss(&ran, strictness).or(missing),
    };
    if !first {
        to_stdout(&difference(before, &now));
    }
    now.keep(before);
    match &now.amiss {
        Some(why) => to_stderr(&format!("not as expected: {why}\n")),
        None => to_stderr("all as expected\n"),
    }
    Ok(now)
}

/// Every file that was read, also those that were used.
fn texts(ran: &[RanFile]) -> Texts {
    let used = ran.iter().flat_map(|file| {
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        let names = file.cells.iter().flat_map(|cell| cell.sources.names());
        names.map(move |name| folder.join(name)).filter(|path| path.is_file())
    });
    let all: BTreeSet<PathBuf> = ran.iter().map(|file| file.path.clone()).chain(used).collect();
    read(all)
}

fn read(paths: BTreeSet<PathBuf>) -> Texts {
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).ok())).collect()
}

/// Those that are known as they are now, and those that there are besides.
fn seen(known: &Known, arguments: &WatchArguments) -> Texts {
    let more = programs::paths(&arguments.programs).unwrap_or_default();
    read(known.texts.keys().cloned().chain(more).collect())
}

/// A line for each file that is not there any more, and for each that is again.
fn moved(before: &Texts, now: &Texts) -> String {
    let told = before.iter().filter_map(|(path, known)| {
        let word = match (known.is_some(), now.get(path)?.is_some()) {
            (true, false) => "deleted",
            (false, true) => "back",
            (true, true) | (false, false) => return None,
        };
        Some(format!("{word}: {}\n", path.display()))
    });
    told.collect()
}

fn unread(ran: &[RanFile]) -> BTreeSet<String> {
    let failed = ran.iter().filter(|file| file.cells.iter().any(|cell| cell.failed.is_some()));
    failed.map(|file| file.path.display().to_string()).collect()
}

fn verdicts(ran: &[RanFile], strictness: Strictness) -> BTreeMap<Key, String> {
    let mut verdicts = BTreeMap::new();
    for file in ran {
        let outputs = file.cells.iter().flat_map(|cell| &cell.outputs);
        for judged in outputs.flat_map(|output| judged(&output.report, strictness)) {
            let mut key = (file.path.display().to_string(), judged.command, judged.name, 0);
            while verdicts.contains_key(&key) {
                key.3 += 1;
            }
            verdicts.insert(key, words(&judged.judgement));
        }
    }
    verdicts
}

fn words(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Passed(None) => "as it should be".to_string(),
        Judgement::Passed(Some(note)) => format!("as it should be ({note})"),
        Judgement::Failed { why, .. } | Judgement::Error { why, .. } => why.clone(),
        Judgement::Skipped(why) => why.clone(),
    }
}

/// A line for each verdict that is not as it was; of several files with the name of each.
fn difference(before: &Known, now: &Known) -> String {
    let files: BTreeSet<&String> =
        before.verdicts.keys().chain(now.verdicts.keys()).map(|(file, ..)| file).collect();
    let told = |(file, command, name, _): &Key| match files.len() > 1 {
        true => format!("{file}: {command}: {name}"),
        false => format!("{command}: {name}"),
    };
    let mut out = String::new();
    for (key, verdict) in &now.verdicts {
        match before.verdicts.get(key) {
            Some(known) if known == verdict => {}
            Some(known) => out += &format!("changed: {}: {known} → {verdict}\n", told(key)),
            None => out += &format!("new: {}: {verdict}\n", told(key)),
        }
    }
    for (key, known) in before.verdicts.iter().filter(|(key, _)| !now.verdicts.contains_key(key)) {
        match now.unread.contains(&key.0) {
            // Told when it came so.
            true if before.waiting.contains(key) => {}
            true => out += &format!("not judged: {}: {known}\n", told(key)),
            false => out += &format!("gone: {}: {known}\n", told(key)),
        }
    }
    if out.is_empty() { "no verdict has changed\n".to_string() } else { out }
}

/// Looks at the folders of all files that were read, and at those that were named.
fn observe(
    watcher: &mut RecommendedWatcher,
    watched: &mut BTreeSet<PathBuf>,
    arguments: &WatchArguments,
    known: &Known,
) -> Result<(), Trouble> {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).to_path_buf()
    };
    let named = arguments.programs.iter().filter(|path| path.is_dir());
    let named = named.map(|path| (path.clone(), RecursiveMode::Recursive));
    let files = known.texts.keys().map(|path| (folder(path), RecursiveMode::NonRecursive));
    for (path, mode) in named.chain(files) {
        if watched.insert(path.clone()) {
            watcher.watch(&path, mode)?;
        }
    }
    Ok(())
}

/// Waits until some text is another; false: the watch is over.
fn changed(
    changes: &Receiver<()>,
    arguments: &WatchArguments,
    known: &Known,
    interrupts: &runner::Interrupts,
) -> bool {
    loop {
        if interrupts.came() {
            return false;
        }
        match changes.recv_timeout(LOOK) {
            Ok(()) => while changes.recv_timeout(TOGETHER).is_ok() {},
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        // A folder may have one more.
        if seen(known, arguments) != known.texts {
            return true;
        }
    }
}
