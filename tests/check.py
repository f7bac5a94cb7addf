# SPDX-License-Identifier: EUPL-1.2
"""`make test`: every check with its time, first those of the house. Prints what failed, and ends with it.

With CI=true (or KLUISJE_REQUIRE_ALL=1) nothing may be skipped: what would be a skip fails. Else one loud line at the
end says what was not checked and why.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.browser.chromium import BROWSERS, executable
from tests.databases import programs

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WEB = ROOT / "portal" / "web"
CODE = (
    "formats",
    "chassis",
    "vault",
    "consent",
    "gateway",
    "chatbot",
    "portal",
    "desk",
    "kluisje",
    "demo",
    "bench",
    "tests",
    "administration.py",
    "serve.py",
)

Check = tuple[str, Sequence[str], dict[str, str]]
"""Name, command, and what its environment has besides."""

HOUSE: tuple[Check, ...] = (
    ("lint", (str(BIN / "ruff"), "check", "--quiet", *CODE), {}),
    ("form", (str(BIN / "ruff"), "format", "--check", "--quiet", *CODE), {}),
    ("imports", (str(BIN / "lint-imports"), "--no-cache"), {}),
)
"""First, and soon done."""
TYPES: Check = ("types", (str(BIN / "mypy"), "--no-error-summary"), {})
PYTEST = (sys.executable, "-m", "pytest", "--durations=40", "--durations-min=4")
# What is tried on PostgreSQL too at every change; in a night it is everything (tests/databases.py).
CHOSEN = tuple(
    f"tests/{name}.py"
    for name in (
        "consent/test_asking", "consent/test_counted", "consent/test_ledger", "consent/test_ledger_failing", "consent/test_ledger_killed",
        "consent/test_leaving", "consent/test_proving", "vault/test_permits", "vault/test_leaving", "vault/test_keeping",
        "gateway/test_races", "journeys/test_caseworker_reads", "journeys/test_own_vault",
    )
)  # fmt: skip
ROOM_BYTES = 4 * 1024**3
"""Free in memory before the tests work there: they leave less than one."""
ON_POSTGRESQL = {"KLUISJE_TEST_DATABASE": "postgresql"}
TWO_OF_EACH = ON_POSTGRESQL | {"KLUISJE_TEST_PROCESSES": "two"}
"""Each part as two processes (tests/twofold.py); its journeys have two of each in every long run on PostgreSQL."""
WITH_TWO = ("tests/vault", "tests/consent", "tests/gateway", "tests/desk")
DESK = tuple(str(one.relative_to(ROOT)) for one in sorted((ROOT / "tests" / "browser").glob("test_desk*.py")))
APART = {
    "of contracts": ("tests/contracts", "tests/desk", "tests/clients", "tests/portal"),
    "of promises": ("tests/faults",),
    "of the desk in the browser": DESK,
    "in the browser": ("tests/browser", *(f"--ignore={path}" for path in DESK)),
    "of consent and gateway": ("tests/consent", "tests/gateway"),
}
ELSE = (
    "tests",
    *(f"--ignore={path}" for paths in APART.values() for path in paths if path not in DESK and path[0] != "-"),
)
# Each a process of its own, so many side by side; in this order they end together.
LANES = (
    ("tests of all else", ELSE, {}),
    *((f"tests {name}", paths, {}) for name, paths in APART.items()),
    ("tests on PostgreSQL", CHOSEN, ON_POSTGRESQL),
)
AT_ONCE = 4


def run(checks: Sequence[Check], environment: dict[str, str], at_once: int) -> None:
    """Runs checks, some side by side; prints each with its time when it is done. Ends the process when one failed."""
    began, failed = time.monotonic(), []
    with ThreadPoolExecutor(at_once) as threads:
        running = {
            threads.submit(
                subprocess.run, command, cwd=ROOT, env=environment | own, check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ): name
            for name, command, own in checks
        }  # fmt: skip
        for one in as_completed(running):
            done = one.result()
            print(f"── {running[one]}\n{done.stdout}   {running[one]}: {time.monotonic() - began:.1f} s", flush=True)
            failed += [running[one]] if done.returncode else []
    if failed:
        sys.exit(f"{' and '.join(failed)} failed")


def work_in_memory(environment: dict[str, str]) -> str | None:
    """The folder that the tests work in, where memory has the room: each of some ten thousand commits waits milliseconds for
    a disk, and what is killed in a test is a process, never the machine. None: the usual place."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM_BYTES:
        return None
    folder = environment["TMPDIR"] = tempfile.mkdtemp(prefix="kluisje-", dir=memory)
    os.chmod(folder, 0o711)  # PostgreSQL is another user, who has a folder of its own below
    return folder


def have_what_debian_has(environment: dict[str, str]) -> None:
    """A browser for tests/browser, PostgreSQL, of which the tests start their own, and nginx, the door of
    docker-compose.yml, where they are not here and we may install them; else the tests tell."""
    missing = [*(["postgresql"] * (programs() is None)), *(["nginx-light"] * (shutil.which("nginx") is None))]
    if os.geteuid() == 0 and shutil.which("apt-get") and (missing or executable() is None):
        print("── installing a browser, PostgreSQL and nginx (once)", flush=True)
        _apt_get(environment, "update")
        _apt_get(environment, "install", "-y", "--no-install-recommends", *missing)
        for name in BROWSERS:
            if executable() is None:
                _apt_get(environment, "install", "-y", "--no-install-recommends", name)
    if executable() is None:
        print(
            "NO BROWSER: the portal is not walked through. Install chromium, or name one in KLUISJE_CHROMIUM.",
            flush=True,
        )
    if programs() is None:
        print("NO POSTGRESQL: nothing is tried on it. Install it: apt-get install postgresql.", flush=True)


def _apt_get(environment: dict[str, str], *arguments: str) -> None:
    own = environment | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(("apt-get", *arguments), check=False, stdout=subprocess.DEVNULL, env=own)


def have_the_front_end(environment: dict[str, str]) -> None:
    """The locked packages of portal/web, by the lock's own Node: to build it anew, and to check its types and rules."""
    if not (WEB / "node_modules" / ".package-lock.json").exists():
        command = (str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run(command, cwd=WEB, env=environment, check=False)


def main(arguments: Sequence[str]) -> None:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = str(ROOT)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of some hundred processes compiles all of it again
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    if environment.get("CI") == "true":
        environment["KLUISJE_REQUIRE_ALL"] = "1"
    with ThreadPoolExecutor() as threads:  # what waits for a registry, beside what computes
        ready = [threads.submit(have, environment) for have in (have_what_debian_has, have_the_front_end)]
        run(HOUSE, environment, len(HOUSE))
        for one in ready:
            one.result()
    folder = work_in_memory(environment)
    try:
        if "--standards" in arguments:
            run((TYPES, ("standards", (*PYTEST, "tests/contracts", "tests/house"), {})), environment, 2)
        elif "--nightly" in arguments:
            long = {"KLUISJE_NIGHTLY": "1"}
            nightly: list[Check] = [
                TYPES,
                ("tests, long", PYTEST, long),
                ("tests on PostgreSQL, long", PYTEST, long | ON_POSTGRESQL),
                ("tests with two of each part", (*PYTEST, *WITH_TWO, "-m", "not nightly"), TWO_OF_EACH),
            ]
            run(nightly, environment, 1)
        else:
            lanes = [(name, (*PYTEST, *paths, "-m", "not nightly"), own) for name, paths, own in LANES]
            run((TYPES, *lanes), environment, AT_ONCE)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
