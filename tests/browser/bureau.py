# SPDX-License-Identifier: EUPL-1.2
"""The desk of the town's youth team as a process of its own, and colleagues who work there without a browser: the
administrator, who signs the member lists, and a keeper, who has the team's key and lets others in."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.colleague import Colleague as ByScript
from demo.desk import TEAM, DemoDesk, make
from formats.jose import public
from formats.slots import member_words
from formats.team import KEEPER, TeamMember, sign_team
from tests.ports import free_ports
from tests.town import ROOT, Process, Servers


@dataclass
class Bureau:
    """A desk that runs. process: its server; None: in the process of the test."""

    desk: DemoDesk
    process: Process | None = None

    @property
    def origin(self) -> str:
        return self.desk.origin


@contextmanager
def bureau(made: Servers, static: Path | None = None) -> Iterator[Bureau]:
    """The desk of a running town, up; stopped at the end. static: another bundle than ours, for a broken twin."""
    [port] = free_ports(1)
    desk = make(made.town, f"http://localhost:{port}")
    environment = {**os.environ, **desk.environment(), "PYTHONPATH": str(ROOT), "KLUISJE_HOST": "127.0.0.1"}
    hosts = f'["127.0.0.1:{port}"]'  # the process asks itself whether it is ready by this name
    environment |= {"KLUISJE_DESK_HOSTS": hosts, "KLUISJE_PORTAL_HOSTS": hosts}
    environment |= {"KLUISJE_PORT": str(port), "KLUISJE_DESK_POLL_SECONDS": "1"}
    program = ["serve"] if static is None else ["tests.browser.twinned", str(static)]
    process = Process([sys.executable, "-m", *program, "desk"], environment, port, desk.folder / "desk.log")
    try:
        process.start()
        process.wait()
        yield Bureau(desk, process)
    finally:
        process.stop()


class Colleague(ByScript):
    """Somebody of the team by script, who knows the others by name."""

    async def comes(self) -> None:
        """Signs in, and makes own keys."""
        await self.signs_in()
        await self.makes_keys()

    async def found(self, name: str, role: str) -> TeamMember:
        """A colleague by name, with the keys of the card."""
        told = (await self.call("GET", "/colleagues")).json()["items"]
        return await self.candidate(next(one["subject"] for one in told if one["name"] == name), role)

    async def words(self, name: str) -> str:
        """The four words of a colleague, as this one sees the keys."""
        one = await self.found(name, KEEPER)
        return member_words(TEAM.party, one.sub, one.sig["kid"], one.enc["kid"])

    async def lets_in(self) -> None:
        """As a keeper: the team's key, which the directory knows already, for everybody of the newest list."""
        keys = self.desk.town.team(TEAM.slug)
        await self.hands_out(keys.enc, keys.sig)


class Administrator(Colleague):
    """Ans, whose key signs the first list."""

    async def comes(self) -> None:
        """Signs in, with the key that the desk's settings name."""
        await self.signs_in()
        await self.makes_keys(json.loads((self.desk.folder / "administrator_key.json").read_text()))

    async def changes(
        self, *, put: dict[str, str] | None = None, drop: str | None = None, then: str | None = None
    ) -> None:
        """The next list: `put` name -> role; `drop`: a name that goes; `then`: who signs the list after it."""
        assert self.keys is not None
        chain, sig = await self.lists(), self.keys.keyring.sig
        previous = chain[-1] if chain else None
        members = {one.sub: one for one in (previous.members if previous else ())}
        for name, role in (put or {}).items():
            one = await self.found(name, role)
            members[one.sub] = one
        if drop is not None:
            del members[(await self.found(drop, KEEPER)).sub]
        token = sign_team(
            sig,
            iss=TEAM.party,
            previous=previous,
            iat=max(self.http.clock(), previous.iat if previous else 0),
            adm=public(sig if then is None else (await self.found(then, KEEPER)).sig),
            jkt=self.desk.town.team(TEAM.slug).enc["kid"],
            members=members.values(),
        )
        await self.call("POST", "/member-lists", {"list": token})


class Office:
    """Who works at a desk by script."""

    def __init__(self, at: Bureau) -> None:
        self.at, self.ans, self.karim = at, Administrator(at.desk, "Ans"), Colleague(at.desk, "Karim")

    async def opens_up(self) -> None:
        """The administrator and a keeper come, and the keeper has the team's key."""
        for one in (self.ans, self.karim):
            await one.comes()
        await self.ans.changes(put={"Karim": KEEPER})
        await self.karim.lets_in()

    async def close(self) -> None:
        for one in (self.ans, self.karim):
            await one.close()
