# SPDX-License-Identifier: EUPL-1.2
"""Moving house: the chain and the lines of an export, brought to consent of another installation.

Page by page, each checked there with the keys of where it was entered; broken off, it goes on where it was. At the end
her next card, signed here and now, says that the chain goes on at the new place, and a proof by SIG shows that it is hers.
From then on she is known there under her own `vlt`. Source: vault.md section 4, docs/decisions/0012.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from formats.chain import check_chain
from formats.dpop import make_proof
from formats.spelling import FormatError, H, parse_json
from formats.statement import Statement, link_after, sign_card
from kluisje.archive import Archive
from kluisje.device import Device
from kluisje.keyring import PersonKeys
from kluisje.proofs import NotProven

PAGE, PAGE_CHARACTERS = 100, 1_000_000
"""Items and characters of one call; consent takes 200, and a megabyte and a half."""


async def move_in(device: Device, archive: Archive, keys: PersonKeys) -> None:
    """Makes the vault of who is signed in the one in this export. Refused by the new place with the reason, NotProven
    when the chain in the file is not one."""
    entered = archive.lines("consent/statements.jsonl")
    try:
        chain = check_chain(str(one["statement"]) for one in entered)
    except (FormatError, KeyError) as error:
        raise NotProven("archive", "the statements in this file are no chain") from error
    origin = str(archive.about["origin"])
    arrival = (await device.consent("POST", "/arrivals", json={"origin": origin})).json()
    path = f"/arrivals/{arrival['id']}"
    start = int(arrival["statements"])
    for page in _pages(entered[start:]):
        await device.consent("POST", f"{path}/statements", json={"start": start, "items": page})
        start += len(page)
    for where, page in _lines(archive, origin, int(arrival["lines"])):
        await device.consent("POST", f"{path}/lines", json={"origin": where, "items": page})
    await device.moves(str(arrival["id"]), *_signed(device, archive, keys, chain, str(arrival["id"])))
    if device.vlt != chain[0].vlt:
        raise NotProven("moved", "the new place does not know this vault by its own name")


def _signed(
    device: Device, archive: Archive, keys: PersonKeys, chain: Sequence[Statement], arrival: str
) -> tuple[str, str]:
    """Her next card, and the proof by its SIG. No passkey of the old place works at the new one, so none is on it."""
    ring, now, last = keys.keyring, device.http.clock(), chain[-1]
    slots = [str(parse_json(archive.read(name))["id"]) for name in archive.names("vault/slots/")]
    link = link_after(last, iat=max(now, int(last.claims["iat"])), ring=ring.seq)
    card = sign_card(ring.sig, link, sig=ring.sig, enc=ring.enc, passkeys=(), slots=slots)
    return card, make_proof(ring.sig, "POST", f"{device.origin}/person/moves", H(arrival), now=now)


def _lines(archive: Archive, origin: str, done: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(whose log, a page of it): logs of before first, then that of the place she comes from; without the first `done`."""
    logs: dict[str, list[dict[str, Any]]] = {}
    for line in earlier_lines(archive):
        logs.setdefault(str(line.pop("origin")), []).append(line)
    logs[origin] = archive.lines("consent/lines.jsonl")
    for where, lines in logs.items():
        left, done = lines[done:], max(0, done - len(lines))
        for page in _pages(left):
            yield where, page


def earlier_lines(archive: Archive) -> list[dict[str, Any]]:
    """Lines of logs of before the place that an export is of, as consent there kept them."""
    name = "consent/earlier.jsonl"
    return archive.lines(name) if name in archive.names("consent/") else []


def _pages(items: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    held = 0
    for one in items:
        size = sum(len(str(value)) + 20 for value in one.values())
        if page and (len(page) == PAGE or held + size > PAGE_CHARACTERS):
            yield page
            page, held = [], 0
        page.append(one)
        held += size
    if page:
        yield page
