"""What the tests of the explorer share: a broken system and its repair, a long run, axe, and what stands in an explorer."""

import json
import os
from pathlib import Path

import pytest
from browser_support import ROOT

# Acknowledged by the leader alone, and by all.
BROKEN = """system Store {
  param all_acks: bool = false
  message Copy { n: 1..2 }
  node Replica[2] { durable log: 0..2 = 0 }
  link net: Copy from Replica to Replica lossy
  state leader: Replica = replica1
  state acked: 0..2 = 0

  invariant kept: safety "Whoever leads has what was acknowledged" { leader.log >= acked }

  action write at l in Replica when leader == l and l.log < 1 {
    l.log += 1
    if not all_acks { acked := l.log }
    for r in Replica where r != l { send Copy { n: l.log } to r }
  }
  on Copy from f at r when r.log < n { r.log := n  if all_acks { acked := n } }
  action lead(r: Replica) when r != leader and r.up and not leader.up { leader := r }
}
"""
CHECKS = ["check Store { faults { crash 1, lose 1 } }", "check Store(all_acks = true) { faults { lose 1 } }"]
ROOM = ["light", "dark"]


def axe_source():
    """The text of axe-core."""
    return npm_source("axe-core/axe.min.js")


def npm_source(name):
    """A file of npm's. Continuous integration must have it; elsewhere `npm ci` in kernel/explorer brings it."""
    path = ROOT / "kernel/explorer/node_modules" / name
    if path.exists():
        return path.read_text()
    if os.environ.get("RECONVERGE_NEED_BROWSER"):
        raise RuntimeError(f"{path} is missing: run `npm ci` in kernel/explorer")
    pytest.skip(f"{name} is not installed: run `npm ci` in kernel/explorer")


def serious(page, within):
    """What axe finds in the explorers below a selector that is serious or critical."""
    page.evaluate(axe_source())
    found = page.evaluate(
        """async (within) => (await axe.run(within, {resultTypes: ['violations']})).violations
             .filter(v => ['serious', 'critical'].includes(v.impact))
             .map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])""",
        within,
    )
    return found


def long_run(steps, nodes):
    """A page with one run of so many steps and lanes, made from one that was written."""
    lanes = [f"node{i + 1}" for i in range(nodes)] + ["system"]
    value = lambda n: {"list": [{"int": n}, {"int": n % 7}]}  # noqa: E731
    init = [[f"{lane}.{field}", value(0)] for lane in lanes[:-1] for field in ("log", "term", "votes")]
    told, last, sent = [], dict((path, 0) for path, _ in init), 0
    for i in range(steps):
        lane = i * 7 % nodes
        path = f"{lanes[lane]}.{('log', 'term', 'votes')[i % 3]}"
        change = {"path": path, "lane": lane, "before": value(last[path]), "after": value(i + 1)}
        last[path] = i + 1
        step = {
            "label": f"act{i} at {lanes[lane]}",
            "kind": "action",
            "lane": lane,
            "changes": [change],
            "sent": [],
            "received": None,
            "sides": [],
            "span": {"source": 0, "start": 0, "end": 1},
        }
        if i % 2 == 0:
            step["sent"] = [{"message": f"M {{ n: {i} }}", "from": lane, "to": (lane + 3) % nodes}]
        elif i % 4 == 3:
            step |= {"kind": "deliver", "received": sent - 1}
        sent += len(step["sent"])
        told.append(step)
    possible = [{"line": f"do act{i} at node1", "kind": "action"} for i in range(24)]
    trace = {
        "lanes": lanes,
        "init": init,
        "chosen": [],
        "any_state": False,
        "steps": told,
        "loop_start": None,
        "broken": None,
        "faults": [],
        "last": [],
        "possible": possible,
        "onward": [{"steps": list(range(24))} for _ in range(200)],
    }
    drawn = {"title": "a long run", "subtitle": "made up", "mark": "✗ false here", "at": "/sample", "target": "S"}
    return {"report": "check", "sample": trace, "drawn": [drawn], "pieces": []}


def local_run():
    """A run with stretches that one node takes alone: three of the first, two of the second."""
    report = long_run(8, 2)
    for i, step in enumerate(report["sample"]["steps"]):
        lane = [0, 0, 0, 0, 1, 0, 1, 1][i]
        node = f"node{lane + 1}"
        step |= {"label": f"act{i} at {node}", "kind": "action", "lane": lane, "sent": [], "received": None}
        step["changes"][0] |= {"path": f"{node}.log", "lane": lane}
        if i in (0, 4, 5):
            step["sent"] = [{"message": f"M {{ n: {i} }}", "from": lane, "to": 1 - lane}]
    return report


def with_report(page_text, report):
    """A page that `--html` wrote, with another report in place of its first."""
    begins = page_text.index('<script type="application/json"')
    begins = page_text.index(">", begins) + 1
    ends = page_text.index("</script>", begins)
    return page_text[:begins] + json.dumps(report).replace("<", "\\u003c") + page_text[ends:]


class Explorer:
    """One explorer on a page, as its reader meets it."""

    def __init__(self, page, index=0, within=""):
        self.page = page
        self.element = page.locator(f"{within} .rcv-live").nth(index)
        self.element.wait_for()
        self.list = self.element.locator(".list").first

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def where(self):
        return self.element.locator("output").inner_text()

    def title(self):
        return self.element.locator(".title").inner_text()

    def current(self):
        return self.element.locator(".story").first.locator("[aria-selected=true] .label").inner_text()

    def changed(self):
        return self.element.locator("td.changed").all_inner_texts()

    def part(self, selector):
        return self.element.locator(selector)

    def into(self, words, key="Tab"):
        """Tabs on until what has the focus is called so; the keyboard alone."""
        called = """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
          return e ? [e.getAttribute('aria-label') ?? '', e.labels?.[0]?.textContent ?? '', e.textContent].join(' ') : ''; }"""
        for _ in range(80):
            self.page.keyboard.press(key)
            if words in self.page.evaluate(called):
                return
        raise AssertionError(f"{key} never comes to {words!r}")


def saved(path: Path, text):
    path.write_text(text)
    return path
