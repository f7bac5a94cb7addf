# SPDX-License-Identifier: EUPL-1.2
"""Who looked, why, and what they did afterwards: each line, answer and closing checked on this device.

Checked are: the entry behind each line, its place in the tree, the log's signature, the unbroken count, and
that the log only grew since this device last saw it. Source: formats.md section 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats.checkpoint import Checkpoint
from formats.jose import Jwk, peek
from formats.person import PERSON
from formats.receipt import verify_closing
from formats.request import verify_why
from formats.spelling import FormatError, check_int, sid
from kluisje.device import Device
from kluisje.proofs import (
    Line,
    NotProven,
    Pins,
    check_consent_receipt,
    check_lines,
    check_organisation_keys,
    check_step,
    steps,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """ "Waarom keek je?" about line `line`, and the team's answer: its text, signature checked; None while there is
    none. state: `open`, `no-answer` (from the eighth day; it may still come), `answered`."""

    id: str
    line: int
    team: str
    grant: str
    text: str
    state: str
    due: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What a team owes her after the end of a grant. answer: `erased`, `kept` (until when, under which article), or None:
    no signed word yet. overdue: it should have come."""

    grant: str
    team: str
    due: str
    overdue: bool
    answer: str | None
    until: str | None
    article: str | None


class Watching:
    """The log about one vault."""

    def __init__(self, device: Device, pins: Pins) -> None:
        self._device, self._pins = device, pins

    async def lines(self) -> list[Line]:
        """All lines, oldest first. NotProven when one is missing or does not check, or the log changed."""
        told = [one async for one in self._device.items("consent", "/lines")]
        remembered = self._device.remembered
        if len(told) < remembered.lines:
            raise NotProven("log-changed", "lines that this device has seen are missing")
        try:
            found = check_lines(told, self._pins, vlt=self._device.vlt)
            newest = await self._compare(list(found.checkpoints))
        except (FormatError, KeyError, TypeError, ValueError) as error:
            raise NotProven("log-changed", "the log does not check on this device") from error
        remembered.lines = len(told)
        remembered.checkpoints |= newest
        return list(found.lines)

    async def lines_before(self, there: Pins) -> list[Line]:
        """Lines of the log of an installation where she was before, oldest first. NotProven when one is missing or does
        not check with the pins of there."""
        told = [one async for one in self._device.items("consent", "/earlier-lines") if one["origin"] == there.origin]
        try:
            return list(check_lines(told, there, vlt=self._device.vlt).lines)
        except (FormatError, KeyError, TypeError, ValueError) as error:
            raise NotProven("log-changed", "the log of before does not check on this device") from error

    async def strangers(self) -> list[Line]:
        """Lines that say this vault belongs to a key which is not on its card: none, or somebody else signed
        in as her."""
        vault = (await self._device.consent("GET", "")).json()
        own = sid(vault["person"])
        return [line for line in await self.lines() if line.of == PERSON and line.event.claims["sid"] != own]

    async def receipts(self) -> list[dict[str, object]]:
        """Her consent receipts (JSON-LD bodies), newest first, each checked with consent's pinned key."""
        found = []
        async for one in self._device.items("consent", "/receipts"):
            try:
                receipt = check_consent_receipt(one["receipt"], self._pins, vlt=self._device.vlt)
            except FormatError as error:
                raise NotProven("receipt", "a consent receipt does not check") from error
            found.append(dict(receipt.body))
        return found

    async def asks(self, line: int, text: str) -> Asked:
        """Asks why, about one of her lines; once per line."""
        told = await self._device.consent("POST", f"/lines/{line}/questions", json={"text": text})
        return self._asked(told.json())

    async def questions(self) -> list[Asked]:
        """What she asked, newest first. NotProven when an answer is not the team's own."""
        return [self._asked(one) async for one in self._device.items("consent", "/questions")]

    def _asked(self, one: Mapping[str, Any]) -> Asked:
        text = None
        if one["answer"] is not None:
            try:
                said = verify_why(one["answer"], self._key(one["organisation"], one["team"], one["answer"]))
                if (said.vlt, said.ask, said.entry) != (self._device.vlt, one["id"], one["entry"]):
                    raise FormatError("why")
            except (FormatError, KeyError, TypeError) as error:
                raise NotProven("why", "an answer is not signed by the team that was asked") from error
            text = said.text
        return Asked(one["id"], one["line"], one["team"], one["grant"], one["text"], one["state"], one["due"], text)

    def _key(self, logged: Mapping[str, Any], team: str, token: str) -> Jwk:
        """The key that this team had when it signed. FormatError when the directory never said so."""
        return check_organisation_keys(logged, self._pins, sub=team, now=check_int(peek(token)[1]["iat"])).sig

    async def owed(self) -> list[Owed]:
        """What teams owe her after an end, newest grant first. NotProven when a closing is not the team's own."""
        found = []
        async for one in self._device.items("consent", "/grants"):
            told = one["deletion"]
            if told is None:
                continue
            if told["closing"] is not None:
                try:
                    key = self._key(told["organisation"], one["team"], told["closing"])
                    said = verify_closing(told["closing"], key)
                    if (said.vlt, said.gnt, said.ans) != (self._device.vlt, one["id"], told["answer"]):
                        raise FormatError("closing")
                except (FormatError, KeyError, TypeError) as error:
                    raise NotProven("closing", f"what {one['team']} says it did is not signed by it") from error
            answer = told["answer"], told["until"], told["article"]
            found.append(Owed(one["id"], one["team"], told["due"], told["overdue"], *answer))
        return found

    async def _compare(self, checkpoints: list[Checkpoint]) -> dict[str, str]:
        """Compares what the lines stand under with what this device knew; answers the newest note of each
        log."""
        for note in self._device.remembered.checkpoints.values():
            checkpoints.append(self._pins.log.checkpoint(note))
        for older, newer in steps(checkpoints):
            query = {"from": older.size, "to": newer.size}
            path = f"/logs/{newer.origin.replace('/', '~')}/consistency-proofs"  # a slash would end the id
            page = (await self._device.top("consent", "GET", path, query=query)).json()
            check_step(older, newer, page["items"][0]["hashes"])
        return {one.origin: one.note for one in sorted(checkpoints, key=lambda each: each.size)}
