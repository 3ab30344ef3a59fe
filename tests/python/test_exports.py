"""Results for other tools, read back by libraries that know their formats."""

import json
import subprocess

import jsonschema
import junitparser
import pydot
import pytest
from reconverge_jupyter.kernel import installed

LESSON = """system Post {
  message Letter { n: 0..1 }
  node Office[2] { got: 0..2 = 0 }
  link post: Letter between Office, Office lossy
  action write(to: Office) at a in Office when a != to and in_flight(Letter) == 0 { send Letter { n: 1 } to to }
  on Letter at o in Office when o.got < 2 { o.got += n }
  invariant once: safety "Nobody gets \\"two\\"" { all o in Office: o.got < 2 }
  invariant said: safety "only said"
  resolution again: retry "Sent once more" { handles once }
}
check Post { faults { lose 1 } }
diagram Post
"""


def reconverge(*arguments, code):
    """The command that the kernel is started with."""
    command = installed()
    ran = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)
    assert ran.returncode == code, ran.stderr
    return ran.stdout


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "lesson.rcv"
    path.write_text(LESSON)
    return path


def test_graphviz_reads_runs_and_loops(lesson, tmp_path):
    reconverge("export", lesson, "--to", "dot", "--out", tmp_path / "dot", code=0)
    [run] = pydot.graph_from_dot_file(str(tmp_path / "dot" / "Post-once-violated.dot"))
    lanes = {lane.get_label().strip('"'): lane for lane in run.get_subgraphs()}
    assert set(lanes) == {"office1", "office2", "system"}
    steps = [node for lane in lanes.values() for node in lane.get_nodes()]
    sent = [edge for edge in run.get_edges() if edge.get("style") == "dashed"]
    assert len(steps) == 4 and [edge.get_label().strip('"') for edge in sent] == ["Letter { n: 1 }"] * 2
    [loop] = pydot.graph_from_dot_file(str(tmp_path / "dot" / "Post-loop.dot"))
    rooms = [room.get_label().strip('"') for room in loop.get_subgraphs()]
    assert sorted(rooms) == ["invariants", "orders", "reconcilers", "resolutions"]
    edges = [edge for edge in loop.get_edges() if edge.get_label() == "handles"]
    assert [(e.get_source().strip('"'), e.get_destination().strip('"')) for e in edges] == [("again", "once")]


def test_junit_is_read_as_it_is_meant(lesson, tmp_path):
    reconverge("run", lesson, "--junit", tmp_path / "out.xml", code=1)
    [suite] = junitparser.JUnitXml.fromfile(str(tmp_path / "out.xml"))
    kinds = {case.name: [type(result).__name__ for result in case.result] for case in suite}
    assert kinds["once"] == ["Failure"] and kinds["said"] == ["Skipped"]
    assert (suite.failures, suite.errors) == (1, 0)


def test_json_keeps_to_the_schema(lesson):
    schema = json.loads(reconverge("schema", code=0))
    jsonschema.Draft202012Validator.check_schema(schema)
    results = json.loads(reconverge("run", "--json", lesson, code=1))
    of_results = {**schema, "$ref": "#/$defs/Results"}
    del of_results["anyOf"]
    jsonschema.Draft202012Validator(of_results).validate(results)
    del results["cells"][0]["reports"][0]["findings"][0]["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(of_results).validate(results)
