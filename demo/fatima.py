# SPDX-License-Identifier: EUPL-1.2
"""Fatima's side, one line at a time, while you are Noor in the browser (`make demo` shows the lines):

    python -m demo.fatima ask CODE      asks for School and the doctor's letter, by the share code from the portal
    python -m demo.fatima read          reads what was allowed; refused when it was not, or is over
    python -m demo.fatima bring CODE    the team's post asks whether it may bring letters
    python -m demo.fatima letter        the post brings a letter that it cannot open afterwards

`--folder`: the town, `var/demo` unless said otherwise. Her last question is kept in her own folder there.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from demo.papers import letter
from demo.people import BROWSER_BACK, TEAMS
from kluisje.browsing import Visitor
from kluisje.http import Http, Refused, Unavailable
from kluisje.keyring import read_team_keys
from kluisje.organisation import Caseworker, Question
from kluisje.proofs import NotProven, Pins, load_pins
from kluisje.source import Source

FOLDER = Path(__file__).resolve().parent.parent / "var" / "demo"
ABOUT, DAYS = ["school", "doctors-note"], 90
_REFUSED: Mapping[str, str] = {
    "grant-ended": "It has ended.",
    "not-found": "There is nothing that Fatima may see. That may be a no, no answer yet, or no vault: she cannot tell.",
}


class Office:
    """The youth team in its folder: Fatima's application, and the post."""

    def __init__(self, town: Path, http: Http) -> None:
        self._town, self._http, self._pins = town, http, _pins(town)

    async def ask(self, code: str) -> str:
        """Fatima asks."""
        asked = await self._fatima().asks(code, for_="back-to-school", about=ABOUT, days=DAYS)
        return self._asked("fatima", asked, "Fatima asks to see School and the doctor's letter, for 90 days.")

    async def bring(self, code: str) -> str:
        """The post asks."""
        asked = await self._post().asks(code, for_="letters-from-youth-help", about=["school"], days=DAYS)
        return self._asked("post", asked, "The post asks whether it may bring letters in School.")

    async def read(self, _: str) -> str:
        """Fatima reads what her last question opened."""
        found = await self._fatima().reads(self._question("fatima"))
        if not found:
            return "Fatima may look, and nothing lies there yet."
        lines = [json.dumps(dict(record.body), ensure_ascii=False) for record in found]
        return "\n".join([f"Fatima reads {len(found)}, each proven first and opened with her own key:", *lines])

    async def letter(self, _: str) -> str:
        """The post brings a letter to the last yes it got."""
        folder = self._town / "post"
        folder.mkdir(exist_ok=True)
        paper = folder / "brief-jeugdteam.pdf"
        paper.write_bytes(letter())
        body, schema = {"title": "Uw aanvraag hulp bij schoolverzuim"}, "urn:kluisje:schema:letter:1"
        await self._post().deposits(self._question("post"), "school", body, schema, [paper])
        return "The letter was brought. The post cannot open it any more."

    def _fatima(self) -> Caseworker:
        team, door = TEAMS[0], Visitor("Fatima", BROWSER_BACK)
        keys = read_team_keys(self._town / team.slug / "keys.json")
        return Caseworker(self._http, self._pins, keys, door, name="Fatima", role=team.role)

    def _post(self) -> Source:
        team = TEAMS[1]
        keys = read_team_keys(self._town / team.slug / "keys.json")
        return Source(self._http, self._pins, keys, name=team.name, role=team.role)

    def _asked(self, who: str, asked: Question, said: str) -> str:
        folder = self._town / who
        folder.mkdir(exist_ok=True)
        (folder / "asked.txt").write_text(asked.id)
        return f"{said}\nIn the portal stands the same code: {asked.code}"

    def _question(self, who: str) -> str:
        try:
            return (self._town / who / "asked.txt").read_text()
        except OSError:
            raise SystemExit("Nothing was asked yet. Ask first.") from None


def _pins(town: Path) -> Pins:
    try:
        return load_pins(town / "pins.json")
    except OSError:
        raise SystemExit(f"There is no town in {town}. Run make demo first.") from None


async def _do(given: argparse.Namespace) -> str:
    http = Http()
    try:
        work: Callable[[str], Awaitable[Any]] = getattr(Office(given.folder.resolve(), http), given.what)
        return str(await work(given.code or ""))
    finally:
        await http.close()


def main(arguments: list[str] | None = None) -> int:
    """Does one step. 0 done, 1 refused, 3 the town is not up."""
    about = (__doc__ or "").split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m demo.fatima", description=about)
    parser.add_argument("what", choices=("ask", "read", "bring", "letter"))
    parser.add_argument("code", nargs="?")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    if given.what in ("ask", "bring") and not given.code:
        parser.error("give the share code that the portal shows")
    try:
        print(asyncio.run(_do(given)))
    except Refused as no:
        print(f"Refused: {no.slug}. {_REFUSED.get(no.slug, '')}".rstrip())
        return 1
    except Unavailable:
        print("The town is not up. Run make demo, and leave it running.")
        return 3
    except NotProven as doubt:
        print(f"This does not check, so nothing was opened: {doubt}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
