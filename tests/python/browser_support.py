"""A real JupyterLab and a real Chromium for the browser tests."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Seconds, longer than anything here takes on the slowest machine: what is not there by then never comes.
PATIENCE = 120


def eventually(read, holds):
    """What `read` gives as soon as `holds` accepts it; after PATIENCE, what it gives then."""
    deadline = time.monotonic() + PATIENCE
    while not holds(found := read()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def chromium():
    """Path of an installed Chromium or Chrome, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    return None


def need_chromium():
    """Skips the module that calls it where there is no browser; fails where one is required."""
    if chromium() is not None:
        return
    if os.environ.get("RECONVERGE_NEED_BROWSER"):
        raise RuntimeError("a browser is required (RECONVERGE_NEED_BROWSER) but no Chromium is installed")
    pytest.skip("no Chromium on this machine", allow_module_level=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def jupyter_lab(folder, home):
    """Runs JupyterLab on `folder` with settings of its own in `home`; yields (base URL, token)."""
    token = secrets.token_hex(16)
    env = dict(
        os.environ,
        JUPYTER_CONFIG_DIR=str(home / "config"),
        JUPYTERLAB_SETTINGS_DIR=str(home / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(home / "workspaces"),
        JUPYTER_RUNTIME_DIR=str(home / "runtime"),
    )
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={free_port()}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = open(home / "lab.log", "w")
    server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)

    def address():
        """Where it answers, which is on another port if somebody has taken that one meanwhile; None as long as it does not."""
        if server.poll() is not None:
            raise RuntimeError("JupyterLab did not start:\n" + (home / "lab.log").read_text())
        try:
            info = json.loads((home / "runtime" / f"jpserver-{server.pid}.json").read_text())
            url = f"http://127.0.0.1:{info['port']}"
            urllib.request.urlopen(f"{url}/api?token={token}", timeout=2).read()
            return url
        except (OSError, ValueError):
            return None

    try:
        yield eventually(address, bool), token
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


class LabPage:
    """One notebook open in JupyterLab."""

    def __init__(self, page, url, token, name, address="lab/tree/{name}?reset&token={token}"):
        self.page = page
        self.outside = []
        page.on(
            "request", lambda r: self.outside.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None
        )
        page.goto(f"{url}/{address.format(name=name, token=token)}")
        page.wait_for_function(
            "() => window.jupyterapp && document.querySelector('.jp-Notebook .jp-Cell')", timeout=1000 * PATIENCE
        )

    def command(self, name, args=None):
        return self.page.evaluate(
            "([n, a]) => window.jupyterapp.commands.execute(n, a).then(() => null)", [name, args or {}]
        )

    def theme(self, name):
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function(
            "(name) => document.body.dataset.jpThemeName === name", arg=name, timeout=1000 * PATIENCE
        )

    def wait_for_kernel(self):
        self.page.wait_for_function(
            "() => { const s = window.jupyterapp.shell.currentWidget?.sessionContext; "
            "return s && s.session && s.session.kernel && s.session.kernel.status === 'idle'; }",
            timeout=1000 * PATIENCE,
        )

    def run_all(self):
        """Runs every cell and waits until the kernel has answered the last one."""
        self.wait_for_kernel()
        self.command("notebook:run-all-cells")
        self.wait_for_kernel()

    def cells(self):
        """The cells as the front end holds them: type, count, and MIME types and error names of outputs."""
        return json.loads(
            self.page.evaluate(
                """() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.map(c => ({
                 type: c.cell_type, count: c.execution_count,
                 outputs: (c.outputs || []).map(o => ({type: o.output_type, ename: o.ename, mimes: Object.keys(o.data || {})}))})))"""
            )
        )


# Whether some cell of the notebook that is open is trusted.
TRUSTED = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .some((cell) => cell.model.type === 'code' && cell.model.trusted)"""

# For every element with text of its own inside `selector`: contrast of its colour against what lies behind it (WCAG 2).
CONTRAST = """(selector) => {
  const parse = (c) => { const m = c.match(/rgba?\\(([^)]+)\\)/); if (!m) return null;
    const p = m[1].split(',').map(Number); return {r: p[0], g: p[1], b: p[2], a: p.length > 3 ? p[3] : 1}; };
  const lum = ({r, g, b}) => { const f = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c && c.a > 0.95) return c; } return {r: 255, g: 255, b: 255}; };
  const bad = [];
  for (const root of document.querySelectorAll(selector)) for (const e of root.querySelectorAll('*')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) continue;
    const fg = parse(getComputedStyle(e).color), bg = behind(e);
    if (!fg) continue;
    const [hi, lo] = [lum(fg), lum(bg)].sort((a, b) => b - a);
    const ratio = (hi + 0.05) / (lo + 0.05);
    if (ratio < 4.5) bad.push([e.tagName, e.className, e.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return bad;
}"""
