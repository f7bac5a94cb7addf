# SPDX-License-Identifier: EUPL-1.2
"""Why the desk says no, as plain errors, and the one table that makes problems of them."""

from chassis.application import Faults
from chassis.problems import Problem, not_found


class NotHere(Exception):
    """Not there, or not the caller's."""


class PlaceMismatch(Exception):
    """A signed or sealed thing is of another team, list, member, ring, grant or key than this place."""


class ChainMoved(Exception):
    """A list or keyring does not follow the newest one."""


class VersionExists(Exception):
    """There are own keys already, or these are somebody's."""


class LastSlots(Exception):
    """Two slots must stay, and ten are enough."""


class TooManyTries(Exception):
    """The day's tries at own words are used up."""


class NotOpened(Exception):
    """The caller has not opened this grant, or no longer."""


class Over(Exception):
    """The gateway ended the caller's sign-in."""


PROBLEMS: Faults = {
    NotHere: lambda error: not_found(),
    PlaceMismatch: lambda error: Problem(
        "place-mismatch", "Sign or seal it for this team, this place, and the newest member list and key."
    ),
    ChainMoved: lambda error: Problem("chain-moved", "Fetch the newest one, look what is new, then try again."),
    VersionExists: lambda error: Problem("version-exists", "These keys are there already. Drop the own ones first."),
    LastSlots: lambda error: Problem("not-allowed", "Two slots have to stay, and there can be ten."),
    TooManyTries: lambda error: Problem(
        "too-many", "Use another way in, or wait until tomorrow.", headers={"Retry-After": "86400"}
    ),
    NotOpened: lambda error: Problem("insufficient-scope", "Open the case first, with its purpose: POST /openings."),
}
