# SPDX-License-Identifier: EUPL-1.2
"""Server processes that start at once: forks of one process that has loaded the libraries and nothing of a test.

Loading takes three seconds of a processor, and the tests start many hundreds of servers. Each fork begins as
`python -m MODULE ARGUMENT …` does, in an environment of its own. The one they are forks of is `python -m tests.starting`,
which the first start of a run starts; runs within the run (the broken twins) use the same. It ends with the run.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path

import serve
from chassis.clock import Clock

ADDRESS = "KLUISJE_TESTS_STARTER"
LOADED = (
    "serve", "vault.app", "consent.app", "gateway.app", "chatbot.app", "portal.app", "desk.app", "desk.ways",
    "chassis.management", "aiohttp.web", "alembic.command", "sqlalchemy.dialects.sqlite", "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
)  # fmt: skip


class Forked:
    """A running server with the face of a `subprocess.Popen`; when whoever holds it is gone, the server is too."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """command: `-m MODULE ARGUMENT …`. log: where its output goes, at the end."""
        self._way = socket.socket(socket.AF_UNIX)
        self._way.connect(_starter())
        asked = {"command": list(command), "environment": dict(environment), "log": str(log)}
        self._way.sendall(json.dumps(asked).encode() + b"\n")
        self._answers = self._way.makefile("rb")
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._way], [], [], 0)[0]:
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._way.close()
        return self.returncode

    def wait(self, timeout: float) -> int:
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired("a server", timeout)
            select.select([self._way], [], [], max(0.0, ends - time.monotonic()))
        return code

    def send_signal(self, which: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def describe() -> None:
    """Makes each part once: what describes its routes is then at hand in each fork of this process."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(None):
        serve.write_contracts(Path(folder), Clock())


def _starter() -> str:
    """The address of the process that forks; started when there is none."""
    if ADDRESS not in os.environ:
        folder = tempfile.mkdtemp()
        address = f"{folder}/starter"
        root = str(Path(__file__).resolve().parents[1])
        environment = os.environ | {"PYTHONPATH": root}
        command = (sys.executable, "-m", "tests.starting", address)
        starter = subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.PIPE)
        ends = time.monotonic() + 180  # loading takes three seconds of a processor, and that may be a busy one
        while not os.path.exists(address):
            if starter.poll() is not None or time.monotonic() > ends:
                raise RuntimeError("the process that starts servers did not start")
            time.sleep(0.02)
        os.environ[ADDRESS] = address
        atexit.register(_ended, starter, folder, os.getpid())
    return os.environ[ADDRESS]


def _ended(starter: subprocess.Popen[bytes], folder: str, owner: int) -> None:
    if os.getpid() == owner and starter.stdin is not None:
        starter.stdin.close()
        starter.wait(30)
        Path(folder, "starter").unlink(missing_ok=True)
        os.rmdir(folder)


def _begin(asked: Mapping[str, object]) -> int:
    """In the fork: everything as a fresh `python -m` has it. Answers the exit code."""
    command, environment = asked["command"], asked["environment"]
    assert isinstance(command, list)
    assert isinstance(environment, dict)
    assert command[0] == "-m"
    os.environ.clear()
    os.environ.update(environment)
    log = os.open(str(asked["log"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = command[1:]
    try:
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _fork(way: socket.socket, close: Sequence[socket.socket]) -> int:
    asked = json.loads(way.makefile("rb").readline())
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (*close, way):
            each.close()
        code = _begin(asked)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(address: str) -> None:
    """Forks for whoever asks, tells each how its fork ended, kills the forks of who is gone; ends when stdin does."""
    for name in LOADED:
        importlib.import_module(name)
    describe()
    gc.collect()
    gc.freeze()
    signals, wakes = socket.socketpair()
    for end in (signals, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{address}.new")
    listening.listen(64)
    os.rename(f"{address}.new", address)
    forks: dict[int, socket.socket] = {}
    while True:
        ready = select.select([0, listening, signals, *forks.values()], [], [])[0]
        for pid, way in list(forks.items()):
            if way in ready:  # nothing more is ever said: who asked is gone
                os.kill(pid, signal.SIGKILL)
        if signals in ready:
            signals.recv(4096)
        while forks:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            way = forks.pop(pid)
            with suppress(OSError):  # who asked is gone
                way.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            way.close()
        if listening in ready:
            way, _ = listening.accept()
            pid = _fork(way, (listening, signals, wakes, *forks.values()))
            forks[pid] = way
            way.sendall(b"%d\n" % pid)
        if 0 in ready:
            for pid in forks:
                os.kill(pid, signal.SIGKILL)
            return


if __name__ == "__main__":
    main(sys.argv[1])
