# SPDX-License-Identifier: EUPL-1.2
"""Every table of the vault. All keys begin with `vlt`, so that the same tables can be spread by person later (`uploads`
is the signpost from a source's upload to its vault; no statement touches it together with another table).

Ids, hashes, signed and sealed things are text as they travel; times are whole seconds since 1970; h of a head is bytes.
STRICT: SQLite refuses a value of another type. No column holds a name, a schema or a purpose.
"""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, Table, literal_column

from chassis.database import NUMBER, TEXT, outbox, seen_proofs

metadata = MetaData()


def _key(name: str, kind: Any = TEXT) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, NUMBER, nullable=null)


def _flag(name: str) -> Column[Any]:
    return Column(name, NUMBER, CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag"), nullable=False)


def _table(name: str, *parts: Any, rowid: bool = True) -> Table:
    """rowid False: the row lies in the key's own tree, for small rows found by their whole key."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


# -- the vault itself ----------------------------------------------------------------------------------------

vaults = _table(
    "vaults",
    _key("vlt"),
    Column(
        "state", TEXT, CheckConstraint("state IN ('open', 'importing', 'gone')", name="vault_state"), nullable=False
    ),
    _text("card"),  # newest card: its SIG signs what comes next
    _number("seq"),  # number of that card in the chain
    _number("quota"),
    _number("used"),  # bytes of records, deposits, envelopes, singles, and attachments at their full length
    _number("records"),  # how many records, versions not counted
    _number("since"),
)
keyrings = _table("keyrings", _key("vlt"), _key("seq", NUMBER), _text("jwe"), _text("h"), _number("until", null=True))
slots = _table("slots", _key("vlt"), _key("slot"), _text("type"), _text("kdf", null=True), _text("jwe"))

# Devices that another one of hers stopped: their tokens count no more. jkt: thumbprint of the key they are bound to.
stopped_devices = _table(
    "stopped_devices", _key("vlt"), _key("jkt"), _number("at"), Index("stopped_devices_by_time", "at")
)

# -- drawers -------------------------------------------------------------------------------------------------

# One row a drawer: what every write of it compares and moves on. h: 32 bytes, n: number of changes so far.
drawers = _table(
    "drawers",
    _key("vlt"),
    _key("drw"),
    _number("ep"),  # the newest epoch, the only open one
    _text("box"),  # kid of its BOX
    _number("n"),
    Column("h", LargeBinary, nullable=False),
    _number("signed_n"),
    _text("signed", null=True),  # newest vault-head statement
    rowid=False,
)
epochs = _table("epochs", _key("vlt"), _key("drw"), _key("ep", NUMBER), _number("seq"), _text("statement"), rowid=False)
heads = _table(
    "heads",
    _key("vlt"),
    _key("drw"),
    _key("n", NUMBER),
    _text("op"),
    _text("rid"),
    _number("ver"),
    _text("sealed"),  # H of the sealed text, "" for del: `t` of the formats page
    Column("h", LargeBinary, nullable=False),
    rowid=False,
)
# A rid that stands in any head was used once; whether it is spent, its newest line says.
Index("heads_by_record", heads.c.vlt, heads.c.rid, heads.c.n)

# -- sealed things -------------------------------------------------------------------------------------------

records = _table(
    "records",
    _key("vlt"),
    _key("drw"),
    _key("rid"),
    _key("ver", NUMBER),
    _number("ep"),
    _number("n"),  # place in the drawer's head: newest first
    _flag("newest"),  # 1 at the highest version only
    _number("at"),
    _text("h"),
    _number("size"),
    _text("jwe"),
)
Index("records_by_place", records.c.vlt, records.c.drw, records.c.newest, records.c.n)
deposits = _table(
    "deposits",
    _key("vlt"),
    _key("rid"),
    _text("drw"),
    _number("ep"),
    _text("gnt"),
    _number("n"),  # as in records; 0 until it is whole
    _flag("complete"),
    _number("event_n"),  # number of its deposit event in the person's log
    _number("log_index"),
    _number("at"),  # of the event
    _number("until", null=True),  # an upload not whole by then goes
    _text("by"),  # the part that brings its attachments
    _text("h"),
    _number("size"),
    _text("jwe"),
)
Index("deposits_by_place", deposits.c.vlt, deposits.c.drw, deposits.c.complete, deposits.c.n)

# -- what grantees get ---------------------------------------------------------------------------------------

envelopes = _table(
    "envelopes",
    _key("vlt"),
    _key("gnt"),
    _key("drw"),
    _key("ep", NUMBER),
    _text("kid"),  # the ENC key it is sealed to
    _text("h"),
    _number("size"),
    _text("jwe"),
)
singles = _table(
    "singles",
    _key("vlt"),
    _key("gnt"),
    _key("rid"),
    _text("drw"),
    _number("ver"),
    _number("at"),  # arrival of the record version it shows
    _text("kid"),
    _text("h"),
    _number("size"),
    _text("jwe"),
)
Index("singles_by_record", singles.c.vlt, singles.c.rid)

# -- attachments ---------------------------------------------------------------------------------------------

attachments = _table(
    "attachments",
    _key("vlt"),
    _key("drw"),
    _key("rid"),
    _key("a"),
    _number("length"),
    _text("h"),
    _flag("complete"),
    _number("until", null=True),  # space is held until then
    _text("upload", null=True),  # id of the source's upload; null when the person brings it
)
Index("attachments_by_end", attachments.c.until)
pieces = _table(
    "pieces",
    _key("vlt"),
    _key("drw"),
    _key("rid"),
    _key("a"),
    _key("k", NUMBER),
    _number("size"),
    _text("h"),  # name of its blob
)
Index("pieces_by_blob", pieces.c.vlt, pieces.c.h)

uploads = _table(
    "uploads",
    _key("id"),
    _text("vlt"),
    _text("drw"),
    _text("rid"),
    _text("a"),
    _number("until"),
    rowid=False,
)

# -- seconds, hours, weeks -----------------------------------------------------------------------------------

used_permits = _table("used_permits", _key("vlt"), _key("origin"), _key("idx", NUMBER), _number("at"), rowid=False)
challenges = _table("challenges", _key("vlt"), _key("challenge"), _number("until"), rowid=False)
imports = _table("imports", _key("vlt"), _key("id"), _number("until"), _text("chain"))
# due: when a waiting erasure runs; at: when it ran, kept 35 days so that a restored backup is emptied again.
erasures = _table("erasures", _key("vlt"), _key("id"), _number("due"), _number("at", null=True), rowid=False)

journal = outbox(metadata)
seen = seen_proofs(metadata)

# -- what the sweep looks for, once an hour: found by an index, never by a walk of everybody's rows ------------

GONE = vaults.c.state == literal_column("'gone'")
"""As a text in the statement: for a value that is bound no database knows that the index has all such rows."""
for _name, _column, _some in (
    ("deposits_unfinished", deposits.c.until, deposits.c.until.is_not(None)),
    ("keyrings_over", keyrings.c.until, keyrings.c.until.is_not(None)),
    ("vaults_gone", vaults.c.since, GONE),
):
    Index(_name, _column, sqlite_where=_some, postgresql_where=_some)
