# SPDX-License-Identifier: EUPL-1.2
"""Every table of the desk: one team's. What is sealed is text as it travels; times are whole seconds since 1970.

No column holds a token, a key that opens something, a BSN or a value. `cases.name` is the organisation's own word for a
case; it never leaves.
"""

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table

from chassis.database import NUMBER, TEXT, outbox

metadata = MetaData()


def _key(name: str, kind: Any = TEXT) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, NUMBER, nullable=null)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


member_lists = _table("member_lists", _key("seq", NUMBER), _text("token"), _number("at"))
# Whom a list no longer names. told: whether the gateway knows.
removals = _table("removals", _key("subject"), _number("seq"), _number("at"), _number("told"))
rings = _table(
    "rings",
    _key("subject"),
    Column("ring", TEXT, nullable=False, unique=True),
    Column("sig", TEXT, nullable=False, unique=True),  # thumbprint: one key is one person's
    _text("name"),
    _text("card"),
    _number("seq"),  # number of the keyring, 0 before the first
    _text("keyring", null=True),
    _number("at"),
)
slots = _table("slots", _key("ring"), _key("slot"), _text("type"), _text("kdf", null=True), _text("jwe"))
peppers = _table("peppers", _key("subject"), _number("day"), _number("tries"))
copies = _table(
    "copies",
    _key("h"),
    _text("subject"),
    _number("seq"),
    _text("jwe"),
    _number("at"),
    Index("copies_by_subject", "subject", "seq"),
)
cases = _table("cases", _key("request"), _text("name"), _text("holder"), _number("at"))
envelopes = _table("envelopes", _key("gnt"), _key("drw"), _key("ep", NUMBER), _text("kid"), _text("jwe"), _number("at"))
events = _table(
    "events",
    _key("jti"),
    _text("type"),
    _text("dataref"),
    _number("issued"),
    _number("at"),
    Index("events_by_time", "at", "jti"),
)
duties = _table("duties", _key("gnt"), _number("asked"), _number("closed", null=True))
journal = outbox(metadata)
