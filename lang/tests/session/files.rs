//! `use "file"`: what is brought in, what is told of, where mistakes are.

use crate::support::Ran;
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::session::{CellRef, Host, Outcome, Session, Unread};
use reconverge_lang::view;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Files in memory.
#[derive(Default)]
struct Disk {
    files: Mutex<BTreeMap<String, Result<String, Unread>>>,
}

impl Observer for Disk {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Disk {
    fn threads(&self) -> usize {
        1
    }

    fn read(&self, path: &str) -> Result<String, Unread> {
        self.files.lock().unwrap().get(path).cloned().unwrap_or(Err(Unread::Missing))
    }
}

struct Folder {
    disk: Disk,
    session: Session,
    number: Cell<u32>,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder =
            Folder { disk: Disk::default(), session: Session::new(Vec::new()), number: Cell::new(0) };
        files.iter().for_each(|(path, text)| folder.write(path, text));
        folder
    }

    fn write(&self, path: &str, text: &str) {
        self.disk.files.lock().unwrap().insert(path.to_string(), Ok(text.to_string()));
    }

    fn run(&mut self, code: &str) -> Ran {
        self.number.set(self.number.get() + 1);
        let cell = CellRef { id: None, name: format!("cell {}", self.number.get()) };
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        let outcome = self.session.execute(cell, code, &self.disk, &mut |output| {
            texts.push(view::text(&output.report, &output.sources));
            reports.push(output.report);
        });
        Ran { reports, texts, outcome }
    }

    /// The codes of the warnings of a cell that succeeds.
    #[track_caller]
    fn warned(&mut self, code: &str) -> Vec<&'static str> {
        match self.run(code).outcome {
            Outcome::Done { warnings } => warnings.iter().map(|d| d.code.0.code).collect(),
            other => panic!("{other:?}"),
        }
    }
}

const LEASE: &str = "use \"parts/node.rcv\"
system Lease from Base { invariant one: safety { x < 3 } }
check Lease";

const NODE: &str = "use \"../shared.rcv\"
system Base { state x: 0..3 = 0  action up when x < 3 { x += 1 } }";

#[test]
fn a_file_brings_in_what_it_and_its_files_define() {
    let mut f = Folder::new(&[
        ("lease.rcv", LEASE),
        ("parts/node.rcv", NODE),
        ("shared.rcv", "system Shared { state y: 0..1 = 0 }"),
    ]);
    let ran = f.run("use \"lease.rcv\"");
    assert!(matches!(ran.outcome, Outcome::Done { .. }), "{:?}", ran.outcome);
    let lines: Vec<&str> = ran.text().lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["Shared brought in", "Base brought in", "Lease brought in"], "no command is executed");
    assert!(f.run("x").texts[0].contains('0'), "its first system is the subject");
    assert!(f.run("check Lease { expect violated one }").reports.len() == 1);
    assert!(f.run("use \"./parts/../lease.rcv\"").text().contains("Lease already here"));
    assert!(f.run("use \"shared.rcv\" use \"lease.rcv\"\ncheck Shared").codes_or_none().is_empty());
}

/// `use` comes first: what stands above it and has the same name would count, whatever the lines say.
#[test]
fn what_stands_above_and_has_the_same_name_is_refused() {
    let base = "system Base { state x: 0..3 = 0 }";
    let mut f = Folder::new(&[
        ("lease.rcv", LEASE),
        ("parts/node.rcv", NODE),
        ("shared.rcv", "system Shared { state y: 0..1 = 0 }"),
        ("wrong.rcv", "system Shared { state z: bool } use \"shared.rcv\""),
    ]);
    assert_eq!(f.run(&format!("{base}\nuse \"lease.rcv\"\ncheck Lease")).codes(), ["E0553"]);
    assert_eq!(f.run("use \"wrong.rcv\"").codes(), ["E0553"]);
    let ran = f.run(&format!("use \"lease.rcv\"\n{base}"));
    assert!(ran.text().contains("Base redefined"), "{}", ran.text());
    f.run(base);
    let ran = f.run("use \"lease.rcv\"");
    assert!(ran.text().contains("Base redefined by `use \"parts/node.rcv\"`"), "{}", ran.text());
}

#[test]
fn a_mistake_in_a_file_is_shown_there() {
    let mut f = Folder::new(&[("a.rcv", "use \"b.rcv\""), ("b.rcv", "system B {\n  state x: 0..1 = 7\n}")]);
    let ran = f.run("system Here { } use \"a.rcv\"");
    assert!(ran.message().starts_with("b.rcv:2:19: "), "{}", ran.message());
    assert!(f.run("diagram Here").codes() == ["E0203"], "the cell counts as a whole");
    f.write("b.rcv", "system B {\n  state x 0..1\n}");
    assert!(f.run("use \"a.rcv\"").message().starts_with("b.rcv:2:"));
    f.write("b.rcv", "system B { state x: 0..1 = 1 }");
    assert!(f.warned("use \"a.rcv\"").is_empty());
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut f =
        Folder::new(&[("a.rcv", "use \"b.rcv\""), ("b.rcv", "use \"c.rcv\""), ("c.rcv", "use \"a.rcv\"")]);
    let ran = f.run("use \"a.rcv\"");
    assert_eq!(ran.codes(), ["E0533"]);
    assert!(ran.message().starts_with("c.rcv:1:5: a.rcv uses itself"), "{}", ran.message());
    f.write("self.rcv", "use \"self.rcv\"");
    assert_eq!(f.run("use \"self.rcv\"").codes(), ["E0533"]);
    assert_eq!(f.run("use \"gone.rcv\"").codes(), ["E0530"]);
    assert_eq!(f.run("use \"kafka\"").codes(), ["E0530"]);
    let unread = [
        (Unread::Outside, "E0531"),
        (Unread::TooLong(9 << 20), "E0532"),
        (Unread::NotText(3), "E0532"),
        (Unread::Otherwise("it is no file".to_string()), "E0532"),
    ];
    for (why, code) in unread {
        f.disk.files.lock().unwrap().insert("odd".to_string(), Err(why));
        assert_eq!(f.run("use \"odd\"").codes(), [code]);
    }
    for i in 0..40 {
        f.write(&format!("deep{i}.rcv"), &format!("use \"deep{}.rcv\"", i + 1));
    }
    assert_eq!(f.run("use \"deep0.rcv\"").codes(), ["E0533"]);
    let two = "use \"e.rcv\"\nuse \"d.rcv\"";
    f.write("d.rcv", "use \"e.rcv\" system D from E { }");
    f.write("e.rcv", "system E { }");
    assert!(f.warned(two).is_empty(), "used twice is no circle");
}

#[test]
fn a_system_of_a_name_that_is_known_is_redefined_and_it_is_said() {
    let mut f = Folder::new(&[
        ("a.rcv", "system A { state x: 0..3 = 1 }"),
        ("b.rcv", "use \"a.rcv\" system A { state x: 0..3 = 2 }"),
    ]);
    assert!(f.run("system A { state x: 0..3 = 3 }").text().starts_with("A defined"));
    assert!(f.run("extend A { state y: 0..3 = 3 }").text().starts_with("A extended"));
    let ran = f.run("use \"a.rcv\"");
    let text = ran.text();
    assert!(text.contains("A redefined by `use \"a.rcv\"`"), "{text}");
    assert!(text.contains("what extended A at cell 2:1:8 is gone"), "{text}");
    let ran = f.run("use \"b.rcv\"");
    let text = ran.text();
    assert!(text.contains("A already here") && text.contains("A redefined by `use \"b.rcv\"`"), "{text}");
    assert!(f.run("x").texts[0].contains('2'));
    let ran = f.run("use \"a.rcv\" system A { state x: 0..3 = 0 }");
    let text = ran.text();
    assert!(text.contains("A redefined by `use \"a.rcv\"`") && text.contains("A redefined:"), "{text}");
}

#[test]
fn what_is_no_program_says_what_is_wrong() {
    let mut f = Folder::new(&[("a.ipynb", "{}"), ("b.rcv", "{}"), ("c.rcv", "// nothing yet")]);
    let says = |f: &mut Folder, code: &str, words: &str| {
        let ran = f.run(code);
        assert!(ran.message().contains(words), "{}", ran.message());
    };
    says(&mut f, "use \"a.ipynb\"", "a.ipynb is a notebook, not a program");
    says(&mut f, "use \"b.rcv\"", "b.rcv defines no system");
    says(&mut f, "use \"c.rcv\"", "c.rcv defines no system");
    says(&mut f, "use \"\"", "the path of the file is missing");
    says(&mut f, "use \"sub/..\"", "sub/.. is a folder, not a file");
}

#[test]
fn what_follows_from_a_file_that_is_not_there_is_not_told() {
    let mut f = Folder::new(&[
        ("a.rcv", "use \"b.rcv\" system A from B { }"),
        ("b.rcv", "use \"a.rcv\" system B from A { invariant i: safety { x == 0 } }"),
    ]);
    assert_eq!(f.run("use \"a.rcv\"").codes(), ["E0533"]);
    assert_eq!(f.run("use \"gone.rcv\" system X from Gone { }").codes(), ["E0530"]);
    assert_eq!(f.run("use \"gone.rcv\" system X { state x: 0..1 = 7 }").codes(), ["E0530", "E0304"]);
}

#[test]
fn a_file_that_has_changed_is_told_of_once_and_counts_when_it_is_used_again() {
    let mut f = Folder::new(&[("a.rcv", "system A { state x: 0..3 = 1  action go { x := 1 } }")]);
    assert!(f.warned("use \"a.rcv\"\nstart A\ndo go").is_empty());
    assert!(f.warned("x").is_empty());
    f.write("a.rcv", "system A { state x: 0..3 = 2  action go { x := 1 } }");
    assert_eq!(f.warned("x"), ["E0534"]);
    assert!(f.warned("x").is_empty(), "it is told of once");
    assert!(f.warned("do go").is_empty(), "what it defined then still counts");
    let again = f.run("use \"a.rcv\"");
    assert!(again.text().contains("A brought in anew"), "{}", again.text());
    assert!(again.text().contains("stale: the run of A by hand"), "{}", again.text());
    assert_eq!(f.run("do go").codes(), ["E0516"]);
    assert!(f.run("x").texts[0].contains('2'));
    f.disk.files.lock().unwrap().clear();
    assert_eq!(f.warned("1"), ["E0534"]);
    assert_eq!(f.run("use \"a.rcv\"").codes(), ["E0530"]);
    assert!(f.run("check A").codes_or_none().is_empty());
}
