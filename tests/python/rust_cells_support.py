"""Rust cells under a real Jupyter client: a client, and what comes of a cell."""

import os

import pytest
from browser_support import ROOT
from jupyter_client.manager import start_new_kernel

KERNEL = "reconverge"
# Seconds, longer than anything here takes on the slowest machine: what is not there by then never comes.
PATIENCE = 240
SYSTEM = """system Small {
  enum Colour { red, green }
  state x: 0..3 = 0
  action up when x < 3 { x += 1 }
  invariant low: safety "It stays low." { x <= 2 }
}"""


JOINS = """system Joins {
  enum Paint { red, green, mut }
  record Entry { term: 1..2, of: Paint? }
  state x: 0..3 = 0
  def join(a: 0..3, b: 0..3): 0..3 = if a > b then a else b
  def one(s: set<Paint>): set<Paint> = s
  def two(l: list<Entry, 2>, b: bool): list<Entry, 2> = l
  def three(b: bool, m: map<Paint -> 0..2>): map<Paint -> 0..2> = m
  def many(a: 0..999, b: 0..999): 0..999 = a
  def reads(a: 0..3): bool = a == x
  resolution merged: merge "The greater stays" { merge join }
}"""


# Members of sets and keys of maps are collections themselves: their order in Rust is the derived one.
NESTS = """system Nests {
  enum Mark { late, early }
  def both(s: set<set<Mark>>, b: set<set<0..1>>): set<set<Mark>> = s
  def lists(s: set<list<Mark, 2>>): set<list<Mark, 2>> = s
  def bag(a: list<Mark, 2>, b: list<Mark, 2>): bag<list<Mark, 2>, 2> = {a, b}
}"""


# A consumer and its code, for these tests and for those of the text that is written (tests/it/rust.rs).
CONSUMER = (ROOT / "tests/rust/consumer.rcv").read_text(encoding="utf-8")


def worker(new):
    """The consumer in Rust; `new`: what tells an id that it has not seen."""
    return (ROOT / "tests/rust/consumer.cell").read_text(encoding="utf-8").replace("NEW", new)


class Cell:
    """What came of one cell."""

    def __init__(self, client, code):
        self.messages = []
        reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=self.messages.append)
        self.content = reply["content"]
        self.status = self.content["status"]

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def printed(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    def value(self, mime="text/plain"):
        (result,) = self.of("execute_result")
        return result["data"][mime]

    def failed(self, ename):
        assert self.status == "error", self.content
        assert self.content["ename"] == ename, self.content
        return self.content["evalue"]


def fresh(**env):
    return start_new_kernel(kernel_name=KERNEL, env={**os.environ, **env})


def stop(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def connected():
    """A client whose kernel has Rust cells; to be iterated by a fixture."""
    manager, client = fresh()
    first = Cell(client, "%%rust\n6 * 7")
    if first.content.get("ename") == "NoRustCells":
        stop(manager, client)
        if os.environ.get("RECONVERGE_NEED_RUST_CELLS") == "1":
            pytest.fail(first.content["evalue"])
        pytest.skip("reconverge-rust is not built: install/rust-cells")
    assert first.value() == "42"
    # Interrupts are sent to the process of this one kernel.
    client.manager = manager
    yield client
    stop(manager, client)


def rust(client, code):
    return Cell(client, f"%%rust\n{code}")


def ok(client, code):
    cell = rust(client, code)
    assert cell.status == "ok", cell.content
    return cell
