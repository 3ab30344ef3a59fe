"""The tables from which the project began, and the matrix of systems and failures: computed from the mappings.

Every cell names a member; it has to stand in the table that `compare` makes, as the type that the cell says, and a check
of its mapping has to judge that it holds. Every entry of the matrix has to come out as it is said to: shown by a run, or
refuted by a complete exploration. `RECONVERGE_BLESS=1` writes the two pages of the manual that show both.
"""

import json
import os
import re

import pytest
from browser_support import ROOT
from tables_support import MAPPINGS, compared, judged, named, reconverge, systems

CONCEPTS = json.loads((ROOT / "tests" / "tables" / "concepts.json").read_text())
FAILURES = json.loads((MAPPINGS / "failures.json").read_text())
PAGES = ROOT / "manual" / "pages"
# What a member's type is called in the computed tables.
SHOWN = {word["type"]: word["shown"] for table in CONCEPTS["tables"] for word in table["words"]}
SHOWN |= {"retry": "retry", "dedupe": "deduplication", "repair": "repair", "convergence": "convergence"}
CONCEPT = {"ordering": "order", "invariants": "invariant", "resolution": "resolution", "reconciliation": "reconciler"}

every_table = pytest.mark.parametrize("table", CONCEPTS["tables"], ids=lambda table: table["area"])


@pytest.fixture(scope="module")
def results():
    """All mappings, run once: what they expect of themselves comes true, and nothing is left half explored."""
    files = sorted(str(path.relative_to(MAPPINGS)) for path in MAPPINGS.rglob("*.rcv"))
    assert len(files) >= 30, "mappings, and the bugs that extend them"
    return reconverge(*files)


@pytest.fixture(scope="module")
def every(results):
    return judged(results)


def test_mappings_meet_what_they_expect(results):
    assert results["as_expected"], results["why"]
    with_checks = {
        cell["file"] for cell in results["cells"] for report in cell["reports"] if report["report"] == "check"
    }
    without = {path.name for path in MAPPINGS.glob("*.rcv")} - with_checks
    assert without == {"objects.rcv"}, "a mapping without a check is no mapping that is tested"


def kinds(text):
    """The systems of a mapping: each with the one that it extends, and the fields of its own kinds of nodes."""
    for system in re.split(r"^(?=system )", text, flags=re.MULTILINE)[1:]:
        name, parent = re.match(r"system (\w+)(?: from (\w+))?", system).groups()
        nodes = re.findall(r"^  node (\w+)(?:\[[^\]]*\])? \{(.*\}$|\n[\s\S]*?\n  \})", system, flags=re.MULTILINE)
        yield name, parent, {kind: re.findall(r"\b(?:durable|volatile) (\w+):", body) for kind, body in nodes}


def test_who_is_down_changes_nothing():
    """A step that asks or tells another node at once asks whether it is up: no verdict with a crash is about ghosts."""
    fields, checks = {}, []
    files = [*sorted(MAPPINGS.glob("*.rcv")), *sorted(MAPPINGS.glob("bugs/*.rcv"))]
    for path in files:
        for system, parent, own in kinds(path.read_text()):
            fields[system] = fields.get(parent, {}) | own
            stays = [
                f"(all n in {kind} where not n.up and not old(n.up): "
                + " and ".join(f"n.{name} == old(n.{name})" for name in names)
                + ")"
                for kind, names in fields[system].items()
                if names
            ]
            if stays:
                member = f'invariant down_is_down: safety "Who is down changes nothing." {{ {" and ".join(stays)} }}'
                checks.append(f"system {system}Down from {system} {{ {member} }}")
                options = "faults { crash 1 }  only down_is_down  depth <= 12  states <= 20000"
                checks.append(f"check {system}Down {{ {options} }}")
    uses = [f'use "{path.relative_to(MAPPINGS)}"' for path in files]
    found = judged(reconverge("-", text="\n".join([*uses, *checks])))
    assert len(found) == len(checks) // 2 >= 80, "every system with nodes is looked at"
    amiss = [f"{one.system}: {one.steps[-1]}" for one in found if one.shows]
    assert amiss == []
    assert all(one.states > 0 for one in found)


def test_bugs_are_found_and_their_repairs_hold(every):
    """Each public report is cited, repeated by a run, and mended; and the list has them all."""
    files = sorted((MAPPINGS / "bugs").glob("*.rcv"))
    assert len(files) >= 12
    listed = (MAPPINGS / "bugs" / "README.md").read_text()
    for path in files:
        own = [one for one in every if one.file == f"bugs/{path.name}"]
        assert any(one.shows for one in own) and any(one.refutes for one in own), path.name
        text = path.read_text()
        assert "\nuse " in text and " from " in text, f"{path.name} extends no mapping"
        link = re.search(r"https://[^\s),]+", text)
        assert link and f"]({path.name})" in listed and link[0] in listed, f"{path.name} is not listed with its report"


def best(found):
    """Of the judgements of a member the one that looked at the most."""
    return max(found, key=lambda one: one.states, default=None)


def stands(cell, area, every):
    """The member of a cell as its mapping's checks judge it: of the concept and type that are said, and it holds."""
    found = named(cell["member"], every)
    assert found, f"no check judges {cell['member']}"
    assert {one.concept for one in found} == {CONCEPT[area]}, f"{cell['member']} is no {CONCEPT[area]}"
    assert all(cell["type"] in one.types for one in found), f"{cell['member']} is no {cell['type']}"
    holding = [one for one in found if one.refutes]
    if "judged" in cell:
        assert not holding, f"{cell['member']} holds: `judged` is needed no more"
        return best([one for one in found if one.verdict["verdict"] == "not_checked"])
    assert holding, f"no check says that {cell['member']} holds"
    return best(holding)


@every_table
def test_every_cell_is_computed(table, every):
    computed = compared(systems(table), table["area"])
    assert [(found["title"], found["check"]) for found in computed] == [(table["title"], table["question"])]
    rows = computed[0]["rows"]
    for row in table["rows"]:
        for cell in row["cells"]:
            one = stands(cell, table["area"], every)
            row_of = [shown for shown in rows if shown[:2] == [one.system, one.sentence]]
            assert len(row_of) == 1, f"{row['system']}: {cell['says']}: {cell['member']} is not in the table"
            assert SHOWN[cell["type"]] in " ".join(row_of[0][2:]), f"{cell['member']}: {row_of[0]}"
            assert "scope" not in cell or cell["scope"] in row_of[0], f"{cell['member']}: {row_of[0]}"


@every_table
def test_every_word_is_used(table, every):
    rows = compared(systems(table), table["area"])[0]["rows"]
    for word in table["words"]:
        one = stands(word, table["area"], every)
        shown = [row for row in rows if row[:2] == [one.system, one.sentence] and word["shown"] in ", ".join(row[2:])]
        assert shown, f"{word['says']}: {word['member']} is not called {word['shown']}"


@every_table
def test_every_word_has_a_pattern(table, every):
    """A system to build from, which holds, and one made of it in which the mistake that everybody makes once is found."""
    for word in table["words"]:
        file = pattern(word, table["area"], every)
        assert file.startswith("pattern_"), f"{word['says']}: {word['pattern']} stands in {file}"
        assert any(one.shows for one in every if one.file == file), f"{file} shows no mistake"


def pattern(word, area, every):
    """The file in which what the word means can be brought in."""
    return stands({"member": word["pattern"], "type": word["type"]}, area, every).file


@pytest.mark.parametrize("walk", CONCEPTS["walkthroughs"], ids=lambda walk: walk["system"])
def test_the_walkthroughs_are_computed(walk, every):
    areas = {
        "Ordering": "ordering",
        "Invariants": "invariants",
        "Resolution": "resolution",
        "Reconciliation": "reconciliation",
    }
    assert list(walk["rows"]) == list(areas)
    for title, cells in walk["rows"].items():
        for cell in cells:
            one = stands(cell, areas[title], every)
            answers = dict(compared([one.system])[0]["rows"])
            assert one.sentence in answers[title], f"{walk['system']}: {cell['says']}"


def test_the_checklist_is_the_audit():
    results = reconverge("-", text='use "kafka.rcv"\naudit Kafka\n')
    audit = next(report for cell in results["cells"] for report in cell["reports"] if report["report"] == "audit")
    asked = [(answer["concept"], answer["question"]) for answer in audit["questions"]]
    assert asked == [(part["area"], question) for part in CONCEPTS["checklist"] for question in part["asks"]]


def cells():
    for system in FAILURES["systems"]:
        for failure, cell in system["cells"].items():
            yield system, failure, cell


def test_the_matrix_names_what_there_is():
    names = [failure["name"] for failure in FAILURES["failures"]]
    assert len(names) == len(set(names))
    for system, failure, cell in cells():
        assert failure in names, f"{system['name']}: {failure}"
        assert set(cell) <= {"shown", "refuted"} and any(cell.values()), f"{system['name']}: {failure}"
        assert (MAPPINGS / system["page"]).exists()
    used = {failure for _, failure, cell in cells() if cell.get("shown")}
    assert used == set(names), "each failure is shown by a run of some system"


def test_every_failure_is_shown_or_refuted(every):
    for system, failure, cell in cells():
        where = f"{system['name']}, {failure}"
        for entry in cell.get("shown", []):
            assert any(one.shows for one in named(entry, every)), f"{where}: no run shows {entry}"
        for entry in cell.get("refuted", []):
            found = named(entry, every)
            assert any(one.refutes for one in found), f"{where}: no check refutes {entry}"
            assert not any(one.shows for one in found), (
                f"{where}: {entry} is broken by a run, too: say which check is meant"
            )


def test_every_variant_that_breaks_is_in_the_matrix(every):
    """A mapping that shows a failure says so: what its checks find is in the matrix."""
    meant = [entry for _, _, cell in cells() for entry in cell.get("shown", [])]
    shown = {one.system for entry in meant for one in named(entry, every)}
    broken = {one.system for one in every if one.shows}
    assert broken <= shown, sorted(broken - shown)


def test_the_matrix_says_what_the_mappings_say(every):
    """A system that calls what it shows by the name of a failure (`Lost update: …`) stands in that column."""
    for name in (failure["name"] for failure in FAILURES["failures"]):
        entries = [entry for _, failure, cell in cells() if failure == name for entry in cell.get("shown", [])]
        shown = {one.system for entry in entries for one in named(entry, every)}
        called = re.compile(rf"^{name}[^:.]*:", re.IGNORECASE | re.MULTILINE)
        own = {one.system for one in every if one.shows and called.search(one.docs)}
        assert own <= shown, f"{name}: {sorted(own - shown)}"


def anchor(failure, system):
    return f"{failure} in {system}".lower().replace(" ", "-")


def explored(one, *params):
    """What was looked at, in words."""
    return ", ".join([*params, *(one.faults or ["no faults"])]) + f"; {one.states:,} states"


def sizes(one):
    return explored(one, *(f"{name} = {value}" for name, value in one.params))


def matrix():
    lines = ["| | " + " | ".join(failure["name"] for failure in FAILURES["failures"]) + " |"]
    lines.append("|---|" + "---|" * len(FAILURES["failures"]))
    for system in FAILURES["systems"]:
        row = []
        for failure in FAILURES["failures"]:
            cell = system["cells"].get(failure["name"], {})
            marks = ("✗" if cell.get("shown") else "") + ("✓" if cell.get("refuted") else "")
            row.append(f"[{marks}](#{anchor(failure['name'], system['name'])})" if marks else "")
        lines.append(f"| **{system['name']}** | " + " | ".join(row) + " |")
    return lines


def section(failure, system, cell, every):
    """What shows a failure of a system, with its run, and what refutes it."""
    lines = [f"### {failure['name'].capitalize()} in {system['name']}", ""]
    for entry in cell.get("shown", []):
        one = min((one for one in named(entry, every) if one.shows), key=lambda one: len(one.steps))
        how = f"{one.verdict.get('kind') or 'broken'} in {len(one.steps)} steps"
        lines += [f"✗ `{one.system}`: {one.said}. *{one.sentence}*: {how}.", ""]
        lines += ['<details markdown="1"><summary>The run</summary>', ""]
        lines += [one.check, ""]
        lines += [f"{number}. `{step}`" for number, step in enumerate(one.steps, 1)] + ["", "</details>", ""]
    for entry in cell.get("refuted", []):
        one = best([one for one in named(entry, every) if one.refutes])
        lines += [f"✓ `{one.system}`: *{one.sentence}* ({sizes(one)}).", ""]
    return lines


def failures_page(every):
    lines = ["<!-- tables: matrix -->", "", *matrix(), ""]
    for failure in FAILURES["failures"]:
        lines += [f"## {failure['name'].capitalize()}", "", failure["means"], ""]
        for system in FAILURES["systems"]:
            if failure["name"] in system["cells"]:
                lines += section(failure, system, system["cells"][failure["name"]], every)
    return [*lines, "<!-- tables: end -->"]


def concepts_page(every):
    lines = ["<!-- tables: cells -->", ""]
    for table in CONCEPTS["tables"]:
        lines += [f"**{table['title']}**", "", "| system | has to say | says it | largest check |", "|---|---|---|---|"]
        for row in table["rows"]:
            for cell in row["cells"]:
                one = stands(cell, table["area"], every)
                mark = "✓" if one.refutes else "–"
                member = f"`{cell['member']}`, {cell['type']}"
                lines.append(f"| {row['system']} | {cell['says']} | {member} | {mark} {explored(one)} |")
        built = [f"{w['shown']} `use {pattern(w, table['area'], every).removesuffix('.rcv')}`" for w in table["words"]]
        lines += ["", f"To build from: {', '.join(built)}.", ""]
    return [*lines, "<!-- tables: end -->"]


@pytest.mark.parametrize(("name", "made"), [("failures.md", failures_page), ("tables.md", concepts_page)])
def test_the_manual_shows_them(name, made, every):
    page = PAGES / name
    text = page.read_text()
    before, rest = text.split("<!-- tables: ", 1)
    after = rest.split("<!-- tables: end -->", 1)[1]
    wanted = before + "\n".join(made(every)) + after
    if os.environ.get("RECONVERGE_BLESS"):
        page.write_text(wanted)
    assert text == wanted or os.environ.get("RECONVERGE_BLESS"), f"RECONVERGE_BLESS=1 writes manual/pages/{name} anew"
