"""The installed kernel under real Jupyter clients: the protocol suite, nbclient, restart and kill."""

import signal
import time

import jupyter_kernel_test
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = "reconverge"
# Seconds, longer than anything here takes on the slowest machine: what is not there by then never comes.
PATIENCE = 120
SMALL = """system Small {
  enum Colour { red, green }
  state x: 0..3 = 0
  action up when x < 3 { x += 1 }
  invariant low: safety "It stays low." { x <= 3 }
}"""
ENDLESS = """system Endless {
  state a: 0..60000 = 0
  state b: 0..60000 = 0
  action up when a < 60000 { a += 1 }
  action over when b < 60000 { b += 1 }
}
check Endless"""


#: What a snippet is where nothing jumps from gap to gap.
RECONCILER = (
    'reconciler NAME: control_loop "What is repaired." '
    "{ every 1s  drift DRIFT  at x in NODE when GUARD { EFFECT } }"
)


class ReconvergeTests(jupyter_kernel_test.KernelTests):
    """Left out: stdout, stderr, pager and clear_output, which no program in the language can ask for."""

    kernel_name = KERNEL
    language_name = "reconverge"
    file_extension = ".rcv"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "1 + 1", "result": "2"},
        {"code": "3 + 1", "result": "4"},
        {"code": "{ 1, 2 } + { 3 }", "result": "{1, 2, 3}"},
    ]
    code_display_data = [
        {"code": SMALL, "mime": "text/html"},
        {"code": "check Small", "mime": "text/plain"},
        {"code": "diagram Small", "mime": "text/html"},
        {"code": "audit Small", "mime": "application/vnd.reconverge+json"},
    ]
    code_generate_error = "no_such_name"
    completion_samples = [
        {"text": "recon", "matches": set()},
        {"text": "chec", "matches": {"check"}},
        {"text": "syste", "matches": {"system"}},
        {"text": "system A { reconc", "matches": {"reconciler", RECONCILER}},
        {"text": "system A { order x: compare_", "matches": {"compare_and_set"}},
    ]
    complete_code_samples = ["check Small", SMALL, "1 + 2", ""]
    incomplete_code_samples = ["system A {", "check Small {", "f(1,", 'system A { order x: append "…" {']
    invalid_code_samples = ["system A { } }", "check ) ("]
    code_history_pattern = "1 + ?"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "reconciler"


def notebook(*cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    made.metadata.kernelspec = {"name": KERNEL, "display_name": "Reconverge", "language": "reconverge"}
    return made


def test_two_hundred_cells_lose_no_output():
    cells = [SMALL] + [f"{n} + x" for n in range(1, 200)]
    executed = notebook(*cells)
    NotebookClient(executed, kernel_name=KERNEL, timeout=PATIENCE).execute()
    assert [c.execution_count for c in executed.cells] == list(range(1, 201))
    assert executed.cells[0].outputs[0].output_type == "display_data"
    for number, cell in enumerate(executed.cells[1:], start=1):
        (output,) = cell.outputs
        assert output.output_type == "execute_result"
        assert output.data["text/plain"] == str(number)
        assert isinstance(output.data["application/vnd.reconverge+json"], dict)
    nbformat.validate(executed)


def test_the_same_notebook_gives_the_same_bytes():
    def run():
        made = notebook(SMALL, "check Small { faults { crash 1 } }", "audit Small", "diagram Small")
        NotebookClient(made, kernel_name=KERNEL, timeout=PATIENCE).execute()
        return [cell.outputs for cell in made.cells]

    assert run() == run()


def test_an_error_stops_the_notebook_with_its_words():
    made = notebook(SMALL, "check Smal", "1")
    with pytest.raises(CellExecutionError) as error:
        NotebookClient(made, kernel_name=KERNEL, timeout=PATIENCE).execute()
    assert "Small" in str(error.value)
    assert made.cells[2].execution_count is None
    made = notebook(SMALL, "check Smal", "1 + x")
    NotebookClient(made, kernel_name=KERNEL, timeout=PATIENCE, allow_errors=True).execute()
    assert made.cells[2].outputs[0].data["text/plain"] == "1"


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(kernel_name=KERNEL)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code):
    reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=lambda _: None)
    return reply["content"]


def test_restart_begins_anew(kernel):
    manager, client = kernel
    assert run(client, SMALL)["status"] == "ok"
    manager.restart_kernel()
    client.wait_for_ready(timeout=PATIENCE)
    again = run(client, "check Small")
    assert (again["status"], again["execution_count"]) == ("error", 1)


def test_a_killed_kernel_is_started_again(kernel):
    manager, client = kernel
    manager.signal_kernel(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while manager.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not manager.is_alive()
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=PATIENCE)
    assert run(client, "1")["status"] == "ok"


def test_interrupt_stops_an_endless_exploration_and_keeps_the_session(kernel):
    manager, client = kernel
    run(client, SMALL)
    message = client.execute(ENDLESS)
    # Progress shows that the exploration runs, and it never ends of itself.
    while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "display_data":
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message
    assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "Interrupted")
    assert run(client, "check Small")["status"] == "ok"
    assert run(client, "check Endless { depth <= 1 }")["status"] == "error"


def test_a_shutdown_needs_no_signal(kernel):
    manager, client = kernel
    run(client, "1")
    # Half of it is the time until SIGTERM.
    manager.shutdown_wait_time = 2 * PATIENCE
    since = time.monotonic()
    manager.shutdown_kernel()
    assert time.monotonic() - since < PATIENCE
