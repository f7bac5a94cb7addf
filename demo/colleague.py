# SPDX-License-Identifier: EUPL-1.2
"""Somebody at the desk without a browser: signs in, makes own keys, is let in, calls the desk as its page does.

    ans, fatima, karim = await open_desk(desk)     # the demo's first morning: keys made, list signed, team key handed out
    await fatima.call("GET", "/consent-requests")

The demo uses it for the first morning, so that who opens the page afterwards finds a team at work; tests use all of it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

from chassis.settings import read_key
from demo.desk import ADMINISTRATOR, KEEPERS, TEAM, DemoDesk
from formats.jose import Jwk, new_sealing_key, public
from formats.keyring import Keyring
from formats.sealing import open_team_key, seal_team_key
from formats.spelling import FormatError, new_id
from formats.statement import Link, sign_card, verify_first_card
from formats.team import KEEPER, TeamList, TeamMember, check_team_lists, sign_team
from kluisje.browsing import Visitor
from kluisje.http import Answer, Http, Refused
from kluisje.keyring import PersonKeys, Slot, write_private


@dataclass
class Colleague:
    """One person at the desk, with the browser's cookies and, after unlock, the own keys in memory."""

    desk: DemoDesk
    name: str
    http: Http = field(default_factory=lambda: Http(cookies=CookieJar()))
    keys: PersonKeys | None = None
    subject: str = ""

    async def close(self) -> None:
        """Closes the connections."""
        await self.http.close()

    async def call(self, method: str, path: str, body: Any = None, **given: Any) -> Answer:
        """A call as the desk's page makes it. Raises Refused, Unavailable."""
        headers = {"Kluisje-Desk": "1", "Origin": self.desk.origin} | given.pop("headers", {})
        return await self.http.call(method, f"{self.desk.origin}/desk/v1{path}", json=body, headers=headers, **given)

    # -- signing in ------------------------------------------------------------------------------------------

    async def signs_in(self, as_: str | None = None) -> dict[str, Any]:
        """Signs in at the organisation's provider, as oneself or somebody else; the session. Raises Refused."""
        left = await self.http.page("GET", f"{self.desk.origin}/door/in")
        await self._comes_back(left.location, as_)
        session = (await self.call("GET", "/session")).json()
        self.subject = session["subject"]
        return session

    async def opens(
        self, grant: str, purpose: str, reason: str | None = None, as_: str | None = None, act: str = "read"
    ) -> dict[str, Any]:
        """Opens a grant for its purpose, in another tab; the opening as it stands afterwards."""
        asked = {"grant": grant, "act": act, "purpose": purpose} | ({} if reason is None else {"reason": reason})
        opening = (await self.call("POST", "/openings", asked)).json()
        left = await self.http.page("GET", self.desk.origin + opening["address"])
        if left.location is not None:
            await self._comes_back(left.location, as_, at_home=False)
        return (await self.call("GET", f"/openings/{opening['id']}")).json()

    async def _comes_back(self, address: str | None, as_: str | None, *, at_home: bool = True) -> None:
        if address is None:
            raise Refused("no-sign-in", "The desk did not send anybody to the sign-in.")
        visitor = Visitor(as_ or self.name, f"{self.desk.origin}/door/back", http=self.http)
        back = await self.http.page("GET", await visitor(address))
        if at_home and back.location is None:
            raise Refused("no-sign-in", f"The desk answers {back.status}.", status=back.status)

    # -- own keys --------------------------------------------------------------------------------------------

    async def makes_keys(self, sig: Jwk | None = None) -> tuple[str, ...]:
        """Own keys: card, keyring, two codes on paper, which are answered. sig: an own SIG that was there before."""
        keys = PersonKeys.new(new_id())
        if sig is not None:
            keys = PersonKeys(keys.vlt, keys._rk, Keyring(keys.vlt, 1, sig, new_sealing_key()))
        made = [keys.new_code_slot() for _ in range(2)]
        ring, slots = keys.keyring, [slot for _, slot in made]
        link = Link(keys.vlt, 0, None, int(time.time()), 1)
        card = sign_card(ring.sig, link, sig=ring.sig, enc=ring.enc, passkeys=[], slots=[slot.id for slot in slots])
        await self.call("POST", "/rings", {"card": card, "name": self.name})
        await self.call("PUT", f"/rings/{keys.vlt}/keyring", {"jwe": keys.sealed()})
        for slot in slots:
            given = {"type": "code", "kdf": None, "jwe": slot.jwe}
            await self.call("PUT", f"/rings/{keys.vlt}/slots/{slot.id}", given)
        self.keys = keys
        return tuple(code for code, _ in made)

    async def unlocks(self, code: str) -> None:
        """Own keys from the desk, with a code from paper. FormatError when it opens none of the slots."""
        ring = (await self.call("GET", "/session")).json()["ring"]
        sealed = (await self.call("GET", f"/rings/{ring}/keyring")).json()["jwe"]
        for one in (await self.call("GET", f"/rings/{ring}/slots")).json()["items"]:
            try:
                self.keys = PersonKeys.open(ring, Slot(one["id"], one["type"], one["jwe"]), code, sealed, least=1)
                return
            except FormatError:
                continue
        raise FormatError("no slot of this code")

    # -- the team --------------------------------------------------------------------------------------------

    async def lists(self) -> tuple[TeamList, ...]:
        """The chain of lists, checked from the first administrator's key on. FormatError when it does not check."""
        tokens = (await self.call("GET", "/member-lists")).json()["items"]
        first = json.loads((self.desk.folder / "administrator.json").read_text())
        return check_team_lists(tokens, first, TEAM.party) if tokens else ()

    async def signs_list(self, members: Sequence[TeamMember], jkt: str | None) -> dict[str, Any]:
        """As the administrator: the next list."""
        assert self.keys is not None
        chain, sig = await self.lists(), self.keys.keyring.sig
        previous = chain[-1] if chain else None
        token = sign_team(
            sig, iss=TEAM.party, previous=previous, iat=int(time.time()), adm=sig, jkt=jkt, members=members
        )
        return (await self.call("POST", "/member-lists", {"list": token})).json()

    async def candidate(self, subject: str, role: str) -> TeamMember:
        """Somebody with keys here, as a line of a list."""
        found = (await self.call("GET", "/colleagues")).json()["items"]
        [card] = [one["card"] for one in found if one["subject"] == subject]
        claims = verify_first_card(card).claims
        return TeamMember(subject, dict(claims["sig"]), dict(claims["enc"]), role)

    async def hands_out(self, enc: Jwk, sig: Jwk) -> None:
        """As a keeper: a copy of the team's key for each member of the newest list."""
        newest = (await self.lists())[-1]
        copies = [
            seal_team_key(enc, sig, public(one.enc), iss=newest.iss, seq=newest.seq, sub=one.sub)
            for one in newest.members
        ]
        await self.call("POST", "/team-keys", {"copies": copies})

    async def team_key(self) -> tuple[dict[str, str], dict[str, str]]:
        """(ENC, SIG) of the team, from the newest own copy whose list names it. FormatError when it does not open."""
        assert self.keys is not None
        [copy, *_] = (await self.call("GET", "/team-keys")).json()["items"]
        named = {one.seq: one for one in await self.lists()}[copy["seq"]]
        enc, jkt = self.keys.keyring.enc, named.jkt or ""
        return open_team_key(copy["jwe"], enc, iss=TEAM.party, seq=named.seq, sub=self.subject, jkt=jkt)


async def open_desk(desk: DemoDesk) -> tuple[Colleague, ...]:
    """The first morning: the administrator and the keepers make keys, the first list is signed, the team's key, which
    the directory knows already, is handed out. Answers all, signed in; their codes stand in `codes.json` of the desk."""
    team = desk.town.team(TEAM.slug)
    everybody = [Colleague(desk, name) for name in (ADMINISTRATOR, *KEEPERS)]
    codes = {}
    for one in everybody:
        await one.signs_in()
        own = read_key(desk.folder / "administrator_key.json") if one.name == ADMINISTRATOR else None
        codes[one.name] = list(await one.makes_keys(own))
    ans, *keepers = everybody
    members = [await ans.candidate(one.subject, KEEPER) for one in keepers]
    await ans.signs_list(members, team.enc["kid"])
    await keepers[0].hands_out(team.enc, team.sig)
    write_private(desk.folder / "codes.json", codes)
    return tuple(everybody)


async def first_morning(desk: DemoDesk) -> None:
    """The first morning, and everybody goes home."""
    for one in await open_desk(desk):
        await one.call("DELETE", "/session")
        await one.close()
