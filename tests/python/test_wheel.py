"""The wheel that this environment was made from: its kernelspec, and the program that it leads to."""

import json
import subprocess
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from reconverge_jupyter.kernel import installed

ROOT = Path(__file__).resolve().parents[2]


def test_the_kernelspec_of_the_wheel_is_that_of_the_command(tmp_path):
    subprocess.run([installed(), "install", "--prefix", tmp_path], check=True, capture_output=True)
    written = json.loads((tmp_path / "share/jupyter/kernels/reconverge/kernel.json").read_text())
    shipped = json.loads((ROOT / "install/python/kernel.json").read_text())
    # A wheel does not know where it will lie.
    assert shipped.pop("argv") == ["python", "-m", "reconverge_jupyter.kernel", "{connection_file}"]
    assert written.pop("argv")[1:] == ["kernel", "{connection_file}"]
    assert shipped == written


def test_jupyter_starts_the_program_beside_its_python():
    spec = KernelSpecManager().get_kernel_spec("reconverge")
    assert spec.argv[1:3] == ["-m", "reconverge_jupyter.kernel"]
    assert Path(installed()).parent.resolve() == Path(sys.executable).parent.resolve()
