# SPDX-License-Identifier: EUPL-1.2
"""A server process that starts at once: a fork of the test process, which has loaded everything already.

For promises that need a process again and again; a fork holds what the test holds in memory, so not for P12.
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import serve
from tests.faults import twins
from tests.faults.promises import twin
from tests.town import Process, Servers, servers


class Child:
    """A forked process with the face of a `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid, self._code = pid, None if pid else 0

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self, timeout: float) -> int:
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.005)
        return code

    def send_signal(self, which: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forked(Process):
    """A server of a town, forked. sound: without the fault that the run has for servers."""

    sound = False

    def start(self) -> None:
        pid = os.fork()
        if pid:
            self.running = Child(pid)  # type: ignore[assignment]
            return
        code = 70
        try:
            os.environ.clear()
            os.environ.update(self.environment)
            log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(log, 1)
            os.dup2(log, 2)
            sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
            name = twin("servers")
            if name is not None and not self.sound:
                twins.find(name).apply()
            code = serve.main(self.command[3:])  # after `python -m serve`
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


@contextmanager
def forked(folder: Path, wiring: str = "one", *, sound: bool = False, **settings: str) -> Iterator[Servers]:
    """A town in forked processes. settings: environment variables besides the town's own; an empty one is taken away."""
    made = servers(folder, wiring)
    for name, plain in made.processes.items():
        if name != "front":
            merged = plain.environment | settings
            environment = {each: value for each, value in merged.items() if settings.get(each, "x")}
            made.processes[name] = Forked(plain.command, environment, plain.port, plain.log, plain.tls)
            made.processes[name].sound = sound  # type: ignore[attr-defined]
    try:
        made.start()
        yield made
    finally:
        made.stop()
