# SPDX-License-Identifier: EUPL-1.2
"""Twins, each in a fresh process: `python -m tests.faults.run TWIN …`. Prints a JSON line for each: what its checks said.
With `--apply` instead of names: whether each meets what it breaks.

All of them are forks of a process that has loaded the libraries and nothing else, so that each starts clean and soon. Two
run at a time.
"""

import io
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis  # noqa: F401 what is loaded here is not loaded again in each fork
import pytest

from consent import app as consent_app  # noqa: F401
from gateway import app as gateway_app  # noqa: F401
from kluisje import organisation, person, source  # noqa: F401
from tests.faults import twins
from tests.faults.promises import Watching
from tests.starting import describe
from vault import app as vault_app  # noqa: F401

AT_ONCE = 2
SECONDS = 150


def check(name: str) -> dict[str, object]:
    """Applies a twin and runs its checks, in this process."""
    twin = twins.find(name)
    os.environ |= {"KLUISJE_TWIN": name, "KLUISJE_TWIN_WHERE": twin.where, "KLUISJE_TWIN_PROMISE": twin.promise}
    if twin.where == "here":
        twin.apply()
    seen, told = Watching(), io.StringIO()
    with redirect_stdout(told):
        code = pytest.main([*twin.checks, "-x", "--no-header", "-p", "no:schemathesis"], plugins=[seen])
    tail = told.getvalue()[-2000:]
    return {"code": int(code), "ran": seen.ran, "broken": seen.broken, "crashed": seen.crashed, "tail": tail}


def apply(name: str) -> dict[str, object]:
    """Applies a twin in this process, wherever it works, and checks nothing."""
    twins.find(name).apply()
    return {"crashed": {}}


def fork(work: Callable[[str], dict[str, object]], name: str, answer: Path) -> int:
    """Starts `work` in a fork with its own process group; its answer goes to a file."""
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)
    try:
        found = work(name)
    except BaseException:
        found = {"code": -1, "ran": [], "broken": {}, "crashed": {"twin": traceback.format_exc()[-2000:]}, "tail": ""}
    answer.write_text(json.dumps(found))
    os._exit(0)


def main(names: list[str], work: Callable[[str], dict[str, object]] = check) -> None:
    describe()
    waiting, running = list(reversed(names)), dict[int, tuple[str, float]]()
    with TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                name = waiting.pop()
                running[fork(work, name, Path(folder, name))] = name, time.monotonic()
            pid, _ = os.waitpid(-1, os.WNOHANG)
            late = [one for one, (_, began) in running.items() if time.monotonic() - began > SECONDS]
            for one in late:
                os.killpg(one, signal.SIGKILL)
            if not pid:
                time.sleep(0.02)
                continue
            name, began = running.pop(pid)
            path = Path(folder, name)
            lost = {"code": -1, "ran": [], "broken": {}, "crashed": {"twin": "it took too long"}, "tail": ""}
            found = json.loads(path.read_text()) if path.exists() else lost
            print(json.dumps({"twin": name, "seconds": round(time.monotonic() - began, 1), **found}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--apply"]:
        main(list(twins.TWINS), apply)
    else:
        main(sys.argv[1:] or list(twins.TWINS))
