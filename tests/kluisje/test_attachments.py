# SPDX-License-Identifier: EUPL-1.2
"""Attachments on their way: sealed beside, sent in pieces, received whole or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from formats.spelling import FormatError, H, new_id
from kluisje.attachments import PIECE, Outbox, Sealed, receive, send
from kluisje.http import Sent

VLT, DRW, RID = new_id(), new_id(), new_id()
WHERE = {"vlt": VLT, "drw": DRW, "rid": RID}


async def sealed_file(outbox: Outbox, folder: Path, content: bytes) -> Sealed:
    plain = folder / "letter.pdf"
    plain.write_bytes(content)
    [found] = await outbox.seal([plain], **WHERE)
    return found


async def pieces_of(stored: dict[int, bytes]) -> AsyncIterator[bytes]:
    for k in sorted(stored):
        for start in range(0, len(stored[k]), 50_000):
            yield stored[k][start : start + 50_000]


@pytest.mark.parametrize("length", [0, 1, 16_384, 100_000, PIECE + 5])
async def test_what_was_sent_is_what_arrives(tmp_path: Path, length: int) -> None:
    content = bytes(k % 251 for k in range(1000)) * (length // 1000 + 1)
    stored: dict[int, bytes] = {}
    sent: list[tuple[int, int]] = []
    got: list[tuple[int, int]] = []

    async def piece(k: int, data: bytes, sent: Sent) -> None:
        stored[k] = data
        sent(len(data))

    with Outbox() as outbox:
        sealed = await sealed_file(outbox, tmp_path, content[:length])
        about = sealed.announced()
        await send(sealed, piece, range(sealed.pieces()), lambda done, total: sent.append((done, total)))
    whole = b"".join(stored[k] for k in sorted(stored))
    assert (about["length"], about["hash"]) == (len(whole), H(whole))
    assert sent[-1] == (len(whole), len(whole))
    target = tmp_path / "received.pdf"
    await receive(pieces_of(stored), sealed.entry, target, **WHERE, progress=lambda *n: got.append(n))
    assert target.read_bytes() == content[:length]
    assert got[-1] == (length, length)


async def test_only_wanted_pieces_are_sent_again(tmp_path: Path) -> None:
    again: list[int] = []
    progress: list[int] = []

    async def piece(k: int, data: bytes, sent: Sent) -> None:
        again.append(k)
        sent(len(data))

    with Outbox() as outbox:
        sealed = await sealed_file(outbox, tmp_path, bytes(PIECE * 2))
        await send(sealed, piece, [1], lambda done, total: progress.append(done))
        assert again == [1]
        assert progress == [sealed.length]
        with pytest.raises(FormatError):
            await send(sealed, piece, [sealed.pieces()])


@pytest.mark.parametrize("damage", ["changed", "cut", "more", "elsewhere"])
async def test_what_does_not_check_leaves_nothing_behind(tmp_path: Path, damage: str) -> None:
    stored: dict[int, bytes] = {}

    async def piece(k: int, data: bytes, sent: Sent) -> None:
        stored[k] = data
        sent(len(data))

    with Outbox() as outbox:
        sealed = await sealed_file(outbox, tmp_path, b"x" * 40_000)
        await send(sealed, piece, range(sealed.pieces()))
    whole = stored[0]
    where = WHERE | ({"rid": new_id()} if damage == "elsewhere" else {})
    stored[0] = {
        "changed": whole[:20_000] + bytes([whole[20_000] ^ 1]) + whole[20_001:],
        "cut": whole[:-1],
        "more": whole + b"x",
        "elsewhere": whole,
    }[damage]
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(FormatError):
        await receive(pieces_of(stored), sealed.entry, folder / "letter.pdf", **where)
    assert list(folder.iterdir()) == []


async def test_sealed_files_go_when_the_outbox_does(tmp_path: Path) -> None:
    with Outbox() as outbox:
        sealed = await sealed_file(outbox, tmp_path, b"x")
        assert sealed.path.exists()
    assert not sealed.path.exists()
