# SPDX-License-Identifier: EUPL-1.2
"""One client of the demo, in a process of its own: `python -m demo.player noor|fatima|post FOLDER`.

Takes one JSON command a line (`{"do": "keep", …}`) and answers with `{"progress": [done, all]}` lines and one
`{"done": {…}}` or `{"failed": "…"}`. It holds its own keys and reaches the servers over HTTP only.
"""

import asyncio
import hashlib
import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from demo.papers import letter, photo
from demo.people import BROWSER_BACK, TEAMS
from kluisje.browsing import Visitor
from kluisje.device import Remembered
from kluisje.http import Http, Refused
from kluisje.keyring import read_team_keys
from kluisje.organisation import Caseworker, Granted, Question
from kluisje.person import Person
from kluisje.proofs import load_pins
from kluisje.source import Source

Command = Mapping[str, Any]


def _tell(**members: Any) -> None:
    print(json.dumps(members, ensure_ascii=False), flush=True)


def _progress(done: int, total: int) -> None:
    _tell(progress=[done, total])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Player(ABC):
    """What the three have in common: a folder of their own, pins, one HTTP client, and commands by name."""

    def __init__(self, town: Path, slug: str) -> None:
        self.folder = town / slug
        self.folder.mkdir(exist_ok=True)
        self.pins, self.http = load_pins(town / "pins.json"), Http()

    @abstractmethod
    def commands(self) -> dict[str, Callable[[Command], Awaitable[dict[str, Any]]]]:
        """Name -> what it does."""

    async def play(self) -> None:
        """Answers commands until the input ends."""
        known = self.commands()
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            try:
                _tell(done=await known[command["do"]](command))
            except Refused as error:
                _tell(failed=error.slug)
            except Exception as error:  # told to whoever runs the demo, then it ends
                _tell(failed=f"{type(error).__name__}: {error}")
        await self.http.close()


class Noor(Player):
    """Noor (15) on her own device."""

    def __init__(self, town: Path) -> None:
        super().__init__(town, "noor")
        self._memory = self.folder / "remembered.json"
        self._code = self.folder / "code-on-paper.txt"
        self._picture = self.folder / "straat-bij-avond.jpg"
        door = Visitor("Noor", BROWSER_BACK)
        self._me = Person(self.http, self.pins, door, remembered=Remembered.load(self._memory))

    def commands(self) -> dict[str, Callable[[Command], Awaitable[dict[str, Any]]]]:
        return {
            "begin": self._begin,
            "keep": self._keep,
            "draw": self._draw,
            "photo": self._photo,
            "code": self._share,
            "allow": self._allow,
            "file": self._file,
            "stop": self._stop,
            "looked": self._looked,
        }

    async def _begin(self, command: Command) -> dict[str, Any]:
        """Makes the vault; at a second start opens it again with the code that was kept."""
        if self._code.exists():
            await self._me.opens(self._code.read_text().split("\n")[0])
            records = [
                record for drawer in set(self._me.drawers.values()) for record in await self._me.looks_in(drawer)
            ]
            lines = len(await self._me.history())
            return {
                "back": True,
                "records": len(records),
                "lines": lines,
                "code": self._code.read_text().split("\n")[0],
            }
        codes = await self._me.makes_a_vault()
        descriptor = os.open(self._code, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(codes) + "\n")
        return {"back": False, "code": codes[0]}

    async def _keep(self, command: Command) -> dict[str, Any]:
        body = {"school": "De Vlier", "absence_days": 7, "absence_hours": 11, "late_times": 4}
        record = await self._me.keeps("school", body, "urn:kluisje:schema:attendance:1")
        return {"record": record.rid}

    async def _draw(self, command: Command) -> dict[str, Any]:
        self._picture.write_bytes(photo())
        return {}

    async def _photo(self, command: Command) -> dict[str, Any]:
        picture = self._picture
        body = {"title": "Mijn straat bij avond"}
        drawer, schema = "free-time", "urn:kluisje:schema:photo:1"
        await self._me.keeps(drawer, body, schema, [picture], progress=_progress)
        return {"bytes": picture.stat().st_size}

    async def _share(self, command: Command) -> dict[str, Any]:
        return {"code": await self._me.share_code()}

    async def _allow(self, command: Command) -> dict[str, Any]:
        """Allows what was asked, or less: `only` these items, for `days` days."""
        asked = next(one for one in await self._me.requests() if one.id == command["request"])
        days = command.get("days")
        until = None if days is None else self.http.clock() + days * 86_400
        grant = await self._me.allows(asked, only=command.get("only"), until=until)
        self._remember()
        items = [item.ref for item in asked.request.items]
        return {"grant": grant.jti, "asked": items, "askedDays": (asked.request.ends - asked.request.nbf) // 86_400}

    async def _file(self, command: Command) -> dict[str, Any]:
        """Files what was brought and opens it: the letter is the one that was sent."""
        await self._me.visits()
        found = next(record for record in await self._me.looks_in("school") if record.att)
        target = self.folder / "brief.pdf"
        await self._me.fetches(found, found.att[0], target)
        self._remember()
        return {"title": found.body["title"], "digest": _digest(target), "bytes": target.stat().st_size}

    async def _stop(self, command: Command) -> dict[str, Any]:
        await self._me.stops(command["grant"])
        self._remember()
        return {}

    async def _looked(self, command: Command) -> dict[str, Any]:
        """All lines of who looked; each was checked on this device, or this raises."""
        drawers = self._me.drawers
        lines = await self._me.who_looked()
        self._remember()
        names = {team.party: team.name for team in TEAMS}
        shown = [
            {
                "who": names.get(line.by or "", line.by),
                "outcome": line.outcome,
                "at": line.at,
                "why": line.why,
                "drawers": [drawers.get(drawer, drawer) for drawer in line.drawers],
            }
            for line in lines
        ]
        return {"lines": shown, "all": len(await self._me.history())}

    def _remember(self) -> None:
        self._me.remembered.save(self._memory)


class Fatima(Player):
    """Fatima's application at the youth team."""

    def __init__(self, town: Path) -> None:
        super().__init__(town, "fatima")
        team = TEAMS[0]
        keys, door = read_team_keys(town / team.slug / "keys.json"), Visitor("Fatima", BROWSER_BACK)
        self._me = Caseworker(self.http, self.pins, keys, door, name="Fatima", role=team.role)
        self._question: Question | None = None

    def commands(self) -> dict[str, Callable[[Command], Awaitable[dict[str, Any]]]]:
        return {"ask": self._ask, "read": self._read}

    async def _ask(self, command: Command) -> dict[str, Any]:
        about = ["school", "doctors-note"]
        self._question = await self._me.asks(command["code"], for_="back-to-school", about=about, days=90)
        return {"request": self._question.id, "binding": self._question.code}

    async def _read(self, command: Command) -> dict[str, Any]:
        assert self._question is not None
        records = await self._me.reads(self._question)
        grant: Granted = (await self._me.granted(self._question, "read"))[1][0]
        digests = {}
        for record in records:
            for entry in record.att:
                target = self.folder / f"{record.rid}.pdf"
                await self._me.fetches(grant, record, entry, target, progress=_progress)
                digests[str(record.body.get("title"))] = _digest(target)
        return {"bodies": [dict(record.body) for record in records], "digests": digests}


class Post(Player):
    """The youth team's letters, brought by a system that cannot look into the drawer."""

    def __init__(self, town: Path) -> None:
        super().__init__(town, "post")
        team = TEAMS[1]
        keys = read_team_keys(town / team.slug / "keys.json")
        self._me = Source(self.http, self.pins, keys, name=team.name, role=team.role)
        self._question: Question | None = None

    def commands(self) -> dict[str, Callable[[Command], Awaitable[dict[str, Any]]]]:
        return {"ask": self._ask, "deposit": self._deposit}

    async def _ask(self, command: Command) -> dict[str, Any]:
        self._question = await self._me.asks(command["code"], for_="letters-from-youth-help", about=["school"], days=90)
        return {"request": self._question.id, "binding": self._question.code}

    async def _deposit(self, command: Command) -> dict[str, Any]:
        assert self._question is not None
        paper = self.folder / "brief-jeugdteam.pdf"
        paper.write_bytes(letter())
        body = {"title": "Uw aanvraag hulp bij schoolverzuim"}
        schema = "urn:kluisje:schema:letter:1"
        await self._me.deposits(self._question, "school", body, schema, [paper], progress=_progress)
        return {"digest": _digest(paper), "bytes": paper.stat().st_size}


def main() -> None:
    """Plays one client until the input ends."""
    players: dict[str, Callable[[Path], Player]] = {"noor": Noor, "fatima": Fatima, "post": Post}
    name, folder = sys.argv[1], Path(sys.argv[2])

    async def play() -> None:
        await players[name](folder).play()

    asyncio.run(play())


if __name__ == "__main__":
    main()
