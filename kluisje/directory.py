# SPDX-License-Identifier: EUPL-1.2
"""The public catalogue and directory of an installation: purposes, record types, and whose key is whose.

A key counts only with the directory's pinned signature and 72 hours in the log; a purpose's text only with
its own hash.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.authorship import Record
from formats.jose import Jwk
from formats.listing import Listing
from formats.organisation import Organisation
from formats.spelling import FormatError, H
from kluisje.http import Http, Refused
from kluisje.proofs import NotProven, Pins, check_listing, check_organisation_keys
from kluisje.schema import faults

MOST_AUTHORS = 20  # that one opening may need to look up


class _Unknown(Exception):
    """A key that has to be looked up first: not a FormatError, so that it passes through an opening."""

    def __init__(self, party: str) -> None:
        self.party = party


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose of the catalogue: what may be asked, for how long, on which ground. texts: language -> (text,
    hash)."""

    uri: str
    act: str
    ground: str
    items: tuple[tuple[str, str, bool], ...]
    kinds: tuple[str, ...]
    ends: tuple[int, ...]
    roles: tuple[str, ...]
    expiry: int
    reason: bool
    texts: Mapping[str, tuple[str, str]]

    def item(self, ref: str) -> tuple[str, str, bool]:
        """(kind, ref, required) of a drawer, record or answer that the purpose lists, by its whole or short
        name."""
        for kind, known, required in self.items:
            if ref in (known, _short(known)):
                return kind, known, required
        raise ValueError(f"the purpose {self.uri} does not list {ref}")


@dataclass(frozen=True, slots=True)
class Schema:
    """A record type. attachment: `none`, `optional` or `required`. document: JSON Schema."""

    uri: str
    attachment: str
    document: Mapping[str, Any]


class Directory:
    """Looks things up at `base` (`<origin>/consent/v1`, public) and keeps what was proven."""

    def __init__(self, http: Http, base: str, pins: Pins) -> None:
        self._http, self._base, self._pins = http, base, pins
        self._teams: dict[str, Organisation] = {}
        self._faces: dict[str, Listing | None] = {}
        self._vaults: dict[str, Callable[[int], Jwk]] = {}
        self._purposes: dict[str, Purpose] = {}
        self._questions: dict[str, Mapping[str, str]] = {}
        self._schemas: dict[str, Schema] = {}

    async def team(self, party: str, *, fresh: bool = False) -> Organisation:
        """The keys of an organisation or team. NotProven when they do not check; Refused when nobody knows
        it."""
        known = self._teams.get(party)
        if known is None or fresh or not known.iat <= self._http.clock() < known.exp:
            answer = await self._http.call("GET", f"{self._base}/organisations/{party}")
            known = self.learn(party, answer.json())
        return known

    def learn(self, party: str, logged: Mapping[str, Any]) -> Organisation:
        """Takes an organisation's keys from an answer that carries them with their proof."""
        try:
            found = check_organisation_keys(logged, self._pins, sub=party, now=self._http.clock())
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("organisation", f"the keys of {party} are not proven") from error
        self._teams[party] = found
        self._faces[party] = check_listing(logged.get("listing"), self._pins, sub=party, now=self._http.clock())
        return found

    async def face(self, party: str) -> Listing | None:
        """How a team is shown (name, contact, logo) as the directory signed it; None where nothing of that checks.
        Raises as `team`."""
        await self.team(party)
        return self._faces.get(party)

    def learn_vault(self, party: str, sig_at: Callable[[int], Jwk]) -> None:
        """Whose records `vault:<vlt>` signs: a function from second to public SIG, from a checked card."""
        self._vaults[party] = sig_at

    def author(self, party: str, at: int) -> Jwk:
        """The signing key of a party at a moment: what opening asks. Used through `opened`."""
        if party in self._vaults:
            return self._vaults[party](at)
        if party.startswith("vault:"):
            raise FormatError("author")
        if party not in self._teams:
            raise _Unknown(party)
        known = self._teams[party]
        if not known.iat <= at < known.exp:
            raise FormatError("author")
        return known.sig

    async def opened(self, opening: Callable[[Callable[[str, int], Jwk]], Record]) -> Record:
        """What `opening` opens; authors are looked up as it meets them. FormatError when it does not open."""
        for _ in range(MOST_AUTHORS):
            try:
                return opening(self.author)
            except _Unknown as unknown:
                await self.team(unknown.party)
        raise FormatError("author")

    async def purpose(self, name: str) -> Purpose:
        """A purpose by its URI, or the newest one by its short name (`back-to-school`)."""
        if name not in self._purposes:
            listed = (await self._http.call("GET", f"{self._base}/purposes")).json()
            for one in sorted(listed["items"], key=lambda each: _version(each["id"])):
                self._questions |= {item["ref"]: item["title"] for item in one["items"] if item["kind"] == "answer"}
                if not one["recalled"]:
                    found = _purpose(one)
                    self._purposes[found.uri] = self._purposes[_short(found.uri)] = found
        if name not in self._purposes:
            raise Refused("not-found", f"The catalogue has no purpose {name}.", status=404)
        return self._purposes[name]

    def question_hash(self, uri: str, lang: str) -> str:
        """H of a yes/no question as it is shown, once its purpose was read: the `h` of an answer."""
        if uri not in self._questions:
            raise ValueError(f"no purpose read here asks {uri}")
        return H(self._questions[uri][lang])

    async def schemas(self) -> Mapping[str, Schema]:
        """All record types, by URI. Read whole: which one a record has is nobody's business on the way."""
        if not self._schemas:
            listed = (await self._http.call("GET", f"{self._base}/schemas")).json()
            self._schemas = {one["id"]: Schema(one["id"], one["attachment"], json.loads(one["document"]))
                             for one in listed["items"]}  # fmt: skip
        return self._schemas

    async def schema(self, name: str) -> Schema:
        """A record type by its URI, or the newest by its short name (`letter`). ValueError without one."""
        known = await self.schemas()
        if name in known:
            return known[name]
        newest = max((uri for uri in known if _short(uri) == name), key=_version, default=None)
        if newest is None:
            raise ValueError(f"the catalogue has no record type {name}")
        return known[newest]

    async def misfits(self, uri: str, body: Mapping[str, Any]) -> list[str]:
        """What of a record does not fit its type. A type of another catalogue cannot be checked: nothing."""
        known = (await self.schemas()).get(uri)
        return [] if known is None else faults(known.document, body)

    async def schema_for(self, body: Mapping[str, Any]) -> str:
        """The one record type whose members `body` fits. ValueError when none or several do: then name it."""
        fitting = [one.uri for one in (await self.schemas()).values() if _fits(one.document, body)]
        if len(fitting) != 1:
            raise ValueError(f"name the schema: {len(fitting)} record types fit these members")
        return fitting[0]


def _fits(document: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a record type knows all members of `body` and asks no other. The values are for `misfits`."""
    return set(document.get("required", ())) <= set(body) <= set(document.get("properties", ()))


def _short(uri: str) -> str:
    """`back-to-school` of `urn:kluisje:purpose:back-to-school:1`; a category is short already."""
    parts = uri.split(":")
    return ":".join(parts[3:-1]) if len(parts) > 4 and parts[:2] == ["urn", "kluisje"] else uri


def _version(uri: str) -> int:
    last = uri.rpartition(":")[2]
    return int(last) if last.isdecimal() else 0


def _purpose(given: Mapping[str, Any]) -> Purpose:
    texts = {one["lang"]: (one["text"], one["hash"]) for one in given["texts"]}
    if any(H(text) != h for text, h in texts.values()):
        raise NotProven("purpose", f"the text of {given['id']} is not the one that was signed")
    return Purpose(
        uri=given["id"],
        act=given["act"],
        ground=given["ground"],
        items=tuple((one["kind"], one["ref"], one["required"]) for one in given["items"]),
        kinds=tuple(given["kinds"]),
        ends=tuple(given["ends"]),
        roles=tuple(given["roles"]),
        expiry=given["expiry"],
        reason=given["reason"],
        texts=texts,
    )
