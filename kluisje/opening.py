# SPDX-License-Identifier: EUPL-1.2
"""Opening a sealed answer: first everything that can be checked is checked, then the team's key opens.

A team believes no server. It checks the person's grant, the log entry of this very look, the drawer's history
and every place itself; without the proof that its look is in the log it opens nothing. The answer is what the
gateway gives (gateway.md section 3); the same checks run again years later over a kept answer (`kluisje
verify`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from formats.authorship import Record, check_arrival
from formats.deposit import DEPOSIT, deposit_place
from formats.envelope import envelope_place
from formats.event import Logged, verify_look
from formats.grant import Drawer, Grant, read_grant, why_not
from formats.jose import Jwk, peek
from formats.keyring import EpochKeys
from formats.record import RECORD, SINGLE, record_place, single_place
from formats.sealing import open_deposit, open_envelope, open_record, open_single
from formats.spelling import FormatError, H, check_hash, check_int, parse_json, unb64u
from formats.statement import CARD, EPOCH, HEAD, Statement, verify_own_card, verify_statement
from kluisje.directory import Directory
from kluisje.keyring import HeldKeys, TeamKeys
from kluisje.proofs import NotProven, Pins

FRESH = 300  # seconds that a look may be old when its answer is opened: clocks differ, an old look is another one


@dataclass(frozen=True, slots=True)
class Head:
    """A drawer's history as it was served: `n` changes, head `h`."""

    n: int
    h: str


@dataclass(frozen=True, slots=True)
class Proven:
    """An answer whose grant, look, statements and head were checked; nothing is opened yet."""

    grant: Grant
    drawer: Drawer
    look: Logged
    cards: tuple[Statement, ...]
    epochs: Mapping[int, Statement]
    head: Head
    covered: bool  # the newest signed head is the one served: every record stands under her signature

    def sig_at(self, at: int) -> Jwk:
        """The public SIG of the person at a moment (seconds)."""
        cards = [card for card in self.cards if card.claims["iat"] <= at]
        return dict((cards or self.cards[:1])[-1].claims["sig"])


@dataclass(frozen=True, slots=True)
class Opened:
    """What an answer held: the records, and the hashes of the envelopes that were opened for it."""

    proven: Proven
    records: tuple[Record, ...]
    envelopes: tuple[str, ...]


def prove(
    answer: Mapping[str, Any],
    pins: Pins,
    *,
    reader: str | None = None,
    kids: frozenset[str] | None = None,
    gnt: str | None = None,
    drawer: str | None = None,
    known: Head | None = None,
    now: int | None = None,
) -> Proven:
    """Checks an answer for team `reader` with keys of thumbprints `kids`. NotProven with the reason.

    reader, kids, gnt, drawer: who asked and what; None takes what the answer is about (a kept answer, whoever
    it was for). known: the head served last; an older one, or another of the same age, is refused. now:
    seconds; None checks the grant at the time of the look.
    """
    look = _look(answer, pins, reader, drawer, now)
    claims = look.event.claims
    drw = str(claims["drw"][0]["id"])
    try:
        grant = read_grant(answer["grant"])
        cards = _cards(answer["statements"], grant)
        epochs = _epochs(answer["statements"], cards, grant.vlt, drw)
    except (FormatError, KeyError, TypeError) as error:
        raise NotProven("forged", "grant or statements do not check") from error
    if gnt not in (None, grant.jti) or claims["gnt"] != grant.jti or claims["sid"] != grant.sid:
        raise NotProven("no-proof", "the look is of another grant")
    if look.event.vlt != grant.vlt:
        raise NotProven("no-proof", "the look is of another vault")
    reason = why_not(
        grant.token,
        card_sig=_sig_before(cards, grant.seq),
        vlt=grant.vlt,
        reader=str(claims["by"]),
        key_jkt=None,
        party_keys=kids,
        act="read",
        drawers=(drw,),
        now=look.event.at if now is None else now,
        revoked=(),
        assents_missing=False,
    )
    given = grant.drawer(drw)
    if reason is not None or given is None:
        raise NotProven(reason or "other-drawer", "the grant does not allow this")
    head, covered = _head(answer["head"], cards, drw, known)
    return Proven(grant, given, look, cards, epochs, head, covered)


def _look(answer: Mapping[str, Any], pins: Pins, reader: str | None, drawer: str | None, now: int | None) -> Logged:
    try:
        look = verify_look(answer["look"], pins.log, witnessed=False)
        claims = look.event.claims
        if look.event.t != "read" or reader not in (None, claims["by"]) or len(claims["drw"]) != 1:
            raise FormatError("event")
        if drawer not in (None, claims["drw"][0]["id"]):
            raise FormatError("event")
    except (FormatError, KeyError, TypeError) as error:
        raise NotProven("no-proof", "the log does not hold this look") from error
    if now is not None and abs(now - look.event.at) > FRESH:
        raise NotProven("no-proof", "the log entry is of an earlier look")
    return look


def _cards(tokens: Sequence[str], grant: Grant) -> tuple[Statement, ...]:
    """The cards among the statements: the first by its own key, each further one signed by the key before it."""
    found: list[Statement] = []
    for token in tokens:
        if peek(token)[0]["typ"] == CARD:
            card = verify_statement(token, dict(found[-1].claims["sig"])) if found else verify_own_card(token)
            if card.vlt != grant.vlt or (found and card.seq <= found[-1].seq):
                raise FormatError("card")
            found.append(card)
    if not found:
        raise FormatError("card")
    return tuple(found)


def _sig_before(cards: Sequence[Statement], seq: int) -> Jwk:
    """The public SIG that counted at this number of the chain; before the oldest card that was told: that one's own."""
    before = [card for card in cards if card.seq < seq] or cards[:1]
    return dict(before[-1].claims["sig"])


def _epochs(tokens: Sequence[str], cards: Sequence[Statement], vlt: str, drw: str) -> dict[int, Statement]:
    """The epoch statements of a drawer, by epoch; of one epoch the newest."""
    found: dict[int, Statement] = {}
    for token in tokens:
        header, claims = peek(token)
        if header["typ"] == EPOCH:
            statement = verify_statement(token, _sig_before(cards, check_int(claims["seq"], 1)))
            if statement.vlt != vlt:
                raise FormatError("epoch")
            before = found.get(int(claims["ep"]))
            if statement.claims["drw"] == drw and (before is None or before.seq < statement.seq):
                found[int(claims["ep"])] = statement
    return found


def _head(given: Mapping[str, Any], cards: Sequence[Statement], drw: str, known: Head | None) -> tuple[Head, bool]:
    """(head served, whether her device has signed just that). NotProven when it is older than the signed or
    known one."""
    covered = False
    try:
        served = Head(check_int(given["served"]["n"]), check_hash(given["served"]["h"]))
        if given["signed"] is not None:
            _, claims = peek(given["signed"])
            signed = verify_statement(given["signed"], _sig_before(cards, check_int(claims["seq"], 1)))
            if signed.typ != HEAD or signed.vlt != cards[0].vlt or signed.claims["drw"] != drw:
                raise FormatError("head")
            _not_older(served, Head(signed.claims["n"], signed.claims["h"]))
            covered = signed.claims["n"] == served.n
    except (FormatError, KeyError, TypeError) as error:
        raise NotProven("older-head", "the drawer's history is not the one that was signed") from error
    if known is not None:
        try:
            _not_older(served, known)
        except FormatError as error:
            raise NotProven("older-head", "the drawer's history is older than the one served before") from error
    return served, covered


def _not_older(served: Head, than: Head) -> None:
    if served.n < than.n or (served.n == than.n and served.h != than.h):
        raise FormatError("head")


# -- opening -------------------------------------------------------------------------------------------------


async def open_answer(
    answer: Mapping[str, Any], proven: Proven, team: TeamKeys, held: HeldKeys, directory: Directory
) -> Opened:
    """Opens a proven answer with the team's keys; drawer keys from its envelopes are kept in `held`.
    NotProven when something in it does not open, or lies outside what grant and look name."""
    grant = proven.grant
    directory.learn_vault(f"vault:{grant.vlt}", proven.sig_at)
    try:
        envelopes = [_envelope(one["jwe"], proven, team) for one in answer["envelopes"]]
        for epoch in envelopes:
            held.keep(grant.jti, epoch)
        records = [await _sealed(one["jwe"], proven, team, held, directory) for one in answer["sealed"]]
        for record, one in zip(records, answer["sealed"], strict=True):
            if (record.rid, record.ver) != (one["id"], one["version"]):
                raise FormatError("place")
            if not proven.covered:  # her device has signed for all that is here; or it lies where it was just put
                check_arrival(record, _seconds(one["arrived"]), directory.author)
    except (FormatError, KeyError, TypeError) as error:
        raise NotProven("sealed", "something in the answer does not open") from error
    return Opened(proven, tuple(records), tuple(H(one["jwe"]) for one in answer["envelopes"]))


def _envelope(jwe: str, proven: Proven, team: TeamKeys) -> EpochKeys:
    place = envelope_place(jwe)
    drawer, statement = proven.drawer, proven.epochs[place.ep]
    named = {h for ep, h in zip(drawer.epochs, drawer.envelopes, strict=True) if ep == place.ep}
    return open_envelope(
        jwe,
        team.opener(place.kid),
        vlt=proven.grant.vlt,
        drw=drawer.id,
        ep=place.ep,
        gnt=proven.grant.jti,
        env=named | set(statement.claims["env"]),
        dkc=str(statement.claims["dkc"]),
        box=dict(statement.claims["box"]),
    )


async def _sealed(jwe: str, proven: Proven, team: TeamKeys, held: HeldKeys, directory: Directory) -> Record:
    """One record, single or deposit; which of them, its own header says, and opening checks that."""
    grant, drawer = proven.grant, proven.drawer
    asked = proven.look.event.claims["drw"][0]
    kind = parse_json(unb64u(jwe.partition(".")[0])).get("typ")
    where: dict[str, Any] = {"vlt": grant.vlt, "drw": drawer.id}
    if kind == RECORD:
        place = record_place(jwe)
        if place.ep not in asked["ep"]:
            raise FormatError("epoch")
        where |= {"rid": place.rid, "ver": place.ver}
        opening = partial(open_record, jwe, _held(held, grant, drawer, place.ep), **where)
    elif kind == SINGLE:
        single = single_place(jwe)
        named = next(one for one in (*drawer.singles, None) if one is None or one.rid == single.rid)
        if named is None:
            raise FormatError("single")
        where |= {"rid": named.rid, "ver": named.ver, "gnt": grant.jti, "h": named.h}
        opening = partial(open_single, jwe, team.opener(single.kid), **where)
    elif kind == DEPOSIT:
        deposit = deposit_place(jwe)
        epochs = [ep for ep in asked["ep"] if proven.epochs[ep].claims["box"]["kid"] == deposit.box]
        where |= {"rid": deposit.rid}
        opening = partial(open_deposit, jwe, _held(held, grant, drawer, epochs[0] if epochs else 0), **where)
    else:
        raise FormatError("typ")
    if asked["rid"] is not None and where["rid"] not in asked["rid"]:
        raise FormatError("record")
    return await directory.opened(lambda author: opening(author=author))


def _seconds(moment: str) -> int:
    """A moment of the wire (`2026-11-03T09:30:00Z`) as seconds."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        raise FormatError("time") from None
    if found.tzinfo is None:
        raise FormatError("time")
    return int(found.timestamp())


def _held(held: HeldKeys, grant: Grant, drawer: Drawer, ep: int) -> EpochKeys:
    keys = held.find(grant.jti, drawer.id, ep)
    if keys is None:
        raise FormatError("key")
    return keys
