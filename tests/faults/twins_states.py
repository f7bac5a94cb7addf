# SPDX-License-Identifier: EUPL-1.2
"""Twins of a grant's states, of a restore, and of moving in."""

from typing import Any

from sqlalchemy import bindparam, delete, update

from consent.store import change
from consent.tables import grants, pauses
from formats.jose import peek
from formats.spelling import sid
from formats.statement import Statement
from tests.faults.patching import replace, rewrite, twin

_WALK = "faults/test_p14_states.py"
_STOPPED = "consent/test_restoring.py::test_nothing_is_read_before_her_own_device_opens_it_again"
_ERASED = "consent/test_restoring.py::test_who_was_erased_since_is_erased_again"


@twin("P14", _WALK)
def a_stopped_grant_ends_anew() -> None:
    """What has ended is ended again by whatever comes next: a stop becomes an end date, and its team is told twice."""
    again = (
        update(grants)
        .where(grants.c.vlt == bindparam("b_vlt"), grants.c.jti == bindparam("b_jti"))
        .values(ended_at=bindparam("at"), ended_why=bindparam("why"), stopped_by=bindparam("by"))
    )
    replace("consent.store_grants:_END", lambda _: again)


@twin("P14", _WALK)
def one_opened_all_opened() -> None:
    """Who opens one grant opens everything that she had closed."""
    everything = delete(pauses).where(pauses.c.vlt == bindparam("vlt"))

    def end_pause(connection: Any, vlt: str, identifier: str) -> bool:
        return change(connection, everything, vlt=vlt) > 0

    replace("consent.store_pauses:end_pause", lambda _: end_pause)


@twin("P14", _WALK)
def once_is_every_time() -> None:
    """The one opening of a `once` grant is not written down."""
    rewrite("consent.look:Case.count", "if yes.opens:", "if False:")


@twin("P30", _STOPPED)
def opened_once_is_opened_all() -> None:
    """Running grants do not sleep each by itself: opening "everything" brings back what was stopped by sign-in alone."""
    replace("consent.store_pauses:awake", lambda _: lambda connection, now, limit: [])


@twin("P30", _STOPPED)
def a_touch_wakes_what_was_restored() -> None:
    """What sleeps since a restore opens with a touch, which says nothing of what her device knows."""
    rewrite("consent.stopping:open_again", ' and there["why"] is None', "")


@twin("P30", _ERASED)
def erasures_kept_in_the_database_alone() -> None:
    """Who was erased is remembered nowhere else."""
    replace("consent.leaving:remember", lambda _: lambda kept, vlt, at: None)


@twin("P08", "consent/test_arriving.py::test_what_is_brought_stands_in_the_chain_and_was_acknowledged_where_it_was")
def receipts_of_elsewhere_not_compared() -> None:
    """Any receipt of the other installation will do for a statement that is brought."""
    rewrite("consent.elsewhere:acknowledged", "if (found.vlt, found.sid, found.of) != (vlt, sid, typ):", "if False:")


@twin("P16", "consent/test_arriving.py::test_nobody_takes_a_name_that_is_not_theirs")
def anybodys_card_moves_in() -> None:
    """The card that ends a move is not verified: whoever has the file takes the name."""

    def believed(token: str, _: Any) -> Statement:
        header, claims = peek(token)
        return Statement(header["typ"], sid(token), token, claims)

    replace("consent.settling:verify_statement", lambda _: believed)


_SHIPPED = "faults/test_p34_shipped.py"


@twin("P34", f"{_SHIPPED}::test_what_is_not_known_is_not_shipped")
def what_is_not_pinned_is_passed_over() -> None:
    """A line of the lock that is not one version is no error."""
    rewrite("sbom:pinned", 'raise NotKnown(f"{line.split()[0]} is not pinned to one version")', "continue")


@twin("P34", f"{_SHIPPED}::test_a_licence_that_is_not_on_the_list_stops_it")
def any_licence_will_do() -> None:
    """Licences are listed and not looked at."""
    replace("sbom:is_allowed", lambda _: lambda licence: True)
