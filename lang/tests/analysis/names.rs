//! Names: unknown, misspelt, twice, clashing, in a circle.

use super::support::{body, check};

#[test]
fn misspelt_names_get_the_nearest() {
    body(
        "state leader: bool action a when leeder { leader := true }",
        &["E0201 1:45 unknown name `leeder` | did you mean `leader`?"],
    );
    body(
        "node Broker[2] { log: list<bool, 2> } invariant i: safety { all b in Broker: len(b.lg) < 2 }",
        &["E0206 1:95 node Broker has no field `lg` | did you mean `log`?"],
    );
    body("enum Value { a } state x: Valu", &["E0207 1:38 unknown type `Valu` | did you mean `Value`?"]);
    body(
        "state l: list<bool, 2> invariant i: safety { lenn(l) == 1 }",
        &["E0213 1:57 unknown function `lenn` | did you mean `len`?"],
    );
    body(
        "order log: append resolution r: repair { handles lgo }",
        &["E0211 1:61 unknown order or invariant `lgo` | did you mean `log`?"],
    );
}

#[test]
fn fields_of_nodes_need_their_node() {
    body(
        "node Broker[2] { hw: 0..2 } action a at b in Broker when hw < 2 { b.hw += 1 }",
        &["E0201 1:69 unknown name `hw` | `hw` belongs to each Broker: write `b.hw`"],
    );
    body(
        "node Broker[2] { hw: 0..2 } invariant i: safety { hw < 2 }",
        &["E0201 1:62 unknown name `hw` | `hw` belongs to each Broker: write `broker1.hw`"],
    );
}

#[test]
fn there_are_only_so_many_nodes() {
    body(
        "node Broker[2] { up_to: 0..2 } invariant i: safety { broker3.up }",
        &["E0201 1:65 unknown name `broker3` | there are only 2 of Broker: broker1 to broker2"],
    );
}

#[test]
fn several_errors_are_all_shown_and_none_twice() {
    body(
        "state x: Nothing state y: 0..z invariant i: safety { x == y and q } action a { x := 1 y := w }",
        &[
            "E0207 1:21 unknown type `Nothing` | declare it: `type Nothing = 0..3`, or an enum, record or node",
            "E0201 1:41 unknown name `z` | declare it: `param z = 3`",
            "E0201 1:76 unknown name `q`",
            "E0201 1:103 unknown name `w`",
        ],
    );
}

#[test]
fn declared_twice() {
    body(
        "state x: bool state x: 0..1",
        &["E0202 1:32 `x` is declared twice | give one of them another name, or delete it"],
    );
    body(
        "enum E { a, a }",
        &["E0202 1:24 `a` is declared twice | give one of them another name, or delete it"],
    );
    body(
        "record R { x: bool, x: bool }",
        &["E0202 1:32 `x` is declared twice | give one of them another name, or delete it"],
    );
    body(
        "action a(x: bool, x: bool) { }",
        &["E0202 1:30 `x` is declared twice | give one of them another name, or delete it"],
    );
    check(
        "system A { } system A { }",
        &["E0202 1:21 `A` is declared twice | give one of them another name, or delete it"],
    );
    body(
        "state x: bool action go { x := true } resolution go: repair { act { x := false } }",
        &["E0202 1:61 `go` is declared twice | give one of them another name, or delete it"],
    );
}

#[test]
fn one_name_for_two_things() {
    body(
        "enum Role { leader } state leader: bool",
        &["E0212 1:39 `leader` is a variant of an enum and a state | give one of them another name"],
    );
    body(
        "node Broker[2] { up: bool }",
        &["E0212 1:29 `up` is built in: every node has it | give the field another name"],
    );
    body(
        "node N { } message M link a: M between N, N link b: M between N, N",
        &[
            "E0212 1:64 message M is on two links | a message belongs to one link: declare another message for the other",
        ],
    );
    body("def len(x: bool) = x", &["E0212 1:16 `len` is a built-in function | give yours another name"]);
}

#[test]
fn variants_of_several_enums_are_told_apart_by_type() {
    let enums = "enum Role { none_yet, leader } enum Mode { leader, off } state r: Role = none_yet state m: Mode = off ";
    body(&format!("{enums} init r == leader and leader == m invariant i: safety {{ r in {{leader}} }}"), &[]);
    body(
        &format!("{enums} action a {{ r := leader m := leader }} invariant i: safety {{ m == Mode.leader }}"),
        &[],
    );
    body(
        &format!("{enums} invariant i: safety {{ leader == leader and r == m }}"),
        &[
            "E0209 1:137 `leader` is a variant of several enums | write `Role.leader` or `Mode.leader`",
            "E0209 1:147 `leader` is a variant of several enums | write `Role.leader` or `Mode.leader`",
            "E0301 1:163 expected Role, found Mode",
        ],
    );
}

#[test]
fn inner_names_hide_outer_ones() {
    body(
        "node B[2] { hw: 0..2 } message Fetch { hw: 0..2 } link l: Fetch between B, B unordered
         on Fetch from f at b when hw > b.hw { let hw = hw + 1 if hw <= 2 { b.hw := hw } }
         action a at b in B { send Fetch { hw: b.hw } to b }",
        &[],
    );
}

#[test]
fn circles_are_named() {
    body(
        "param a = b param b = a",
        &["E0210 1:18 parameter `a` depends on itself", "E0210 1:30 parameter `b` depends on itself"],
    );
}
