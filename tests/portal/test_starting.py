# SPDX-License-Identifier: EUPL-1.2
"""What stops the start: a build that is not its list, unsafe addresses, foreign pins, a refused theme."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from portal.app import build
from portal.bundle import read_bundle
from portal.settings import read_before
from tests.portal.house import bundle, pins, settings


def _changed(static: Path) -> None:
    (static / "sw.js").write_bytes(b"2")


def _more(static: Path) -> None:
    (static / "assets" / "more.js").write_bytes(b"1")


def _less(static: Path) -> None:
    (static / "assets" / "index-abcdefgh.js").unlink()


def _no_list(static: Path) -> None:
    (static / "bundle.json").unlink()


def _other_map(static: Path) -> None:
    path = static / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"importMap": "sha256-x'; script-src *"}))


@pytest.mark.parametrize("breaks", [_changed, _more, _less, _no_list, _other_map])
def test_a_build_that_is_not_its_list_is_not_served(tmp_path: Path, breaks: Callable[[Path], None]) -> None:
    static = bundle(tmp_path)
    read_bundle(static)
    breaks(static)
    with pytest.raises(SettingsError):
        read_bundle(static)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"origin": "http://portaal.example"}, "https"),
        ({"api": "http://kluis.example"}, "https"),
        ({"origin": "http://localhost:1"}, "https"),
        ({"api": "https://portaal.example"}, "origin of its own"),
        ({"origin": "https://a.example; script-src *"}, "pattern"),
        ({"phone": "call me"}, "pattern"),
        ({"name": "<b>"}, "pattern"),
    ],
)
def test_unsafe_settings_stop_the_start(tmp_path: Path, given: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        settings(tmp_path, **given)


def test_pins_of_another_installation_stop_the_start(tmp_path: Path) -> None:
    good, static = settings(tmp_path), bundle(tmp_path)
    build(good, static=static)
    for wrong in ({"origin": "https://other.example"}, {"more": 1}):
        pins(tmp_path, **wrong)
        with pytest.raises(SettingsError, match="pins"):
            build(good, static=static)


def test_the_keys_of_where_people_come_from_go_along_or_stop_the_start(tmp_path: Path) -> None:
    (folder := tmp_path / "moves-from").mkdir()
    there = pins(folder, origin="https://elders.example")
    known = settings(tmp_path, moves_from=folder)
    assert [one["origin"] for one in read_before(known)] == ["https://elders.example"]
    there.write_text("{}")
    with pytest.raises(SettingsError, match="pins"):
        build(known, static=bundle(tmp_path))
    with pytest.raises(SettingsError, match="not there"):
        build(settings(tmp_path, moves_from=tmp_path / "gone"), static=bundle(tmp_path))


def test_a_refused_theme_stops_the_start_and_says_why(tmp_path: Path) -> None:
    theme = tmp_path / "theme.css"
    theme.write_text(".nee { display: none }")
    with pytest.raises(SettingsError, match=r"theme\.css is refused: it has something else"):
        build(settings(tmp_path, theme=theme), static=bundle(tmp_path))
