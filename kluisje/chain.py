# SPDX-License-Identifier: EUPL-1.2
"""A person's own chain of statements: played back and checked whole, and written on.

A `Draft` signs one or more statements behind the newest one; the chain enters them at consent, all or
nothing, and takes them over once each has its receipt. When another device of hers wrote in between, the
chain is read again and the draft is made anew. Source: formats.md sections 2 and 4.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from formats.chain import check_chain
from formats.grant import Grant, read_grant
from formats.jose import Jwk, peek
from formats.keyring import EpochKeys
from formats.spelling import FormatError
from formats.statement import (
    CARD,
    EPOCH,
    GRANT,
    HEAD,
    REVOKE,
    Link,
    Statement,
    link_after,
    sign_card,
    sign_epoch,
    sign_grant,
    sign_head,
    sign_revoke,
    verify_first_card,
    verify_statement,
)
from kluisje.device import Device
from kluisje.http import Refused
from kluisje.keyring import PersonKeys
from kluisje.proofs import NotProven, Pins, check_receipt

TRIES = 4  # when other devices write at the same time


class Draft:
    """Statements signed behind the newest one of the chain, not entered yet."""

    def __init__(self, newest: Statement, keys: PersonKeys, now: int) -> None:
        self._newest, self._keys, self._now = newest, keys, now
        self.statements: list[Statement] = []

    @property
    def tokens(self) -> list[str]:
        """As they are sent."""
        return [one.token for one in self.statements]

    def epoch(self, keys: EpochKeys, *, cat: str, rsn: str, env: Iterable[str]) -> None:
        """A drawer's epoch: `new`, `rotate`, or `renew` (the same keys, and every hash of before)."""
        place = {"drw": keys.drw, "cat": cat, "dkc": keys.dkc, "rsn": rsn}
        self._add(sign_epoch(self._sig, self._link(), ep=keys.ep, box=keys.box_public, env=env, **place))

    def grant(self, **members: Any) -> None:
        """A grant; members as of `formats.statement.sign_grant`."""
        self._add(sign_grant(self._sig, self._link(), **members))

    def revoke(self, grant: Grant) -> None:
        """The end of a grant."""
        drawers = [drawer.id for drawer in grant.drawers]
        self._add(sign_revoke(self._sig, self._link(), jti=grant.jti, aud=grant.aud, drw=drawers))

    def head(self, drw: str, n: int, h: bytes) -> None:
        """A drawer's history as this device knows it."""
        self._add(sign_head(self._sig, self._link(), drw=drw, n=n, h=h))

    @property
    def _sig(self) -> Jwk:
        return self._keys.keyring.sig

    def _link(self) -> Link:
        before = self.statements[-1] if self.statements else self._newest
        # A clock set back must not make the chain go back: `iat` never falls.
        iat = max(self._now, int(before.claims["iat"]))
        return link_after(before, iat=iat, ring=self._keys.keyring.seq)

    def _add(self, token: str) -> None:
        self.statements.append(verify_statement(token, _public(self._sig)))


Send = Callable[[list[str]], Awaitable[list[str]]]
"""Sends tokens where they belong and answers their receipts, in order."""


class Chain:
    """The chain of one vault, as consent keeps it and this device has checked it."""

    def __init__(self, device: Device, keys: PersonKeys, pins: Pins) -> None:
        self._device, self._keys, self._pins = device, keys, pins
        self.statements: list[Statement] = []
        self.receipts: dict[str, str] = {}
        self._lock = asyncio.Lock()  # one draft at a time: the next one stands behind it

    # -- reading ---------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Reads the whole chain and checks it from its first card. NotProven when it is not hers, or shorter
        than known."""
        items = [item async for item in self._device.items("consent", "/statements")]
        try:
            found = check_chain([item["statement"] for item in reversed(items)])
            if not found or found[0].vlt != self._device.vlt:
                raise FormatError("chain")
            receipts = [str(item["receipt"]) for item in reversed(items)]
            for statement, receipt in list(zip(found, receipts, strict=True))[
                entered_here(found, receipts, self._pins) :
            ]:
                check_receipt(receipt, self._pins, vlt=statement.vlt, sid=statement.sid)
        except FormatError as error:
            raise NotProven("chain", "the statements of this vault do not check") from error
        if found[-1].seq < self._device.remembered.seq:
            raise NotProven("chain", "statements that this device knows are missing")
        self.statements = list(found)
        self.receipts = {one.sid: item["receipt"] for one, item in zip(found, reversed(items), strict=True)}
        self._device.remembered.seq = found[-1].seq
        if self._keys.keyring.seq < self.ring:  # another device stored keys, and signed with them in sight
            self._keys.read((await self._device.vault("GET", "/keyring")).json()["jwe"])

    @property
    def ring(self) -> int:
        """The highest keyring number that any statement names."""
        return max(int(one.claims["ring"]) for one in self.statements)

    @property
    def card(self) -> Statement:
        """The newest card."""
        return next(one for one in reversed(self.statements) if one.typ == CARD)

    def sig_at(self, at: int) -> Jwk:
        """The public SIG that counted at a moment (seconds). FormatError before the first card."""
        cards = [one for one in self.statements if one.typ == CARD and one.claims["iat"] <= at]
        if not cards:
            raise FormatError("card")
        return dict(cards[-1].claims["sig"])

    def has(self, drw: str) -> bool:
        """Whether a drawer stands in the chain."""
        return any(one.typ == EPOCH and one.claims["drw"] == drw for one in self.statements)

    def epoch(self, drw: str) -> Statement:
        """The newest epoch statement of a drawer."""
        for one in reversed(self.statements):
            if one.typ == EPOCH and one.claims["drw"] == drw:
                return one
        raise FormatError("epoch")

    def rotation(self, drw: str) -> Statement:
        """The statement that opened the drawer's newest epoch (not its renewals)."""
        newest = self.epoch(drw).claims["ep"]
        opened = (one for one in self.statements if one.typ == EPOCH and one.claims["drw"] == drw)
        return next(one for one in opened if one.claims["ep"] == newest)

    def head(self, drw: str) -> Mapping[str, Any] | None:
        """The claims of the newest signed head of a drawer."""
        for one in reversed(self.statements):
            if one.typ == HEAD and one.claims["drw"] == drw:
                return one.claims
        return None

    def grants(self) -> list[Grant]:
        """All grants ever signed, oldest first."""
        return [read_grant(one.token) for one in self.statements if one.typ == GRANT]

    def revoked(self) -> dict[str, Statement]:
        """Revokes by the grant that they end."""
        return {str(one.claims["jti"]): one for one in self.statements if one.typ == REVOKE}

    # -- writing ---------------------------------------------------------------------------------------------

    def begin(self, card: str, receipt: str) -> None:
        """Takes the first card, entered just now."""
        first = verify_first_card(card)
        check_receipt(receipt, self._pins, vlt=first.vlt, sid=first.sid)
        self.statements, self.receipts = [first], {first.sid: receipt}
        self._device.remembered.seq = 0

    async def write(self, compose: Callable[[Draft], None], send: Send | None = None) -> list[Statement]:
        """Signs what `compose` puts into a draft and enters it, all or nothing; `compose` runs again when the
        chain moved.

        An empty draft enters nothing. `send`: where it goes, consent's `/statements` unless told otherwise.
        Answers the entered statements.
        """
        async with self._lock:
            for left in reversed(range(TRIES)):
                draft = Draft(self.statements[-1], self._keys, self._device.http.clock())
                compose(draft)
                if not draft.statements:
                    return []
                try:
                    receipts = await (send or self._enter)(draft.tokens)
                except Refused as no:
                    if no.slug != "chain-moved" or not left:
                        raise
                    await self.load()
                    continue
                self._take(draft.statements, receipts)
                return draft.statements
        raise AssertionError("the last try raises or returns")

    async def _enter(self, tokens: list[str]) -> list[str]:
        answer = await self._device.consent("POST", "/statements", json={"statements": tokens})
        return [str(one) for one in answer.json()["receipts"]]

    def _take(self, statements: list[Statement], receipts: list[str]) -> None:
        if len(receipts) != len(statements):
            raise NotProven("receipt", "a statement was taken without its receipt")
        for statement, receipt in zip(statements, receipts, strict=True):
            try:
                check_receipt(receipt, self._pins, vlt=statement.vlt, sid=statement.sid)
            except FormatError as error:
                raise NotProven("receipt", "the receipt is not of this statement") from error
            self.receipts[statement.sid] = receipt
        self.statements += statements
        self._device.remembered.seq = statements[-1].seq

    async def tell_vault(self, statements: Iterable[Statement]) -> None:
        """Shows the vault what concerns it: cards, epochs and heads, each with its receipt."""
        for one in statements:
            if one.typ not in (CARD, EPOCH, HEAD):
                continue
            told = {"statement": one.token, "receipt": self.receipts[one.sid]}
            try:
                await self._device.vault("POST", "/statements", json=told)
            except Refused as no:
                # Another device signed a later head, and told it first.
                if one.typ != HEAD or no.slug != "chain-moved":
                    raise


def entered_here(chain: Sequence[Statement], receipts: Sequence[str], pins: Pins) -> int:
    """The number of the first statement that this installation entered: 0, or the card with which she moved in. What
    she brought along has receipts of where it was entered; that card names it all, and has a receipt of here."""
    first = next((at for at, one in enumerate(receipts) if peek(one)[0]["kid"] in pins.consent), len(chain))
    if first == len(chain) or chain[first].typ != CARD:
        raise FormatError("receipt")
    return first


def first_card(keys: PersonKeys, slots: Iterable[str], now: int) -> str:
    """Statement 0 of a new vault, signed by its own SIG. `ring` is 0: the first keyring is stored right after
    it."""
    ring = keys.keyring
    return sign_card(ring.sig, Link(keys.vlt, 0, None, now, 0), sig=ring.sig, enc=ring.enc, passkeys=(), slots=slots)


def _public(jwk: Jwk) -> Jwk:
    return {name: value for name, value in jwk.items() if name != "d"}
