# SPDX-License-Identifier: EUPL-1.2
"""The tables of consent. What belongs to one person has a key that begins with `vlt`, so that the same tables can be
spread by person later (performance.md, "How it grows"); no statement needs rows of two people.

Ids, hashes and signed things are text as they travel; times are whole seconds since 1970; the log's nonces, entries
and hashes are bytes. STRICT: SQLite refuses a value of another type. The log's own tables stand in `store_tables`.
"""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, and_

from chassis.database import NUMBER, outbox, seen_proofs
from consent.store_moving_tables import arrivals, arriving, earlier_lines, moves
from consent.store_public_tables import (
    catalogues,
    late_counts,
    listings,
    organisations,
    purposes,
    rates,
    suspensions,
    teams,
)
from consent.store_tables import events, flag, key, metadata, number, shards, table, taken, text, twigs

__all__ = [
    "arrivals",
    "arriving",
    "catalogues",
    "earlier_lines",
    "events",
    "late_counts",
    "listings",
    "metadata",
    "moves",
    "organisations",
    "purposes",
    "rates",
    "shards",
    "suspensions",
    "taken",
    "teams",
    "twigs",
]

# -- people --------------------------------------------------------------------------------------------------

vaults = table(
    "vaults",
    key("vlt"),
    text("bsn", null=True),  # keyed HMAC of the BSN, the key outside the database: also the address of questions
    text("birth_date", null=True),  # YYYY-MM-DD; deleted on the eighteenth birthday
    text("acr", null=True),
    number("signed_in_at", null=True),
    number("opened_at", null=True),  # null: signed in, no card yet
    text("person", null=True),  # vault-person+jwt
    number("seq", null=True),  # newest statement of the chain
    text("sid", null=True),  # its sid
    number("card_seq", null=True),  # newest card: its SIG counts from the next statement
    number("gezag_changed_at", null=True),
    number("erase_at", null=True),  # everything will be erased then
    number("gone_at", null=True),  # it has been: every look is `vault-gone`
    UniqueConstraint("bsn"),
)
"""One row per person. Made at the first sign-in, or when the vault is opened."""

statements = table(
    "statements",
    key("vlt"),
    key("seq", NUMBER),
    text("sid"),
    text("typ"),
    text("token"),
    number("entered_at"),
    number("n"),  # its line in the person's log; -1: it was entered elsewhere, before she moved in
    text("receipt"),  # receipt+jwt
    UniqueConstraint("vlt", "sid"),
)
"""The person's chain, gapless: the key makes a fork impossible. The only place that holds the signed text of a card,
epoch, grant or revoke: other tables name it by (vlt, seq)."""

epochs = table(
    "epochs",
    key("vlt"),
    key("drw"),
    key("ep", NUMBER),
    text("cat"),
    number("seq"),  # newest statement of this epoch (a renewal replaces it)
    number("until"),  # `exp`
)
"""Drawers and their epochs. A drawer is its epochs; the newest is the highest `ep`."""

pauses = table(
    "pauses",
    key("vlt"),
    key("id"),
    text("jti", null=True),  # null: everything
    number("since"),
    number("seq"),  # newest statement of her chain then: what opens it comes after
    text("why", null=True),  # restored: it opens with her signature alone
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

devices = table(
    "devices",
    key("vlt"),
    key("jkt"),  # thumbprint of the DPoP key that its tokens are bound to
    number("first_at"),
    number("last_at"),  # to the hour: not every call writes it
    number("stopped_at", null=True),  # by another device, for good
    Index("devices_newest", "vlt", "first_at", "jkt"),
    Index("devices_idle", "last_at"),
)
"""Devices that called in her name. No name, model or address of any: only its key, and when."""

challenges = table(
    "challenges", key("vlt"), key("id"), text("challenge"), number("until"), Index("challenges_until", "until")
)
"""Random octets for one passkey touch each."""

lines = table(
    "lines",
    key("vlt"),
    key("id"),
    number("at"),
    text("what"),
    text("team", null=True),
    text("request", null=True),
    text("jti", null=True),
    text("note", null=True),  # what a colleague said who took the case over
    Index("lines_newest", "vlt", "at", "id"),
)
"""Plain lines, shown without a tick: questions, answers, pauses, take-overs, what came too late."""

questions = table(
    "questions",
    key("vlt"),
    key("id"),
    number("n"),  # her line that it is about
    text("entry"),  # of that line
    text("what"),  # read, deposit, refused
    number("looked_at"),
    text("team"),
    text("emp"),  # who looked, as in the line
    text("jti"),
    text("text"),
    number("asked_at"),
    number("due"),
    number("reminded_at", null=True),
    text("answer", null=True),  # vault-why+jwt
    text("org", null=True),  # sid of the directory statement whose key signed it
    text("receipt", null=True),
    number("answered_at", null=True),
    number("late_at", null=True),  # counted among the public numbers
    UniqueConstraint("vlt", "n"),
    Index("questions_due", "answered_at", "due"),
    Index("questions_newest", "vlt", "asked_at", "id"),
    Index("questions_of_team", "team", "asked_at", "id"),
)
""" "Waarom keek je?": one question about one of her lines, and the team's signed answer."""

receipts = table(
    "receipts",
    key("vlt"),
    key("id"),
    number("at"),
    text("jti", null=True),
    text("receipt"),
    Index("receipts_newest", "vlt", "at", "id"),
)
"""Consent receipts (`consent-receipt+jwt`)."""

erasures = table(
    "erasures", key("vlt"), text("id"), number("asked_at"), number("erase_at"), number("done_at", null=True)
)
"""Applied again after a restore, for 35 days."""

# -- questions -----------------------------------------------------------------------------------------------

requests = table(
    "requests",
    key("address"),  # `vaults.bsn` of whom it is for, whether or not such a vault exists
    key("id"),  # `jti` of the signed question
    text("token"),  # vault-request+jwt
    text("team"),
    text("client"),
    text("emp"),  # who asked: pseudonym as in the log's events
    text("purpose"),
    text("act"),
    text("state"),  # open, waiting, granted, countered, refused, expired, taken-back
    text("binding_code"),
    number("asked_at"),
    number("expires_at"),
    number("answered_at", null=True),
    text("offer", null=True),  # JSON of the counter-offer
    number("rules"),  # version of the age rules it was asked under
    text("approvers", null=True),  # JSON: who has to say yes, and why
    text("share_code", null=True),  # hash of the code it came by
    number("told_at", null=True),  # its `no-answer` event left
    UniqueConstraint("id"),
    Index("requests_of_team", "team", "asked_at", "id"),
    Index("requests_newest", "address", "asked_at", "id"),
    Index("requests_ending", "state", "expires_at"),
)
"""Questions of organisations, by address."""
Index("requests_again", requests.c.address, requests.c.team, requests.c.purpose, requests.c.expires_at)

share_codes = table(
    "share_codes",
    key("vlt"),
    key("id"),
    text("hash"),
    number("made_at"),
    number("until"),
    number("used_at", null=True),
    text("used_by", null=True),  # the question
    UniqueConstraint("hash"),
)
"""Codes that let one team ask once; only the hash is kept."""

# -- grants --------------------------------------------------------------------------------------------------

grants = table(
    "grants",
    key("vlt"),
    key("jti"),
    number("seq"),  # its statement: recipient key, act, kind, drawers, start and end are read from the signed text
    text("sid"),
    number("card_seq"),  # the card whose SIG counted at `seq`
    text("team"),  # `aud`
    text("purpose"),  # `pur.uri`
    number("starts"),
    number("ends"),
    text("request", null=True),
    number("entered_at"),
    number("given_at"),  # the last yes it needs was in; while waiting: entered_at
    flag("waiting"),  # a yes of another person is not in
    flag("rests_on_gezag"),
    number("rules"),  # version of the age rules
    text("approvers", null=True),  # JSON: who has to say yes, and why
    number("opened_at", null=True),  # newest opening of `once` and `every:<days>`
    text("opened_by", null=True),  # emp
    number("ended_at", null=True),
    text("ended_why", null=True),  # withdrawn, handed-back, moved, lapsed, expired, used: final
    text("stopped_by", null=True),  # party, when withdrawn
    text("revoke", null=True),  # sid of the signed revoke; null while stopped by sign-in alone
    CheckConstraint("starts < ends", name="grant_ends"),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_once"),
    Index("grants_newest", "vlt", "entered_at", "jti"),
    Index("grants_of_team", "team", "entered_at", "jti"),
    Index("grants_of_request", "vlt", "request"),
)
"""Every grant entered, with what the registry adds to the signed text. Without end or purpose none can be stored."""

grant_places = table("grant_places", key("jti"), text("vlt"), rowid=False)
"""Whose grant an id is: a look names the grant only."""

grant_drawers = table("grant_drawers", key("vlt"), key("drw"), key("jti"), text("cat"), rowid=False)
"""Which grants give (or fill) a drawer."""

grant_caseworkers = table("grant_caseworkers", key("vlt"), key("jti"), key("emp"), number("since"), rowid=False)
"""Who is on the case. No row at all: the whole party (a depositing system, a relative)."""

grant_days = table("grant_days", key("vlt"), key("jti"), key("day"), number("looks"), rowid=False)
"""Looks a day of each grant (day in Amsterdam, YYYY-MM-DD), counted in the transaction that allows them."""

assents = table(
    "assents",
    key("vlt"),  # whose grant it is
    key("jti"),
    key("by_vlt"),  # who says it
    text("sid"),  # of the assent
    text("token"),
    flag("yes"),
    number("at"),
)
"""The newest assent of each approver."""

duties = table(
    "duties",
    key("vlt"),
    key("jti"),
    text("team"),
    number("since"),
    number("due"),
    number("reminded_at", null=True),
    text("answer", null=True),  # erased, kept
    number("kept_until", null=True),
    text("article", null=True),
    text("closing", null=True),  # vault-closing+jwt
    number("answered_at", null=True),
    text("purpose", null=True),  # of the grant: a closing may name its articles only
    text("receipt", null=True),
    number("late_at", null=True),  # she was told that it is late
    Index("duties_due", "answered_at", "due"),
    Index("duties_of_team", "team", "jti"),
)
"""What an organisation owes when a grant has ended: a signed closing. It outlives the grant, also after an erasure."""

# -- who decides for whom ------------------------------------------------------------------------------------

gezag = table(
    "gezag",
    key("vlt"),
    key("sid"),
    text("token"),  # vault-gezag+jwt
    text("kind"),
    text("holders"),  # JSON list of pseudonyms
    flag("in_doubt"),
    number("taken_at"),
    number("until"),
)
"""Snapshots of gezag; the newest `taken_at` counts."""

abilities = table("abilities", key("vlt"), key("regime"), text("sid"), text("token"), number("since"), number("until"))
"""Not able (`vault-able+jwt`), by regime; the newest counts."""

# -- leaving -------------------------------------------------------------------------------------------------

events_out = table(
    "events_out",
    key("id"),
    text("team"),
    text("type"),
    text("token"),  # secevent+jwt
    number("made_at"),
    number("due_at"),
    number("acknowledged_at", null=True),
    Index("events_out_due", "team", "acknowledged_at", "due_at"),
)
"""Signed events for organisations, written with the change they tell of, kept until acknowledged, at most 90 days."""

journal = outbox(metadata)
proofs = seen_proofs(metadata)

# -- what time asks, once an hour: found by an index, never by a walk of everybody's rows ----------------------

for _name, _column, _some in (
    ("grants_ending", grants.c.ends, grants.c.ended_at.is_(None)),
    ("grants_opened", grants.c.opened_at, and_(grants.c.opened_at.is_not(None), grants.c.ended_at.is_(None))),
    ("grant_places_of_vault", grant_places.c.vlt, None),
    ("requests_over", requests.c.expires_at, None),
    ("share_codes_over", share_codes.c.until, None),
    ("vaults_born", vaults.c.birth_date, vaults.c.birth_date.is_not(None)),
    ("vaults_erasing", vaults.c.erase_at, vaults.c.erase_at.is_not(None)),
    ("vaults_gone", vaults.c.gone_at, vaults.c.gone_at.is_not(None)),
):
    Index(_name, _column, sqlite_where=_some, postgresql_where=_some)
