# SPDX-License-Identifier: EUPL-1.2
"""Starting a server to be measured: a process of its own, up when it answers, gone at the end."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, address: str, log: Path
) -> Iterator[int]:
    """Runs `command` until the end of the block; its pid. address: what it answers once it is up, or says it does not know.
    RuntimeError with its log when it ends or takes over three minutes."""
    with log.open("ab") as told:
        running = subprocess.Popen(command, env=dict(environment), cwd=folder, stdout=told, stderr=told)
    try:
        ends = time.monotonic() + 180
        while not _answers(address):
            if running.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"{command} does not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield running.pid
    finally:
        running.terminate()
        running.wait(20)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code == 404
    except OSError:
        return False
    return True
