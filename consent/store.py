# SPDX-License-Identifier: EUPL-1.2
"""Rows of one person: the vault, the chain, the epochs, gezag. Statements are built once.

Every function takes the `Connection` of the caller's transaction first. Rows come back as mappings by column name.
The `store_*` files hold the rest of consent's SQL, by subject.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, RowMapping, bindparam, func, null, select, tuple_, update

from chassis.database import Connection, insert
from consent.tables import abilities, epochs, gezag, shards, statements, vaults

Row = RowMapping
Values = Mapping[str, Any]
Before = tuple[int, str] | None
"""Where a page goes on: the time and id of the last row shown, newest first; None: from the newest."""
_LAST = (2**53, "~")


def first(connection: Connection, statement: Executable, **values: Any) -> Row | None:
    """The first row, or None."""
    return connection.execute(statement, values).mappings().first()


def every(connection: Connection, statement: Executable, **values: Any) -> Sequence[Row]:
    """All rows."""
    return connection.execute(statement, values).mappings().all()


def change(connection: Connection, statement: Executable, **values: Any) -> int:
    """Writes; answers how many rows."""
    return int(connection.execute(statement, values).rowcount)


def page_values(before: Before) -> dict[str, Any]:
    """The bind values of a page's place."""
    at, identifier = before or _LAST
    return {"b_at": at, "b_id": identifier}


def older_than(at: Any, identifier: Any) -> Any:
    """The condition of a page, newest first."""
    return tuple_(at, identifier) < tuple_(bindparam("b_at"), bindparam("b_id"))


_NOW = select(func.max(shards.c.now))


def high_water(connection: Connection) -> int:
    """The latest `now` that any decision was made at; 0 before the first. A clock set back changes nothing (P29)."""
    return int(connection.execute(_NOW).scalar() or 0)


# -- the vault --------------------------------------------------------------------------------------------------

_VAULT = select(vaults).where(vaults.c.vlt == bindparam("vlt"))
_VAULT_AT = select(vaults).where(vaults.c.bsn == bindparam("bsn"))
_SIGN_IN = insert(vaults).values(
    vlt=bindparam("vlt"),
    bsn=bindparam("bsn"),
    birth_date=bindparam("birth_date"),
    acr=bindparam("acr"),
    signed_in_at=bindparam("signed_in_at"),
)
_SIGN_IN = _SIGN_IN.on_conflict_do_update(
    index_elements=["vlt"], set_={k: _SIGN_IN.excluded[k] for k in ("birth_date", "acr", "signed_in_at")}
)
_OPEN = (
    update(vaults)
    .where(vaults.c.vlt == bindparam("b_vlt"), vaults.c.opened_at.is_(None))
    .values(opened_at=bindparam("opened_at"), person=bindparam("person"))
)
_MOVE = (
    update(vaults)
    .where(vaults.c.vlt == bindparam("b_vlt"), func.coalesce(vaults.c.seq, -1) == bindparam("was"))
    .values(seq=bindparam("seq"), sid=bindparam("sid"), card_seq=bindparam("card_seq"))
)
_GEZAG_CHANGED = update(vaults).where(vaults.c.vlt == bindparam("b_vlt")).values(gezag_changed_at=bindparam("at"))
_GROWN_UP = update(vaults).where(vaults.c.birth_date <= bindparam("born")).values(birth_date=null())


def vault(connection: Connection, vlt: str) -> Row | None:
    """The row of a vault, opened or not."""
    return first(connection, _VAULT, vlt=vlt)


def vault_at(connection: Connection, address: str) -> Row | None:
    """The vault behind the pseudonym of a BSN."""
    return first(connection, _VAULT_AT, bsn=address)


def sign_in(connection: Connection, vlt: str, bsn: str, birth_date: str | None, acr: str, at: int) -> None:
    """Makes the row at the first sign-in; later ones renew birth date and level, never the pseudonym."""
    values = {"vlt": vlt, "bsn": bsn, "birth_date": birth_date, "acr": acr, "signed_in_at": at}
    change(connection, _SIGN_IN, **values)


def open_vault(connection: Connection, vlt: str, person: str, at: int) -> bool:
    """Marks a vault opened; False when it was, or when nobody signed in for it."""
    return change(connection, _OPEN, b_vlt=vlt, person=person, opened_at=at) == 1


def move_chain(connection: Connection, vlt: str, *, was: int, seq: int, sid: str, card_seq: int) -> bool:
    """The chain's head goes from `was` to `seq`, in one conditional write; False when it had moved."""
    return change(connection, _MOVE, b_vlt=vlt, was=was, seq=seq, sid=sid, card_seq=card_seq) == 1


def gezag_changed(connection: Connection, vlt: str, at: int) -> None:
    """What rests on gezag has to be looked at again since `at`."""
    change(connection, _GEZAG_CHANGED, b_vlt=vlt, at=at)


def forget_birth_dates(connection: Connection, born: str) -> int:
    """Deletes birth dates up to `born` (YYYY-MM-DD)."""
    return change(connection, _GROWN_UP, born=born)


# -- the chain --------------------------------------------------------------------------------------------------

_PUT_STATEMENT = insert(statements)
_STATEMENT = select(statements).where(statements.c.vlt == bindparam("vlt"), statements.c.seq == bindparam("seq"))
_STATEMENTS = (
    select(statements)
    .where(statements.c.vlt == bindparam("vlt"), statements.c.seq < bindparam("before"))
    .order_by(statements.c.seq.desc())
    .limit(bindparam("most"))
)
_PUT_EPOCH = insert(epochs)
_PUT_EPOCH = _PUT_EPOCH.on_conflict_do_update(
    index_elements=["vlt", "drw", "ep"], set_={k: _PUT_EPOCH.excluded[k] for k in ("seq", "until")}
)
_EPOCH = (
    select(epochs, statements.c.token, statements.c.n, statements.c.entered_at)
    .join(statements, (statements.c.vlt == epochs.c.vlt) & (statements.c.seq == epochs.c.seq))
    .where(epochs.c.vlt == bindparam("vlt"), epochs.c.drw == bindparam("drw"))
    .order_by(epochs.c.ep.desc())
    .limit(1)
)
_DRAWERS = (
    select(epochs.c.drw, epochs.c.cat, func.max(epochs.c.ep).label("ep"))
    .where(epochs.c.vlt == bindparam("vlt"))
    .group_by(epochs.c.drw, epochs.c.cat)
)
_RENEWED = (
    select(statements.c.seq)
    .where(
        statements.c.vlt == bindparam("vlt"),
        statements.c.seq > bindparam("seq"),
        statements.c.entered_at > bindparam("after"),
        statements.c.typ.in_(("vault-epoch+jwt", "vault-card+jwt")),
    )
    .limit(1)
)


def put_statement(connection: Connection, values: Values) -> None:
    """Adds a statement to a chain; the key refuses a second one of that `seq`."""
    change(connection, _PUT_STATEMENT, **values)


def statement(connection: Connection, vlt: str, seq: int) -> Row | None:
    """One statement of a chain."""
    return first(connection, _STATEMENT, vlt=vlt, seq=seq)


def newest_statements(connection: Connection, vlt: str, before: int, most: int) -> Sequence[Row]:
    """Statements below `before`, newest first."""
    return every(connection, _STATEMENTS, vlt=vlt, before=before, most=most)


def put_epoch(connection: Connection, values: Values) -> None:
    """A new epoch, or the renewal of one."""
    change(connection, _PUT_EPOCH, **values)


def newest_epoch(connection: Connection, vlt: str, drw: str) -> Row | None:
    """The newest epoch of a drawer, with the text (`token`) and log number (`n`) of its statement."""
    return first(connection, _EPOCH, vlt=vlt, drw=drw)


def drawers(connection: Connection, vlt: str) -> Mapping[str, tuple[str, int]]:
    """Each drawer: category and newest epoch."""
    return {row["drw"]: (row["cat"], row["ep"]) for row in every(connection, _DRAWERS, vlt=vlt)}


def renewed_after(connection: Connection, vlt: str, seq: int, after: int) -> bool:
    """Whether her key signed an epoch or a card behind this statement of her chain, and it came in after this second."""
    return first(connection, _RENEWED, vlt=vlt, seq=seq, after=after) is not None


# -- gezag and ability ------------------------------------------------------------------------------------------

_GEZAG = select(gezag).where(gezag.c.vlt == bindparam("vlt")).order_by(gezag.c.taken_at.desc()).limit(1)
_PUT_GEZAG = insert(gezag).on_conflict_do_nothing()
_UNABLE = select(abilities.c.sid).where(
    abilities.c.vlt == bindparam("vlt"),
    abilities.c.regime == bindparam("regime"),
    abilities.c.since <= bindparam("now"),
    abilities.c.until > bindparam("now"),
)


def newest_gezag(connection: Connection, vlt: str) -> Row | None:
    """The newest snapshot of gezag."""
    return first(connection, _GEZAG, vlt=vlt)


def put_gezag(connection: Connection, values: Values) -> bool:
    """A snapshot; False when it was there."""
    return change(connection, _PUT_GEZAG, **values) == 1


def unable(connection: Connection, vlt: str, regime: str, now: int) -> bool:
    """Whether a signed "not able" holds for this regime."""
    return first(connection, _UNABLE, vlt=vlt, regime=regime, now=now) is not None
