//! The kernel over real sockets: execute semantics, order of messages, control, interrupt, ends.
//!
//! Enters: requests of a fake front end. Leaves: failures.

use crate::frontend::{Channel, Frontend, KEY, Message, binary, connection, execute_content};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// More states than any machine explores during a test.
const ENDLESS: &str = "system Endless {
  state a: 0..60000 = 0
  state b: 0..60000 = 0
  action up when a < 60000 { a += 1 }
  action over when b < 60000 { b += 1 }
  invariant small: safety { a <= 60000 }
}
check Endless";

const SMALL: &str = "system Small {
  state x: 0..3 = 0
  action up when x < 3 { x += 1 }
  invariant low: safety { x <= 3 }
}";

#[test]
fn says_what_it_is_on_shell_and_on_control() {
    let mut f = Frontend::start();
    for channel in [Channel::Shell, Channel::Control] {
        let info = f.ask(channel, "kernel_info_request", json!({}));
        assert_eq!(info.reply["status"], "ok");
        assert_eq!(info.reply["implementation"], "reconverge");
        assert_eq!(info.reply["language_info"]["name"], "reconverge");
        assert_eq!(info.reply["language_info"]["mimetype"], "text/x-reconverge");
        assert_eq!(info.reply["language_info"]["file_extension"], ".rcv");
        assert_eq!(info.reply["language_info"]["pygments_lexer"], "reconverge");
        assert_eq!(info.reply["protocol_version"], "5.5");
        assert!(info.reply["help_links"].as_array().is_some_and(|l| !l.is_empty()));
        assert!(info.published.is_empty());
    }
    assert!(f.shutdown().success());
}

#[test]
fn counts_cells_from_one_and_shows_what_they_show() {
    let mut f = Frontend::start();
    let first = f.run("1 + 2");
    assert_eq!(first.types(), ["execute_input", "execute_result"]);
    assert_eq!(first.only("execute_input"), &json!({ "code": "1 + 2", "execution_count": 1 }));
    let result = first.only("execute_result");
    assert_eq!(result["execution_count"], 1);
    assert!(result["data"]["text/plain"].as_str().unwrap().contains('3'), "{result}");
    assert!(result["data"]["text/html"].is_string());
    assert!(result["data"]["application/vnd.reconverge+json"].is_object());
    assert!(result["metadata"].is_object());
    let keys = ["status", "execution_count", "payload", "user_expressions"];
    assert!(keys.iter().all(|k| !first.reply[*k].is_null()), "{}", first.reply);
    let second = f.run(SMALL);
    assert_eq!(second.reply["execution_count"], 2);
    assert_eq!(second.types(), ["execute_input", "display_data"]);
    let third = f.run("check Small");
    assert_eq!(third.reply["execution_count"], 3);
    let shown = third.only("display_data");
    assert!(shown["data"]["text/plain"].as_str().unwrap().contains("low"), "{shown}");
    assert_eq!(shown["data"]["application/vnd.reconverge+json"]["report"], "check");
}

#[test]
fn a_run_by_hand_goes_on_from_cell_to_cell() {
    let mut f = Frontend::start();
    f.run(SMALL);
    let started = f.run("start Small");
    let shown = started.only("display_data");
    assert_eq!(shown["data"]["application/vnd.reconverge+json"]["report"], "hand");
    assert!(shown["data"]["text/plain"].as_str().unwrap().contains("  do up"), "{shown}");
    let stepped = f.run("do up");
    let shown = stepped.only("display_data");
    assert!(shown["data"]["text/html"].as_str().unwrap().contains("rcv-run"), "the run so far");
    let failed = f.execute("do up\ndo down");
    assert_eq!(failed.types(), ["execute_input", "display_data", "error"]);
    let completed = f.ask(Channel::Shell, "complete_request", json!({ "code": "do u", "cursor_pos": 4 }));
    assert_eq!(completed.reply["matches"], json!(["up"]));
    let saved = f.run("save as scenario \"twice\"");
    let code = "scenario \"twice\" on Small {\n  do up\n  do up\n}";
    let put = json!([{ "source": "set_next_input", "text": code, "replace": false }]);
    assert_eq!(saved.reply["payload"], put);
    assert_eq!(f.run(code).reply["status"], "ok");
    assert_eq!(f.run("save as scenario \"twice\"").reply["payload"], json!([]), "it was executed");
    assert_eq!(f.run("1").reply["payload"], json!([]));
}

#[test]
fn an_interrupted_start_leaves_the_run_before() {
    let mut f = Frontend::start();
    f.run(SMALL);
    f.run("start Small\ndo up");
    let variables = ["a", "b", "c", "d", "e", "f", "g"].map(|v| format!("state {v}: T = any in T "));
    let many =
        format!("system Many {{ type T = 0..49 {} }}\nstart Many {{ init a == 49 }}", variables.concat());
    let running = f.send(Channel::Shell, "execute_request", execute_content(&many));
    f.wait_for(&running, "busy");
    f.send(Channel::Control, "interrupt_request", json!({}));
    assert_eq!(f.reply(Channel::Control).msg_type, "interrupt_reply");
    let stopped = f.reply(Channel::Shell);
    assert_eq!(stopped.content["ename"], "Interrupted");
    f.wait_for(&running, "idle");
    let shown = f.run("show").only("display_data")["data"]["text/plain"].clone();
    assert!(shown.as_str().unwrap().starts_with("show · step 1 of Small"), "{shown}");
}

#[test]
fn silent_cells_leave_no_trace() {
    let mut f = Frontend::start();
    let silent = |code: &str| json!({ "code": code, "silent": true });
    let quiet = f.ask(Channel::Shell, "execute_request", silent("1"));
    assert_eq!(quiet.reply["status"], "ok");
    assert!(quiet.published.is_empty(), "{:?}", quiet.types());
    let failed = f.ask(Channel::Shell, "execute_request", silent("nowhere"));
    assert_eq!(failed.reply["status"], "error");
    assert!(failed.published.is_empty(), "{:?}", failed.types());
    assert_eq!(f.run("1").reply["execution_count"], 1);
    let unstored = f.ask(Channel::Shell, "execute_request", json!({ "code": "2", "store_history": false }));
    assert_eq!(unstored.types(), ["execute_input", "execute_result"]);
    assert_eq!(f.run("3").reply["execution_count"], 2);
    let history = f.ask(Channel::Shell, "history_request", json!({ "hist_access_type": "tail", "n": 9 }));
    assert_eq!(history.reply["history"], json!([[1, 1, "1"], [1, 2, "3"]]));
}

#[test]
fn errors_are_published_and_replied() {
    let mut f = Frontend::start();
    f.run(SMALL);
    let failed = f.execute("check Smal");
    assert_eq!(failed.types(), ["execute_input", "error"]);
    let error = failed.only("error");
    for field in ["ename", "evalue", "traceback"] {
        assert_eq!(error[field], failed.reply[field]);
    }
    assert_eq!(failed.reply["status"], "error");
    assert_eq!(failed.reply["execution_count"], 2);
    let lines = error["traceback"].as_array().unwrap();
    let traceback: String = lines.iter().map(|l| l.as_str().unwrap()).collect::<Vec<_>>().join("\n");
    assert!(traceback.contains("Small"), "the nearest name is suggested: {traceback}");
    assert!(error["evalue"].as_str().unwrap().starts_with("cell 2:1:7: "), "{}", error["evalue"]);
    assert_eq!(f.run("check Small").reply["execution_count"], 3, "the session lives on");
    let several = f.execute("system A { state x: 0..1 = z state y: 0..1 = w }").reply["evalue"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(several.ends_with(" (and 1 more error)"), "{several}");
}

#[test]
fn an_error_stops_the_cells_that_were_already_sent_and_nothing_else() {
    let mut f = Frontend::start();
    // The cells are sent while the first one runs, so that all are in the queue when it fails.
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    f.wait_for(&running, "busy");
    let queued: Vec<Value> =
        (0..3).map(|_| f.send(Channel::Shell, "execute_request", execute_content("1"))).collect();
    let info = f.send(Channel::Shell, "kernel_info_request", json!({}));
    let answered = f.reply(Channel::Shell);
    assert_eq!((answered.msg_type.as_str(), &answered.parent), ("kernel_info_reply", &info));
    f.send(Channel::Control, "interrupt_request", json!({}));
    assert_eq!(f.reply(Channel::Control).msg_type, "interrupt_reply");
    let failed = f.reply(Channel::Shell);
    assert_eq!((failed.content["status"].as_str(), &failed.parent), (Some("error"), &running));
    for header in &queued {
        let reply = f.reply(Channel::Shell);
        assert_eq!((reply.content["status"].as_str(), &reply.parent), (Some("aborted"), header));
        assert_eq!(reply.content["execution_count"], 1);
    }
    let seen = f.wait_for(&queued[2], "idle");
    assert!(seen.iter().all(|m| m.msg_type != "execute_input" || m.parent == running));
    assert_eq!(f.run("1").reply["execution_count"], 2, "cells sent after the failure run");
}

#[test]
fn without_stop_on_error_the_next_cell_runs() {
    let mut f = Frontend::start();
    let content = json!({ "code": "nowhere", "stop_on_error": false });
    let first = f.send(Channel::Shell, "execute_request", content);
    let second = f.send(Channel::Shell, "execute_request", execute_content("1"));
    assert_eq!(f.reply(Channel::Shell).content["status"], "error");
    assert_eq!(f.reply(Channel::Shell).content["status"], "ok");
    f.until_idle(&first);
    f.until_idle(&second);
}

#[test]
fn control_is_answered_and_questions_too_while_a_cell_runs() {
    let mut f = Frontend::start();
    f.run(SMALL);
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    f.wait_for(&running, "busy");
    // The cell never ends of itself: that there is an answer is enough.
    f.send(Channel::Control, "kernel_info_request", json!({}));
    assert_eq!(f.reply(Channel::Control).msg_type, "kernel_info_reply");
    f.send(Channel::Shell, "complete_request", json!({ "code": "check Sma", "cursor_pos": 9 }));
    let completed = f.reply(Channel::Shell);
    assert_eq!(completed.msg_type, "complete_reply");
    assert_eq!(completed.content["matches"], json!(["Small"]));
    f.send(Channel::Control, "interrupt_request", json!({}));
    assert_eq!(f.reply(Channel::Control).content, json!({ "status": "ok" }));
    let stopped = f.reply(Channel::Shell);
    assert_eq!(stopped.content["status"], "error");
    assert_eq!(stopped.content["ename"], "Interrupted");
    f.wait_for(&running, "idle");
    assert_eq!(f.execute("check Endless { depth <= 1 }").reply["status"], "error", "it was never defined");
    f.run("check Small");
}

#[test]
fn progress_is_one_display_that_is_updated() {
    let mut f = Frontend::start();
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    let mut updates = 0;
    let mut id = Value::Null;
    while updates < 3 {
        let message = f.publication();
        match message.msg_type.as_str() {
            "display_data" => {
                assert!(id.is_null(), "one display");
                id = message.content["transient"]["display_id"].clone();
                assert!(id.is_string());
            }
            "update_display_data" => {
                assert_eq!(message.content["transient"]["display_id"], id);
                let text = message.content["data"]["text/plain"].as_str().unwrap();
                assert!(
                    text.contains("states/s") && text.contains("depth") && text.contains("frontier"),
                    "{text}"
                );
                updates += 1;
            }
            "status" | "execute_input" => {}
            other => panic!("{other}"),
        }
    }
    f.send(Channel::Control, "interrupt_request", json!({}));
    let rest = f.wait_for(&running, "idle");
    let last = rest.iter().rfind(|m| m.msg_type == "update_display_data").unwrap();
    let text = last.content["data"]["text/plain"].as_str().unwrap();
    // The answer so far, if a busy machine has it within the second that an interrupt may take.
    let stays = text.starts_with("check Endless") || text == "exploration ended";
    assert!(stays && !text.contains("states/s"), "what stays is no progress: {text}");
    let position = |t: &str| rest.iter().rposition(|m| m.msg_type == t).unwrap();
    assert!(position("update_display_data") < position("error"));
}

/// One expression, one guard, one body: nothing outside of them looks at an interrupt, and each goes on for longer than
/// anybody here waits for a reply.
const DEEP: [&str; 3] = [
    "count a in 0..4000 where (count b in 0..4000 where (count c in 0..4000 where a == b and b == c) == 1) == 1",
    "system Guard { state x: 0..1 = 0 action g when (count a in 0..4000 where (count b in 0..4000 where
       (count c in 0..4000 where a == b and b == c) == 1) == 1) == 4000 { x := 1 } }
     check Guard",
    "system Body { state x: 0..1 = 0
       action g { for a in 0..4000 { for b in 0..4000 { for c in 0..4000 { x := 1 - x } } } } }
     check Body",
];

#[test]
fn loops_within_one_step_are_interrupted() {
    let mut f = Frontend::start();
    f.run(SMALL);
    for code in DEEP {
        let running = f.send(Channel::Shell, "execute_request", execute_content(code));
        f.wait_for(&running, "busy");
        f.send(Channel::Control, "interrupt_request", json!({}));
        assert_eq!(f.reply(Channel::Control).msg_type, "interrupt_reply");
        assert_eq!(f.reply(Channel::Shell).content["ename"], "Interrupted", "{code}");
        f.wait_for(&running, "idle");
        f.run("check Small");
    }
}

/// The threads of a process that run cells.
#[cfg(target_os = "linux")]
fn workers(process: u32) -> usize {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "cells").count()
}

/// Cells in which much is done that is no step of a model: the states that a picture begins at, each weaker system.
#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_nobody_waits_for_ends() {
    let graph = "system Grid { state x: 0..3000 = 0 state y: 0..3000 = 0
       action a { x := if x < 3000 then x + 1 else 0 } action b { y := if y < 3000 then y + 1 else 0 } }
     graph Grid";
    let many: String = (0..6000).map(|n| format!("action a{n} {{ x := 1 - x }}\n")).collect();
    let mutate =
        format!("system Many {{ state x: 0..1 = 0\n{many} invariant i: safety {{ x < 2 }} }} mutate Many");
    let mut f = Frontend::start();
    for code in [graph, &mutate] {
        let running = f.send(Channel::Shell, "execute_request", execute_content(code));
        f.wait_for(&running, "busy");
        // It is at its work by then; each takes minutes.
        for _ in 0..1500 {
            f.send(Channel::Control, "kernel_info_request", json!({}));
            f.reply(Channel::Control);
        }
        f.send(Channel::Control, "interrupt_request", json!({}));
        assert_eq!(f.reply(Channel::Control).msg_type, "interrupt_reply");
        assert_eq!(f.reply(Channel::Shell).content["status"], "error");
        f.wait_for(&running, "idle");
        let ended = (0..5000).any(|_| {
            f.run("1");
            workers(f.child.id()) == 1
        });
        assert!(ended, "a worker goes on: {}", &code[..40]);
    }
    f.assert_alive();
}

#[test]
fn an_error_aborts_nobody_who_may_have_seen_it() {
    let mut f = Frontend::start();
    for date in ["2026-01-01T00:00:00.000000Z", "no date"] {
        f.ask(Channel::Shell, "execute_request", execute_content("nowhere"));
        let mut header = f.header("execute_request");
        header["date"] = date.into();
        let parts = [header.to_string(), "{}".into(), "{}".into(), execute_content("1").to_string()];
        let frames = f.signed(&parts.map(String::into_bytes));
        f.send_frames(Channel::Shell, frames);
        assert_eq!(f.reply(Channel::Shell).content["status"], "ok", "{date}");
        f.until_idle(&header);
    }
}

#[test]
fn places_do_not_depend_on_whether_cells_are_counted() {
    let places = |counted: bool| {
        let mut f = Frontend::start();
        let mut run = |code: &str| {
            let content = json!({ "code": code, "store_history": counted });
            f.ask(Channel::Shell, "execute_request", content).reply["evalue"]
                .as_str()
                .unwrap_or_default()
                .to_string()
        };
        ["1", "nowhere", "2", "there"]
            .map(|code| run(code).split(": ").next().unwrap_or_default().to_string())
    };
    assert_eq!(places(true), ["", "cell 2:1:1", "", "cell 4:1:1"]);
    assert_eq!(places(false), places(true));
}

#[test]
fn thousands_of_values_are_few_displays() {
    let mut f = Frontend::start();
    let values: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
    let published = f.run(&values.join("\n")).published;
    assert!(published.len() < 60, "{}", published.len());
    let shown = |m: &Message| m.content["data"]["text/plain"].as_str().unwrap_or_default().to_string();
    let lines: Vec<String> = published.iter().map(shown).collect();
    let all: Vec<&str> = lines.iter().flat_map(|text| text.lines()).collect();
    assert_eq!(all, values, "every value, in order");
    assert_eq!(published.last().unwrap().msg_type, "execute_result");
}

#[test]
fn signals_interrupt_a_cell_and_never_an_idle_kernel() {
    let mut f = Frontend::start();
    let signal = |f: &Frontend, name: &str| {
        let killed = Command::new("kill").arg(name).arg(f.child.id().to_string()).status().unwrap();
        assert!(killed.success());
    };
    for _ in 0..3 {
        signal(&f, "-INT");
        f.assert_alive();
    }
    f.run(SMALL);
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    // Progress shows that the exploration runs, and it never ends of itself.
    while f.publication().msg_type != "display_data" {}
    signal(&f, "-INT");
    assert_eq!(f.reply(Channel::Shell).content["ename"], "Interrupted");
    f.wait_for(&running, "idle");
    f.run("check Small");
    signal(&f, "-TERM");
    assert!(f.ended().success());
}

#[test]
fn an_interrupt_of_nothing_is_forgotten() {
    let mut f = Frontend::start();
    let interrupt = f.ask(Channel::Control, "interrupt_request", json!({}));
    assert_eq!(interrupt.reply, json!({ "status": "ok" }));
    f.run(SMALL);
    f.run("check Small");
}

#[test]
fn shutdown_ends_a_running_cell_too() {
    let mut f = Frontend::start();
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    f.wait_for(&running, "busy");
    f.send(Channel::Control, "shutdown_request", json!({ "restart": true }));
    let reply = f.reply(Channel::Control);
    assert_eq!(reply.content, json!({ "status": "ok", "restart": true }));
    assert_eq!(f.reply(Channel::Shell).content["status"], "error");
    let seen = f.wait_for(&reply.parent, "idle");
    assert!(seen.iter().any(|m| m.msg_type == "shutdown_reply"));
    assert!(f.ended().success());
}

#[test]
fn history_has_tail_range_and_search() {
    let mut f = Frontend::start();
    for code in ["1", "2 + 2", "1"] {
        f.run(code);
    }
    let mut ask = |content: Value| f.ask(Channel::Shell, "history_request", content).reply["history"].clone();
    assert_eq!(ask(json!({ "hist_access_type": "tail", "n": 2 })), json!([[1, 2, "2 + 2"], [1, 3, "1"]]));
    assert_eq!(
        ask(json!({ "hist_access_type": "range", "session": 0, "start": 2, "stop": 3 })),
        json!([[1, 2, "2 + 2"]])
    );
    assert_eq!(ask(json!({ "hist_access_type": "search", "pattern": "*+*" })), json!([[1, 2, "2 + 2"]]));
    assert_eq!(
        ask(json!({ "hist_access_type": "search", "pattern": "*", "unique": true })),
        json!([[1, 2, "2 + 2"], [1, 3, "1"]])
    );
    let with_output = ask(json!({ "hist_access_type": "tail", "n": 1, "output": true }));
    assert_eq!(with_output[0][2][0], "1");
    assert!(with_output[0][2][1].as_str().unwrap().contains('1'));
    assert_eq!(ask(json!({ "hist_access_type": "tail", "n": 0 })), json!([]));
}

#[test]
fn questions_are_answered_in_code_points() {
    let mut f = Frontend::start();
    f.run(SMALL);
    let mut ask = |kind: &str, content: Value| f.ask(Channel::Shell, kind, content).reply;
    let code = "// 😀é\ncheck Sm";
    let completed = ask("complete_request", json!({ "code": code, "cursor_pos": 14 }));
    assert_eq!(completed["matches"], json!(["Small"]));
    assert_eq!((&completed["cursor_start"], &completed["cursor_end"]), (&json!(12), &json!(14)));
    assert_eq!(completed["metadata"]["_jupyter_types_experimental"][0]["type"], "system");
    for cursor in [-5, 0, 1000] {
        assert_eq!(ask("complete_request", json!({ "code": code, "cursor_pos": cursor }))["status"], "ok");
        assert_eq!(ask("inspect_request", json!({ "code": code, "cursor_pos": cursor }))["status"], "ok");
    }
    let found = ask("inspect_request", json!({ "code": "check Small", "cursor_pos": 8, "detail_level": 0 }));
    assert_eq!(found["found"], true);
    assert!(found["data"]["text/plain"].as_str().unwrap().contains("system Small"), "{found}");
    let nothing = ask("inspect_request", json!({ "code": "nowhere", "cursor_pos": 3 }));
    assert_eq!((&nothing["found"], &nothing["data"]), (&json!(false), &json!({})));
    assert_eq!(ask("is_complete_request", json!({ "code": "check Small" }))["status"], "complete");
    let open = ask("is_complete_request", json!({ "code": "system A {" }));
    assert_eq!(open, json!({ "status": "incomplete", "indent": "  " }));
    assert_eq!(ask("is_complete_request", json!({ "code": "system A { } }" }))["status"], "invalid");
    assert_eq!(ask("comm_info_request", json!({}))["comms"], json!({}));
}

#[test]
fn comms_are_closed_and_unknown_requests_bracketed() {
    let mut f = Frontend::start();
    let opened =
        f.send(Channel::Shell, "comm_open", json!({ "comm_id": "c1", "target_name": "t", "data": {} }));
    let published = f.until_idle(&opened);
    assert_eq!(published.len(), 1);
    assert_eq!(
        (published[0].msg_type.as_str(), &published[0].content["comm_id"]),
        ("comm_close", &json!("c1"))
    );
    for channel in [Channel::Shell, Channel::Control] {
        for kind in
            ["comm_msg", "no_such_request", "create_subshell_request", "debug_request", "execute_reply", ""]
        {
            let header = f.send(channel, kind, json!({}));
            assert!(f.until_idle(&header).is_empty());
        }
    }
    f.assert_alive();
}

#[test]
fn user_expressions_are_evaluated_one_by_one() {
    let mut f = Frontend::start();
    let content = json!({ "code": SMALL, "user_expressions": { "good": "x + 1", "bad": "y" } });
    let reply = f.ask(Channel::Shell, "execute_request", content).reply;
    let good = &reply["user_expressions"]["good"];
    assert_eq!(good["status"], "ok");
    assert!(good["data"]["text/plain"].as_str().unwrap().contains('1'), "{good}");
    assert_eq!(reply["user_expressions"]["bad"]["status"], "error");
}

#[test]
fn running_a_cell_again_replaces_what_it_gave() {
    let mut f = Frontend::start();
    let mut run = |id: &str, code: &str| {
        let header =
            f.send_with(Channel::Shell, "execute_request", json!({ "cellId": id }), execute_content(code));
        let reply = f.reply(Channel::Shell);
        f.until_idle(&header);
        reply.content
    };
    assert_eq!(run("one", SMALL)["status"], "ok");
    assert_eq!(run("two", "extend Small { invariant extra: safety { x >= 0 } }")["status"], "ok");
    assert_eq!(run("two", "extend Small { invariant other: safety { x >= 0 } }")["status"], "ok");
    assert_eq!(run("three", "check Small { only other }")["status"], "ok");
    assert_eq!(run("three", "check Small { only extra }")["status"], "error", "replaced, not added");
}

#[test]
fn two_hundred_cells_lose_nothing() {
    let mut f = Frontend::start();
    let headers: Vec<Value> = (1..=200)
        .map(|i| f.send(Channel::Shell, "execute_request", execute_content(&format!("{i}"))))
        .collect();
    for (i, header) in (1..).zip(&headers) {
        let published = f.until_idle(header);
        assert_eq!(published.len(), 2, "cell {i}");
        assert_eq!(published[1].msg_type, "execute_result");
        assert_eq!(published[1].content["execution_count"], i);
        let text = published[1].content["data"]["text/plain"].as_str().unwrap();
        assert!(text.contains(&i.to_string()), "{text}");
    }
    for (i, header) in (1..).zip(&headers) {
        let reply = f.reply(Channel::Shell);
        assert_eq!((&reply.parent, &reply.content["execution_count"]), (header, &json!(i)));
    }
}

#[test]
fn serves_tcp_and_echoes_the_heartbeat() {
    let mut f = Frontend::start_with("tcp", "");
    f.assert_alive();
    let mut large = vec![0xFF; 100_000];
    large[7] = 0;
    f.heartbeat.send(&large, 0).unwrap();
    assert_eq!(f.heartbeat.recv_bytes(0).unwrap(), large);
    let running = f.send(Channel::Shell, "execute_request", execute_content(ENDLESS));
    f.wait_for(&running, "busy");
    for i in 0..100u8 {
        f.heartbeat.send(vec![i], 0).unwrap();
        assert_eq!(f.heartbeat.recv_bytes(0).unwrap(), [i]);
    }
}

#[test]
fn a_port_in_use_or_a_bad_file_ends_at_once_with_words() {
    let folder = std::env::temp_dir().join(format!("reconverge-ports-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("c.json");
    let start = |connection: &str| {
        std::fs::write(&file, connection).unwrap();
        let output = Command::new(binary()).arg("kernel").arg(&file).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut used = connection("tcp", &folder, "");
    used["iopub_port"] = json!(taken.local_addr().unwrap().port());
    let words = start(&used.to_string());
    assert!(words.contains("cannot listen on tcp://127.0.0.1:"), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    let mut md5 = connection("tcp", &folder, "k");
    md5["signature_scheme"] = json!("hmac-md5");
    assert!(start(&md5.to_string()).contains("hmac-md5"));
    assert!(start("{}").contains("connection file"));
    assert!(start("\u{0}").contains("connection file"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn ends_when_its_parent_does() {
    // A shell that starts the kernel as its child and ends when its input does.
    let mut f = Frontend::start_by("ipc", KEY, |file| {
        let mut command = Command::new("sh");
        command.args(["-c", "JPY_PARENT_PID=$$ \"$0\" kernel \"$1\" & read line"]).arg(binary()).arg(file);
        command
    });
    f.assert_alive();
    drop(f.child.stdin.take());
    f.assert_deserted();
}

#[test]
fn ends_with_its_parent_behind_a_shell_that_stays() {
    // The outer shell stands for the front end, the inner one for a wrapper that waits for its child.
    let mut f = Frontend::start_by("ipc", KEY, |file| {
        let mut command = Command::new("sh");
        let wrapped = "JPY_PARENT_PID=$$ sh -c '\"$0\" kernel \"$1\"; true' \"$0\" \"$1\" & read line";
        command.args(["-c", wrapped]).arg(binary()).arg(file);
        command
    });
    f.assert_alive();
    drop(f.child.stdin.take());
    f.child.wait().unwrap();
    f.assert_deserted();
}

#[test]
fn arguments_of_front_ends_are_left_aside() {
    // As `jupyter run FILE` adds them.
    let mut f = Frontend::start_by("ipc", KEY, |file| {
        let mut command = Command::new(binary());
        command.arg("kernel").arg(file).args(["lesson.rcv", "--InteractiveShell.cache=1", "-x"]);
        command
    });
    f.assert_alive();
}
