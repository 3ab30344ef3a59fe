//! The kernel's server by hand, without sockets and threads: what it does at each event, and nothing else.
//!
//! Enters: events in the orders that threads and front ends may bring about. Leaves: failures.

use reconverge_kernel::jobs::{CellEnd, Event, Finished, Rate, Work};
use reconverge_kernel::server::{Effect, Server};
use reconverge_kernel::wire::{self, Bundle, Channel, CompleteReply, Content, Failed, Key, Request};
use reconverge_lang::engine::Progress;
use reconverge_lang::session::Session;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn server() -> Server {
    Server::new(Arc::new(Session::new(Vec::new())))
}

fn request(msg_type: &str, content: Value) -> Request {
    let header = json!({ "msg_id": "1", "msg_type": msg_type });
    let parts = [header, json!({}), json!({}), content].map(|part| part.to_string().into_bytes());
    let frames = [vec![b"<IDS|MSG>".to_vec(), vec![]], parts.to_vec()].concat();
    wire::decode(frames, &Key::new("")).unwrap()
}

fn received(msg_type: &str, content: Value) -> Event {
    Event::Received(Channel::Shell, request(msg_type, content))
}

fn shown(job: u64, bytes: usize) -> Event {
    Event::Shown { job, bundle: Bundle::text(&"x".repeat(bytes)), is_result: false }
}

fn finished(job: u64, end: CellEnd) -> Event {
    Event::Finished { job, finished: Finished { end, session: None } }
}

fn done() -> CellEnd {
    CellEnd::Done { warnings: None, user_expressions: BTreeMap::new(), next_input: None }
}

/// What was done, in words: states, message types, jobs.
fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Publish(message) | Effect::Send(_, message) => {
            let content = json!(message.content);
            content["execution_state"].as_str().unwrap_or(message.content.msg_type()).to_string()
        }
        Effect::Run(job) => format!("run {}", job.job),
        Effect::Answer(_) => "question".into(),
        Effect::Replace(_) => "replace".into(),
        Effect::Stop => "stop".into(),
    };
    effects.iter().map(word).collect()
}

#[test]
fn starting_is_the_first_thing_said() {
    let mut server = server();
    assert_eq!(words(&server.start()), ["starting"]);
    assert_eq!(words(&server.handle(Event::Subscribed(b"status".to_vec()))), ["iopub_welcome"]);
}

#[test]
fn cells_wait_for_each_other_and_questions_for_none() {
    let mut server = server();
    let cell = || received("execute_request", json!({ "code": "1" }));
    assert_eq!(words(&server.handle(cell())), ["busy", "execute_input", "run 1"]);
    assert_eq!(words(&server.handle(cell())), [""; 0]);
    assert_eq!(words(&server.handle(received("complete_request", json!({})))), ["busy", "question"]);
    let next = ["execute_reply", "idle", "busy", "execute_input", "run 2"];
    assert_eq!(words(&server.handle(finished(1, done()))), next);
}

/// So many milliseconds after some moment.
fn at(milliseconds: i64) -> Duration {
    Duration::from_millis(1_800_000_000_000u64.saturating_add_signed(milliseconds))
}

#[test]
fn a_cell_that_runs_stays_busy_when_a_question_is_answered() {
    let mut server = server();
    server.handle(received("execute_request", json!({ "code": "1" })));
    let mut asked = server.handle(received("complete_request", json!({})));
    let Some(Effect::Answer(job)) = asked.pop() else { panic!("a question") };
    let reply = Content::CompleteReply(CompleteReply::default());
    let answered = server.handle(Event::Answered { envelope: job.envelope, reply });
    assert_eq!(words(&answered), ["complete_reply", "idle", "busy"]);
    let [.., Effect::Publish(idle), Effect::Publish(busy)] = &answered[..] else { panic!("published") };
    assert_ne!(idle.parent, busy.parent, "what is busy is the cell");
    assert_eq!(words(&server.handle(finished(1, done()))), ["execute_reply", "idle"]);
}

/// A cell of a notebook, which names it.
fn cell_of_notebook() -> Event {
    let Event::Received(channel, mut request) = received("execute_request", json!({ "code": "1" })) else {
        panic!("a request")
    };
    request.cell_id = Some("c".into());
    Event::Received(channel, request)
}

/// One that says when it was sent.
fn of_notebook_sent(when: Duration) -> Event {
    let Event::Received(channel, mut request) = cell_of_notebook() else { panic!("a request") };
    request.sent = Some(when);
    Event::Received(channel, request)
}

/// One that was sent at a moment, by who names no cell.
fn cell_sent(when: Duration) -> Event {
    let Event::Received(channel, mut request) = received("execute_request", json!({ "code": "1" })) else {
        panic!("a request")
    };
    request.sent = Some(when);
    Event::Received(channel, request)
}

#[test]
fn cells_that_were_sent_before_the_error_could_be_seen_do_not_run() {
    let failed = || finished(1, CellEnd::Failed(Failed::new("E", "words")));
    let aborted = ["busy", "execute_reply", "idle"];
    let runs = |n: u64| ["busy".to_string(), "execute_input".into(), format!("run {n}")];
    let mut server = server();
    server.at(at(0)).handle(cell_of_notebook());
    server.at(at(1)).handle(failed());
    // Run All goes on sending; each cell that comes makes the next one likelier.
    for late in [3, 60, 150, 240] {
        assert_eq!(words(&server.at(at(late)).handle(cell_of_notebook())), aborted, "after {late} ms");
    }
    // What was sent with them came late, on a busy machine; but a clock that is far from this one tells nothing.
    assert_eq!(words(&server.at(at(900)).handle(of_notebook_sent(at(70)))), aborted);
    // A person who has seen the error.
    assert_eq!(words(&server.at(at(1240)).handle(of_notebook_sent(at(1238)))), runs(2));
    server.at(at(1245)).handle(finished(2, CellEnd::Failed(Failed::new("E", "words"))));
    assert_eq!(words(&server.at(at(2000)).handle(of_notebook_sent(at(-60_000)))), runs(3), "an odd clock");
    server.at(at(2001)).handle(finished(3, CellEnd::Failed(Failed::new("E", "words"))));
    // Of who names no cell the date tells: nothing of the past but what has been on its way.
    assert_eq!(words(&server.at(at(2002)).handle(cell_sent(at(2000)))), aborted);
    assert_eq!(words(&server.at(at(2003)).handle(cell_sent(at(2002)))), runs(4));
    server.at(at(2010)).handle(finished(4, CellEnd::Failed(Failed::new("E", "words"))));
    assert_eq!(words(&server.at(at(2011)).handle(cell_sent(at(-60_000)))), runs(5), "an odd clock");
}

#[test]
fn an_interrupt_that_is_not_heard_ends_the_cell_without_its_worker() {
    let mut server = server();
    let mut ran = server.at(at(0)).handle(received("execute_request", json!({ "code": "1" })));
    let Some(Effect::Run(job)) = ran.pop() else { panic!("a cell") };
    assert_eq!(server.quiet(), None, "it may take as long as it likes");
    server.at(at(10)).handle(Event::Interrupt);
    let halted = || job.halt.load(Ordering::Relaxed);
    assert!(server.quiet().is_some_and(|quiet| quiet.as_millis() < 100));
    assert!(words(&server.at(at(20)).handle(Event::Tick)).is_empty() && !halted());
    assert!(words(&server.at(at(60)).handle(Event::Tick)).is_empty() && halted());
    let ended = server.at(at(100)).handle(Event::Tick);
    assert_eq!(words(&ended), ["replace", "error", "execute_reply", "idle"]);
    let late = Finished { end: done(), session: Some(Arc::new(Session::new(Vec::new()))) };
    let late = server.at(at(900)).handle(Event::Finished { job: 1, finished: late });
    assert!(late.is_empty(), "nobody hears of it any more");
    assert!(server.at(at(900)).handle(shown(1, 1)).is_empty());
}

#[test]
fn a_search_that_tells_of_itself_has_longer_to_hear() {
    let mut server = server();
    let mut ran = server.at(at(0)).handle(received("execute_request", json!({ "code": "1" })));
    let Some(Effect::Run(job)) = ran.pop() else { panic!("a cell") };
    let rate = Rate { work: Work::Explored(Progress::default()), elapsed: Duration::from_secs(1) };
    server.at(at(1000)).handle(Event::Explored { job: 1, rate });
    server.at(at(1500)).handle(Event::Interrupt);
    let halted = || job.halt.load(Ordering::Relaxed);
    assert!(words(&server.at(at(1700)).handle(Event::Tick)).is_empty() && !halted());
    assert!(words(&server.at(at(1810)).handle(Event::Tick)).is_empty() && halted());
    let ended = server.at(at(1860)).handle(Event::Tick);
    assert_eq!(words(&ended)[0], "replace");
}

#[test]
fn an_interrupt_that_is_heard_leaves_time_for_what_was_found() {
    let mut server = server();
    let mut ran = server.at(at(0)).handle(received("execute_request", json!({ "code": "1" })));
    let Some(Effect::Run(job)) = ran.pop() else { panic!("a cell") };
    server.at(at(10)).handle(Event::Interrupt);
    job.heard.store(true, Ordering::Relaxed);
    let halted = || job.halt.load(Ordering::Relaxed);
    for later in [60, 200, 900] {
        assert!(words(&server.at(at(later)).handle(Event::Tick)).is_empty() && !halted(), "after {later} ms");
    }
    // It has had its second.
    assert!(words(&server.at(at(1020)).handle(Event::Tick)).is_empty() && halted());
    assert!(server.quiet().is_some_and(|quiet| quiet.as_millis() < 100));
    let ended = server.at(at(1080)).handle(Event::Tick);
    assert_eq!(words(&ended), ["replace", "error", "execute_reply", "idle"]);
}

#[test]
fn a_cell_that_is_not_counted_shows_no_progress() {
    for counted in [true, false] {
        let mut server = server();
        server.handle(received("execute_request", json!({ "code": "1", "store_history": counted })));
        let work = Work::Explored(Progress::default());
        let rate = Rate { work, elapsed: Duration::from_secs(1) };
        let told = words(&server.handle(Event::Explored { job: 1, rate }));
        assert_eq!(told, if counted { vec!["display_data"] } else { vec![] });
        let answered = words(&server.handle(shown(1, 1)));
        assert_eq!(answered, [if counted { "update_display_data" } else { "display_data" }]);
    }
}

#[test]
fn a_signal_to_end_answers_what_runs() {
    let mut server = server();
    server.handle(received("execute_request", json!({ "code": "1" })));
    server.handle(received("execute_request", json!({ "code": "2" })));
    let ended = ["error", "execute_reply", "idle", "busy", "execute_reply", "idle", "stop"];
    assert_eq!(words(&server.handle(Event::Terminate)), ended);
}

#[test]
fn an_error_aborts_what_waits() {
    let mut server = server();
    for _ in 0..2 {
        server.handle(received("execute_request", json!({ "code": "1" })));
    }
    let failed = CellEnd::Failed(Failed::new("E", "words"));
    let aborted = ["error", "execute_reply", "idle", "busy", "execute_reply", "idle"];
    assert_eq!(words(&server.handle(finished(1, failed))), aborted);
}

#[test]
fn what_a_cell_says_after_its_end_is_not_heard() {
    let mut server = server();
    server.handle(received("execute_request", json!({ "code": "1" })));
    server.handle(finished(1, done()));
    server.handle(received("execute_request", json!({ "code": "2" })));
    assert_eq!(words(&server.handle(shown(1, 1))), [""; 0]);
    assert_eq!(words(&server.handle(finished(1, done()))), [""; 0]);
    assert_eq!(words(&server.handle(shown(2, 1))), ["display_data"]);
}

#[test]
fn a_cell_shows_so_much_and_says_that_there_was_more() {
    let mut server = server();
    server.handle(received("execute_request", json!({ "code": "1" })));
    assert_eq!(words(&server.handle(shown(1, 24 << 20))), ["display_data"]);
    let more = server.handle(shown(1, 1));
    let [Effect::Publish(message)] = more.as_slice() else { panic!("{:?}", words(&more)) };
    assert!(json!(message.content)["data"]["text/plain"].as_str().unwrap().contains("left out"));
    assert_eq!(words(&server.handle(shown(1, 1))), [""; 0]);
    assert_eq!(words(&server.handle(finished(1, done()))), ["execute_reply", "idle"]);
}

#[test]
fn the_text_of_a_cell_is_offered_until_it_was_executed() {
    let mut server = server();
    let mut offered = |job: u64, code: &str| {
        server.handle(received("execute_request", json!({ "code": code })));
        let next_input = Some("scenario \"x\" on A { do go }".to_string());
        let end = CellEnd::Done { warnings: None, user_expressions: BTreeMap::new(), next_input };
        let effects = server.handle(finished(job, end));
        let [Effect::Send(_, reply), ..] = effects.as_slice() else { panic!("{:?}", words(&effects)) };
        json!(reply.content)["payload"].clone()
    };
    let cell = "scenario \"x\" on A { do go }";
    let put = json!([{ "source": "set_next_input", "text": cell, "replace": false }]);
    assert_eq!(offered(1, "save as scenario \"x\""), put);
    assert_eq!(offered(2, &format!("{cell}\n")), put);
    assert_eq!(offered(3, "save as scenario \"x\""), json!([]));
}

#[test]
fn an_interrupt_reaches_the_running_cell_alone() {
    let mut server = server();
    let cancel = |effects: Vec<Effect>| match effects.into_iter().next_back() {
        Some(Effect::Run(job)) => job.cancel,
        _ => panic!("a cell starts"),
    };
    server.handle(Event::Interrupt);
    let first = cancel(server.handle(received("execute_request", json!({ "code": "1" }))));
    assert!(!first.load(Ordering::Relaxed), "an interrupt before it is forgotten");
    server.handle(Event::Interrupt);
    assert!(first.load(Ordering::Relaxed));
    server.handle(finished(1, done()));
    let second = cancel(server.handle(received("execute_request", json!({ "code": "1" }))));
    assert!(!second.load(Ordering::Relaxed));
}

#[test]
fn a_shutdown_answers_what_runs_and_waits_and_is_the_last_thing() {
    let mut server = server();
    for _ in 0..2 {
        server.handle(received("execute_request", json!({ "code": "1" })));
    }
    let end = ["error", "execute_reply", "idle", "busy", "execute_reply", "idle"];
    let last = ["busy", "shutdown_reply", "shutdown_reply", "idle", "stop"];
    assert_eq!(words(&server.handle(received("shutdown_request", json!({})))), [&end[..], &last].concat());
    assert_eq!(words(&server.handle(received("kernel_info_request", json!({})))), [""; 0]);
}
