# SPDX-License-Identifier: EUPL-1.2
"""The programs of the page, each by a stock client: ask, allow, sign in, read, stop, refused, in a running town."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.registering import read_registration
from tests import databases
from tests.clients.page import examples
from tests.clients.program import started
from tests.town import ROOT, Players

NODE, PYTHON, SHELL = ("node", "connect.mjs"), (sys.executable, "connect.py"), ("bash", "connect.sh")


def test_every_example_of_the_page_is_run() -> None:
    assert sorted(examples()) == sorted([NODE[1], PYTHON[1], SHELL[1], "jose.mjs", "client.json"])


def test_the_registration_of_the_page_is_a_registration() -> None:
    client = read_registration(json.loads(examples()["client.json"]), environment="production")
    assert (client.kind, client.actions) == ("caseworker", ("ask", "read"))


async def journey(town: Players, folder: Path, command: tuple[str, str], *, pasted: bool = False) -> str:
    """Noor keeps, the program asks, Noor allows, it reads twice, Noor stops, it is refused. Answers the question."""
    team = town.town.folder / "jeugdteam-zuid" / "keys.json"
    given = {"folder": folder, "who": "Fatima", "pasted": pasted}
    noor = await town.citizen("Noor")
    await noor.keeps("school", {"absence_days": 12})
    async with started(command, town.town.origin, str(team), "ask", await noor.share_code(), **given) as asking:
        question = await asking.says("Asked: ")
        assert await asking.ends() == 0
    [asked] = await noor.requests()
    assert asked.id == question
    await noor.allows(asked)
    async with started(command, town.town.origin, str(team), "read", question, **given) as reading:
        record = json.loads(await reading.says("Record: "))
        assert (record["iss"], record["body"]) == (f"vault:{noor.vlt}", {"absence_days": 12})
        await reading.enter()
        assert json.loads(await reading.says("Record: ")) == record
        await noor.stops(asked)
        await reading.enter()
        assert await reading.says("Refused: ") == "403 urn:problem-type:kluisje:grant-ended"
        assert await reading.ends() == 1
    assert [line.outcome for line in await noor.who_looked()] == ["read", "read", "refused"]
    return question


@pytest.mark.parametrize("command", [NODE, PYTHON], ids=["openid-client", "requests_oauth2client"])
async def test_a_stock_client_asks_reads_and_is_refused_after_a_stop(
    town: Players, folder: Path, command: tuple[str, str]
) -> None:
    before = _ended(town)
    question = await journey(town, folder, command)
    assert _ended(town) == before + 1, "it revoked its token when it ended"
    team = town.town.folder / "jeugdteam-zuid" / "keys.json"
    given = {"folder": folder, "who": "Fatima", "pasted": False}
    async with started(command, town.town.origin, str(team), "read", question, **given) as again:
        assert await again.says("Refused: ") == "invalid_authorization_details", "there is not even a token any more"
        assert await again.ends() == 1


@pytest.mark.parametrize("servers", ["one"], indirect=True)  # the slowest: a process for each step
async def test_curl_asks_reads_and_is_refused_after_a_stop(town: Players, folder: Path) -> None:
    missing = [tool for tool in ("bash", "curl", "jq", "openssl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    await journey(town, folder, SHELL, pasted=True)
    _proves_itself(folder / "answer.json", town.town.pins)


def _proves_itself(answer: Path, pins: Path) -> None:
    """What the page says next: the answer that was kept is evidence, to whoever has the pins."""
    command = [sys.executable, "-m", "kluisje.cli", "verify", "--pins", str(pins), str(answer)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "was allowed to read" in done.stdout


def _ended(town: Players) -> int:
    """Sessions at the gateway that were ended before their time."""
    file = town.town.folder / "data" / "gateway.sqlite3"
    return int(databases.rows(file, "SELECT count(*) FROM sessions WHERE ended IS NOT NULL")[0][0])
