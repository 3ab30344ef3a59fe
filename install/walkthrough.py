"""Executes a notebook in place with the installed kernel and says in plain words what came out.

Usage: walkthrough.py NOTEBOOK. Exits 0 when every cell ran, 1 when one failed (the notebook is saved either way).
"""

import sys
import time
from collections import Counter

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

REPORT = "application/vnd.reconverge+json"


def verdicts(cell):
    """The verdicts of all findings among a cell's outputs."""
    for output in cell.get("outputs", []):
        report = output.get("data", {}).get(REPORT) or {}
        for finding in report.get("findings", []):
            yield finding["verdict"]["verdict"]


def scenarios(cell):
    """(passed ways, failed ways) of each scenario among a cell's outputs."""
    for output in cell.get("outputs", []):
        report = output.get("data", {}).get(REPORT) or {}
        if report.get("report") == "scenario":
            yield report["ways_passed"], report["ways_failed"]


def main(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    done = 0

    def progress(cell, cell_index):
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            if sys.stdout.isatty():
                print(f"\r    cell {done} of {len(code)}", end="", flush=True)

    # Without times, so that the same sources give the same bytes.
    client = NotebookClient(
        notebook, timeout=300, kernel_name="reconverge", record_timing=False, on_cell_complete=progress
    )
    start = time.monotonic()
    failed = None
    try:
        client.execute()
    except CellExecutionError as error:
        failed = error
    finally:
        nbformat.write(notebook, path)
    if sys.stdout.isatty():
        print("\r" + " " * 40 + "\r", end="")

    found = Counter(v for cell in code for v in verdicts(cell))
    ways = [pair for cell in code for pair in scenarios(cell)]
    print(f"    {done} cells in {time.monotonic() - start:.1f} s: {path}")
    if ways:
        passed = sum(1 for _, bad in ways if bad == 0)
        print(f"    scenarios: {passed} of {len(ways)} passed")
    if found:
        words = ", ".join(f"{number} {verdict.replace('_', ' ')}" for verdict, number in sorted(found.items()))
        print(f"    verdicts:  {words}")
        print("    (violated ones are the lesson: each bug is shown, then fixed by the next variant)")
    if failed:
        print(f"    a cell failed: {failed.ename}: {failed.evalue}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
