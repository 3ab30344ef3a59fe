"""From a cell to its answer, through the kernel, as a Jupyter client sees it: models of about 300 and 10,000 states.

    .venv/bin/python benches/startup.py [PATH OF THE KERNEL]

Prints the least and the middle time of many runs of each cell: the model is new in each, so nothing is remembered.
Beside them stands the same for a cell that only adds two numbers, which is what Jupyter itself costs.
"""

import statistics
import sys
import time

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

RUNS = 40

# Three counters below `side`, so side^3 states, and an order of a log, so that a cell looks like those of a mapping.
MODEL = """system Counters{number} {{
  node Worker[3] {{ done: 0..{top} = 0 }}
  invariant bounded: safety "No worker does more than it was given." {{ all w in Worker: w.done <= {top} }}
  action work at w in Worker when w.done < {top} {{ w.done += 1 }}
}}
check Counters{number} {{ reductions off }}"""


def answer(client, code):
    """Runs a cell; the seconds until its answer has come and the kernel is idle again."""
    start = time.perf_counter()
    request = client.execute(code)
    shown = ""
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        if message["msg_type"] == "error":
            raise SystemExit("\n".join(content["traceback"]))
        shown += content.get("data", {}).get("text/plain", "")
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            client.get_shell_msg(timeout=60)
            return time.perf_counter() - start, shown


def measure(client, name, code):
    times = []
    for number in range(RUNS):
        seconds, shown = answer(client, code(number))
        times.append(seconds * 1e3)
    line = next((line.strip() for line in shown.splitlines() if "distinct" in line or "states" in line), shown)
    print(f"{name:28} {min(times):7.2f} ms at least, {statistics.median(times):7.2f} ms in the middle   {line}")


def main():
    manager = KernelManager(kernel_name="reconverge")
    if len(sys.argv) > 1:
        argv = [sys.argv[1], "kernel", "{connection_file}"]
        manager._kernel_spec = KernelSpec(argv=argv, display_name="Reconverge", language="reconverge")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        answer(client, "1 + 1")
        measure(client, "an addition", lambda number: f"{number} + 1")
        measure(client, "a cell with 343 states", lambda number: MODEL.format(number=number, top=6))
        measure(client, "a cell with 10,648 states", lambda number: MODEL.format(number=100 + number, top=21))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
