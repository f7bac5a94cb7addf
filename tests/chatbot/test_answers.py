# SPDX-License-Identifier: EUPL-1.2
"""The helper over HTTP: what it says, what it refuses, and that nothing of what was typed is anywhere afterwards."""

import http.client
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import pytest

from chassis.application import Application
from chassis.clock import Clock
from chatbot.answering import MONDAY, WEEK, Tally
from chatbot.app import build
from chatbot.settings import ChatbotSettings
from tests.chassis.doors import Answer, send
from tests.chatbot.shelf import PHONE, SMALL
from tests.faults.promises import figure, twin
from tests.faults.scanner import Scanner
from tests.ports import free_ports
from tests.town import ROOT, Process

SETTINGS = ChatbotSettings(
    environment="production",
    origin="https://kluisje.test",
    phone=PHONE,
    hours_nl="elke dag",
    hours_en="every day",
)


@pytest.fixture(scope="module")
def app() -> Application:
    """The application over the small content."""
    return build(SETTINGS, clock=Clock(), content=SMALL)


UNCLEAR = "hoe stoppen"
"""What two rules may mean."""


async def ask(app: Application, text: str, **more: Any) -> Answer:
    question = {"text": text, "locale": "nl", "audience": "12-15", **more}
    return await send(app, "POST", "/chatbot/v1/answers", json.dumps(question).encode(), signed_in=False)


async def get(app: Application, path: str, query: str = "") -> Answer:
    return await send(app, "GET", f"/chatbot/v1{path}", signed_in=False, query=query)


async def test_an_answer_names_its_rule_and_holds_nothing_more(app: Application) -> None:
    answer = await ask(app, "Hoe stop ik met delen?")
    assert answer.status == 200
    assert answer.json() == {
        "rule": "stop-sharing",
        "confidence": answer.json()["confidence"],
        "locale": "nl",
        "say": "Druk op Stop. Vanaf dan zien ze niets nieuws meer.",
        "actions": [{"action": "show-running-permissions"}, {"action": "talk-to-someone"}],
        "because": ["stop delen", "stoppen delen", "delen"],
        "choices": [],
    }
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_asking_back_and_handing_over(app: Application) -> None:
    first = (await ask(app, UNCLEAR)).json()
    assert first["rule"] == "ask"
    assert {"stop-sharing", "stop-school"} <= {one["rule"] for one in first["choices"]}
    assert "handover" not in first
    second = (await ask(app, UNCLEAR, asked=True)).json()
    assert second["rule"] == "hand-over"
    assert second["handover"] == {"topic": second["handover"]["topic"], "phone": PHONE, "hours": "elke dag"}
    assert second["handover"]["topic"] in ("permissions", "school")


@pytest.mark.parametrize(
    "more",
    [{"locale": "de"}, {"audience": "everybody"}, {"asked": "yes"}, {"name": "Noor"}, {"text": ""},
     {"text": "kanarie" * 80}, {"text": 5}, {"text": None}],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_without_an_echo(app: Application, more: dict[str, Any]) -> None:
    answer = await ask(app, **{"text": "kanarie stop", **more})
    assert answer.status == 400
    assert b"kanarie" not in answer.body


async def test_a_body_of_more_than_two_kilobytes_is_not_read(app: Application) -> None:
    answer = await ask(app, "kanarie " * 300)
    assert answer.status == 413
    assert b"kanarie" not in answer.body


async def test_topics_are_of_the_audience(app: Application) -> None:
    young = (await get(app, "/topics", "locale=nl&audience=12-15")).json()["items"]
    assert [one["rule"] for one in young] == ["stop-sharing", "who-may-see", "stop-school"]
    assert young[0]["title"] == "Stoppen met delen"
    for one in young:
        assert (await ask(app, one["example"])).json()["rule"] == one["rule"]
    related = (await get(app, "/topics", "locale=en&audience=relative")).json()["items"]
    assert [one["title"] for one in related] == ["Who may see"]
    assert (await get(app, "/topics", "locale=nl")).status == 400


async def test_each_answer_can_be_looked_up(app: Application) -> None:
    typed = ("stop delen", "stop", "qwer", "0612345678", "ik wil dood", "hij slaat mij", "ik voel mij alleen")
    for text in typed:
        answer = (await ask(app, text)).json()
        rule = (await get(app, f"/rules/{answer['rule']}")).json()
        assert rule["rule"] == answer["rule"]
        assert set(answer["because"]) <= {phrase for found in rule["phrases"].values() for phrase in found}
    shown = (await get(app, "/rules/stop-sharing")).json()
    assert (shown["layer"], shown["source"], shown["reviewer"], shown["reviewed"]) == (
        "kluisje", "README.md", "the founders", "2026-11-22",
    )  # fmt: skip
    assert (await get(app, "/rules/nothing")).status == 404


async def test_no_token_is_looked_at(app: Application) -> None:
    with_one = await send(app, "GET", "/chatbot/v1/rules/stop-sharing", headers={"authorization": "DPoP nonsense"})
    assert with_one.status == 200
    assert with_one.body == (await get(app, "/rules/stop-sharing")).body


def test_a_week_is_told_once_and_then_forgotten() -> None:
    told: list[tuple[int, dict[str, int]]] = []
    tally = Tally(lambda week, counts: told.append((week, counts)))
    monday = MONDAY + 2_900 * WEEK
    for rule, moment in (("b", monday), ("a", monday + 5), ("b", monday + WEEK - 1)):
        tally.count(rule, moment)
    assert told == []
    tally.count("a", monday + WEEK)
    assert told == [(monday, {"a": 1, "b": 2})]
    tally.close()
    assert told[1:] == [(monday + WEEK, {"a": 1})]
    tally.close()
    assert len(told) == 2


# -- nothing is kept -------------------------------------------------------------------------------------------


@pytest.mark.promise("P22")
def test_nothing_that_was_typed_is_on_disk_or_in_a_log(tmp_path: Path) -> None:
    """The real process, real HTTP: canaries in questions of every kind, good and bad; a count per rule is all there is."""
    [port] = free_ports(1)
    place = tmp_path / "place"
    place.mkdir()
    program = ["-m", "serve"] if twin() is None else ["-m", "tests.faults.serve", str(twin())]
    environment = {
        **_settings(f"http://127.0.0.1:{port}"),
        "KLUISJE_HOST": "127.0.0.1",
        "KLUISJE_PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "TMPDIR": str(place),
        "HOME": str(place),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = Process([sys.executable, *program, "chatbot"], environment, port, tmp_path / "log")
    mark, number = "kanarie" + secrets.token_hex(6), figure(20, 200, 1_000)
    process.start()
    try:
        process.wait()
        assert process.running is not None
        asked = _asks(port, mark, number)
        files = _written(process.running.pid)
    finally:
        process.stop()
    assert asked == number
    assert [name for name in files if not name.endswith(("/log", "(deleted)"))] == [], "no file is open for writing"
    log = tmp_path / "log"
    assert "answers" in log.read_text("utf-8"), "the count per rule is told at the end"
    assert Scanner({"count": "hand-over"}).files([log]), "the scanner finds what is there"
    assert Scanner({"mark": mark}).files([log, *(path for path in place.rglob("*") if path.is_file())]) == {}


def _settings(origin: str) -> dict[str, str]:
    values = {"ENVIRONMENT": "demo", "ORIGIN": origin, "PHONE": PHONE, "HOURS_NL": "elke dag", "HOURS_EN": "daily"}
    return {f"KLUISJE_CHATBOT_{name}": value for name, value in values.items()}


def _asks(port: int, mark: str, number: int) -> int:
    """Asks in every way there is; no answer may hold the mark."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    shapes = ("{m}", "hoe stop ik met delen {m}", "ik wil dood {m}", "bel 0612345678 {m}", "{m}@{m}.nl", "stop {m}")
    for n in range(number):
        text = shapes[n % len(shapes)].format(m=mark + str(n))
        question: dict[str, Any] = {
            "text": text,
            "locale": ("nl", "en")[n % 2],
            "audience": "12-15",
            "asked": n % 3 == 0,
        }
        path, headers = "/chatbot/v1/answers", {"Content-Type": "application/json", "X-Mark": mark}
        body = json.dumps(question)
        match n % 11:
            case 7:
                body = body[:-1]  # no JSON
            case 8:
                body = json.dumps(question | {mark: mark})
            case 9:
                path += f"?{mark}={mark}"
            case 10:
                path += f"/{mark}"
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        told = answer.read()
        assert answer.status == (200 if n % 11 < 7 else 404 if n % 11 == 10 else 400)
        assert mark.encode() not in told
        assert mark not in str(answer.getheaders())
        assert answer.getheader("set-cookie") is None
    line.close()
    return number


def _written(pid: int) -> list[str]:
    """Files that a process has open for writing."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            flags = int(Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text().split("flags:\t")[1].split()[0], 8)
            target = str(entry.readlink())
        except FileNotFoundError:  # closed meanwhile: the folder was open to be listed
            continue
        if flags & (os.O_WRONLY | os.O_RDWR) and target.startswith("/") and not target.startswith("/dev/"):
            found.append(target)
    return found


async def test_an_inner_fault_tells_and_logs_nothing_of_it(
    app: Application, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("kanarie stop delen")

    monkeypatch.setattr("chatbot.answering.found_in", fails)
    answer = await ask(app, "kanarie stop delen")
    assert answer.status == 500
    told = capfd.readouterr()
    assert b"kanarie" not in answer.body
    assert "kanarie" not in told.out + told.err
    assert "answering.py" in told.out
