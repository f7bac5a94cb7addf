# SPDX-License-Identifier: EUPL-1.2
"""What is a team's own: the grants that it may know of, and the key by which it signs."""

from dataclasses import dataclass
from typing import Any

from chassis.database import Connection
from consent import store_directory, store_grants
from consent.refusals import Absent, KeyNotReady, NotAllowed, Unspelled
from consent.store import Row
from formats.jose import peek
from formats.spelling import FormatError


def own_grant(connection: Connection, team: str, jti: str) -> Row:
    """A grant of this team that it may know of, with its signed text. Raises Absent."""
    row = store_grants.own(connection, team, jti)
    if row is None:
        raise Absent
    return row


@dataclass(frozen=True, slots=True)
class TeamKey:
    """sid: of the directory statement. sig: its public JWK."""

    sid: str
    sig: dict[str, Any]


def key_of(connection: Connection, team: str, token: str, now: int) -> TeamKey:
    """The key that a signed text of this team names; whether it signed it is still to be checked.

    Raises Unspelled, NotAllowed (a key of somebody else, or withdrawn; a suspended team), KeyNotReady (not 72 hours in
    the log, or over).
    """
    try:
        header, _ = peek(token)
    except FormatError as error:
        raise Unspelled from error
    row = store_directory.by_sig(connection, team, header["kid"])
    if row is None or row["withdrawn_at"] is not None:
        raise NotAllowed
    if store_directory.suspended(connection, "organisation", team):
        raise NotAllowed
    if not row["valid_from"] <= now < row["valid_until"]:
        raise KeyNotReady
    return TeamKey(row["sid"], peek(row["token"])[1]["sig"])
