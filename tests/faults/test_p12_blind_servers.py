# SPDX-License-Identifier: EUPL-1.2
"""P12: servers are blind. After a whole journey no mark that was sealed is found in what a server keeps, writes, passes or
holds in memory; a text that servers do know is found by the same scanner in each of these places."""

import base64
import gzip
import json
import os
import secrets
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from formats.spelling import unb64u
from tests.databases import ON_POSTGRESQL, PARTS, everything
from tests.faults.promises import NIGHTLY, PromiseBroken, figure, twin
from tests.faults.scanner import Scanner
from tests.ports import free_ports
from tests.town import ROOT, Process, Servers, servers


@pytest.mark.parametrize(
    "hidden",
    [
        lambda s: s.encode(), lambda s: s.encode("utf-16-le"), lambda s: s.encode("utf-16-be"), lambda s: s.encode().hex().encode(),
        lambda s: base64.b64encode(b"a" + s.encode() + b"b"), lambda s: base64.b64encode(b"ab" + s.encode()),
        lambda s: base64.urlsafe_b64encode(base64.urlsafe_b64encode(b"abc" + s.encode() + b"d") + b"xy"),
        lambda s: gzip.compress(b"1234" + s.encode()), lambda s: zlib.compress(base64.b64encode(s.encode() * 9)),
    ],
)  # fmt: skip
def test_the_scanner_finds_each_disguise(hidden: object) -> None:
    mark = "kanarie" + secrets.token_hex(6)
    inside = secrets.token_bytes(999) + hidden(mark) + secrets.token_bytes(999)  # type: ignore[operator]
    assert Scanner({"mark": mark}).search(inside) == {"mark"}
    assert Scanner({"mark": "kanarie" + secrets.token_hex(6)}).search(inside) == set()


@pytest.mark.promise("P12")
@pytest.mark.parametrize("wiring", ["one", pytest.param("separate", marks=pytest.mark.nightly)])
def test_no_mark_is_found_in_any_server(wiring: str, tmp_path: Path) -> None:
    made, traffic, mark = servers(tmp_path, wiring), tmp_path / "traffic", "kanarie" + secrets.token_hex(6)
    note = "Tot morgen " + secrets.token_hex(6)  # the note of a question: servers do know it
    _record(made, traffic)
    try:
        made.start()
        secret = _journey(tmp_path, made.town.origin, mark, figure(40, 200, 1_000), note)
        blind = Scanner({"mark": mark} | secret)
        seen = Scanner({"known": note})
        found: dict[str, set[str]] = {}
        known: dict[str, set[str]] = {}
        for name, pid in (made.pids if twin() is None else {}).items():  # a twin lies in the files already
            found[f"memory of {name}"], known[f"memory of {name}"] = blind.memory(pid), seen.memory(pid)
    finally:
        made.stop()
    if ON_POSTGRESQL:
        _take_down(made.town.folder / "data")
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    logs = [*tmp_path.glob("*.log"), traffic]
    assert any("blobs" in path.parts for path in kept), "there were attachments"
    found |= blind.files([*kept, *logs])
    known |= seen.files([*kept, *logs])
    assert known["traffic"], "the control is found in traffic"
    assert twin() or any(known[name] for name in known if name.startswith("memory")), "the control is found in memory"
    assert any(name.startswith("consent.sqlite3") for name in known), "the control is found in a database"
    broken = {name: names for name, names in found.items() if names}
    if broken:
        raise PromiseBroken("P12", f"found {broken}")


def _take_down(data: Path) -> None:
    """Puts every value of every database into the file that it stands for."""
    for part in PARTS:
        rows = (row for table in everything(data / f"{part}.sqlite3").values() for row in table)
        values = (one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row)
        (data / f"{part}.sqlite3").write_bytes(b"\n".join(values))


def _record(made: Servers, traffic: Path) -> None:
    """Moves the outermost process inward; a recorder takes its place at the public address."""
    door = made.processes.pop("front", None) or made.processes.pop("all")
    outer, [inner] = door.port, free_ports(1)
    door.port = inner
    door.environment["KLUISJE_PORT"] = str(inner)
    door.command = [str(inner) if word == str(outer) else word for word in door.command]
    command = [sys.executable, "-m", "tests.faults.recorder", str(outer), str(inner), str(traffic)]
    made.processes["inner"] = door
    made.processes["front"] = Process(command, door.environment, outer, traffic.with_suffix(".recorder-log"))


def _journey(folder: Path, origin: str, mark: str, most: int, note: str) -> dict[str, str | bytes]:
    """Plays it in another process; answers the private things that may be nowhere either, as text and as octets."""
    command = [sys.executable, "-m", "tests.faults.canaries", str(folder), origin, mark, str(most), note]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600 if NIGHTLY else 120
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["marks"] >= most
    private: dict[str, str | bytes] = dict(told["secrets"])
    for name, text in told["secrets"].items():
        if name == "RK":
            private[name] = bytes.fromhex(text)
        elif not name.startswith("code"):
            private[f"{name}, octets"] = unb64u(text)
    return private
