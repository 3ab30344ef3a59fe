"""What starts a run on several machines, with an ssh that stays here."""

import os
import re
import socket
import subprocess

import pytest
from browser_support import ROOT
from reconverge_jupyter.kernel import installed

SCRIPTS = ROOT / "install/several-machines"
PROGRAM = """system Counter {
  state n: 0..4 = 0
  action up when n < 4 { n += 1 }
  invariant low: safety { n < 4 }
}
check Counter { expect violated low }
"""


def free(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def ssh(tmp_path):
    """The environment in which every machine is this one, with a home of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "reconverge").symlink_to(installed())
    fake = folder / "ssh"
    fake.write_text('#!/bin/sh\n[ "$1" = -tt ] && shift\nshift\nexec sh -c "$*"\n')
    fake.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    return {**os.environ, "HOME": str(home), "PATH": f"{folder}:{os.environ['PATH']}"}


def test_by_ssh(ssh, tmp_path):
    (tmp_path / "my program.rcv").write_text(PROGRAM)
    (tmp_path / "secret").write_text("a secret that nobody guesses")
    (tmp_path / "hosts.txt").write_text("".join(f"127.0.0.1:{port}  # one\n" for port in free(3)))
    arguments = [tmp_path / "hosts.txt", tmp_path / "secret", tmp_path / "my program.rcv", "--threads", "1"]
    ran = subprocess.run([SCRIPTS / "by-ssh", *arguments], env=ssh, capture_output=True, text=True)
    alone = subprocess.run([installed(), "run", arguments[2]], capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == (alone.stdout, 0), ran.stderr
    assert os.listdir(ssh["HOME"]) == [], "nothing stays on the machines"
    ran = subprocess.run([SCRIPTS / "by-ssh"], env=ssh, capture_output=True, text=True)
    assert ran.returncode == 2 and "by-ssh HOSTS.txt SECRET FILE.rcv" in ran.stderr


@pytest.mark.parametrize("name", ["by-ssh", "job.yaml"])
def test_options_are_those_of_the_command(name):
    told = subprocess.run([installed(), "run", "--help"], capture_output=True, text=True).stdout
    text = "\n".join(line.split("#")[0] for line in (SCRIPTS / name).read_text().splitlines())
    asked = set(re.findall(r"reconverge run[^\n]*(?:\n[^\n]*)*", text)[0].split()) if "reconverge run" in text else set()
    options = {word for word in asked if re.fullmatch(r"--[a-z-]+", word)}
    assert options and all(f"{option} " in told or f"{option}\n" in told for option in options)
