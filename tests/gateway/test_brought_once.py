# SPDX-License-Identifier: EUPL-1.2
"""A source that is cut off at the worst moment goes on later: the paper is there, whole, and once.

`Cut` stands for the kill: it ends the run at one step of one document, after or before the server did its part. Then
the same folder is brought again, at once or when the ten minutes of "No backdating" are over.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kluisje.bringing import SETTLED, Tally, bring
from kluisje.http import Http, Unavailable
from kluisje.manifest import NAME
from kluisje.person import Person
from kluisje.source import Source
from tests.gateway.street import Street

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("P03")]
LATER = SETTLED + 60
PIECE = 8 * 1024 * 1024


class Cut(BaseException):
    """The process is gone."""


@dataclass
class Desk:
    """The school's office with one paper for Sam, and Sam."""

    street: Street
    folder: Path
    source: Source
    sam: Person
    paper: bytes

    async def brings(self) -> Tally:
        return await bring(self.source, self.folder, drawer="school", schema="letter")

    async def is_cut(self, monkeypatch: pytest.MonkeyPatch, method: str, path: str, *, before: bool = False) -> None:
        """A run that ends at the first such call: before it left, or when its answer is lost."""
        call = Source.call

        async def cut(own: Source, verb: str, where: str, details: Any, **given: Any) -> Any:
            _, deposits, below = where.partition("/deposits")
            here = verb == method and deposits and (below.startswith(path) if path else not below)
            if here and before:
                raise Cut
            answer = await call(own, verb, where, details, **given)
            if here:
                raise Cut
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(Source, "call", cut)
            with pytest.raises(Cut):
                await self.brings()

    async def is_there_once(self, tmp_path: Path) -> None:
        """Filed, one record, every byte."""
        filed = await self.sam.visits()
        assert filed.doubtful == (), "what was brought is left aside"
        found = await self.sam.looks_in("school")
        assert len(found) == 1, "it was brought twice, or not at all"
        await self.sam.fetches(found[0], found[0].att[0], tmp_path / "opened")
        assert (tmp_path / "opened").read_bytes() == self.paper, "it was brought in half"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(street: Street, tmp_path: Path) -> AsyncIterator[Desk]:
    players, folder = street.players, tmp_path / "papers"
    folder.mkdir()
    http = Http(clock=street.clock.now)
    listed = f"Sam {next(players.servers.numbers['Sam'])}"
    sam = Person(http, players.pins, players.door(listed))
    await sam.makes_a_vault()
    team = street.town.team("de-vlier-administratie")
    source = Source(http, players.pins, team, name="De Vlier", role="school-office")
    asked = await source.asks(sam, for_="papers-from-school", about=["school"])
    await sam.allows(asked)
    paper = bytes(range(256)) * (PIECE // 256) + b"and a second piece"
    (folder / "a.pdf").write_bytes(paper)
    (folder / NAME).write_text(f"to;file;title\n{asked.id};a.pdf;Rapport\n", "utf-8")
    yield Desk(street, folder, source, sam, paper)
    await http.close()


CUTS: dict[str, tuple[str, str, bool]] = {
    "before it left": ("POST", "", True),
    "taken in, and the answer lost": ("POST", "", False),
    "between two pieces": ("PUT", "/uploads", False),
    "all pieces there, not completed": ("POST", "/uploads", True),
    "complete, and the answer lost": ("POST", "/uploads", False),
}


@pytest.mark.parametrize("later", [0, LATER], ids=["at once", "after ten minutes"])
@pytest.mark.parametrize("cut", CUTS)
async def test_cut_off_and_brought_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str, later: int
) -> None:
    method, path, before = CUTS[cut]
    await desk.is_cut(monkeypatch, method, path, before=before)
    desk.street.clock.ahead += later
    tally = await desk.brings()
    assert (tally.done, tally.left) == (1, {}), "it was given up"
    await desk.is_there_once(tmp_path)
    assert (await desk.brings()).done == 1
    receipts = list((desk.folder / ".kluisje" / "receipts").iterdir())
    assert len(receipts) == 1
    assert '"event"' in receipts[0].read_text(), "the receipt is there whatever happened"


async def test_filed_before_the_source_knows_that_it_is_in(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sam's telephone files it at once; what the source sends again finds the id taken."""
    await desk.is_cut(monkeypatch, "POST", "/uploads")
    assert len((await desk.sam.visits()).records) == 1
    for later in (0, LATER):
        desk.street.clock.ahead += later
        assert (await desk.brings()).done == 1
        await desk.is_there_once(tmp_path)


@pytest.mark.parametrize("cut", ["taken in, and the answer lost", "between two pieces"])
async def test_the_drawers_key_changes_in_between(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """What was taken in and never became whole is no paper; the next try is sealed to the new key."""
    method, path, before = CUTS[cut]
    await desk.is_cut(monkeypatch, method, path, before=before)
    await desk.sam.renews_keys()
    lines = len(await desk.sam.history())
    assert (await desk.brings()).why() == {"settling": 1}, "perhaps all of it is there: nothing is sent now"
    assert len(await desk.sam.history()) == lines
    desk.street.clock.ahead += LATER
    assert (await desk.brings()).done == 1
    await desk.is_there_once(tmp_path)


async def test_a_server_that_is_away_for_a_moment_is_asked_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, lost = Source.call, [True, True]

    async def shaky(own: Source, verb: str, where: str, details: Any, **given: Any) -> Any:
        answer = await call(own, verb, where, details, **given)
        if where.endswith("/deposits") and lost:
            lost.pop()
            raise Unavailable("the answer was lost")
        return answer

    monkeypatch.setattr(Source, "call", shaky)
    monkeypatch.setattr("kluisje.bringing.LONGEST_WAIT", 0)
    assert (await desk.brings()).done == 1
    assert lost == []
    await desk.is_there_once(tmp_path)
