# SPDX-License-Identifier: EUPL-1.2
"""The tables of moving in from another installation (docs/decisions/0012): what is being brought, and what stays of it."""

from sqlalchemy import Index, UniqueConstraint

from chassis.database import NUMBER
from consent.store_tables import key, number, table, text

arrivals = table(
    "arrivals",
    key("vlt"),  # the empty vault that she signed in to
    text("id"),
    text("origin"),  # the installation she comes from
    number("until"),
)
"""Moves that run: nothing of them counts, and all of it goes when the day is over."""

arriving = table(
    "arriving",
    key("vlt"),
    key("seq", NUMBER),
    text("sid"),
    text("typ"),
    text("about", null=True),  # drawer of an epoch, grant of a grant or revoke
    text("token"),
    text("receipt"),  # of the installation that entered it
    number("entered_at"),  # as that receipt says
    text("entry"),  # of that installation's log
    Index("arriving_about", "vlt", "about"),
)
"""The chain that is brought along, each statement checked as it came in."""

earlier_lines = table(
    "earlier_lines",
    key("vlt"),
    key("origin"),  # whose log it is of
    key("n", NUMBER),
    text("entry", null=True),  # null: it was erased there
    text("event", null=True),
    text("nonce", null=True),
    text("proof"),  # under that log's own checkpoint
    Index("earlier_entries", "vlt", "entry"),
)
"""Lines of the logs of installations where she was before: evidence, never lines of this log."""

moves = table(
    "moves",
    key("vlt"),
    text("id"),  # of the arrival
    text("was"),  # the empty vault that it took the place of
    text("origin"),
    number("seq"),  # the first statement that was entered here
    number("at"),
    UniqueConstraint("was"),
)
"""Who moved in, and where her chain goes on here."""
