# SPDX-License-Identifier: EUPL-1.2
"""P03: acknowledged means kept. The whole house gets `kill -9` again and again under load; then every record, every code and
every look that was acknowledged is there, each look with its own entry of one log that still verifies."""

import asyncio
import json
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import serve
from bench.scene import roomy_catalogue
from formats.authorship import sign_record
from formats.checkpoint import entry
from formats.keyring import EpochKeys
from formats.sealing import seal_record
from formats.spelling import H, new_id, unb64u
from kluisje.http import Refused, Unavailable
from kluisje.person import Person
from tests import databases
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken, figure
from tests.faults.reading import Connection, Target, targets
from tests.town import Players, Servers

NOTE = "urn:kluisje:schema:note:1"
READERS = 4
AWAY = (Unavailable, ConnectionError, asyncio.IncompleteReadError)


@dataclass
class Acknowledged:
    """What the servers said is kept: record -> H of its sealed text; ids of codes; looks."""

    records: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    looks: list[dict[str, str]] = field(default_factory=list)


class Load:
    """Noor keeps records and makes codes, Fatima reads: until nobody answers."""

    def __init__(self, players: Players, noor: Person, targets: list[Target], acknowledged: Acknowledged) -> None:
        self.players, self.noor, self.targets, self.said = players, noor, targets, acknowledged
        assert noor._opened is not None
        self.keyring = noor._opened.keys.keyring
        self.epoch: EpochKeys = self.keyring.newest(self.keyring.drawers[0].id)

    async def keeps(self) -> None:
        while True:
            rid = new_id()
            where = {"vlt": self.noor.vlt, "drw": self.epoch.drw, "rid": rid, "ver": 1}
            now = self.noor.device.http.clock()
            jws = sign_record(
                self.keyring.sig, iss=f"vault:{self.noor.vlt}", **where, sch=NOTE, prv=None, iat=now, body={}
            )  # fmt: skip
            jwe = seal_record(jws, self.epoch)
            path = f"/drawers/{self.epoch.drw}/records/{rid}/versions/1"
            await self.noor.device.vault("PUT", path, json={"jwe": jwe})
            self.said.records[rid] = H(jwe)

    async def codes(self) -> None:
        while True:
            made = (await self.noor.device.consent("POST", "/share-codes")).json()
            self.said.codes.append(made["id"])

    async def reads(self) -> None:
        connection = Connection(self.players.town.origin, self.players.fatima)  # type: ignore[attr-defined]
        try:
            while True:
                answer = await connection.read(random.choice(self.targets))
                assert answer.status in (200, 503), answer
                if answer.status == 200:
                    self.said.looks.append(json.loads(answer.body)["look"])
        finally:
            connection.close()

    async def until(self, servers: Servers, seconds: float) -> None:
        """Runs it all; kills the servers after so long."""

        async def one(work: object) -> None:
            with suppress(*AWAY):
                await work  # type: ignore[misc]

        async def kill() -> None:
            await asyncio.sleep(seconds)
            servers.stop(signal.SIGKILL)

        await asyncio.gather(kill(), one(self.keeps()), one(self.codes()), *(one(self.reads()) for _ in range(READERS)))


@pytest.mark.promise("P03")
def test_kill_nine_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    seed = 3 if os.environ.get("KLUISJE_NIGHTLY") != "1" else random.randrange(2**32)
    print(f"seed {seed}")
    chance, said, kills = random.Random(seed), Acknowledged(), figure(6, 20, 100)
    many = str(roomy_catalogue(tmp_path / "catalogue"))
    changed = {"KLUISJE_CONSENT_CATALOGUE": many, "KLUISJE_CONSENT_CATALOGUE_KEY": ""}  # changed, so not signed
    with forked(tmp_path, KLUISJE_VAULT_PROCESSES="several", **changed) as made:
        asyncio.run(_plays(made, chance, said, kills))
        made.stop()
    _everything_is_there(tmp_path / "data", said)
    before = dict(os.environ)
    os.environ.update(made.town.environment())
    try:
        if serve.main(["verify-log"]) != 0:
            raise PromiseBroken("P03", "the log does not verify")
    finally:
        os.environ.clear()
        os.environ.update(before)
    print(
        f"P03: {kills} kills; {len(said.records)} records, {len(said.codes)} codes, {len(said.looks)} looks: all there"
    )


async def _plays(made: Servers, chance: random.Random, said: Acknowledged, kills: int) -> None:
    players = Players(made)
    noor, fatima = await players.citizen("Noor"), await players.caseworker()
    players.fatima = fatima  # type: ignore[attr-defined]
    await noor.keeps("school", {"title": "x"}, NOTE)
    grants = []
    for _ in range(3):
        asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
        grants.append(await noor.allows(asked))
    load = Load(players, noor, await targets(players, fatima, grants), said)
    for _ in range(kills):
        await load.until(made, chance.uniform(0.1, 0.4))
        made.start()
        with suppress(Unavailable, Refused):  # a kept connection of before is found dead once
            await noor.device.consent("GET", "")
    await players.close()


def _everything_is_there(data: Path, said: Acknowledged) -> None:
    vault, consent, gateway = (data / f"{part}.sqlite3" for part in ("vault", "consent", "gateway"))
    assert all(map(databases.sound, (vault, consent, gateway)))
    records = dict(databases.rows(vault, "SELECT rid, h FROM records"))
    codes = {row[0] for row in databases.rows(consent, "SELECT id FROM share_codes")}
    entries = {row[0] for row in databases.rows(consent, "SELECT entry FROM events")}
    lost = [rid for rid, h in said.records.items() if records.get(rid) != h]
    lost += [code for code in said.codes if code not in codes]
    looks = [entry(unb64u(one["nonce"]), unb64u(one["event"])) for one in said.looks]
    unwritten = sum(one not in entries for one in looks)
    if lost or unwritten:
        raise PromiseBroken("P03", f"{len(lost)} writes lost, {unwritten} looks without their entry")
    [(kept, changes)] = databases.rows(vault, "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM heads)")
    if kept != changes:
        raise PromiseBroken("P03", f"{kept} records, {changes} changes in the heads")
    assert len(said.records) > 5
    assert said.codes
    assert len(said.looks) > 20
