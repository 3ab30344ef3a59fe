"""How quick the kernel is, beside ipykernel, over raw sockets in one run.

    .venv/bin/python tests/python/latency.py [KERNEL …]

Enters: names of installed kernels; ours and ipykernel where none is named. Leaves: a table in Markdown, medians of what
a front end waits for. Nothing but the sockets stands between, so both pay the same for it.
"""

import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone

import psutil
import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import get_kernel_spec

DELIMITER = b"<IDS|MSG>"
PORTS = ("shell", "iopub", "stdin", "control", "hb")
# What runs without end until it is interrupted.
ENDLESS = {
    "reconverge": "count a in 0..4000 where (count b in 0..4000 where (count c in 0..4000 where a == b and b == c) == 1) == 1",
    "python3": "while True: pass",
}


class Kernel:
    """A kernel that was started, and the sockets of a front end."""

    def __init__(self, name: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file, self.connection = write_connection_file(os.path.join(self.folder.name, "kernel.json"))
        places = {"connection_file": self.file, "prefix": sys.prefix}
        argv = [part.format(**places) if "{" in part else part for part in get_kernel_spec(name).argv]
        if argv[0] in ("python", "python3"):
            argv[0] = sys.executable
        self.context = zmq.Context()
        self.sockets = {
            "shell": self.socket(zmq.DEALER, "shell"),
            "control": self.socket(zmq.DEALER, "control"),
            "iopub": self.socket(zmq.SUB, "iopub"),
        }
        self.sockets["iopub"].subscribe(b"")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.ask("kernel_info_request", {})
        self.start = time.perf_counter() - began
        # Until the subscription is there, what is published is lost.
        while not self.sockets["iopub"].poll(100):
            self.ask("kernel_info_request", {})

    def socket(self, kind: int, port: str) -> zmq.Socket:
        socket = self.context.socket(kind)
        socket.linger = 0
        # The kernel is not there yet; a client that tries again every tenth of a second would measure itself.
        socket.reconnect_ivl = 1
        socket.rcvtimeo = 60_000
        socket.connect(f"tcp://{self.connection['ip']}:{self.connection[f'{port}_port']}")
        return socket

    def send(self, msg_type: str, content: dict, channel: str = "shell") -> str:
        header = {
            "msg_id": uuid.uuid4().hex,
            "session": "latency",
            "username": "latency",
            "date": datetime.now(timezone.utc).isoformat(),
            "msg_type": msg_type,
            "version": "5.3",
        }
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        digest = hmac.new(self.connection["key"].encode(), b"".join(parts), hashlib.sha256).hexdigest()
        self.sockets[channel].send_multipart([DELIMITER, digest.encode(), *parts])
        return header["msg_id"]

    def receive(self, channel: str) -> tuple[str, str, dict]:
        frames = self.sockets[channel].recv_multipart()
        header, parent, _, content = frames[frames.index(DELIMITER) + 2 :][:4]
        return json.loads(header)["msg_type"], json.loads(parent).get("msg_id", ""), json.loads(content)

    def ask(self, msg_type: str, content: dict, channel: str = "shell") -> dict:
        asked = self.send(msg_type, content, channel)
        while True:
            _, parent, reply = self.receive(channel)
            if parent == asked:
                return reply

    def execute(self, code: str) -> str:
        return self.send(
            "execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        )

    def until_idle(self, asked: str) -> None:
        while True:
            msg_type, parent, content = self.receive("iopub")
            if parent == asked and msg_type == "status" and content["execution_state"] == "idle":
                return

    def stop(self) -> None:
        self.send("shutdown_request", {"restart": False}, "control")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.context.destroy(linger=0)
        self.folder.cleanup()


def milliseconds(times: list[float]) -> str:
    """Median and worst."""
    return f"{1000 * statistics.median(times):.3g} (worst {1000 * max(times):.3g})"


def timed(job) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def interrupts(kernel: Kernel, name: str, times: int) -> list[float]:
    """From the signal to `idle`, while a loop runs."""
    found = []
    for _ in range(times):
        asked = kernel.execute(ENDLESS[name])
        time.sleep(0.3)
        began = time.perf_counter()
        os.killpg(kernel.process.pid, signal.SIGINT)
        kernel.until_idle(asked)
        found.append(time.perf_counter() - began)
        kernel.receive("shell")
    return found


def measured(name: str) -> dict[str, str]:
    """What is measured of one kernel, by the words of its row."""
    starts = []
    for _ in range(5):
        kernel = Kernel(name)
        starts.append(kernel.start)
        kernel.stop()
    kernel = Kernel(name)
    for _ in range(20):
        kernel.until_idle(kernel.execute("1"))
    rows = {"start to `kernel_info`, ms": milliseconds(starts)}
    info = [timed(lambda: kernel.ask("kernel_info_request", {})) for _ in range(200)]
    rows["`kernel_info`, ms"] = milliseconds(info)
    cells = [timed(lambda: kernel.until_idle(kernel.execute("1"))) for _ in range(300)]
    rows["cell `1` to idle, ms"] = milliseconds(cells)
    asked: list[str] = []
    took = timed(lambda: (asked.extend(kernel.execute("1") for _ in range(1000)), kernel.until_idle(asked[-1])))
    rows["cells a second, all sent at once"] = f"{1000 / took:,.0f}"
    while kernel.sockets["shell"].poll(100):
        kernel.receive("shell")
    if name in ENDLESS:
        rows["interrupt of a loop to idle, ms"] = milliseconds(interrupts(kernel, name, 10))
    rows["memory after that, MB"] = f"{psutil.Process(kernel.process.pid).memory_info().rss / 2**20:.0f}"
    kernel.stop()
    return rows


def main() -> None:
    names = sys.argv[1:] or ["reconverge", "python3"]
    tables = [measured(name) for name in names]
    print("| | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for row in tables[0]:
        print(f"| {row} | " + " | ".join(table.get(row, "–") for table in tables) + " |")


if __name__ == "__main__":
    main()
