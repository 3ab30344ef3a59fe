//! Steps in words, and variables as people see them.

use super::support::{faults, model};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::engine::machine::{Machine, Step};
use reconverge_lang::model::{BuildOptions, Model};

const ECHO: &str = "
system Echo {
  enum Word { hi, ho }
  record Note { word: Word, times: 0..2 }
  node Peer[3] { volatile heard: list<Note, 2>  durable score: 0..3 = 1 }
  state total: 0..9 = 0
  message Say { note: Note, loud: bool }
  message Thanks {}
  link talk: Say, Thanks between Peer, Peer unordered lossy duplicating
  action speak(w: Word) at p in Peer when total < 2 {
    total += 1
    choose q in Peer where q != p { send Say { note: Note { word: w, times: 1 }, loud: p.up } to q }
  }
  on Say from f at p when len(p.heard) < 2 {
    p.heard.push(note)
    if loud { send Thanks to f }
  }
  on Thanks at p when p.score < 3 { p.score += 1 }
}
check Echo";

/// Takes the steps of these labels, one after the other, and returns the last description and the last state.
#[track_caller]
fn walk(model: &Model, labels: &[&str]) -> (String, String) {
    let mut scratch = model.scratch();
    let mut state = Vec::new();
    model.initial(&mut scratch, &mut |s| {
        state = s.expect("an initial state").to_vec();
        true
    });
    let mut sent = String::new();
    for label in labels {
        let ways = model.ways(&mut scratch, &state);
        let mut seen = Vec::new();
        let mut found = None;
        for way in ways {
            let Ok(after) = way.state else { continue };
            let step = Step { before: &state, instance: way.instance, choice: way.choice, after: &after };
            let description = model.describe_step(&mut scratch, step);
            seen.push(description.label.clone());
            if description.label == *label {
                sent = description.sent.iter().map(|m| m.whole()).collect::<Vec<_>>().join("; ");
                found = Some(after);
            }
        }
        state = found.unwrap_or_else(|| panic!("no {label} among {seen:#?}"));
    }
    let variables = model.decode_state(&state);
    let text: Vec<_> = variables.iter().map(|v| format!("{} = {}", v.path, v.value)).collect();
    (sent, text.join("\n"))
}

#[test]
fn a_message_is_sent_and_delivered() {
    let model = model(ECHO, &BuildOptions::default());
    let speak = "speak(ho) at peer1 with q = peer3";
    let (sent, state) = walk(&model, &[speak]);
    let say = "Say { note: Note { word: ho, times: 1 }, loud: true } from peer1 to peer3";
    assert_eq!(sent, say);
    assert!(state.ends_with(&format!("talk = {{{say}}}")), "{state}");
    let (sent, state) = walk(&model, &[speak, &format!("deliver {say}")]);
    assert_eq!(sent, "Thanks from peer3 to peer1");
    assert!(state.contains("peer3.heard = [Note { word: ho, times: 1 }]"), "{state}");
    let (_, state) = walk(&model, &[speak, &format!("deliver {say}"), "deliver Thanks from peer3 to peer1"]);
    assert!(state.contains("peer1.score = 2") && state.ends_with("talk = {}"), "{state}");
}

#[test]
fn faults_are_steps() {
    let all = FaultBudget::from([
        (Fault::Crash, 1),
        (Fault::Lose, 1),
        (Fault::Duplicate, 1),
        (Fault::Partition, 1),
    ]);
    let model = model(ECHO, &faults(all));
    let say = "Say { note: Note { word: hi, times: 1 }, loud: true } from peer1 to peer2";
    let speak = "speak(hi) at peer1 with q = peer2";
    let (_, state) = walk(&model, &[speak, &format!("lose {say}")]);
    assert!(state.contains("talk = {}"), "{state}");
    let (sent, state) = walk(&model, &[speak, &format!("duplicate {say}")]);
    assert_eq!(sent, "");
    assert!(state.contains(&format!("talk = {{{say}, {say}}}")), "{state}");
    let (_, state) = walk(&model, &[speak, &format!("deliver {say}"), "crash peer2"]);
    assert!(state.contains("peer2.heard = []") && state.contains("peer2.up = false"), "{state}");
    let (_, state) = walk(&model, &["crash peer2", "restart peer2", "partition {peer1, peer3} | {peer2}"]);
    assert!(state.contains("peer2.up = true"), "{state}");
    assert!(state.ends_with("partition = {{peer1, peer3}, {peer2}}"), "{state}");
}
