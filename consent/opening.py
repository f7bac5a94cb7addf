# SPDX-License-Identifier: EUPL-1.2
"""A vault begins: somebody signs in, and the first card of the chain comes in with the identity issuer's word.

Of the BSN only a keyed pseudonym is kept, of the birth date nothing from 18 on.
"""

from datetime import date

from chassis.database import Connection
from chassis.journal import Line
from consent import ages, store, store_arriving
from consent.batch import Batch
from consent.entering import spelled
from consent.receipts import acknowledge
from consent.refusals import Absent, ChainMoved, Forged, Misplaced, NotAllowed
from consent.registry import Registry
from formats.person import PERSON, verify_person
from formats.spelling import FormatError
from formats.statement import is_card_of, verify_first_card

PERSON_SECONDS = 3600
"""How old the identity issuer's word may be when a vault is opened."""
AHEAD = 60


async def sign_in(registry: Registry, named: str, bsn: str, birth_date: date, acr: str, auth_time: int) -> str:
    """Takes in that the owner of the vault `named` signed in; whose vault it is, which is another `vlt` if the empty one
    was taken over by a move that the gateway did not hear the end of. Raises NotAllowed when vault and BSN belong to
    others."""
    address = registry.address(bsn)

    def work(connection: Connection, batch: Batch) -> str:
        moved = store_arriving.moved(connection, named)
        vlt = named if moved is None else str(moved["vlt"])
        vault = store.vault(connection, vlt)
        other = store.vault_at(connection, address)
        if vault is not None and (vault["gone_at"] is not None or vault["bsn"] not in (None, address)):
            raise NotAllowed
        if other is not None and other["vlt"] != vlt:
            raise NotAllowed
        born = birth_date.isoformat() if ages.band(birth_date, batch.now) != "18+" else None
        store.sign_in(connection, vlt, address, born, acr, auth_time)
        line = Line("Person signed in", "vault", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        return vlt

    return await registry.ledger.run(work)


async def open_vault(registry: Registry, vlt: str, card: str, person: str) -> tuple[int, list[str]]:
    """Opens the vault of the caller: newest `seq`, and the receipts of card and `vault-person`.

    The same two again: the card's receipt. Raises Unspelled, Forged, Absent (not the caller's), Misplaced (an old or
    foreign word of the issuer), ChainMoved (it is open already), NotAllowed (nobody signed in).
    """
    spelled(card)
    spelled(person)
    try:
        first = verify_first_card(card)
        word = verify_person(person, registry.identity_key)
    except FormatError as error:
        raise Forged from error
    if first.vlt != vlt or word.vlt != vlt:
        raise Absent
    if not is_card_of(word, first):
        raise Misplaced([("/person", "other-key")])

    def work(connection: Connection, batch: Batch) -> tuple[int, list[str]]:
        now = batch.now
        vault = store.vault(connection, vlt)
        if vault is None or vault["bsn"] is None or vault["gone_at"] is not None:
            raise NotAllowed
        if vault["opened_at"] is not None:
            stored = store.statement(connection, vlt, 0)
            if stored is None or stored["token"] != card or vault["person"] != person:
                raise ChainMoved
            return int(vault["seq"]), [stored["receipt"]]
        if not now - PERSON_SECONDS <= word.iat <= now + AHEAD:
            raise Misplaced([("/person/iat", "not-current")])
        entry = batch.append("statement", vlt, sid=first.sid, typ=first.typ)
        receipt = acknowledge(registry, entry, vlt, first.sid, first.typ, now)
        values = {"vlt": vlt, "seq": 0, "sid": first.sid, "typ": first.typ, "token": card, "n": entry.n}
        store.put_statement(connection, values | {"entered_at": now, "receipt": receipt})
        said = batch.append("statement", vlt, sid=word.sid, typ=PERSON)
        store.open_vault(connection, vlt, person, now)
        store.move_chain(connection, vlt, was=-1, seq=0, sid=first.sid, card_seq=0)
        line = Line("Vault opened", "vault", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        return 0, [receipt, acknowledge(registry, said, vlt, word.sid, PERSON, now)]

    return await registry.ledger.run(work)
