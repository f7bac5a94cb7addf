# SPDX-License-Identifier: EUPL-1.2
"""The command line: arguments, exit codes, and what it says to people."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway import registering
from kluisje.archive import write_archive
from kluisje.arguments import parser
from kluisje.cli import AWAY, DONE, NOT_PROVEN, WRONG, main
from kluisje.keyring import read_team_keys
from tests.kluisje.test_exporting import exported
from tests.kluisje.test_proofs import pins_file
from tests.kluisje.world import PARTY, World
from tests.ports import free_port

CLIENT = "oin:00000001234567890000:desk"
MAKE = ["keys", "new", "--party", PARTY, "--client", CLIENT]


@pytest.fixture
def pins(world: World, tmp_path: Path) -> Path:
    (tmp_path / "pins.json").write_text(json.dumps(pins_file(world)))
    return tmp_path / "pins.json"


def test_keys_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "team.json"
    assert main([*MAKE, str(file)]) == DONE
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Keep a copy" in capsys.readouterr().out
    before = file.read_bytes()
    assert main([*MAKE, str(file)]) == WRONG
    assert file.read_bytes() == before
    assert "never written over" in capsys.readouterr().err


def test_what_is_shown_is_public(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "team.json"
    main([*MAKE, str(file)])
    capsys.readouterr()
    assert main(["keys", "show", str(file)]) == DONE
    told = capsys.readouterr().out
    keys = read_team_keys(file)
    assert json.loads(told) == keys.public()
    assert not any(key["d"] in told for key in (keys.enc, keys.sig, keys.client_key))


@pytest.mark.parametrize("kind", ["caseworker", "system"])
def test_a_registration_is_one_that_the_gateway_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    file = tmp_path / "team.json"
    main([*MAKE, str(file)])
    capsys.readouterr()
    assert main(["keys", "show", str(file), "--registration", kind, "--name", "Werkplek Zuid"]) == DONE
    told = json.loads(capsys.readouterr().out)
    client = registering.read_registration(told, environment="production")
    assert (client.id, client.kind, client.team) == (CLIENT, kind, PARTY)


def test_keys_that_others_can_read_are_not_used(tmp_path: Path, pins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "team.json"
    main([*MAKE, str(file)])
    os.chmod(file, 0o644)
    asked = [
        "ask",
        "--keys",
        str(file),
        "--pins",
        str(pins),
        "--code",
        "X",
        "--for",
        "back-to-school",
        "--name",
        "F",
    ]
    assert main(asked) == NOT_PROVEN
    assert "chmod 600" in capsys.readouterr().err


def test_an_installation_that_is_away_is_said_to_be_away(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, pins = tmp_path / "team.json", tmp_path / "pins.json"
    main([*MAKE, str(file)])
    pins.write_text(json.dumps(pins_file(world) | {"origin": f"http://127.0.0.1:{free_port()}"}))
    common = ["--keys", str(file), "--pins", str(pins), "--name", "Fatima"]
    body = tmp_path / "body.json"
    body.write_text('{"text":"x"}')
    for asked in (
        ["ask", "--code", "X", "--for", "back-to-school", "--as-system", *common],
        ["deposit", "0", "--drawer", "school", "--body", str(body), *common],
        ["accept", "0", "--as-system", *common],
        *([name, *more, "--as-system", *common[:-2]] for name, more in (("questions", ()), ("evidence", ("0",)))),
        *([name, *more, *common[:-2]] for name, more in (("events", ()), ("close", ("0",)), ("suspend", ("cw_x",)))),
    ):
        assert main(asked) == AWAY
        assert "Not available now" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["keys"],
        ["keys", "new", "team.json"],
        ["ask", "--keys", "k", "--pins", "p", "--for", "x", "--name", "F"],
        ["ask", "--keys", "k", "--pins", "p", "--for", "x", "--name", "F", "--code", "c", "--bsn-on-stdin"],
        ["ask", "--keys", "k", "--pins", "p", "--for", "x", "--name", "F", "--bsn", "999990019"],
        ["ask", "--keys", "k", "--pins", "p", "--for", "x", "--name", "F", "--code", "c", "--days", "0"],
        ["ask", "--keys", "k", "--pins", "p", "--for", "x", "--name", "F", "--code", "c", "--kind", "always"],
        ["read", "--keys", "k", "--pins", "p", "--name", "F"],
        ["deposit", "0", "--keys", "k", "--pins", "p", "--name", "F"],
        ["verify", "answer.json"],
        ["accept", "--keys", "k", "--pins", "p", "--name", "F"],
        ["events", "--keys", "k"],
        ["close", "--keys", "k", "--pins", "p"],
        ["answer", "--keys", "k", "--pins", "p"],
        ["take-over", "g", "--keys", "k", "--pins", "p", "--name", "F"],
        ["evidence", "--keys", "k", "--pins", "p"],
        ["suspend", "--keys", "k", "--pins", "p"],
        ["look"],
    ],
)
def test_wrong_use_is_told_and_does_nothing(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == WRONG
    assert "usage: kluisje" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            ["--days", "30", "--about", "school", "--about", "x"],
            {"days": 30, "about": ["school", "x"], "kind": "until"},
        ),
        (["--kind", "every:7"], {"kind": "every:7", "days": None, "about": []}),
        (["--as-system", "--json"], {"as_system": True, "json": True, "bsn_on_stdin": False}),
    ],
)
def test_a_question_is_asked_as_written(given: list[str], expected: dict[str, Any]) -> None:
    always = [
        "ask",
        "--keys",
        "k",
        "--pins",
        "p",
        "--for",
        "back-to-school",
        "--name",
        "Fatima",
        "--code",
        "C",
    ]
    found = vars(parser().parse_args([*always, *given]))
    assert {name: found[name] for name in expected} == expected
    assert (found["purpose"], found["code"], found["name"]) == ("back-to-school", "C", "Fatima")


def test_what_is_kept_has_a_day_and_an_article(
    world: World, tmp_path: Path, pins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "team.json"
    main([*MAKE, str(file)])
    asked = ["close", "0", "--keys", str(file), "--pins", str(pins)]
    for half in (
        ["--kept-until", "2030-01-01"],
        ["--article", "Archiefwet"],
        ["--kept-until", "ooit", "--article", "x"],
    ):
        assert main([*asked, *half]) == WRONG
        assert "not right" in capsys.readouterr().err


def test_a_kept_answer_is_checked_without_connection_or_key(
    world: World, pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(world.answer))
    assert main(["verify", str(file), "--pins", str(pins), "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["reader"], told["grant"]) == (PARTY, world.gnt)
    file.write_text(json.dumps(world.answer | {"grant": World().answer["grant"]}))
    assert main(["verify", str(file), "--pins", str(pins)]) == NOT_PROVEN
    assert "does not check" in capsys.readouterr().err


def test_an_export_is_checked_without_connection_or_key(
    world: World, pins: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "entries"
    exported(world, folder)
    write_archive(folder, tmp_path / "noor.zip")
    assert main(["verify", str(tmp_path / "noor.zip"), "--pins", str(pins)]) == DONE
    assert "whole and unchanged: 4 statements, 5 lines" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", "no json", "{}"])
def test_a_file_that_is_neither_is_told(
    pins: Path, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x"
    file.write_text(content)
    assert main(["verify", str(file), "--pins", str(pins)]) in (WRONG, NOT_PROVEN)
    assert capsys.readouterr().err
    assert main(["verify", str(tmp_path / "absent"), "--pins", str(pins)]) == WRONG
