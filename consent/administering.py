# SPDX-License-Identifier: EUPL-1.2
"""What an administrator does by hand with the directory: take in, list, withdraw a key, suspend, resume.

Each function takes what was typed and answers one text for a person; `python -m serve` runs it, beside a running consent
too: it goes through the same ledger. What is not right raises `NotDone` with a sentence.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from chassis.clock import show_moment
from chassis.database import Connection
from consent import directory, store_directory
from consent.refusals import Absent, Forged, Misplaced
from consent.registry import Registry
from formats.spelling import FormatError, check_hash, check_team
from formats.team import check_subject

MOST = 100
_WRONG = {
    "unknown": "the role is not one of the catalogue",
    "not-current": "it is not valid now",
    "older": "something newer is known; an older statement is not taken in again",
    "missing": "the team is new: its listing has to come along",
}


class NotDone(Exception):
    """A sentence for the administrator: what was not right."""


async def import_organisation(registry: Registry, _: str, given: Mapping[str, Any]) -> str:
    """Takes in `{"statement", "listing"}`, both or one of them, as the directory signed them."""
    statement, listing = given.get("statement"), given.get("listing")
    if set(given) - {"statement", "listing"} or not (statement or listing):
        raise NotDone("the file holds a statement, a listing, or both, and nothing else")
    try:
        counts = await directory.import_organisation(registry, statement, listing)
    except Forged:
        raise NotDone("the directory whose key is pinned here did not sign it for one team") from None
    except Misplaced as error:
        raise NotDone(_WRONG[error.wrong[0][1]]) from None
    return f"It counts from {show_moment(counts)}."


async def organisations(registry: Registry, _: str, __: Mapping[str, Any]) -> str:
    """Every team: how it is shown, whether it is suspended, each of its statements, and what waits until when."""

    def view(connection: Connection, now: int) -> list[str]:
        found: list[str] = []
        after = ""
        while page := store_directory.page(connection, after, MOST, now):
            for row in page:
                after = row["team"]
                suspended = store_directory.suspended(connection, "organisation", after)
                found.append(f"{after}  {row['name']} ({row['role']})" + ("  SUSPENDED" if suspended else ""))
                found += [_line(one, now) for one in store_directory.all_said(connection, after, None, MOST)]
        return found

    return "\n".join(await registry.ledger.view(view)) or "No team is listed."


def _line(row: Mapping[Any, Any], now: int) -> str:
    what = "keys " if row["what"] == "keys" else "shown"
    if row["withdrawn_at"] is not None:
        state = f"withdrawn {show_moment(row['withdrawn_at'])}"
    elif now < row["valid_from"]:
        state = f"waits until {show_moment(row['valid_from'])}"
    else:
        state = f"counts since {show_moment(row['valid_from'])}"
    return f"    {what} {row['sid']}  {state}"


async def withdraw_key(registry: Registry, named: str, _: Mapping[str, Any]) -> str:
    """The keys of one statement (`TEAM#SID`) count no more, from now on."""
    team, statement = named.partition("#")[::2]
    try:
        await directory.withdraw_key(registry, check_team(team), check_hash(statement))
    except (FormatError, Absent):
        raise NotDone("there is no such statement; write TEAM#SID as `organisations` shows them") from None
    return "These keys count no more. What was sealed to them can still be opened by who has them: her devices renew."


async def suspend_organisation(registry: Registry, named: str, _: Mapping[str, Any]) -> str:
    """From now on no call of this team works; nothing of it is forgotten."""
    await directory.suspend(registry, "organisation", await _known(registry, named))
    return f"{named} is suspended: its next call is refused."


async def resume_organisation(registry: Registry, named: str, _: Mapping[str, Any]) -> str:
    """The team may call again."""
    await directory.resume(registry, "organisation", await _known(registry, named))
    return f"{named} may call again."


async def resume_caseworker(registry: Registry, named: str, _: Mapping[str, Any]) -> str:
    """A caseworker whom the team took out may look again (`TEAM#CASEWORKER`); the gateway has its own `resume-sign-in`."""
    team, caseworker = named.partition("#")[::2]
    try:
        check_subject(caseworker)
    except FormatError:
        raise NotDone("write TEAM#CASEWORKER, as the team's desk shows it") from None
    emp = registry.employee(await _known(registry, team), caseworker)

    def suspended(connection: Connection, now: int) -> bool:
        return store_directory.suspended(connection, "caseworker", emp)

    if not await registry.ledger.view(suspended):
        raise NotDone("this team took no such caseworker out")
    await directory.resume(registry, "caseworker", emp)
    return f"Decisions for {caseworker} of {team} may be yes again."


async def _known(registry: Registry, named: str) -> str:
    if await registry.ledger.view(lambda connection, now: store_directory.team(connection, named)) is None:
        raise NotDone("no such team is listed")
    return named


COMMANDS: Mapping[str, Callable[[Registry, str, Mapping[str, Any]], Coroutine[Any, Any, str]]] = {
    "import-organisation": import_organisation,
    "organisations": organisations,
    "withdraw-key": withdraw_key,
    "suspend-organisation": suspend_organisation,
    "resume-organisation": resume_organisation,
    "resume-caseworker": resume_caseworker,
}
"""What `python -m serve` offers: (registry, what was named, content of the file) -> what is said."""
