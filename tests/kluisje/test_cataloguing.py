# SPDX-License-Identifier: EUPL-1.2
"""A municipality compares another's rules with its own in words, takes over what it wants, and signs its own version."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from consent.catalogue import load
from consent.catalogue_signed import load_signed
from formats.jose import public
from formats.rules import differences
from formats.spelling import FormatError
from kluisje.cataloguing import check_package, files_in, sign_package, take_over
from kluisje.cli import DONE, WRONG, main
from kluisje.directing import read_directory_key
from tests.kluisje.world import NOW

SHIPPED = Path(__file__).parents[2] / "catalogue"
OURS, THEIRS = "urn:oin:00000001234567890000", "urn:oin:00000009876543210000"
SCHOOL = "purposes/back-to-school.1.yaml"


def run(*arguments: Any) -> int:
    return main([str(one) for one in arguments])


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "mine"))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Another municipality: a purpose and question of its own, and a wider version 2 of back-to-school."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "theirs"))
    text = (folder / SCHOOL).read_text("utf-8")
    wider = text.replace("to-school:1", "to-school:2").replace("maxDays: 180", "maxDays: 365")
    wider = wider.replace("roles: [youth-worker, school-coach]", "roles: [youth-worker, job-coach]")
    wider = wider.replace("required: false}", "required: true}", 1).replace("reason: false", "reason: true")
    wider = wider.replace("Samen kijken wat je nodig hebt om weer", "Samen zien hoe je weer")
    (folder / "purposes/back-to-school.2.yaml").write_text(wider, "utf-8")
    swim = (folder / "purposes/sport-and-culture-fund.1.yaml").read_text("utf-8")
    swim = swim.replace("purpose:sport-and-culture-fund", "purpose:zwolle:swimming")
    swim = swim.replace("question:income-below-limit", "question:zwolle:can-swim").replace("fund-adviser", "swim-coach")
    (folder / "purposes/zwolle.swimming.1.yaml").write_text(swim, "utf-8")
    with (folder / "questions.yaml").open("a") as file:
        file.write(
            "- uri: urn:kluisje:question:zwolle:can-swim:1\n  title: {nl: 'Kun je zwemmen?', en: 'Can you swim?'}\n"
            "  schemas: ['urn:kluisje:schema:diploma:1']\n"
        )
    with (folder / "roles.yaml").open("a") as file:
        file.write("swim-coach: {nl: zwemcoach, en: swim coach}\n")
    return folder


def test_what_is_different_is_told_in_words_and_more_is_marked(mine: Path, theirs: Path) -> None:
    assert differences(files_in(mine), files_in(mine)) == []
    found = {(one.what, one.said): one.more for one in differences(files_in(mine), files_in(theirs))}
    school = "back-to-school 1 → 2"
    assert found[school, "hoogstens, in dagen: 180 → 365"] is True
    assert found[school, "wie mag vragen: + job-coach, - school-coach"] is True
    assert found[school, "record urn:kluisje:schema:doctors-note:1: extra → nodig"] is True
    assert found[school, "reden bij elke keer openen: nee → ja"] is False
    assert any(what == school and said.startswith("tekst (why)") and not more for (what, said), more in found.items())
    assert found["roles.yaml: swim-coach", "is er bij hen, niet bij ons"] is False
    assert any(what == "zwolle.swimming" and said.startswith("nieuw doel: ") for what, said in found)
    english = differences(files_in(mine), files_in(theirs), "en")
    assert "at most, in days: 180 → 365" in {one.said for one in english}
    assert len(english) == len(found) - 1, "only the Dutch text of the question was changed"
    back = {one.said: one.more for one in differences(files_in(theirs), files_in(mine), "en")}
    assert back["at most, in days: 365 → 180"] is False
    assert back["reason at each opening: yes → no"] is True


def test_one_name_with_two_texts_is_an_alarm(mine: Path, theirs: Path) -> None:
    text = (theirs / SCHOOL).read_text("utf-8")
    (theirs / SCHOOL).write_text(text.replace("daily: 50", "daily: 500"), "utf-8")
    [told] = [one for one in differences(files_in(mine), files_in(theirs)) if one.what == SCHOOL]
    assert told.more
    with pytest.raises(ValueError, match="another text"):
        _takes_version_one(mine, theirs)
    # Their own register and DPIA are no difference: those lines are everybody's own.
    (theirs / SCHOOL).write_text(re.sub(r"dpia: .*", "dpia: 'DPIA Zwolle'", text), "utf-8")
    assert SCHOOL not in {one.what for one in differences(files_in(mine), files_in(theirs))}


def _takes_version_one(mine: Path, theirs: Path) -> None:
    (theirs / "purposes/back-to-school.2.yaml").unlink()
    take_over(mine, files_in(theirs), ["back-to-school"])


def test_taking_over_what_one_wants_and_signing_it_as_ones_own(
    mine: Path, theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other, shown = tmp_path / "ours.json", tmp_path / "theirs.json", tmp_path / "public.json"
    assert run("catalogue", "new-key", key, "--party", OURS) == DONE
    assert run("catalogue", "new-key", other, "--party", THEIRS) == DONE
    assert run("catalogue", "sign", mine, "--key", key) == DONE
    assert run("catalogue", "sign", theirs, "--key", other) == DONE
    capsys.readouterr()
    assert run("catalogue", "show-key", other) == DONE
    shown.write_text(capsys.readouterr().out)
    assert run("catalogue", "diff", mine, theirs, "--json") == DONE
    assert any(one["more"] for one in json.loads(capsys.readouterr().out)["changes"])
    over = ("catalogue", "take-over", mine, theirs, "--key", shown, "--purpose", "zwolle.swimming")
    assert run(*over) == DONE
    told = capsys.readouterr().out
    assert "wrote purposes/zwolle.swimming.1.yaml" in told
    assert "fill in your own processingActivity and dpia" in told
    assert not (mine / "purposes/back-to-school.2.yaml").exists()
    rules = load(mine)
    assert "urn:kluisje:purpose:zwolle:swimming:1" in rules.purposes
    assert "swim-coach" in rules.roles
    assert run(*over) == DONE, "again: nothing is written twice"
    assert (mine / "roles.yaml").read_text().count("swim-coach") == 1

    assert run("catalogue", "sign", mine, "--key", key) == WRONG
    assert "this is version 2" in capsys.readouterr().err
    package = (mine / "package.yaml").read_text()
    (mine / "package.yaml").write_text(package.replace("version: 1", "version: 2"))
    assert run("catalogue", "sign", mine, "--key", key) == DONE
    party, private = read_directory_key(key)
    _, said = load_signed(mine, public(private), NOW + 10**9)
    assert (said.ver, said.iss) == (2, party)
    with (theirs / "roles.yaml").open("a") as file:
        file.write("boss: {nl: baas, en: boss}\n")
    assert run(*over) == WRONG, "their package was changed after they signed it"


def test_what_was_signed_before_is_not_signed_otherwise(mine: Path, tmp_path: Path) -> None:
    run("catalogue", "new-key", tmp_path / "key.json", "--party", OURS)
    party, key = read_directory_key(tmp_path / "key.json")
    with pytest.raises(FormatError):
        check_package(mine, public(key))
    package = (mine / "package.yaml").read_text()
    (mine / "package.yaml").write_text(package.replace("[]", "['urn:kluisje:purpose:debt-help:1']"))
    sign_package(mine, key, party, now=NOW)
    (mine / "package.yaml").write_text(package.replace("version: 1", "version: 2"))
    with pytest.raises(ValueError, match="recalled for good"):
        sign_package(mine, key, party, now=NOW)
    kept = (mine / SCHOOL).read_bytes()
    for wrong in (kept + b"#\n", None):
        (mine / SCHOOL).unlink() if wrong is None else (mine / SCHOOL).write_bytes(wrong)
        with pytest.raises(ValueError, match="signed before"):
            sign_package(mine, key, party, now=NOW)
    for broken in ("- a\n", "{", "version: 2\n"):
        (mine / "package.yaml").write_text(broken)
        with pytest.raises(ValueError):
            sign_package(mine, key, party, now=NOW)
    with pytest.raises(ValueError, match="no catalogue"):
        files_in(tmp_path)
