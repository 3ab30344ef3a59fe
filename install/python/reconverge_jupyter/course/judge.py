"""Reports of a check → what of it is met, each thing for itself.

Enters: what the checks of an exercise gave with the key, with what students begin with, and with an answer. Leaves: points,
and in words what was not met. What is met with the stub too earns nothing; what the answer breaks that the stub kept costs.
"""

import re
from dataclasses import dataclass, field

from .asked import aside

HOLDS = "expect holds"
_MEMBER = re.compile(r"\b(?:order|invariant|resolution|reconciler)\s+(\w+)")


# What a step does to a state or a link.
_EFFECT = re.compile(r":=|\+=|-=|\bsend\b|\.(?:push|pop|add|remove|clear|insert|truncate)\b")


# What stands in a budget: `crash`, `pause of Worker`.
_FAULT = re.compile(r"(?:crash|wipe|pause|partition|lose|duplicate|reorder|stale|skew)\b")


def acts(text):
    """Whether a text writes or sends anything."""
    return bool(_EFFECT.search(aside(text)))


def members(*texts):
    """The names of the sentences that texts define."""
    return {name for words in texts for name in _MEMBER.findall(aside(words))}


@dataclass
class Item:
    """One thing that a check asks. `why`: what was found instead."""

    words: str
    met: bool
    why: str = ""


@dataclass
class Judged:
    """A check with what it earned, of how many points."""

    grade_id: str
    points: float
    earned: float = 0.0
    items: list = field(default_factory=list)
    why: list = field(default_factory=list)


def items(said, own):
    """{label: Item} of what a check cell said. `own`: the members that the key's solutions define."""
    found = {}

    def put(label, met, why=""):
        while label in found:
            label += " (again)"
        found[label] = Item(label, met, why)

    for report in said.reports:
        kind, of = report["report"], report.get("system", "")
        if kind == "check":
            findings = {f["name"]: f for f in report["findings"]}
            for expected in report.get("expectations", []):
                words = expected["words"]
                holds_all = words.startswith(HOLDS)
                names = words.removeprefix(HOLDS).replace(",", " ").split() if holds_all else []
                # Members that are named count one by one, and not once more together.
                if not names:
                    put(f"check {of}: {words}", expected["met"], expected.get("found", ""))
                if not holds_all:
                    continue
                for name in names or [n for n, f in findings.items() if n not in own]:
                    verdict = findings.get(name, {}).get("verdict", {"verdict": "not there"})
                    holds = verdict["verdict"] == "holds"
                    put(f"check {of}: {name} holds", holds, "" if holds else said_of(verdict))
        elif kind == "scenario":
            passed = report["ways_failed"] == 0 and report["ways_passed"] > 0
            put(f"scenario {report['title']} on {of}", passed, "" if passed else "a line of it fails")
        elif kind == "find":
            reached = report["verdict"]["verdict"] == "witnessed"
            met = (report.get("expected") or {}).get("met", reached)
            put(
                f"find {report['goal']} in {of}",
                met,
                "" if met else "it is reached" if reached else "it is not reached",
            )
        elif kind == "grade":
            # A sentence that says nothing holds on the right one too: catching is what counts, and only of those that hold.
            right = next((against for against in report["against"] if against["right"]), None)
            holds = right is None or right["passed"]
            for against in report["against"]:
                if not against["right"]:
                    why = against.get("why") if holds else right.get("why")
                    put(f"grade {of}: catches {against['system']}", holds and against["passed"], why or "")
    return found


def said_of(verdict):
    words = {"violated": "violated", "vacuous": "holds, but vacuously", "not there": "it is not there"}
    kind = verdict["verdict"]
    return f"{words.get(kind, kind.replace('_', ' '))}" + (f": {verdict['why']}" if verdict.get("why") else "")


def inert(said, key, stub, anew):
    """Why an answer does nothing, though nothing is violated; empty if it does something. `anew`: members that it should
    not define."""
    reasons = []
    # What cannot go wrong with the stub either, the answer has not put out of reach.
    spared = {(r["system"], u["name"]) for r in stub.reports for u in r.get("unused", []) if _FAULT.match(u["name"])}
    for report, right in zip(said.reports, key.reports, strict=False):
        if report["report"] != "check" or right["report"] != "check":
            continue
        of = report["system"]
        if report["coverage"]["states_distinct"] <= 1 < right["coverage"]["states_distinct"]:
            reasons.append(f"in {of} nothing ever happens")
        idle = {u["name"] for u in right.get("unused", [])}
        for unused in report.get("unused", []):
            if unused["name"] not in idle and (of, unused["name"]) not in spared:
                reasons.append(f"`{unused['name']}` of {of} does nothing: {unused.get('why', '')}".removesuffix(": "))
        judged = {finding["name"] for finding in right["findings"]}
        for finding in report["findings"]:
            if finding["name"] in anew & judged:
                reasons.append(f"the sentence that is judged, `{finding['name']}`, was written anew in the answer")
    return reasons


def judge(grade_id, points, said, key, stub, own, anew=frozenset()):
    """`said`, `key`, `stub`: what the same check gave with the answer, the key, the stub. `own`: the members that the key's
    solutions define; `anew`: those that only the answers do."""
    judged = Judged(grade_id, points)
    wanted, begun, now = items(key, own), items(stub, own), items(said, own)
    judged.items = [now.get(label, Item(label, False, "it was not tried")) for label in wanted]
    before = {label for label in wanted if label in begun and begun[label].met}
    met = {item.words for item in judged.items if item.met}
    if said.error and (said.lost or said.cut or any(label not in now for label in wanted)):
        judged.why.append(said.error)
    judged.why += [f"{item.words}: no; {item.why}".removesuffix("; ") for item in judged.items if not item.met]
    reasons = inert(said, key, stub, anew)
    if reasons:
        judged.why += [f"earns nothing: {reason}" for reason in reasons]
        return judged
    gain = len(met - before) - len(before - met)
    open_ = len(wanted) - len(before)
    if said.error is None and len(met) == len(wanted):
        judged.earned = points
    elif open_ > 0 and gain > 0:
        # Whoever does not have all of it does not have all points.
        judged.earned = round(points * min(gain / open_, 0.99), 2)
    if not met - before and not judged.why:
        judged.why.append("nothing that the stub does not do as well")
    return judged
