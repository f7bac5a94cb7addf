# SPDX-License-Identifier: EUPL-1.2
"""`make test`: every check in turn, with its time. The first that fails ends the run with its output.

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

HOUSE: tuple[tuple[str, Sequence[str]], ...] = (
    ("lint", (str(BIN / "ruff"), "check", "--quiet", *CODE)),
    ("form", (str(BIN / "ruff"), "format", "--check", "--quiet", *CODE)),
    ("types", (str(BIN / "mypy"), "--no-error-summary")),
    ("imports", (str(BIN / "lint-imports"), "--no-cache")),
)
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
APART = {
    "in the browser": ("tests/browser",),
    "of promises": ("tests/faults",),
    "of contracts": ("tests/contracts", "tests/desk", "tests/clients", "tests/portal"),
    "of consent and gateway": ("tests/consent", "tests/gateway"),
}
# Each a process of its own, the longest first, so many side by side.
LANES = (
    *((f"tests {name}", paths, {}) for name, paths in APART.items()),
    ("tests of all else", ("tests", *(f"--ignore={path}" for paths in APART.values() for path in paths)), {}),
    ("tests on PostgreSQL", CHOSEN, ON_POSTGRESQL),
)
AT_ONCE = 3


def run(name: str, command: Sequence[str], environment: dict[str, str]) -> None:
    """Runs one check; prints its name and time. Ends the process when it fails."""
    began = time.monotonic()
    print(f"── {name}", flush=True)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    print(f"   {name}: {time.monotonic() - began:.1f} s", flush=True)
    if done.returncode:
        sys.exit(f"{name} failed")


def run_lanes(more: Sequence[str], environment: dict[str, str]) -> None:
    """Runs the lanes of tests, some side by side; prints each when it is done. Ends the process when one failed."""
    began, failed = time.monotonic(), []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        lanes = {
            threads.submit(
                subprocess.run, (*PYTEST, *paths, *more), cwd=ROOT, env=environment | own, check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ): name
            for name, paths, own in LANES
        }  # fmt: skip
        for lane in as_completed(lanes):
            done = lane.result()
            print(f"── {lanes[lane]}\n{done.stdout}   {lanes[lane]}: {time.monotonic() - began:.1f} s", flush=True)
            failed += [lanes[lane]] if done.returncode else []
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


def have_a_browser(environment: dict[str, str]) -> None:
    """Debian's Chromium for tests/browser, when it is not here and we may install it; else the tests tell."""
    if environment.get("KLUISJE_CHROMIUM") or shutil.which("chromium"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("── installing Chromium (once)", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": environment | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(("apt-get", "update"), check=False, **quiet)
        subprocess.run(("apt-get", "install", "-y", "--no-install-recommends", "chromium"), check=False, **quiet)
    if not shutil.which("chromium"):
        print(
            "NO BROWSER: the portal is not walked through. Install chromium, or name one in KLUISJE_CHROMIUM.",
            flush=True,
        )


def have_postgresql(environment: dict[str, str]) -> None:
    """Debian's PostgreSQL, of which the tests start their own, and nginx, the door of docker-compose.yml, where they are
    not here and we may install them."""
    missing = [*(["postgresql"] * (programs() is None)), *(["nginx-light"] * (shutil.which("nginx") is None))]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"── installing {' and '.join(missing)} (once)", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": environment | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(("apt-get", "update"), check=False, **quiet)
        subprocess.run(("apt-get", "install", "-y", "--no-install-recommends", *missing), check=False, **quiet)
    if programs() is None:
        print("NO POSTGRESQL: nothing is tried on it. Install it: apt-get install postgresql.", flush=True)


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
    have_a_browser(environment)
    have_the_front_end(environment)
    have_postgresql(environment)
    for name, command in HOUSE:
        run(name, command, environment)
    folder = work_in_memory(environment)
    try:
        if "--standards" in arguments:
            run("standards", (*PYTEST, "tests/contracts", "tests/house"), environment)
        elif "--nightly" in arguments:
            run("tests, long", (*PYTEST,), environment | {"KLUISJE_NIGHTLY": "1"})
            run("tests on PostgreSQL, long", (*PYTEST,), environment | {"KLUISJE_NIGHTLY": "1"} | ON_POSTGRESQL)
        else:
            run_lanes(("-m", "not nightly"), environment)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
