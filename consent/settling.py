# SPDX-License-Identifier: EUPL-1.2
"""The end of a move: from one transaction on she lives here, under her own `vlt`, and no yes of before counts.

Her next card, signed just now, names by `prv` the newest statement that she brought, and so all before it: it is her own
word that the chain goes on here. It gets a line of our log and our receipt, as every statement from then on; what came
along keeps the receipts and the log of where it was entered. Every grant of before has ended: `moved`.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import store, store_arriving, store_grants
from consent.arriving import running_move
from consent.batch import Batch
from consent.entering import AHEAD, spelled
from consent.opening import PERSON_SECONDS
from consent.receipts import acknowledge
from consent.refusals import Absent, ChainMoved, Forged, Misplaced, NotAllowed
from consent.registry import Registry
from formats.grant import GRANT, read_grant
from formats.jose import peek
from formats.person import PERSON, verify_person
from formats.spelling import FormatError
from formats.statement import CARD, EPOCH, REVOKE, Statement, follows, is_card_of, verify_statement

FRESH = 600
"""Seconds within which her card has to have been signed."""


async def settle(
    registry: Registry, was: str, identifier: str, vlt: str, card: str, person: str
) -> tuple[str, list[str]]:
    """Ends the move of who is signed in as `was`: her own `vlt`, and the receipts of card and issuer's word.

    The same again: the same. Raises Absent (no such move), ChainMoved (the card is not the next, or somebody has this
    vault here), Unspelled, Forged, Misplaced (what is missing), NotAllowed.
    """
    spelled(card)
    spelled(person)
    try:
        word = verify_person(person, registry.identity_key)
    except FormatError as error:
        raise Forged from error

    def work(connection: Connection, batch: Batch) -> tuple[str, list[str]]:
        done = store_arriving.moved(connection, was)
        if done is not None:
            return vlt, _again(
                connection, done["vlt"], done["seq"], card, (done["id"], done["vlt"]) == (identifier, vlt)
            )
        now = batch.now
        origin = running_move(connection, was, identifier, now)["origin"]
        new = _next_card(connection, was, card)
        if new.vlt != vlt or word.vlt != vlt or not is_card_of(word, new):
            raise Misplaced([("/person", "other-key")])
        if not now - FRESH <= new.claims["iat"] <= now + AHEAD or not now - PERSON_SECONDS <= word.iat <= now + AHEAD:
            raise Misplaced([("/card/iat", "not-current")])
        if store_arriving.untold(connection, was):
            raise Misplaced([("/lines", "a-line-is-missing")])
        if store.vault(connection, vlt) is not None:
            raise ChainMoved
        _grants_and_epochs(registry, connection, was, vlt, now)
        if not store_arriving.move_in(connection, was, vlt, person, now):
            raise NotAllowed
        receipts = _enter(registry, connection, batch, new, word.sid)
        store_arriving.done(connection, was)
        move = {"vlt": vlt, "id": identifier, "was": was, "origin": origin, "seq": new.seq, "at": now}
        store_arriving.put_move(connection, move)
        line = Line("Vault moved in", "vault", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        return vlt, receipts

    return await registry.ledger.run(work)


def _again(connection: Connection, vlt: str, seq: int, card: str, same: bool) -> list[str]:
    """The receipt of the first time, for the very same end."""
    stored = store.statement(connection, vlt, seq)
    if not same or stored is None or stored["token"] != card:
        raise Absent
    return [str(stored["receipt"])]


def _next_card(connection: Connection, was: str, token: str) -> Statement:
    """Her card, by the SIG that counts and right behind what was brought. Raises ChainMoved, Forged."""
    last, newest = store_arriving.last(connection, was), store_arriving.card(connection, was)
    if last is None or newest is None:
        raise Misplaced([("/statements", "missing")])
    before = Statement(last["typ"], last["sid"], last["token"], peek(last["token"])[1])
    try:
        new = verify_statement(token, peek(newest["token"])[1]["sig"])
    except FormatError as error:
        raise Forged from error
    try:
        follows(before, new)
    except FormatError as error:
        raise ChainMoved from error
    if new.typ != CARD:
        raise Misplaced([("/card", "no-card")])
    return new


def _grants_and_epochs(registry: Registry, connection: Connection, was: str, vlt: str, now: int) -> None:
    """Her drawers as they are, and her grants as what they are here: ended."""
    epochs = {}
    for row in store_arriving.of_type(connection, was, EPOCH):
        claims = peek(row["token"])[1]
        epochs[row["about"], claims["ep"]] = {"cat": claims["cat"], "seq": row["seq"], "until": claims["exp"]}
    for (drw, ep), values in epochs.items():
        store.put_epoch(connection, {"vlt": vlt, "drw": drw, "ep": ep} | values)
    cards = [int(row["seq"]) for row in store_arriving.of_type(connection, was, CARD)]
    revoked = {row["about"]: row["sid"] for row in store_arriving.of_type(connection, was, REVOKE)}
    for row in store_arriving.of_type(connection, was, GRANT):
        grant = read_grant(row["token"])
        if store_grants.place(connection, grant.jti) is not None:
            raise ChainMoved  # somebody else's grant here has this id
        values = {"vlt": vlt, "jti": grant.jti, "seq": grant.seq, "sid": grant.sid, "team": grant.aud}
        values |= {"card_seq": max(seq for seq in cards if seq < grant.seq)}
        values |= {"purpose": grant.purpose, "starts": grant.nbf, "ends": grant.exp, "request": grant.req, "waiting": 0}
        values |= {"entered_at": row["entered_at"], "given_at": row["entered_at"], "rests_on_gezag": 0}
        values |= {"rules": registry.catalogue.ages.version, "approvers": None}
        store_grants.put(connection, values, [(drawer.id, drawer.cat) for drawer in grant.drawers], None)
        store_grants.end(connection, vlt, grant.jti, now, "moved", None)
        if grant.jti in revoked:
            store_grants.set_revoke(connection, vlt, grant.jti, revoked[grant.jti])


def _enter(registry: Registry, connection: Connection, batch: Batch, card: Statement, word: str) -> list[str]:
    """Her card and the issuer's word in our log, and the chain behind them."""
    vlt, now = card.vlt, batch.now
    entry = batch.append("statement", vlt, sid=card.sid, typ=card.typ)
    receipt = acknowledge(registry, entry, vlt, card.sid, card.typ, now)
    values = {"vlt": vlt, "seq": card.seq, "sid": card.sid, "typ": card.typ, "token": card.token, "n": entry.n}
    store.put_statement(connection, values | {"entered_at": now, "receipt": receipt})
    said = batch.append("statement", vlt, sid=word, typ=PERSON)
    store.move_chain(connection, vlt, was=-1, seq=card.seq, sid=card.sid, card_seq=card.seq)
    return [receipt, acknowledge(registry, said, vlt, word, PERSON, now)]
