"""The kernel, as Jupyter starts it: `python -m reconverge_jupyter.kernel` becomes the `reconverge` that came with this package.

A kernelspec in a wheel cannot know where the wheel will lie, but Jupyter replaces the word `python` by its own path. Nothing is
imported that is not needed: this stands before every start.
"""

import os
import sys


def program():
    """The `reconverge` beside this Python, else among the scripts of the installation or of the user, else on the path."""
    beside = os.path.join(os.path.dirname(sys.executable), "reconverge")
    if os.access(beside, os.X_OK):
        return beside
    import shutil
    import sysconfig

    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        found = os.path.join(sysconfig.get_path("scripts", scheme), "reconverge")
        if os.access(found, os.X_OK):
            return found
    return shutil.which("reconverge") or "reconverge"


def installed(manager=None):
    """The `reconverge` that Jupyter starts. `manager`: of kernelspecs; raises its `NoSuchKernel`."""
    if manager is None:
        from jupyter_client.kernelspec import KernelSpecManager

        manager = KernelSpecManager()
    argv = manager.get_kernel_spec("reconverge").argv
    return program() if argv[1:3] == ["-m", "reconverge_jupyter.kernel"] else argv[0]


if __name__ == "__main__":
    found = program()
    try:
        os.execv(found, [found, "kernel", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"cannot start {found}: {error}; `pip install --force-reinstall reconverge` brings it back")
