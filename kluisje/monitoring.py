# SPDX-License-Identifier: EUPL-1.2
"""Watching the directory: does the log hold only the statements that an organisation knows of itself?

A false key is worth nothing until it stood in the log for 72 hours. Who looks every day therefore sees it before anything
is sealed to it. Everything is checked here: signatures, proofs, and that the log only grew since the last look. What it
cannot show: that no entry was kept from it (docs/known-weaknesses.md). Source: formats.md sections 6 and 13.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats.event import verify_look
from formats.jose import peek
from formats.listing import LISTING, Listing, verify_listing
from formats.organisation import WAIT, Organisation, verify_organisation
from formats.spelling import FormatError, check_hash, check_list, check_members, parse_json, sid
from kluisje.http import Http
from kluisje.proofs import NotProven, Pins, check_step, pinned, steps

PAGE = 100


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the directory said of a team, proven to be in the log. at, counts_from: seconds. ended: when its
    keys were withdrawn, as the installation says; None: they were not."""

    team: str
    stated: Organisation | Listing
    at: int
    counts_from: int
    ended: str | None
    note: str  # the checkpoint that its proof stands under

    @property
    def sid(self) -> str:
        """What names it."""
        return self.stated.sid

    @property
    def what(self) -> str:
        """`keys`, or `shown`."""
        return "keys" if isinstance(self.stated, Organisation) else "shown"

    def state(self, now: int) -> str:
        """`ended`, `waits`, `over` or `counts` at this moment."""
        if self.ended is not None:
            return "ended"
        if now < self.counts_from:
            return "waits"
        return "counts" if now < self.stated.exp else "over"


@dataclass(slots=True)
class Seen:
    """What a monitor of one organisation saw before: the newest checkpoint of each log, and every statement by its sid."""

    oin: str
    checkpoints: dict[str, str] = field(default_factory=dict)
    sids: set[str] = field(default_factory=set)

    def save(self, path: Path) -> None:
        """Writes it; nothing in it is secret, but who changes it makes the next look forget."""
        told = {"format": 1, "oin": self.oin, "checkpoints": self.checkpoints, "statements": sorted(self.sids)}
        path.write_text(json.dumps(told, indent=1), "utf-8")


def load_seen(path: Path, oin: str) -> Seen:
    """What was written; nothing yet where there is no file. FormatError when it holds something else, or is another's."""
    if not path.exists():
        return Seen(oin)
    told = parse_json(path.read_bytes())
    check_members(told, ("format", "oin", "checkpoints", "statements"))
    notes = told["checkpoints"]
    if (
        (told["format"], told["oin"]) != (1, oin)
        or not isinstance(notes, dict)
        or not all(isinstance(one, str) for one in notes.values())
    ):
        raise FormatError("seen")
    return Seen(oin, notes, {check_hash(one) for one in check_list(told["statements"])})


class Monitor:
    """The public directory of one installation, checked."""

    def __init__(self, http: Http, pins: Pins) -> None:
        self._http, self._pins = http, pins
        self._base = f"{pins.origin}/consent/v1"

    async def teams(self, oin: str) -> list[str]:
        """Every listed team of an organisation (`urn:oin:…`), or the one named with its team."""
        listed = await self._pages("/organisations")
        return [str(one["team"]) for one in listed if one["team"] == oin or str(one["team"]).startswith(f"{oin}:")]

    async def said(self, team: str) -> list[Said]:
        """All that was ever said of a team, newest first. NotProven when one of them is not signed or not in the log."""
        try:
            return [self._checked(team, one) for one in await self._pages(f"/organisations/{team}/statements")]
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("directory", f"what is told of {team} does not check") from error

    def _checked(self, team: str, told: Mapping[str, Any]) -> Said:
        token = told["statement"]
        key = pinned(token, self._pins.directory)
        kind = peek(token)[0]["typ"]
        stated = verify_listing(token, key) if kind == LISTING else verify_organisation(token, key)
        look = {name: told[name] for name in ("event", "nonce", "proof")}
        found = verify_look(look, self._pins.log, witnessed=True)
        named = (found.event.t, found.event.claims.get("sid"), found.event.claims.get("sub"))
        if named != ("org", stated.sid, team) or stated.sub != team:
            raise FormatError("directory")
        at = found.event.at
        return Said(team, stated, at, at + WAIT, told["endedAt"], found.checkpoint.note)

    async def watch(self, known: Iterable[Mapping[str, Any]], seen: Seen) -> list[Said]:
        """What stands in the directory of an organisation and is not known by it, newest first; `seen` learns it all.

        known: contents of the organisation's own files, see `known_of`.

        NotProven when something does not check, the log did not only grow, or a statement that was seen is not shown any
        more.
        """
        told = [one for team in await self.teams(seen.oin) for one in await self.said(team)]
        gone = seen.sids - {one.sid for one in told}
        if gone:
            raise NotProven("log-changed", f"{len(gone)} statements that were seen before are not shown any more")
        await self._grew(told, seen)
        seen.sids |= {one.sid for one in told}
        own = {name for content in known for name in known_of(content, told)}
        return [one for one in told if one.sid not in own]

    async def _grew(self, told: Iterable[Said], seen: Seen) -> None:
        """Compares what the statements stand under with what was known; a log that shrank or forked is NotProven."""
        try:
            notes = {one.note for one in told} | set(seen.checkpoints.values())
            checkpoints = [self._pins.log.checkpoint(note) for note in notes]
            for older, newer in steps(checkpoints):
                path = f"/logs/{newer.origin.replace('/', '~')}/consistency-proofs"
                query = {"from": older.size, "to": newer.size}
                page = (await self._http.call("GET", f"{self._base}{path}", query=query)).json()
                check_step(older, newer, page["items"][0]["hashes"])
        except (FormatError, KeyError, IndexError, TypeError) as error:
            raise NotProven("log-changed", "the log did not only grow since the last look") from error
        seen.checkpoints |= {one.origin: one.note for one in sorted(checkpoints, key=lambda each: each.size)}

    async def _pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, str | int] = {"pageSize": PAGE}
        while True:
            page = (await self._http.call("GET", f"{self._base}{path}", query=query)).json()
            found += page["items"]
            if page["next"] is None:
                return found
            query["pageCursor"] = page["next"]


def known_of(content: Mapping[str, Any], told: Iterable[Said]) -> set[str]:
    """The sids that a file of the organisation's own knows: of a signed file (`{"statement", "listing"}`) those two; of the
    public halves of a team's keys (`kluisje keys show`) every statement that names exactly these keys."""
    if "enc" in content:
        own = (dict(content["enc"]), dict(content["sig"]))
        return {
            one.sid
            for one in told
            if isinstance(one.stated, Organisation)
            and one.team == content["party"]
            and (dict(one.stated.enc), dict(one.stated.sig)) == own
        }
    tokens = [content[name] for name in ("statement", "listing") if content.get(name)]
    if not tokens:
        raise FormatError("known")
    return {sid(token) for token in tokens}
