# SPDX-License-Identifier: EUPL-1.2
"""Noor moves to another town: all she has comes along and opens there, and nobody of before is let in there."""

import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from formats.spelling import new_id
from kluisje.http import Refused
from kluisje.proofs import NotProven
from kluisje.watching import Watching
from tests.town import Players, Servers, running


@pytest.fixture(scope="module")
def elsewhere(servers_: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Another installation with keys, a log and a directory of its own, which takes people from the first."""
    folder = tmp_path_factory.mktemp(f"elsewhere-{servers_.wiring}")
    pins = folder / "moves-from"
    pins.mkdir()
    shutil.copy(servers_.town.pins, pins / "first.json")
    with running(folder / "town", servers_.wiring, settings={"KLUISJE_CONSENT_MOVES_FROM": str(pins)}) as made:
        yield made


@pytest.fixture(scope="module", name="servers_")
def _servers(servers: Servers) -> Servers:
    return servers


@pytest.fixture
async def there(elsewhere: Servers) -> AsyncIterator[Players]:
    players = Players(elsewhere)
    yield players
    await players.close()


def rebuilt(file: Path, name: str, change: Callable[[bytes], bytes | None]) -> Path:
    """The export with one entry changed (None: left out), and sums that fit."""
    with zipfile.ZipFile(file) as archive:
        entries = {one: archive.read(one) for one in archive.namelist() if one != "sums.txt"}
    changed = change(entries.pop(name))
    if changed is not None:
        entries[name] = changed
    sums = "".join(f"{sha256(content).hexdigest()}  {one}\n" for one, content in sorted(entries.items()))
    target = file.with_name("tampered.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for one, content in sorted(entries.items()):
            archive.writestr(one, content)
        archive.writestr("sums.txt", sums)
    return target


async def test_everything_opens_in_the_new_town_and_no_old_yes_counts(
    town: Players, there: Players, tmp_path: Path
) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    listed = noor.listed  # type: ignore[attr-defined]
    first = await noor.keeps("school", {"absence_days": 4})
    await noor.changes(first, {"absence_days": 5})
    picture = tmp_path / "foto.jpg"
    picture.write_bytes(bytes(range(256)) * 5_000)
    await noor.keeps("free-time", {"title": "Foto"}, "urn:kluisje:schema:photo:1", [picture])
    asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(asked)
    await fatima.reads(asked)
    file = await noor.exports(tmp_path / "noor.zip")

    moved = there.device(listed)
    fresh = await moved.signs_in()
    assert fresh != noor.vlt
    await moved.imports(file, town.codes[listed][0])
    assert moved.vlt == noor.vlt
    await moved.opens(town.codes[listed][0])
    [school] = await moved.looks_in("school")
    assert (school.body, school.ver) == ({"absence_days": 5}, 2)
    assert (await moved.version(school, 1)).body == {"absence_days": 4}
    [photo] = await moved.looks_in("free-time")
    await moved.fetches(photo, photo.att[0], tmp_path / "terug.jpg")
    assert (tmp_path / "terug.jpg").read_bytes() == picture.read_bytes()

    # Who looked in the first town: checked with the keys of there. In the new one nobody did.
    assert [line.outcome for line in await moved.looked_before(town.pins)] == ["read"]
    assert await moved.who_looked() == []
    with pytest.raises(NotProven):
        await moved.looked_before(_forged(town.pins, there.pins))

    # The grant of there is over here, whoever holds its envelope; the first town's own runs on.
    [over] = [one async for one in moved.device.items("consent", "/grants")]
    assert (over["state"], over["reason"]) == ("ended", "moved")
    fatima_there = await there.caseworker()
    with pytest.raises(Refused):
        await fatima_there.reads(over["id"], "school")
    assert (await fatima.reads(asked))[0].body == {"absence_days": 5}
    await moved.visits()
    assert [one.claims["jti"] for one in moved._open.chain.revoked().values()] == [over["id"]]
    again = await fatima_there.asks(moved, for_="back-to-school", about=["school"], days=30)
    await moved.allows(again)
    assert (await fatima_there.reads(again))[0].body == {"absence_days": 5}
    await moved.stops(again)

    # At the next sign-in she is who she was; from here she can be taken along once more, with all that was.
    later = there.device(listed)
    await later.opens(town.codes[listed][1])
    assert later.vlt == noor.vlt
    second = await later.exports(tmp_path / "again.zip")
    with zipfile.ZipFile(second) as archive:
        assert "consent/earlier.jsonl" in archive.namelist()
    with pytest.raises(Refused, match="chain-moved"):
        await (await there.citizen("Noor")).imports(file, town.codes[listed][0])


def _forged(one: Any, other: Any) -> Any:
    """Pins that name the first installation, with the keys of the second."""
    return type(one)(one.origin, other.log, other.directory, other.identity, other.consent)


def _first_line(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        first, *rest = content.splitlines()
        return b"\n".join([json.dumps(change(json.loads(first))).encode(), *rest]) + b"\n"

    return changed


def _without_the_last(content: bytes) -> bytes:
    return b"\n".join(content.splitlines()[:-1]) + b"\n"


STATEMENTS, LINES = "consent/statements.jsonl", "consent/lines.jsonl"


async def test_a_file_that_was_changed_is_refused_with_the_reason(
    town: Players, there: Players, tmp_path: Path
) -> None:
    sam = await town.citizen("Sam")
    await sam.keeps("school", {"absence_days": 4})
    code = town.codes[sam.listed][0]  # type: ignore[attr-defined]
    file = await sam.exports(tmp_path / "sam.zip")
    moved = there.device(sam.listed)  # type: ignore[attr-defined]
    with zipfile.ZipFile(file) as archive:
        other = json.loads(archive.read(STATEMENTS).splitlines()[1])["receipt"]
    cases: list[tuple[str, Callable[[bytes], bytes | None], str]] = [
        (STATEMENTS, lambda content: content.replace(b'"statement":"e', b'"statement":"f', 1), "archive"),
        (STATEMENTS, _first_line(lambda one: one | {"receipt": other}), "not-acknowledged"),
        (LINES, _first_line(lambda one: one | {"nonce": "A" * 43}), "not-in-the-log"),
        (LINES, lambda content: b"\n".join(content.splitlines()[1:]) + b"\n", "a-line-is-missing"),
        (LINES, _without_the_last, "a-line-is-missing"),
        ("vault/keyring.jwe", lambda content: content[:-2] + b"AA", "wrong-code"),
        (
            "kluisje.json",
            lambda content: content.replace(town.pins.origin.encode(), b"https://x.example"),
            "not-allowed",
        ),
    ]
    for name, change, reason in cases:
        with pytest.raises((NotProven, Refused)) as refused:
            await moved.imports(rebuilt(file, name, change), code)
        told = getattr(refused.value, "errors", ())
        assert reason in f"{refused.value} {told}", (name, reason)
        assert (await moved.signs_in()) != sam.vlt, "nothing of it counts"
    # The whole file after all these: what was brought of it stays, the rest comes behind it.
    await moved.imports(file, code)
    await moved.opens(code)
    assert [one.body for one in await moved.looks_in("school")] == [{"absence_days": 4}]


async def test_a_move_that_broke_off_goes_on(town: Players, there: Players, tmp_path: Path) -> None:
    yara = await town.citizen("Yara")
    await yara.keeps("school", {"absence_days": 4})
    listed = yara.listed  # type: ignore[attr-defined]
    code = town.codes[listed][0]
    file = await yara.exports(tmp_path / "yara.zip")
    for stops_before in ("/lines", "/moves", "/keyring", "/completions"):
        cut = there.device(listed)
        _cuts(cut.device.http, stops_before)
        with pytest.raises(ConnectionAbortedError):
            await cut.imports(file, code)
    moved = there.device(listed)
    await moved.imports(file, code)
    await moved.opens(code)
    assert [one.body for one in await moved.looks_in("school")] == [{"absence_days": 4}]
    assert len(await Watching(moved.device, there.pins).lines()) == 2


def _cuts(http: Any, before: str) -> None:
    call = http.call

    async def cut(method: str, url: str, **given: Any) -> Any:
        if method != "GET" and url.endswith(before):
            if before == "/moves":  # it arrives, and the answer is lost
                await call(method, url, **given)
            raise ConnectionAbortedError(before)
        return await call(method, url, **given)

    http.call = cut


async def test_nobody_takes_the_name_of_another(town: Players, there: Players, tmp_path: Path) -> None:
    """Without the keys of a chain its name cannot be taken, and a made-up one is nobody's."""
    bram = await town.citizen("Bram")
    await bram.exports(tmp_path / "bram.zip")
    thief = there.device("Mila 7")
    await thief.signs_in()
    arrival = (await thief.device.consent("POST", "/arrivals", json={"origin": town.pins.origin})).json()
    with zipfile.ZipFile(tmp_path / "bram.zip") as archive:
        items = [json.loads(line) for line in archive.read(STATEMENTS).splitlines()]
    brought = {"start": 0, "items": items}
    await thief.device.consent("POST", f"/arrivals/{arrival['id']}/statements", json=brought)
    card = items[0]["statement"]  # not the next one, and no proof of its key
    for proof in ("a.b.c", card):
        with pytest.raises(Refused):
            await thief.device.moves(arrival["id"], card, proof)
    with pytest.raises(Refused, match="not-found"):
        await thief.device.consent("POST", f"/arrivals/{new_id()}/statements", json=brought)
