# SPDX-License-Identifier: EUPL-1.2
"""The checks on content: each refuses its bad example, with file and line; and our own content passes all of them."""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from chassis.clock import Clock
from chassis.settings import SettingsError
from chatbot import plain
from chatbot.__main__ import main
from chatbot.app import build
from chatbot.checks import anchors, faults_of
from chatbot.library import ContentError, Fault, read
from chatbot.match import Margins
from chatbot.ready import make_ready, weights_kept
from chatbot.rules import SCREENS
from chatbot.settings import ChatbotSettings
from tests.chatbot.shelf import OVERLAY, PHONE, SMALL, content, ours

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)


def faults(folder: Path, overlay: Path | None = None, today: date = TODAY, root: Path | None = ROOT) -> list[Fault]:
    """Everything wrong with a folder of content."""
    try:
        made = read(overlay, municipality="voorbeeldstad" if overlay else None, content=folder)
    except ContentError as error:
        return list(error.faults)
    library = make_ready(made, weights_kept(folder))
    return faults_of(library, Margins(), numbers=(PHONE, *made.words.numbers), today=today, root=root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small content, to spoil."""
    return Path(shutil.copytree(SMALL, tmp_path / "content"))


def test_the_small_content_is_right() -> None:
    assert faults(SMALL) == []
    assert faults(SMALL, OVERLAY) == []


PERMISSIONS, SCHOOL, CRISIS, WORDS = "topics/permissions.yaml", "topics/school.yaml", "crisis.yaml", "words.yaml"
# (file, what stands there, what comes instead, what is told)
SPOILED: dict[str, tuple[str, str, str, str]] = {
    "unknown action": (PERMISSIONS, "[show-running-permissions]", "[stop-everything]", "unknown action"),
    "action without what it needs": (SCHOOL, "{call: 14 0123}", "call", "call holds number"),
    "action with what it does not need": (SCHOOL, "{call: 14 0123}", "{pause-all: debts}", "pause-all holds nothing"),
    "unknown screen": (PERMISSIONS, "{open-screen: running}", "{open-screen: nowhere}", "unknown screen"),
    "unknown category": (PERMISSIONS, "[show-running-permissions]", "[{show-drawers: gold}]", "no kind of drawer 'gold'"),
    "link without https": (SCHOOL, "{call: 14 0123}", '{open-link: "http://x.example"}', "https"),
    "missing language": (SCHOOL, "  en:\n", "  de:\n", "en: Field required"),
    "unknown member": (SCHOOL, "  source:", "  sauce:", "sauce"),
    "unknown audience": (SCHOOL, "[12-15, 16+]", "[12-15, everybody]", "audience"),
    "under eight examples": (SCHOOL, "      - van school af\n", "", "7 examples, 8 are needed"),
    "an example twice": (SCHOOL, "- school stoppen\n", "- stop school\n", "an example stands twice"),
    "the same id in two files": (SCHOOL, "- id: stop-school", "- id: stop-sharing", "stands in topics/permissions.yaml too"),
    "an id of our own": (SCHOOL, "- id: stop-school", "- id: crisis-school", "the helper's own"),
    "a key twice": (SCHOOL, "  source: README.md", "  source: README.md\n  source: README.md", "stands twice"),
    "no YAML": (SCHOOL, "[12-15, 16+]", "[12-15, 16+", "expected"),
    "an example of another rule": (SCHOOL, "- van school af\n", "- hoe stop ik met delen\n", "leads to ask (stop-school, stop-sharing)"),
    "an example of a crisis": (SCHOOL, "- van school af\n", "- ik wil dood door school\n", "leads to crisis-suicide"),
    "a sentence too long": (
        PERMISSIONS, "Druk op Stop. Vanaf", "Druk op Stop en dan op ja en dan op nee en dan op ja en dan op nee en dan op ja en op nee. Vanaf",
        "words, at most 20",
    ),
    "too many sentences": (PERMISSIONS, "Druk op Stop. Vanaf", "Druk. Druk. Druk. Druk. Vanaf", "5 sentences, at most 4"),
    "hard to read": (
        PERMISSIONS, "Druk op Stop. Vanaf", "Administratieve herroepingsmogelijkheden bestaan onverminderd. Vanaf", "reads as",
    ),
    "a hard word": (PERMISSIONS, "Druk op Stop.", "Druk derhalve op Stop.", "the hard word 'derhalve'"),
    "a number of nobody's": (PERMISSIONS, "Druk op Stop.", "Bel 030 123 45 67.", "is in no setting"),
    "asks for a name": (PERMISSIONS, "Druk op Stop.", "Typ hier je naam.", "asks for somebody's data"),
    "asks for a story": (PERMISSIONS, "Press Stop.", "Tell me what happened.", "asks for somebody's data"),
    "feels with you": (PERMISSIONS, "Druk op Stop.", "Ik begrijp je.", "a computer does not feel"),
    "a source that is not there": (SCHOOL, "source: README.md", "source: docs/nowhere.md", "docs/nowhere.md is not there"),
    "a heading that is not there": (SCHOOL, "source: README.md", "source: README.md#nowhere", "no heading #nowhere"),
    "a crisis kind gone": (CRISIS, "  - id: talk", "  - id: chat", "the kind talk is not there"),
    "a crisis number gone from the sentence": (CRISIS, "Bel 113 of 0800-0113.", "Bel 113.", "calls ['08000113', '112', '113']"),
    "a crisis number gone from the buttons": (CRISIS, '["113", "0800-0113", "112"]', '["113", "112"]', "says"),
    "a crisis number with one wrong digit": (CRISIS, "Call 113 or 0800-0113", "Call 113 or 0800-0118", "says"),
    "a crisis kind that nothing leads to": (CRISIS, "[in gevaar, heeft een mes]", "[]", "phrases"),
    "no sentence of our own": (WORDS, "computer: \"I am a computer. Nobody is told what you type.\"", "c: x", "computer"),
    "two words as one": (WORDS, "ff: even", "f f: even", "is not one word"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_each_check_refuses_its_bad_example(folder: Path, name: str) -> None:
    file, old, new, told = SPOILED[name]
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = [fault for fault in faults(folder) if fault.grave]
    assert any(fault.file == file and told in fault.what for fault in found), found
    assert main(["check", "--content", str(folder)]) == 1


@pytest.mark.parametrize("file", [CRISIS, WORDS])
def test_a_file_that_is_gone_is_a_fault(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert any(fault.file == file for fault in faults(folder))


def test_a_fault_names_its_line(folder: Path) -> None:
    path = folder / PERMISSIONS
    lines = path.read_text("utf-8").replace("{open-screen: running}", "{open-screen: nowhere}")
    path.write_text(lines)
    at = 1 + next(n for n, line in enumerate(lines.splitlines()) if "nowhere" in line)
    assert [(one.file, one.line) for one in faults(folder)] == [(PERMISSIONS, at)]


@pytest.mark.parametrize(
    ("today", "grave"), [("2027-05-22", None), ("2027-05-23", False), ("2027-07-21", False), ("2027-07-22", True)]
)
def test_what_was_not_looked_at_again_warns_and_then_fails(today: str, grave: bool | None) -> None:
    found = {one.grave for one in faults(SMALL, today=date.fromisoformat(today))}
    assert found == (set() if grave is None else {grave})


# -- a municipality's own rules ------------------------------------------------------------------------------


def test_an_overlay_adds_replaces_and_hides(tmp_path: Path) -> None:
    overlay = Path(shutil.copytree(OVERLAY, tmp_path / "overlay"))
    ours = (SMALL / PERMISSIONS).read_text("utf-8")
    own = ours.split("- id: who-may-see")[0].replace("Druk op Stop.", "Druk op de rode knop.")
    (overlay / "topics" / "own.yaml").write_text(own)
    made = read(overlay, municipality="voorbeeldstad", content=SMALL)
    assert {rule.id: rule.layer for rule in made.rules} == {
        "stop-sharing": "voorbeeldstad", "who-may-see": "kluisje", "voorbeeldstad-swim": "voorbeeldstad",
    }  # fmt: skip
    replaced = made.rule("stop-sharing")
    assert replaced is not None
    assert "rode knop" in str(replaced.nl.say)
    assert faults(SMALL, overlay) == []


OVERLAID: dict[str, tuple[str, str, str]] = {
    "a new rule without the name": ("topics/own.yaml", "voorbeeldstad-swim", "begins with voorbeeldstad-"),
    "hides what is not there": ("topics/own.yaml", "- {id: nothing, off: true}", "hides nothing"),
    "changes a crisis kind": ("crisis.yaml", "", "the crisis kind suicide is ours"),
    "silences a crisis": ("crisis.yaml", "harmless", "would silence our phrases"),
    "has words of its own": ("words.yaml", "nl: {}", "no words of its own"),
}


@pytest.mark.parametrize("name", OVERLAID)
def test_an_overlay_that_goes_too_far_stops_the_start(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, what, told = OVERLAID[name]
    overlay = Path(shutil.copytree(OVERLAY, tmp_path / "overlay"))
    text = what
    if what == "voorbeeldstad-swim":
        text = (OVERLAY / "topics" / "voorbeeldstad.yaml").read_text().replace(what, "swim")
    elif file == "crisis.yaml":
        crisis = yaml.safe_load((SMALL / "crisis.yaml").read_text())
        kinds = [one for one in crisis["kinds"] if one["id"] == "suicide"] if not what else []
        made = {"kinds": kinds or [{**crisis["kinds"][0], "id": "flood"}]}
        text = yaml.safe_dump(made | ({"harmless": {"nl": ["wil dood"]}} if what else {}))
    (overlay / file).write_text(text)
    if file == "topics/own.yaml" and "swim" in what:
        (overlay / "topics" / "voorbeeldstad.yaml").unlink()
    found = faults(SMALL, overlay)
    assert any(fault.file == file and told in fault.what for fault in found), found
    with pytest.raises(SettingsError, match=re.escape(file)):
        build(_settings(overlay), clock=Clock(), content=SMALL)


def _settings(overlay: Path | None = None) -> ChatbotSettings:
    more = {} if overlay is None else {"overlay": overlay, "municipality": "voorbeeldstad"}
    return ChatbotSettings(
        environment="demo",
        origin="http://127.0.0.1:8000",
        phone=PHONE,
        hours_nl="elke dag",
        hours_en="every day",
        **more,
    )


def test_an_overlay_with_a_bad_rule_stops_the_start(tmp_path: Path) -> None:
    overlay = Path(shutil.copytree(OVERLAY, tmp_path / "overlay"))
    path = overlay / "topics" / "voorbeeldstad.yaml"
    path.write_text(path.read_text().replace("Met de stadspas zwem je gratis.", "Typ hier je naam."))
    with pytest.raises(SettingsError, match=r"topics/voorbeeldstad.yaml:3: .*somebody's data"):
        build(_settings(overlay), clock=Clock(), content=SMALL)


def test_an_overlay_may_bring_a_crisis_of_its_own(tmp_path: Path) -> None:
    overlay = Path(shutil.copytree(OVERLAY, tmp_path / "overlay"))
    side = {"say": "Er is hulp. Bel 112.", "phrases": ["dijk breekt door"]}
    (overlay / "crisis.yaml").write_text(
        yaml.safe_dump({"kinds": [{"id": "flood", "nl": side, "en": side, "calls": ["112"]}]})
    )
    made = read(overlay, municipality="voorbeeldstad", content=SMALL)
    assert [kind.id for kind in made.crisis.kinds] == ["danger", "suicide", "violence", "talk", "flood"]


# -- plain language -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "locale", "number"),
    [("kluis", "nl", 1), ("toestemming", "nl", 3), ("kijken", "nl", 2), ("nieuws", "nl", 1), ("reeën", "nl", 2),
     ("stop", "en", 1), ("share", "en", 1), ("permission", "en", 3), ("people", "en", 2), ("x", "nl", 1)],
)  # fmt: skip
def test_syllables(word: str, locale: plain.Locale, number: int) -> None:
    assert plain.syllables(word, locale) == number


def test_ease_is_douma_in_dutch_and_flesch_in_english() -> None:
    assert plain.ease("De man ziet de hond.", "nl") == pytest.approx(206.84 - 0.93 * 5 - 77)
    assert plain.ease("The man sees the dog.", "en") == pytest.approx(206.835 - 1.015 * 5 - 84.6)
    assert plain.ease("112", "nl") == 100


@pytest.mark.parametrize(
    ("text", "number"), [("Een. Twee! Drie?", 3), ("Bel 0800-0432. Nu.", 2), ("www.113.nl is er", 1), ("", 0)]
)
def test_sentences(text: str, number: int) -> None:
    assert len(plain.sentences(text)) == number


def test_anchors_are_the_names_of_headings() -> None:
    assert anchors("# Kluisje\n## Stop, now!\ntext\n### A b-c") == {"kluisje", "stop-now", "a-b-c"}


# -- our own ---------------------------------------------------------------------------------------------------


def test_our_own_content_is_right() -> None:
    """As it is opened: anew when it is other content than what was kept (test_learned.py)."""
    today, library = datetime.fromtimestamp(Clock().now(), UTC).date(), ours().library
    found = faults_of(library, Margins(), numbers=(PHONE, *library.content.words.numbers), today=today, root=ROOT)
    assert [str(fault) for fault in found if fault.grave] == []


def test_kinds_of_drawers_are_those_of_the_catalogue() -> None:
    listed = {one["id"] for one in yaml.safe_load((ROOT / "catalogue" / "drawers.yaml").read_text("utf-8"))}
    assert set(content().words.categories) == listed


def test_every_screen_is_one_of_the_portal() -> None:
    routes = (ROOT / "portal" / "web" / "src" / "main.tsx").read_text("utf-8")
    known = set(re.findall(r"^  '?([a-z/*]+)'?: \{ screen:", routes, re.MULTILINE))
    assert set(SCREENS) <= known
