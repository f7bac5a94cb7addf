# SPDX-License-Identifier: EUPL-1.2
"""De Vlier brings a folder of papers by the command line: killed again and again, each paper is there once.

Sam is seventeen, so his own yes is enough. The table names his share codes; the program asks, waits for his yes, and
brings. Sixty papers here, a thousand under nightly.
"""

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from formats.event import read_event
from formats.spelling import unb64u
from kluisje.bringing import bring
from kluisje.cli import AWAY, DONE, REFUSED, WRONG
from kluisje.http import Refused
from kluisje.manifest import NAME
from kluisje.person import Person
from tests import databases
from tests.journeys.signed_pdf import signed_pdf
from tests.town import ROOT, Players

OFFICE = "de-vlier-administratie"
MARK = "kanarie-7Xq"
A_GRANT = 50
"""The most deposits that wait under one grant until she files them (docs/settings.md)."""


@dataclass
class School:
    """De Vlier's office: a folder of papers, and the command that brings it."""

    town: Players
    folder: Path
    papers: dict[str, bytes] = field(default_factory=dict)  # title -> the file as it is
    rows: list[str] = field(default_factory=list)

    def adds(self, to: str, content: bytes) -> None:
        """A paper for whoever gave this share code."""
        name = f"{len(self.papers)}.pdf"
        title = f"{MARK} {name}"
        self.papers[title] = content
        (self.folder / name).write_bytes(content)
        self.rows.append(f"{to};{name};{title}")

    def writes_the_table(self) -> None:
        (self.folder / NAME).write_text("\n".join(("to;file;title", *self.rows)) + "\n", "utf-8")

    async def starts(self, *more: str) -> asyncio.subprocess.Process:
        """The command, in a process of its own."""
        team, pins = self.town.town.folder / OFFICE / "keys.json", self.town.town.pins
        command = [
            sys.executable,
            "-m",
            "kluisje",
            "deposit",
            str(self.folder),
            "--keys",
            str(team),
            "--pins",
            str(pins),
        ]
        command += ["--name", "De Vlier", "--for", "papers-from-school", "--drawer", "school", "--schema", "letter"]
        pipe = asyncio.subprocess.PIPE
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return await asyncio.create_subprocess_exec(
            *command, "--json", *more, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe
        )

    async def brings(self, *more: str) -> tuple[int | None, dict[str, object], str]:
        """The command to its end: exit code, what it printed, what it said."""
        running = await self.starts(*more)
        out, said = await running.communicate()
        return running.returncode, json.loads(out) if out else {}, said.decode()

    def noted(self) -> int:
        """How many papers are in, as the notes have it."""
        notes = self.folder / ".kluisje" / "notes.jsonl"
        return notes.read_bytes().count(b'"done"') if notes.exists() else 0

    async def is_killed_after(self, many: int) -> None:
        """Starts the command, and kills it as soon as so many papers are in."""
        running = await self.starts()
        while self.noted() < many and running.returncode is None:
            await asyncio.sleep(0.005)
        assert running.returncode is None, "it ended before it could be killed"
        running.send_signal(signal.SIGKILL)
        await running.communicate()


def sizes(number: int) -> list[int]:
    """Mixed: most of them small, some of megabytes, and at each hundred one of more than a piece of 8 MiB."""
    chance = random.Random(number)
    small = [chance.randint(1, 30_000) if n % 3 else chance.randint(50_000, 400_000) for n in range(number)]
    large = {n: 9_000_000 if n % 100 == 99 else chance.randint(1_000_000, 3_000_000) for n in range(9, number, 10)}
    return [large.get(n, size) for n, size in enumerate(small)] if number > 100 else small


async def school(town: Players, folder: Path, sam: Person, number: int) -> School:
    """A folder of so many papers for Sam, one of them a PDF that is signed."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 a test's own folder
    made = School(town, folder)
    codes = [await sam.share_code() for _ in range(-(-number // (A_GRANT - 10)))]
    chance = random.Random(7)
    made.adds(codes[0], signed_pdf())
    for n, size in enumerate(sizes(number - 1)):
        made.adds(codes[(n + 1) % len(codes)], MARK.encode() + chance.randbytes(size))
    made.writes_the_table()
    return made


async def brought_whole(town: Players, folder: Path, number: int, kills: list[int]) -> None:
    """The story: asked, allowed, brought with kills in between, filed, opened; each once, and nobody else can."""
    sam = await town.citizen("Sam")
    office = await school(town, folder, sam, number)
    code, told, _ = await office.brings()
    assert (code, told["done"]) == (AWAY, 0), "it asked, and waits for an answer"
    assert {one["why"] for one in told["left"]} == {"open"}  # type: ignore[attr-defined]
    asked = await sam.requests()
    for question in asked:
        await sam.allows(question)

    for many in kills:
        await office.is_killed_after(many)
    rounds, filed = 0, 0
    while True:
        code, told, said = await office.brings("--at-once", "8")
        filed += len((await sam.visits()).records)
        rounds += 1
        if code != AWAY:
            break
        assert {one["why"] for one in told["left"]} <= {"full", "not-now"}, told["left"]  # type: ignore[attr-defined]
        assert rounds < 10
    assert (code, told["done"], told["left"]) == (DONE, number, [])
    assert f"{number} of {number} documents are in" in said
    assert (await office.brings())[:2] == (DONE, {"documents": number, "done": number, "left": []}), "again: nothing"

    found = await sam.looks_in("school")
    assert sorted(str(one.body["title"]) for one in found) == sorted(office.papers), "each is there, and once"
    for one in found:
        target = folder.parent / "opened.pdf"
        await sam.fetches(one, one.att[0], target)
        same = (
            hashlib.sha256(target.read_bytes()).digest()
            == hashlib.sha256(office.papers[str(one.body["title"])]).digest()
        )
        assert same, "every byte as it was, also of the signed PDF"
    looks_blind(town, office, [str(one.rid) for one in found])
    print(
        f"{number} papers of {sum(map(len, office.papers.values())) / 1e6:.0f} MB, {len(kills)} kills, {rounds} rounds"
    )


def looks_blind(town: Players, office: School, records: list[str]) -> None:
    """No server and no note of the school has anything that can be read; a receipt for each, which says no more than
    that this paper was brought."""
    data = town.town.folder / "data"
    kept = [one for one in (*data.rglob("*"), *(office.folder / ".kluisje").rglob("*")) if one.is_file()]
    assert len(kept) > 10
    for one in kept:
        assert MARK.encode() not in one.read_bytes(), f"{one.name} can be read"
    assert MARK not in repr(
        [databases.everything(data / f"{part}.sqlite3") for part in ("vault", "consent", "gateway")]
    )
    assert databases.rows(data / "vault.sqlite3", "SELECT count(*) FROM records")[0][0] >= len(records)
    receipts = {one.stem: json.loads(one.read_text()) for one in (office.folder / ".kluisje" / "receipts").iterdir()}
    assert sorted(receipts) == sorted(records)
    for rid, receipt in receipts.items():
        event = read_event(unb64u(receipt["look"]["event"]))
        assert (event.t, event.claims["drw"][0]["rid"]) == ("deposit", [rid])
    assert list((office.folder / ".kluisje" / "out").iterdir()) == []


async def test_sixty_papers_and_four_kills(town: Players, tmp_path: Path) -> None:
    await brought_whole(town, tmp_path / "papers", 60, [1, 12, 30, 55])


@pytest.mark.nightly
async def test_a_thousand_papers(town: Players, tmp_path: Path) -> None:
    await brought_whole(town, tmp_path / "papers", 1000, [1, 90, 200, 330])


async def test_nobody_but_sam_opens_them(town: Players, tmp_path: Path) -> None:
    """Not the school itself, not another team with a grant of its own."""
    sam, fatima = await town.citizen("Sam"), await town.caseworker()
    office = await school(town, tmp_path, sam, 2)
    await office.brings()
    [asked] = await sam.requests()
    grant = await sam.allows(asked)
    assert (await office.brings())[0] == DONE
    source = town.source(OFFICE)
    for details in (source.details("read", grant_id=grant.jti), source.details("deposit", grant_id=grant.jti)):
        with pytest.raises(Refused):
            await source.call("GET", f"/grants/{grant.jti}/drawers/{grant.drawers[0].id}/records", details)
    with pytest.raises(Refused) as no:
        await fatima.reads(await fatima.asks(sam, for_="back-to-school", about=["school"], days=30))
    assert no.value.slug == "not-granted"


async def test_what_ends_in_between_is_told_and_not_tried(town: Players, tmp_path: Path) -> None:
    """After a stop no more comes in, and the source does not fill his log with tries."""
    sam = await town.citizen("Sam")
    office = await school(town, tmp_path, sam, 3)
    code, told, _ = await office.brings()
    [asked] = await sam.requests()
    await sam.allows(asked)
    assert (await office.brings())[0] == DONE
    await sam.stops(asked)
    lines = len(await sam.history())
    office.adds(office.rows[0].partition(";")[0], b"too late")
    office.adds("00000000-0000-4000-8000-000000000000", b"to nobody")
    office.adds("0000-0000-0000-0", b"with a code that is none")
    office.writes_the_table()
    code, told, said = await office.brings()
    assert (code, told["done"]) == (REFUSED, 3)
    whys = [(one["line"], one["why"]) for one in told["left"]]  # type: ignore[attr-defined]
    assert whys == [(5, "ended"), (6, "unknown"), (7, "share-code-not-good")]
    assert MARK not in said
    assert len(await sam.history()) == lines, "a try that is refused would be a line of his"


async def test_nothing_leaves_while_the_table_is_wrong(town: Players, tmp_path: Path) -> None:
    sam = await town.citizen("Sam")
    office = await school(town, tmp_path, sam, 2)
    office.rows.append(f"{office.rows[0].partition(';')[0]};nowhere.pdf;")
    office.writes_the_table()
    code, _, said = await office.brings()
    assert code == WRONG
    assert "line 4: title: is missing\nline 4: file: there is no such file" in said
    assert await sam.requests() == [], "not even asked"
    assert not (tmp_path / ".kluisje").exists()


async def test_a_program_brings_too(town: Players, tmp_path: Path) -> None:
    sam = await town.citizen("Sam")
    office = await school(town, tmp_path, sam, 4)
    source, seen = town.source(OFFICE), list[tuple[int, int]]()
    given = {"for_": "papers-from-school", "drawer": "school", "schema": "letter"}
    assert (await bring(source, tmp_path, **given)).why() == {"open": 4}  # type: ignore[arg-type]
    [asked] = await sam.requests()
    await sam.allows(asked)
    tally = await bring(source, tmp_path, **given, progress=lambda one: seen.append((one.done, one.octets)))  # type: ignore[arg-type]
    assert (tally.done, tally.left, seen[-1]) == (4, {}, (4, sum(map(len, office.papers.values()))))
    assert [one for one, _ in seen] == sorted(one for one, _ in seen)
