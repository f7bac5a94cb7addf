# SPDX-License-Identifier: EUPL-1.2
"""Every table of consent. What belongs to one person has a key that begins with `vlt`, so that the same tables can be
spread by person later (performance.md, "How it grows"); no statement needs rows of two people.

Ids, hashes and signed things are text as they travel; times are whole seconds since 1970; the log's nonces, entries
and hashes are bytes. STRICT: SQLite refuses a value of another type. The log's tables are at the end; only
`ledger_store` writes those.
"""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from chassis.database import outbox, seen_proofs

metadata = MetaData()


def _key(name: str, kind: type[Any] = Text) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=null)


def _number(name: str, *, null: bool = False, start: int | None = None) -> Column[Any]:
    return Column(name, Integer, nullable=null, server_default=None if start is None else str(start))


def _flag(name: str) -> Column[Any]:
    check = CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag")
    return Column(name, Integer, check, nullable=False, server_default="0")


def _bytes(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, LargeBinary, nullable=null)


def _table(name: str, *parts: Any, rowid: bool = True) -> Table:
    """rowid False: the row lies in the key's own tree, for small rows found by their whole key."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


# -- people --------------------------------------------------------------------------------------------------

vaults = _table(
    "vaults",
    _key("vlt"),
    _text("bsn", null=True),  # keyed HMAC of the BSN, the key outside the database: also the address of questions
    _text("birth_date", null=True),  # YYYY-MM-DD; deleted on the eighteenth birthday
    _text("acr", null=True),
    _number("signed_in_at", null=True),
    _number("opened_at", null=True),  # null: signed in, no card yet
    _text("person", null=True),  # vault-person+jwt
    _number("seq", null=True),  # newest statement of the chain
    _text("sid", null=True),  # its sid
    _number("card_seq", null=True),  # newest card: its SIG counts from the next statement
    _number("gezag_changed_at", null=True),
    _number("erase_at", null=True),  # everything will be erased then
    _number("gone_at", null=True),  # it has been: every look is `vault-gone`
    UniqueConstraint("bsn"),
)
"""One row per person. Made at the first sign-in, or when the vault is opened."""

statements = _table(
    "statements",
    _key("vlt"),
    _key("seq", Integer),
    _text("sid"),
    _text("typ"),
    _text("token"),
    _number("entered_at"),
    _number("n"),  # its line in the person's log
    _text("receipt"),  # receipt+jwt
    UniqueConstraint("vlt", "sid"),
)
"""The person's chain, gapless: the key makes a fork impossible. The only place that holds the signed text of a card,
epoch, grant or revoke: other tables name it by (vlt, seq)."""

epochs = _table(
    "epochs",
    _key("vlt"),
    _key("drw"),
    _key("ep", Integer),
    _text("cat"),
    _number("seq"),  # newest statement of this epoch (a renewal replaces it)
    _number("until"),  # `exp`
)
"""Drawers and their epochs. A drawer is its epochs; the newest is the highest `ep`."""

pauses = _table(
    "pauses",
    _key("vlt"),
    _key("id"),
    _text("jti", null=True),  # null: everything
    _number("since"),
)
"""Open pauses only: opening again deletes the row, the plain lines keep what happened."""
Index("one_pause_each", pauses.c.vlt, pauses.c.jti, unique=True)
Index(
    "one_pause_of_all",
    pauses.c.vlt,
    unique=True,
    sqlite_where=pauses.c.jti.is_(None),
    postgresql_where=pauses.c.jti.is_(None),
)

challenges = _table(
    "challenges", _key("vlt"), _key("id"), _text("challenge"), _number("until"), Index("challenges_until", "until")
)
"""Random octets for one passkey touch each."""

lines = _table(
    "lines",
    _key("vlt"),
    _key("id"),
    _number("at"),
    _text("what"),
    _text("team", null=True),
    _text("request", null=True),
    _text("jti", null=True),
    Index("lines_newest", "vlt", "at", "id"),
)
"""Plain lines, shown without a tick: questions, answers, pauses, take-overs."""

receipts = _table(
    "receipts",
    _key("vlt"),
    _key("id"),
    _number("at"),
    _text("jti", null=True),
    _text("receipt"),
    Index("receipts_newest", "vlt", "at", "id"),
)
"""Consent receipts (`consent-receipt+jwt`)."""

erasures = _table(
    "erasures", _key("vlt"), _text("id"), _number("asked_at"), _number("erase_at"), _number("done_at", null=True)
)
"""Applied again after a restore, for 35 days."""

# -- questions -----------------------------------------------------------------------------------------------

requests = _table(
    "requests",
    _key("address"),  # `vaults.bsn` of whom it is for, whether or not such a vault exists
    _key("id"),  # `jti` of the signed question
    _text("token"),  # vault-request+jwt
    _text("team"),
    _text("client"),
    _text("emp"),  # who asked: pseudonym as in the log's events
    _text("purpose"),
    _text("act"),
    _text("state"),  # open, waiting, granted, countered, refused, expired, taken-back
    _text("binding_code"),
    _number("asked_at"),
    _number("expires_at"),
    _number("answered_at", null=True),
    _text("offer", null=True),  # JSON of the counter-offer
    _number("rules"),  # version of the age rules it was asked under
    _text("approvers", null=True),  # JSON: who has to say yes, and why
    _text("share_code", null=True),  # hash of the code it came by
    _number("told_at", null=True),  # its `no-answer` event left
    UniqueConstraint("id"),
    Index("requests_of_team", "team", "asked_at", "id"),
    Index("requests_newest", "address", "asked_at", "id"),
    Index("requests_ending", "state", "expires_at"),
)
"""Questions of organisations, by address."""
Index("requests_again", requests.c.address, requests.c.team, requests.c.purpose, requests.c.expires_at)

share_codes = _table(
    "share_codes",
    _key("vlt"),
    _key("id"),
    _text("hash"),
    _number("made_at"),
    _number("until"),
    _number("used_at", null=True),
    _text("used_by", null=True),  # the question
    UniqueConstraint("hash"),
)
"""Codes that let one team ask once; only the hash is kept."""

# -- grants --------------------------------------------------------------------------------------------------

grants = _table(
    "grants",
    _key("vlt"),
    _key("jti"),
    _number("seq"),  # its statement: recipient key, act, kind, drawers, start and end are read from the signed text
    _text("sid"),
    _number("card_seq"),  # the card whose SIG counted at `seq`
    _text("team"),  # `aud`
    _text("purpose"),  # `pur.uri`
    _number("starts"),
    _number("ends"),
    _text("request", null=True),
    _number("entered_at"),
    _number("given_at"),  # the last yes it needs was in; while waiting: entered_at
    _flag("waiting"),  # a yes of another person is not in
    _flag("rests_on_gezag"),
    _number("rules"),  # version of the age rules
    _text("approvers", null=True),  # JSON: who has to say yes, and why
    _number("opened_at", null=True),  # newest opening of `once` and `every:<days>`
    _text("opened_by", null=True),  # emp
    _number("ended_at", null=True),
    _text("ended_why", null=True),  # withdrawn, handed-back, moved, lapsed: final
    _text("stopped_by", null=True),  # party, when withdrawn
    _text("revoke", null=True),  # sid of the signed revoke; null while stopped by sign-in alone
    CheckConstraint("starts < ends", name="grant_ends"),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_once"),
    Index("grants_newest", "vlt", "entered_at", "jti"),
    Index("grants_of_team", "team", "entered_at", "jti"),
    Index("grants_of_request", "vlt", "request"),
    Index("grants_ending", "ends"),
)
"""Every grant entered, with what the registry adds to the signed text. Without end or purpose none can be stored."""

grant_places = _table("grant_places", _key("jti"), _text("vlt"), rowid=False)
"""Whose grant an id is: a look names the grant only."""

grant_drawers = _table("grant_drawers", _key("vlt"), _key("drw"), _key("jti"), _text("cat"), rowid=False)
"""Which grants give (or fill) a drawer."""

grant_caseworkers = _table("grant_caseworkers", _key("vlt"), _key("jti"), _key("emp"), _number("since"), rowid=False)
"""Who is on the case. No row at all: the whole party (a depositing system, a relative)."""

grant_days = _table("grant_days", _key("vlt"), _key("jti"), _key("day"), _number("looks"), rowid=False)
"""Looks a day of each grant (day in Amsterdam, YYYY-MM-DD), counted in the transaction that allows them."""

assents = _table(
    "assents",
    _key("vlt"),  # whose grant it is
    _key("jti"),
    _key("by_vlt"),  # who says it
    _text("sid"),  # of the assent
    _text("token"),
    _flag("yes"),
    _number("at"),
)
"""The newest assent of each approver."""

duties = _table(
    "duties",
    _key("vlt"),
    _key("jti"),
    _text("team"),
    _number("since"),
    _number("due"),
    _number("reminded_at", null=True),
    _text("answer", null=True),  # erased, kept
    _number("kept_until", null=True),
    _text("article", null=True),
    _text("closing", null=True),  # vault-closing+jwt
    _number("answered_at", null=True),
    Index("duties_due", "answered_at", "due"),
)
"""What an organisation owes when a grant has ended: a signed closing."""

# -- who decides for whom ------------------------------------------------------------------------------------

gezag = _table(
    "gezag",
    _key("vlt"),
    _key("sid"),
    _text("token"),  # vault-gezag+jwt
    _text("kind"),
    _text("holders"),  # JSON list of pseudonyms
    _flag("in_doubt"),
    _number("taken_at"),
    _number("until"),
)
"""Snapshots of gezag; the newest `taken_at` counts."""

abilities = _table(
    "abilities",
    _key("vlt"),
    _key("regime"),
    _text("sid"),
    _text("token"),  # vault-able+jwt
    _number("since"),
    _number("until"),
)
"""Not able, by regime; the newest counts."""

# -- organisations and purposes ------------------------------------------------------------------------------

organisations = _table(
    "organisations",
    _key("team"),
    _key("sid"),
    _text("token"),  # vault-org+jwt
    _text("enc"),  # thumbprint
    _text("sig"),  # thumbprint
    _number("shard"),
    _number("idx"),
    _number("logged_at"),
    _number("valid_from"),  # logged_at + 72 h
    _number("valid_until"),  # `exp`
    _number("withdrawn_at", null=True),
    Index("organisations_newest", "team", "logged_at"),
)
"""The directory: each statement of each team. A key superseded by renewal still counts, a withdrawn one never."""

teams = _table(
    "teams",
    _key("team"),
    _text("role"),
    _text("name"),
    _text("address"),
    _text("contact"),
    _number("listed_at"),
)
"""What the directory says of a team besides its keys: the role in which it asks, and who is behind it (receipts)."""

suspensions = _table("suspensions", _key("kind"), _key("subject"), _number("since"), rowid=False)
"""kind: service (subject ""), organisation (team), application (client id), caseworker (emp). A row: suspended now."""

purposes = _table(
    "purposes",
    _key("uri"),
    _text("sid", null=True),  # of the catalogue statement it came with
    _number("daily"),
    _flag("reason"),
    _text("activity"),  # processing activity, for the accountability line
    _number("logged_at"),
    _number("recalled_at", null=True),
)
"""What the decision needs of each version of a purpose; the whole of it is in the catalogue files."""

# -- leaving -------------------------------------------------------------------------------------------------

events_out = _table(
    "events_out",
    _key("id"),
    _text("team"),
    _text("type"),
    _text("token"),  # secevent+jwt
    _number("made_at"),
    _number("due_at"),
    _number("acknowledged_at", null=True),
    Index("events_out_due", "team", "acknowledged_at", "due_at"),
)
"""Signed events for organisations, written with the change they tell of, kept until acknowledged, at most 90 days."""

journal = outbox(metadata)
proofs = seen_proofs(metadata)

# -- the log -------------------------------------------------------------------------------------------------

shards = _table(
    "shards",
    _key("shard", Integer),
    _text("origin"),
    _number("size"),
    _bytes("root"),
    _text("note"),  # newest signed checkpoint
    _number("now"),  # high-water mark of the clock: no decision is ever made before it
    UniqueConstraint("origin"),
)
"""One row per half year; the highest `shard` is the one that is written. Locked by the writer."""

events = _table(
    "events",
    _key("shard", Integer),
    _key("idx", Integer),
    _text("vlt", null=True),
    _number("n", null=True),
    _bytes("entry"),
    _bytes("nonce", null=True),  # null: erased, the entry stays and says nothing
    _bytes("bytes", null=True),
    Index("events_of_vault", "vlt", "n", unique=True),
    rowid=False,
)
"""The log's entries. `n` counts per vault and runs on across shards."""

nodes = _table(
    "nodes", _key("shard", Integer), _key("level", Integer), _key("idx", Integer), _bytes("hash"), rowid=False
)
"""Complete subtrees of each shard's tree (formats/tree.py)."""

taken = _table(
    "taken",
    _key("id", Integer),
    _text("question"),
    _number("until"),
    UniqueConstraint("question"),
)
"""Question ids H(jkt · jti) of looks: each counts once. Rows lie in order of time, so old ones go without a search."""
