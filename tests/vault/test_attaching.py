# SPDX-License-Identifier: EUPL-1.2
"""Attachments: in pieces, in any order, resumed after a kill; whole or not there; every range right; little memory."""

import secrets
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from formats.spelling import H, b64u, new_id
from tests.vault.device import Device
from tests.vault.house import PIECE, Answer, House
from tests.vault.served import Served

MIB = 1024 * 1024


def path_of(drw: str, rid: str, a: str) -> str:
    return f"/drawers/{drw}/records/{rid}/attachments/{a}"


async def announce(noor: Device, at: str, blob: bytes) -> Answer:
    return await noor.call("PUT", at, {"length": len(blob), "hash": H(blob)})


async def bring(noor: Device, at: str, blob: bytes, k: int) -> Answer:
    part = blob[k * PIECE : (k + 1) * PIECE]
    chunks = [part[n : n + 60_000] for n in range(0, len(part), 60_000)]
    return await noor.call("PUT", f"{at}/pieces/{k}", pieces=chunks)


async def attach(noor: Device, drw: str, rid: str, blob: bytes) -> str:
    """Brings a whole attachment; answers its id."""
    a = new_id()
    at = path_of(drw, rid, a)
    for k in (await announce(noor, at, blob)).json()["wanted"]:
        assert (await bring(noor, at, blob, k)).status == 204
    assert (await noor.call("POST", f"{at}/completions")).status == 204
    return a


async def test_pieces_in_any_order_and_again(house: House, noor: Device, school: str) -> None:
    blob, rid, a = secrets.token_bytes(2 * PIECE + 100), new_id(), new_id()
    at = path_of(school, rid, a)
    first = await announce(noor, at, blob)
    assert (first.status, first.json()["wanted"]) == (201, [0, 1, 2])
    assert (await bring(noor, at, blob, 2)).status == 204
    assert (await bring(noor, at, blob, 2)).status == 204
    again = await announce(noor, at, blob)
    assert (again.status, again.json()["wanted"]) == (200, [0, 1])
    assert (await noor.call("GET", f"{at}/pieces")).json()["pieces"] == [{"piece": 2, "size": 100}]
    assert (await noor.call("GET", at)).status == 404  # nothing before it is whole
    assert (await noor.call("POST", f"{at}/completions")).slug == "invalid-input"
    assert (await bring(noor, at, blob, 0)).status == 204
    # A piece of another length, a piece that does not exist, and one that is not what was announced.
    short = await noor.call("PUT", f"{at}/pieces/1", pieces=[b"short"])
    assert (short.slug, short.json()["errors"][0]["code"]) == ("invalid-input", "length")
    long = await noor.call("PUT", f"{at}/pieces/2", pieces=[bytes(101)])
    assert long.slug == "invalid-input"
    assert (await noor.call("PUT", f"{at}/pieces/3", pieces=[b"x"])).status == 404
    assert (await noor.call("PUT", f"{at}/pieces/1", pieces=[bytes(PIECE)])).status == 204
    wrong = await noor.call("POST", f"{at}/completions")
    assert (wrong.slug, wrong.json()["errors"][0]["code"]) == ("invalid-input", "hash")
    assert (await bring(noor, at, blob, 1)).status == 204
    assert (await noor.call("POST", f"{at}/completions")).status == 204
    assert (await noor.call("POST", f"{at}/completions")).status == 204
    assert (await noor.call("GET", at)).body == blob
    assert (await noor.call("PUT", f"{at}/pieces/2", pieces=[bytes(100)])).slug == "version-exists"
    assert (await bring(noor, at, blob, 2)).status == 204
    assert (await announce(noor, at, b"other")).slug == "version-exists"
    # What was replaced and refused left no blob behind; a blob is named by its hash, in the vault's own folder.
    parts = [blob[n : n + PIECE] for n in range(0, len(blob), PIECE)]
    names = {entry.name for entry in (house.folder / "blobs" / noor.vlt).iterdir()}
    assert names == {sha256(part).hexdigest() for part in parts}
    assert list((house.folder / "blobs" / ".incoming").iterdir()) == []


async def test_space_is_held_and_freed(house: House, noor: Device, school: str) -> None:
    rid = await noor.keeps(school)
    empty = (await noor.call("GET", "/usage")).json()["bytes"]
    blob = secrets.token_bytes(1000)
    a = await attach(noor, school, rid, blob)
    held = path_of(school, rid, new_id())
    await announce(noor, held, blob)
    assert (await noor.call("GET", "/usage")).json()["bytes"] == empty + 2000
    house.clock.at += 24 * 3600
    await house.sweep()
    assert (await noor.call("GET", f"{held}/pieces")).status == 404
    assert (await noor.call("GET", "/usage")).json()["bytes"] == empty + 1000
    too_long = await noor.call("PUT", held, {"length": 201 * MIB, "hash": H(blob)})
    assert (too_long.status, too_long.slug) == (413, "too-large")
    assert (await noor.call("DELETE", path_of(school, rid, a))).status == 204
    assert (await noor.call("DELETE", path_of(school, rid, a))).status == 204
    assert (await noor.call("GET", "/usage")).json()["bytes"] == empty
    await attach(noor, school, rid, blob)
    await noor.call("DELETE", f"/drawers/{school}/records/{rid}")
    assert (await noor.call("GET", "/usage")).json()["bytes"] == 0
    assert list((house.folder / "blobs" / noor.vlt).iterdir()) == []
    assert (await announce(noor, path_of(school, rid, new_id()), blob)).slug == "version-exists"  # the id is spent


async def test_one_blob_of_two_attachments_stays_while_one_needs_it(house: House, noor: Device, school: str) -> None:
    blob = secrets.token_bytes(500)
    rid = new_id()
    first, second = await attach(noor, school, rid, blob), await attach(noor, school, rid, blob)
    await noor.call("DELETE", path_of(school, rid, first))
    assert (await noor.call("GET", path_of(school, rid, second))).body == blob
    sam = Device(house)
    await sam.opens()
    other = await sam.adds_drawer()
    theirs = await attach(sam, other, rid, blob)  # the same bytes in another vault are another blob
    await noor.call("DELETE", path_of(school, rid, second))
    assert (await sam.call("GET", path_of(other, rid, theirs))).body == blob


RANGES = [
    ("bytes=0-", 0, None), ("bytes=5-9", 5, 10), ("bytes=0-0", 0, 1), ("bytes=-7", -7, None),
    (f"bytes={PIECE - 3}-{PIECE + 3}", PIECE - 3, PIECE + 4), (f"bytes={PIECE}-", PIECE, None),
    ("bytes=100-999999999", 100, None), ("bytes=-999999999", 0, None), (f"bytes={PIECE + 49}-", -1, None),
]  # fmt: skip
NO_RANGES = [
    f"bytes={PIECE + 50}-", "bytes=9-5", "bytes=-0", "bytes=-", "bytes=0-1,4-5", "items=0-1", "bytes 0-1", "bytes=a-b",
    "bytes=+1-2",
]  # fmt: skip


async def test_one_range(noor: Device, school: str) -> None:
    blob, rid = secrets.token_bytes(PIECE + 50), new_id()
    at = path_of(school, rid, await attach(noor, school, rid, blob))
    for asked, start, end in RANGES:
        got = await noor.call("GET", at, headers={"range": asked})
        assert (got.status, got.body) == (206, blob[start:end]), asked
        begin = start % len(blob)
        assert got.headers["content-range"] == f"bytes {begin}-{begin + len(got.body) - 1}/{len(blob)}"
        assert got.headers["content-length"] == str(len(got.body))
    for asked in NO_RANGES:
        got = await noor.call("GET", at, headers={"range": asked})
        assert (got.status, got.slug) == (400, "invalid-input"), asked


async def test_a_lost_or_changed_blob_is_an_alarm_and_never_short_bytes(
    house: House, noor: Device, school: str
) -> None:
    blob, rid, gnt = secrets.token_bytes(PIECE + 50), new_id(), new_id()
    await noor.puts(school, rid, 1, noor.seals(school, rid))
    a = await attach(noor, school, rid, blob)
    file = house.folder / "blobs" / noor.vlt / sha256(blob[PIECE:]).hexdigest()
    good = file.read_bytes()
    for damage in (lambda: file.write_bytes(bytes(50)), lambda: file.write_bytes(good[:-1]), lambda: file.unlink()):
        damage()
        assert (await noor.call("GET", path_of(school, rid, a))).slug == "unavailable"
        body = {"permit": noor.read_permit(school, gnt, rid=[rid]), "attachment": a, "from": 0}
        assert (await house.shows("/attachment-hand-outs", body)).status == 503
    file.write_bytes(good)
    assert (await noor.call("GET", path_of(school, rid, a))).body == blob


@pytest.mark.promise("P07")
async def test_a_look_opens_attachments_of_its_one_record(house: House, noor: Device, school: str) -> None:
    blob, gnt = secrets.token_bytes(PIECE + 50), new_id()
    rid, other = await noor.keeps(school), await noor.keeps(school)
    a = await attach(noor, school, rid, blob)

    async def fetch(permit: dict[str, str], start: int = 0, attachment: str = a) -> Answer:
        return await house.shows("/attachment-hand-outs", {"permit": permit, "attachment": attachment, "from": start})

    permit = noor.read_permit(school, gnt, rid=[rid])
    whole = await fetch(permit)
    assert (whole.status, whole.body, whole.headers["content-length"]) == (200, blob, str(len(blob)))
    assert (await fetch(permit)).slug == "permit-used"
    assert (await fetch(noor.read_permit(school, gnt, rid=[rid]), PIECE - 1)).body == blob[PIECE - 1 :]
    assert (await fetch(noor.read_permit(school, gnt, rid=[rid]), len(blob))).slug == "invalid-input"
    assert (await fetch(noor.read_permit(school, gnt, rid=[rid]), 0, new_id())).status == 404
    assert (await fetch(noor.read_permit(school, gnt, rid=[other]))).status == 404
    assert (await fetch(noor.read_permit(school, gnt))).slug == "permit-refused"
    assert (await fetch(noor.read_permit(school, gnt, rid=[rid, other]))).slug == "permit-refused"
    await noor.rotates(school)
    assert (await fetch(noor.read_permit(school, gnt, ep=(2,), rid=[rid]))).slug == "permit-refused"


def octets(blob: bytes, k: int) -> Iterator[bytes]:
    part = memoryview(blob)[k * PIECE : (k + 1) * PIECE]
    return (bytes(part[n : n + 65_536]) for n in range(0, len(part), 65_536))


@pytest.mark.parametrize("pieces", [5, pytest.param(13, marks=pytest.mark.nightly)])
async def test_it_resumes_after_kills_in_little_memory(empty: Path, tmp_path: Path, pieces: int) -> None:
    """Killed between pieces; what was acknowledged is not asked for again; 32 MB over idle are enough for 100 MiB."""
    house = Served(tmp_path, empty)
    house.serve()
    noor = Device(house)
    assert (await noor.opens()).status == 201
    school, rid, a = await noor.adds_drawer(), new_id(), new_id()
    blob = secrets.token_bytes(MIB) * (8 * pieces - 5) + secrets.token_bytes(MIB)
    at = path_of(school, rid, a)
    assert (await announce(noor, at, blob)).status == 201
    acknowledged: set[int] = set()
    most = 0
    for killed_at in (1, pieces // 2 + 1, None):
        wanted = (await announce(noor, at, blob)).json()["wanted"]
        assert acknowledged.isdisjoint(wanted)
        assert len(wanted) + len(acknowledged) == pieces
        idle = house.memory("VmRSS")
        house.forget_peak()
        for k in wanted:
            assert (await noor.call("PUT", f"{at}/pieces/{k}", pieces=octets(blob, k))).status == 204
            acknowledged.add(k)
            if k == killed_at:
                break
        most = max(most, house.memory("VmHWM") - idle)
        if killed_at is not None:
            house.kill()
            house.serve()
    idle = house.memory("VmRSS")
    house.forget_peak()
    assert (await noor.call("POST", f"{at}/completions")).status == 204
    got = await noor.call("GET", at)
    most = max(most, house.memory("VmHWM") - idle)
    assert b64u(sha256(got.body).digest()) == H(blob)
    assert most <= 32 * MIB, f"{most / MIB:.1f} MiB over idle"
    house.kill()
