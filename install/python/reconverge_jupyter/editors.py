"""The language server, for jupyterlab-lsp: found by its entry point, started as `reconverge lsp`."""

import shutil

from .kernel import installed


def command():
    """The `reconverge` on the path, else the one that Jupyter's kernel is."""
    if found := shutil.which("reconverge"):
        return found
    from jupyter_client.kernelspec import NoSuchKernel

    try:
        return installed()
    except NoSuchKernel:
        return "reconverge"


def server(_manager):
    """What jupyter-lsp has to know; `mime_types` are those of the kernel, or it would never start it."""
    return {
        "reconverge-lsp": {
            "version": 2,
            "argv": [command(), "lsp"],
            "languages": ["reconverge"],
            "mime_types": ["text/x-reconverge"],
            "display_name": "Reconverge",
        }
    }
