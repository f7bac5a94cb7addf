# SPDX-License-Identifier: EUPL-1.2
"""P36: both wirings tell the same story. One journey, with its refusals and with calls that nobody may make, once with all
parts in one process and once with each in its own: the same answers, and the same events in the log."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from formats.dpop import ProofSeen, make_proof
from formats.spelling import H, new_id
from kluisje.http import Refused
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken
from tests.town import Players

NOTE, LETTER = "urn:kluisje:schema:note:1", "urn:kluisje:schema:letter:1"


class Story:
    """What was done and what came of it, without anything that differs by chance."""

    def __init__(self, players: Players) -> None:
        self.players, self.told = players, []  # type: ignore[var-annotated]

    async def step(self, name: str, work: Awaitable[Any], show: Any = lambda _: "done") -> Any:
        try:
            found = await work
        except Refused as no:
            self.told.append((name, no.slug))
            return None
        self.told.append((name, show(found)))
        return found

    async def play(self) -> list[Any]:
        players = self.players
        noor, fatima, post = await players.citizen("Noor"), await players.caseworker(), players.source()
        joost = await players.caseworker("Joost", of="de-vlier")
        await self.step("keeps", noor.keeps("school", {"title": "one"}, NOTE))
        asked = await self.step(
            "asks", fatima.asks(noor, for_="back-to-school", about=["school"], days=30), lambda q: q.state
        )
        await self.step("reads too early", fatima.reads(asked))
        await self.step("allows", noor.allows(asked))
        await self.step("reads", fatima.reads(asked), lambda found: [record.body for record in found])
        _, [grant] = await fatima.granted(asked, "read")
        await self.step("another team reads", joost.reads(grant))
        bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
        await self.step("allows bringing", noor.allows(bring))
        await self.step("brings", post.deposits(bring, "school", {"title": "letter"}, LETTER))
        await self.step("visits", noor.visits(), lambda filed: len(filed.records))
        pause = await noor.pauses()
        await self.step("reads while all is closed", fatima.reads(asked))
        await noor.opens_again(pause)
        await self.step(
            "reads again", fatima.reads(asked), lambda found: sorted(record.body["title"] for record in found)
        )
        for name, call in self.intruders(noor, fatima, grant):
            self.told.append((name, await call))
        await self.step("stops", noor.stops(asked), lambda stopped: stopped.rotated)
        await self.step("reads after the stop", fatima.reads(asked))
        await self.step("brings after all", post.deposits(bring, "school", {"title": "two"}, LETTER))
        await noor.stops(bring)
        await self.step("brings after the stop", post.deposits(bring, "school", {"title": "three"}, LETTER))
        lines = await noor.history()
        return [*self.told, *(("line", line.event.t, line.event.claims.get("typ"), line.outcome) for line in lines)]

    def intruders(self, noor: Any, fatima: Any, grant: Any) -> list[tuple[str, Awaitable[int]]]:
        """Calls from the network that only a neighbouring part, another token or another proof could make."""
        origin, path = (
            self.players.town.origin,
            f"/gateway/v1/grants/{grant.id}/drawers/{next(iter(grant.drawers))}/records",
        )
        look = {
            "stage": "read",
            "question": ProofSeen("", new_id(), 0).question,
            "grant": grant.id,
            "team": fatima.team.party,
        }
        hand_out = {"permit": {"event": "x", "nonce": "x", "proof": "x"}, "pageCursor": None}

        async def call(method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> int:
            async with httpx2.AsyncClient() as client:
                return (await client.request(method, origin + path, headers=headers, json=body)).status_code

        async def with_token(person: bool, *, key: Any = None, method: str = "GET", again: bool = False) -> int:
            tokens = noor.device._tokens if person else fatima._tokens
            token = await tokens.token(f"{origin}/vault/v1" if person else fatima.details("read", grant_id=grant.id))
            proof = make_proof(
                key or tokens.key, method, origin + path, H(token), now=fatima.http.clock(), jti=new_id()
            )
            headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
            if again:
                await call("GET", path, headers)
            return await call("GET", path, headers)

        return [
            ("a look from outside", call("POST", "/consent/v1/looks", None, look)),
            ("a sign-in from outside", call("POST", "/consent/v1/sign-ins", None, {})),
            ("a hand-out from outside", call("POST", "/vault/v1/record-hand-outs", None, hand_out)),
            ("a vault without a token", call("GET", f"/vault/v1/vaults/{noor.vlt}")),
            ("a grant without a token", call("GET", path)),
            ("a person's token for a team", with_token(True)),
            ("another key", with_token(False, key=noor.device._tokens.key)),
            ("a proof of another call", with_token(False, method="POST")),
            ("a proof played twice", with_token(False, again=True)),
        ]


@pytest.mark.promise("P36")
def test_one_process_and_many_tell_the_same(tmp_path: Path) -> None:
    told = {}
    for wiring in ("one", "separate"):
        (tmp_path / wiring).mkdir()
        with forked(tmp_path / wiring, wiring, sound=wiring == "separate") as made:
            told[wiring] = asyncio.run(_plays(Players(made)))
    if told["one"] != told["separate"]:
        pairs = zip(told["one"], told["separate"], strict=False)
        raise PromiseBroken("P36", str([pair for pair in pairs if pair[0] != pair[1]][:5]))
    assert dict(one[:2] for one in told["one"])["a proof played twice"] == 401
    print(f"P36: {len(told['one'])} steps and lines are the same")


async def _plays(players: Players) -> list[Any]:
    try:
        return await Story(players).play()
    finally:
        await players.close()
