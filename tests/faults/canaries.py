# SPDX-License-Identifier: EUPL-1.2
"""The client of P12, in a process of its own: plays a whole journey with marks in everything that is sealed.

    python -m tests.faults.canaries FOLDER ORIGIN MARK COUNT KNOWN

Prints, as JSON, the secrets that never may leave a device (codes on paper, private keys), for the scanner. Every mark
begins with MARK: in values, in names of members, in schemas, in contents and names of files. KNOWN is the note of a
question: servers do know that one.
"""

import asyncio
import json
import sys
from itertools import count
from pathlib import Path

from demo.town import Town
from kluisje.http import Refused
from kluisje.person import Person
from tests.faults import twins
from tests.faults.promises import twin
from tests.town import Players, Servers

SCHOOL, HEALTH, NOTE = "school", "health", "urn:kluisje:schema:note:1"
DOCTOR = "urn:kluisje:schema:doctors-note:1"


class Journey:
    """Noor keeps, the post brings, Fatima reads, Noor stops. `mark()` is a fresh canary."""

    def __init__(self, players: Players, folder: Path, mark: str, most: int) -> None:
        self.players, self.folder, self.most = players, folder, most
        self._numbers, self._mark = count(), mark
        self.told = 0

    def mark(self) -> str:
        self.told = next(self._numbers) + 1
        return f"{self._mark}{self.told:04}"

    def body(self) -> dict[str, object]:
        """A body with twelve marks: among them names of members and of a file, and some beside letters that are not
        ASCII."""
        made: dict[str, object] = {self.mark(): self.mark() for _ in range(4)}
        deep = [{"é": f"né {self.mark()}"}, {self.mark(): [self.mark()]}]
        return made | {"title": self.mark(), "deep": deep, "file": self.mark() + ".pdf"}

    def file(self, size: int) -> Path:
        """A file with a mark in its name, and one every kilobyte."""
        path = self.folder / f"{self.mark()}.bin"
        mark = self.mark().encode()
        path.write_bytes(b"".join(mark + bytes(1024) for _ in range(size // 1024 + 1)))
        return path

    async def play(self, known: str) -> dict[str, str]:
        noor, fatima, post = await self.players.citizen("Noor"), await self.players.caseworker(), self.players.source()
        kept = [await noor.keeps(SCHOOL, self.body(), f"urn:kluisje:schema:{self.mark()}:1", [self.file(70_000)])]
        doctor = await noor.keeps(HEALTH, self.body(), DOCTOR)
        read = await fatima.asks(noor, for_="back-to-school", about=[SCHOOL, "doctors-note"], days=30, note=known)
        bring = await post.asks(noor, for_="letters-from-youth-help", about=[SCHOOL], days=90)
        grant = await noor.allows(read)
        await noor.allows(bring)
        for _ in range(3):
            await post.deposits(bring, SCHOOL, self.body(), f"urn:kluisje:schema:{self.mark()}:1", [self.file(2_000)])
        while self.told < self.most:
            kept.append(await noor.keeps(SCHOOL, self.body(), f"urn:kluisje:schema:{self.mark()}:1"))
        await noor.changes(kept[-1], self.body())
        found = await fatima.reads(read)
        assert {one.rid for one in found} >= {one.rid for one in kept} | {doctor.rid}
        given = next(one for one in found if one.rid == kept[0].rid)
        _, granted = await fatima.granted(read, "read")
        await fatima.fetches(granted[0], given, given.att[0], self.folder / "fetched")
        await noor.visits()
        await noor.fetches(given, given.att[0], self.folder / "hers")
        await noor.exports(self.folder / "export.zip", readable=True)
        await noor.stops(grant)
        try:
            await fatima.reads(read)
        except Refused:
            pass
        else:
            raise AssertionError("the stop did not count")
        await noor.drops(kept[-1])
        return self.secrets(noor)

    def secrets(self, noor: Person) -> dict[str, str]:
        """What opens things: it may be in no server either."""
        assert noor._opened is not None
        keys = noor._opened.keys
        codes = self.players.codes[noor.listed]  # type: ignore[attr-defined]
        made = {f"code {n}": code for n, code in enumerate(codes)}
        made |= {"RK": keys._rk.hex(), "SIG": str(keys.keyring.sig["d"]), "ENC": str(keys.keyring.enc["d"])}
        for drawer in keys.keyring.drawers:
            for epoch in drawer.eps:
                made[f"DK {drawer.cat} {epoch.ep}"] = str(epoch.dk["k"])
                if epoch.box is not None:
                    made[f"BOX {drawer.cat} {epoch.ep}"] = str(epoch.box["d"])
        return made


async def main(folder: Path, origin: str, mark: str, most: int, known: str) -> None:
    files = folder / "client"
    files.mkdir()
    players = Players(Servers(Town(folder, origin), "one"))
    journey = Journey(players, files, mark, most)
    try:
        print(json.dumps({"secrets": await journey.play(known), "marks": journey.told}))
    finally:
        await players.close()


if __name__ == "__main__":
    name = twin("client")
    if name is not None:
        twins.find(name).apply()
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]))
