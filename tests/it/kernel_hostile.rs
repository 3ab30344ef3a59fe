//! Nothing on the wire can hurt the kernel: malformed, unsigned, wrongly signed, enormous, deeply nested messages are
//! dropped, and the next good one is answered.
//!
//! Enters: bytes that no front end would send. Leaves: failures.

use crate::frontend::{Channel, Frontend, KEY, execute_content};
use reconverge_kernel::wire::{
    self, Access, Asked, Content, Detail, ExecuteReply, Failed, Key, Outgoing, Question, WireError, Writer,
};
use serde_json::{Value, json};

const DELIMITER: &[u8] = b"<IDS|MSG>";

fn good_parts(f: &mut Frontend) -> [Vec<u8>; 4] {
    let header = f.header("execute_request").to_string();
    [header, "{}".into(), "{}".into(), execute_content("1").to_string()].map(String::into_bytes)
}

/// Sends frames that must be dropped: the kernel answers the next request first, and publishes nothing before it.
#[track_caller]
fn dropped(f: &mut Frontend, frames: Vec<Vec<u8>>) {
    for channel in [Channel::Shell, Channel::Control] {
        f.send_frames(channel, frames.clone());
    }
    f.assert_alive();
}

#[test]
fn frames_that_are_no_message_are_dropped() {
    let mut f = Frontend::start();
    let good = good_parts(&mut f);
    let signed = f.signed(&good);
    for frames in [
        vec![vec![]],
        vec![vec![]; 100],
        vec![b"garbage".to_vec()],
        vec![vec![0xFF; 1000]],
        vec![DELIMITER.to_vec()],
        vec![DELIMITER.to_vec(), DELIMITER.to_vec()],
        signed[..5].to_vec(),
        signed[..2].to_vec(),
        signed[1..].to_vec(),
        [vec![b"<IDS|MSG".to_vec()], signed[1..].to_vec()].concat(),
        [vec![DELIMITER.to_vec()], signed.clone()].concat(),
    ] {
        dropped(&mut f, frames);
    }
}

#[test]
fn wrong_signatures_are_dropped() {
    let mut f = Frontend::start();
    let good = good_parts(&mut f);
    let signed = f.signed(&good);
    let with = |signature: &[u8]| {
        let mut frames = signed.clone();
        frames[1] = signature.to_vec();
        frames
    };
    let right = String::from_utf8(signed[1].clone()).unwrap();
    for signature in
        ["", "00", "zz", &right[..63], &format!("{right}00"), &"0".repeat(64), &"f".repeat(1 << 20)]
    {
        dropped(&mut f, with(signature.as_bytes()));
    }
    dropped(&mut f, with(&[0xFF, 0xFE]));
    for part in 2..6 {
        let mut frames = signed.clone();
        frames[part].push(b' ');
        dropped(&mut f, frames);
    }
    f.key = "another key".into();
    let foreign = f.signed(&good);
    f.key = KEY.into();
    dropped(&mut f, foreign);
}

#[test]
fn signed_nonsense_is_dropped() {
    let mut f = Frontend::start();
    let good = good_parts(&mut f);
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)).into_bytes();
    let deep_object = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000)).into_bytes();
    let nonsense: Vec<Vec<u8>> = vec![
        vec![],
        b"null".to_vec(),
        b"[]".to_vec(),
        b"1e999999".to_vec(),
        b"{".to_vec(),
        b"{\"a\":}".to_vec(),
        b"\"text\"".to_vec(),
        vec![0xFF, 0xFE, 0x00],
        vec![0; 4096],
        deep,
        deep_object,
    ];
    for bytes in &nonsense {
        let mut parts = good.clone();
        parts[0] = bytes.clone();
        let frames = f.signed(&parts);
        dropped(&mut f, frames);
    }
    // Who is signed and says what is asked has an answer, whatever the rest is.
    for part in [2, 3] {
        for bytes in &nonsense {
            let header = f.header("execute_request");
            let mut parts = good.clone();
            (parts[0], parts[part]) = (header.to_string().into_bytes(), bytes.clone());
            f.send_frames(Channel::Shell, f.signed(&parts));
            let reply = f.reply(Channel::Shell);
            assert_eq!(reply.parent, header);
            let published = f.until_idle(&header);
            if part == 3 {
                assert_eq!(reply.content["ename"], "ProtocolError");
                assert_eq!(published[0].msg_type, "error", "{published:?}");
            }
        }
    }
    for header in [
        "{}",
        "{\"msg_type\":\"execute_request\"}",
        "{\"msg_id\":1,\"msg_type\":2}",
        "{\"msg_id\":\"a\",\"msg_type\":null}",
    ] {
        let mut parts = good.clone();
        parts[0] = header.as_bytes().to_vec();
        let frames = f.signed(&parts);
        dropped(&mut f, frames);
    }
}

#[test]
fn a_message_that_was_recorded_is_not_run_again() {
    let mut f = Frontend::start();
    let header = f.header("execute_request");
    let parts = [header.to_string(), "{}".into(), "{}".into(), execute_content("1").to_string()];
    let frames = f.signed(&parts.map(String::into_bytes));
    f.send_frames(Channel::Shell, frames.clone());
    assert_eq!(f.reply(Channel::Shell).content["execution_count"], 1);
    f.until_idle(&header);
    dropped(&mut f, frames.clone());
    let mut shouted = frames;
    shouted[1] = shouted[1].to_ascii_uppercase();
    dropped(&mut f, shouted);
    assert_eq!(f.run("1").reply["execution_count"], 2);
}

#[test]
fn what_is_only_odd_is_served() {
    let mut f = Frontend::start();
    // Unknown fields, address frames, buffers, a lone surrogate, bytes that are not UTF-8 inside a string.
    let header = f.header("execute_request");
    let content = b"{\"code\":\"// \\ud83d \xFF\\n1\",\"future\":[1,2,{\"x\":null}]}".to_vec();
    let parts = [header.to_string().into_bytes(), b"{}".to_vec(), b"{\"k\":1}".to_vec(), content];
    let mut frames = vec![b"address".to_vec(), vec![0, 1, 2]];
    frames.extend(f.signed(&parts));
    frames.push(vec![7; 10_000]);
    f.send_frames(Channel::Shell, frames);
    let reply = f.shell.recv_multipart(0).unwrap();
    assert_eq!(&reply[..3], &[b"address".to_vec(), vec![0, 1, 2], DELIMITER.to_vec()]);
    let content: Value = serde_json::from_slice(reply.last().unwrap()).unwrap();
    assert_eq!(content["status"], "ok", "{content}");
    f.until_idle(&header);
}

/// What a content is read as, by itself.
#[track_caller]
fn read(msg_type: &str, content: &Value) -> Asked {
    let header = json!({ "msg_id": "1", "msg_type": msg_type }).to_string();
    let content = content.to_string();
    let frames = [DELIMITER, b"", header.as_bytes(), b"{}", b"{}", content.as_bytes()];
    wire::decode(frames.map(<[u8]>::to_vec).to_vec(), &Key::new("")).expect("it is a message").asked
}

/// A value of every kind, and of every kind that a number or a list may be.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("text"),
        json!([]),
        json!([["deep"]]),
        json!({}),
        json!({ "a": { "b": null } }),
    ]
}

/// Requests with the fields that are looked at.
const REQUESTS: &[(&str, &[&str])] = &[
    ("execute_request", &["code", "silent", "store_history", "user_expressions", "stop_on_error"]),
    ("complete_request", &["code", "cursor_pos"]),
    ("inspect_request", &["code", "cursor_pos", "detail_level"]),
    ("is_complete_request", &["code"]),
    (
        "history_request",
        &["hist_access_type", "n", "output", "session", "start", "stop", "pattern", "unique"],
    ),
    ("shutdown_request", &["restart"]),
    ("comm_open", &["comm_id", "target_name", "data"]),
    ("kernel_info_request", &["code"]),
    ("comm_info_request", &["target_name"]),
    ("interrupt_request", &["code"]),
];

/// A field counts when it is of its type, and is as good as missing when it is not.
#[test]
fn a_field_of_the_wrong_type_has_its_default() {
    for (msg_type, fields) in REQUESTS {
        let missing = read(msg_type, &json!({}));
        assert!(!matches!(missing, Asked::Other(_)), "{msg_type}");
        for field in *fields {
            let read: Vec<Asked> = values().iter().map(|v| read(msg_type, &json!({ *field: v }))).collect();
            let defaults = read.iter().filter(|asked| **asked == missing).count();
            // The widest types are a number, with five values here, and `comm_id`, which may be anything but null.
            assert!(*field == "comm_id" || defaults >= values().len() - 5, "{msg_type} {field}: {read:?}");
        }
    }
    let Asked::Execute(execute) =
        read("execute_request", &json!({ "code": 1, "user_expressions": { "a": 1 } }))
    else {
        panic!("it is an execute_request");
    };
    assert_eq!((execute.code, execute.silent), (None, false));
    assert_eq!((execute.store_history, execute.stop_on_error), (true, true));
    assert_eq!(execute.user_expressions["a"], "", "what is no text is an empty one");
    let silent = json!({ "code": "1", "silent": true, "store_history": true, "stop_on_error": true });
    let Asked::Execute(silent) = read("execute_request", &silent) else {
        panic!("it is an execute_request");
    };
    assert_eq!((silent.store_history, silent.stop_on_error), (false, false), "silent goes before both");
    let inspect = json!({ "code": [], "cursor_pos": "1", "detail_level": true });
    let default = Question::Inspect { code: String::new(), cursor: None, detail: Detail::Short };
    assert_eq!(read("inspect_request", &inspect), Asked::Question(default));
    let Asked::History(history) =
        read("history_request", &json!({ "hist_access_type": "range", "start": "a", "stop": {} }))
    else {
        panic!("it is a history_request");
    };
    assert_eq!(history.access, Access::Range { session: 0, start: 0, stop: i64::MAX });
}

/// Every request with a value of every kind in every field, through the whole kernel.
#[test]
fn requests_with_any_value_in_any_field_are_answered() {
    let mut f = Frontend::start();
    for (msg_type, fields) in REQUESTS.iter().filter(|(name, _)| *name != "shutdown_request") {
        for value in values() {
            for field in *fields {
                let content = json!({ "code": "1", *field: value });
                let header = f.send(Channel::Shell, msg_type, content);
                if *msg_type == "comm_open" {
                    assert_eq!(f.until_idle(&header)[0].msg_type, "comm_close");
                    continue;
                }
                let reply = f.reply(Channel::Shell);
                assert_eq!(reply.parent, header);
                let status = reply.content["status"].as_str().unwrap_or_default();
                let known = ["ok", "error", "complete", "incomplete", "invalid", "unknown"];
                assert!(known.contains(&status), "{msg_type} {field} {value}: {}", reply.content);
                f.until_idle(&header);
            }
        }
    }
    f.send(Channel::Control, "shutdown_request", json!({ "restart": "maybe" }));
    assert_eq!(f.reply(Channel::Control).content, json!({ "status": "ok", "restart": false }));
    assert!(f.ended().success());
}

#[test]
fn contents_of_the_wrong_type_are_served() {
    let mut f = Frontend::start();
    for content in [json!({}), json!({ "code": null }), json!({ "code": 7 }), json!({ "code": ["a"] })] {
        let reply = f.ask(Channel::Shell, "execute_request", content).reply;
        assert_eq!(reply["status"], "error");
    }
    for kind in
        ["complete_request", "inspect_request", "is_complete_request", "history_request", "comm_info_request"]
    {
        for content in
            [json!({}), json!({ "code": 1, "cursor_pos": "x", "n": -1, "pattern": 3, "detail_level": {} })]
        {
            f.ask(Channel::Shell, kind, content);
        }
    }
    let odd = json!({ "code": "1", "silent": "yes", "store_history": 7, "user_expressions": [], "stop_on_error": null });
    assert_eq!(f.ask(Channel::Shell, "execute_request", odd).reply["status"], "ok");
    let odd = json!({ "code": "1", "user_expressions": { "a": 1, "b": null, "": "1" } });
    assert_eq!(f.ask(Channel::Shell, "execute_request", odd).reply["status"], "ok");
}

#[test]
fn twenty_megabytes_are_refused_or_run_and_the_session_lives_on() {
    let mut f = Frontend::start();
    f.run("system A { state x: 0..1 = 0 }");
    for cell in
        ["x".repeat(20 << 20), format!("1{}", " ".repeat(20 << 20)), "(".repeat(1 << 20), "{".repeat(1 << 20)]
    {
        let reply = f.execute(&cell).reply;
        assert!(reply["traceback"].to_string().len() < 100_000);
        f.ask(Channel::Shell, "is_complete_request", json!({ "code": cell }));
        f.ask(Channel::Shell, "complete_request", json!({ "code": cell, "cursor_pos": 3 }));
    }
    f.run("x");
}

#[test]
fn deep_programs_are_an_error_and_not_an_end() {
    let mut f = Frontend::start();
    for code in [
        format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("{}true", "not ".repeat(50_000)),
        format!("1{}", " + 1".repeat(50_000)),
        format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000)),
        format!("true{}", " implies true".repeat(50_000)),
        format!("system A {{ action a {{ {} {} }} }}", "if true {".repeat(20_000), "}".repeat(20_000)),
        format!("system A {{ state x: {}bool{} }}", "set<".repeat(20_000), ">".repeat(20_000)),
        format!("system A {{ state x: bool{} }}", "?".repeat(20_000)),
    ] {
        let reply = f.execute(&code).reply;
        assert!(reply["ename"] != "InternalError", "{reply}");
    }
    f.run("1");
}

#[test]
fn ten_thousand_pings_are_all_answered() {
    let mut f = Frontend::start();
    for _ in 0..10_000 {
        f.send(Channel::Shell, "kernel_info_request", json!({}));
    }
    for _ in 0..10_000 {
        assert_eq!(f.reply(Channel::Shell).msg_type, "kernel_info_reply");
    }
    for _ in 0..20_000 {
        assert_eq!(f.publication().msg_type, "status");
    }
    f.assert_alive();
}

/// xorshift: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

fn mutate(frames: &mut Vec<Vec<u8>>, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        if frames.is_empty() {
            frames.push(vec![]);
        }
        let at = dice.roll(frames.len());
        match dice.roll(7) {
            0 => drop(frames.remove(at)),
            1 => frames.insert(at, DELIMITER.to_vec()),
            2 => frames.swap(0, at),
            3 => frames[at].truncate(dice.roll(100)),
            4 => {
                let copy = frames[at].clone();
                frames[at].extend(copy);
            }
            5 => {
                let byte = dice.roll(256) as u8;
                frames[at].push(byte);
            }
            _ => {
                if !frames[at].is_empty() {
                    let position = dice.roll(frames[at].len());
                    frames[at][position] = dice.roll(256) as u8;
                }
            }
        }
    }
}

#[test]
fn decoding_survives_a_hundred_thousand_mutations() {
    let dice = &mut Dice(0x5EED);
    let signed = Key::new(KEY);
    let open = Key::new("");
    let mut writer = Writer::new(Key::new(KEY), "s".into());
    let message = Outgoing {
        prefix: vec![b"id".to_vec()],
        parent: None,
        content: Content::ExecuteReply(ExecuteReply::Error {
            execution_count: 7,
            failed: Failed::new("Oddness", "1 + 1 // \u{1F600} \""),
            payload: [],
            user_expressions: Default::default(),
        }),
    };
    let good = writer.encode(message, "2026-01-01T00:00:00.000000Z");
    assert!(wire::decode(good.clone(), &signed).is_ok());
    let mut accepted = 0;
    for _ in 0..100_000 {
        let mut frames = good.clone();
        mutate(&mut frames, dice);
        // What is accepted with a key has the signed parts of the good message.
        if let Ok(request) = wire::decode(frames.clone(), &signed) {
            assert_eq!(request.asked, Asked::Other("execute_reply".into()));
            accepted += 1;
        }
        let _either = wire::decode(frames, &open);
    }
    assert!(accepted < 100_000);
}

#[test]
fn each_fault_of_a_message_has_its_name() {
    let key = Key::new("");
    let frames = |parts: &[&[u8]]| parts.iter().map(|p| p.to_vec()).collect::<Vec<_>>();
    let check = |parts: &[&[u8]]| wire::decode(frames(parts), &key).unwrap_err();
    assert_eq!(check(&[b"a"]), WireError::NoDelimiter(1));
    assert_eq!(check(&[DELIMITER, b"", b"{}"]), WireError::TooFewFrames(2));
    assert_eq!(check(&[DELIMITER, b"", b"{}", b"{}", b"{}", b"{}"]), WireError::NoHeaderField("msg_id"));
    assert!(matches!(
        check(&[DELIMITER, b"", b"[]", b"{}", b"{}", b"{}"]),
        WireError::NotAnObject { part: "header", .. }
    ));
    let signed = Key::new("k");
    let unsigned = wire::decode(frames(&[DELIMITER, b"", b"{}", b"{}", b"{}", b"{}"]), &signed);
    assert_eq!(unsigned.unwrap_err(), WireError::WrongSignature);
}
