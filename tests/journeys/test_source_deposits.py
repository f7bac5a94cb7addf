# SPDX-License-Identifier: EUPL-1.2
"""The youth team's post brings a letter into Noor's drawer, and cannot look into it."""

from pathlib import Path

import pytest

from demo.papers import letter
from kluisje.http import Refused
from tests.town import Players

LETTER = "urn:kluisje:schema:letter:1"


async def test_a_letter_is_brought_filed_and_read(town: Players, tmp_path: Path) -> None:
    noor, post, fatima = await town.citizen("Noor"), town.source(), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    may_bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
    await noor.allows(may_bring)
    paper = tmp_path / "brief.pdf"
    paper.write_bytes(letter())
    steps: list[tuple[int, int]] = []
    await post.deposits(may_bring, "school", {"title": "Brief"}, LETTER, [paper], progress=lambda *s: steps.append(s))
    assert steps[-1][0] == steps[-1][1]

    may_read = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(may_read)
    found = next(record for record in await fatima.reads(may_read) if record.att)
    assert found.body["title"] == "Brief", "it is readable before Noor files it"

    await noor.visits()
    filed = next(record for record in await noor.looks_in("school") if record.att)
    await noor.fetches(filed, filed.att[0], tmp_path / "hers.pdf")
    assert (tmp_path / "hers.pdf").read_bytes() == paper.read_bytes()

    found = next(record for record in await fatima.reads(may_read) if record.att)
    _, [grant] = await fatima.granted(may_read, "read")
    await fatima.fetches(grant, found, found.att[0], tmp_path / "theirs.pdf")
    assert (tmp_path / "theirs.pdf").read_bytes() == paper.read_bytes()
    outcomes = [line.outcome for line in await noor.who_looked()]
    assert outcomes[0] == "deposit"
    assert outcomes.count("read") >= 3, "an attachment is a look of its own"


async def test_after_a_stop_nothing_more_comes_in(town: Players) -> None:
    noor, post = await town.citizen("Noor"), town.source()
    await noor.keeps("school", {"absence_days": 1})
    may_bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
    await noor.allows(may_bring)
    await post.deposits(may_bring, "school", {"title": "Brief"}, LETTER)
    await noor.stops(may_bring)
    with pytest.raises(Refused):
        await post.deposits(may_bring, "school", {"title": "Nog een"}, LETTER)
    await noor.visits()
    assert [r.body for r in await noor.looks_in("school") if r.sch == LETTER] == [{"title": "Brief"}]


async def test_what_is_not_as_its_type_asks_is_left_aside(town: Players, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source's own check says no first; a source without one gets it past all servers, and not past her device."""
    noor, post = await town.citizen("Noor"), town.source()
    await noor.keeps("school", {"absence_days": 1})
    may_bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
    await noor.allows(may_bring)
    wrong = {"title": "x" * 121, "colour": "red"}
    with pytest.raises(ValueError, match="title: is too long; colour: no such member"):
        await post.deposits(may_bring, "school", wrong, LETTER)

    async def blind(uri: str, body: object) -> list[str]:
        return []

    monkeypatch.setattr(post.directory, "misfits", blind)
    rid = await post.deposits(may_bring, "school", wrong, LETTER)
    good = await post.deposits(may_bring, "school", {"title": "Brief"}, LETTER)
    filed = await noor.visits()
    assert (filed.doubtful, [one.rid for one in filed.records]) == ((rid,), [good])
    assert [one.body for one in await noor.looks_in("school") if one.sch == LETTER] == [{"title": "Brief"}]


async def test_a_source_never_reads(town: Players) -> None:
    noor, post = await town.citizen("Noor"), town.source()
    await noor.keeps("school", {"absence_days": 1})
    may_bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
    grant = await noor.allows(may_bring)
    details = post.details("read", grant_id=grant.jti)
    with pytest.raises(Refused):
        await post.call("GET", f"/grants/{grant.jti}/drawers/{grant.drawers[0].id}/records", details)
