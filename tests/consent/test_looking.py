# SPDX-License-Identifier: EUPL-1.2
"""Looking back, page by page; and what anybody may check of the log, the directory and the catalogue."""

import json

import pytest

from consent import directory
from consent.looking import log_id, origin_of
from formats.checkpoint import check_growth
from formats.event import verify_look
from formats.jose import public
from formats.organisation import check_current, verify_organisation
from formats.spelling import H, b64u, new_id, sid, unb64u
from tests.consent.town import BACK_TO_SCHOOL, Citizen, Town, call, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pages(noor: Citizen, path: str, size: int) -> list[dict[str, object]]:
    """All items of a list, a few at a time."""
    found: list[dict[str, object]] = []
    query = f"pageSize={size}"
    while True:
        reply = await noor.calls("GET", path, query=query)
        assert reply.status == 200, reply.body
        body = reply.json()
        found += body["items"]
        assert len(body["items"]) <= size
        assert ("link" in reply.headers) == (body["next"] is not None)
        if body["next"] is None:
            return found
        query = f"pageSize={size}&pageCursor={body['next']}"


async def test_each_list_comes_whole_in_pages_newest_first(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    for _ in range(5):
        town.clock.at += 1
        asked = await team.asks(noor)
        await noor.allows(asked, school)
        assert slug(await noor.answers(asked, "no")) == "request-closed"
    town.clock.at += 1
    await noor.calls("POST", "/pauses")
    lists = {
        "/statements": ("seq", 7),
        "/lines": ("n", 8),
        "/consent-requests": ("askedAt", 5),
        "/grants": ("startsAt", 5),
        "/receipts": ("at", 5),
        "/plain-lines": ("at", 6),
    }
    for path, (order, count) in lists.items():
        whole = await pages(noor, path, 100)
        assert len(whole) == count, path
        assert await pages(noor, path, 2) == whole, path
        keys = [one[order] for one in whole]
        assert keys == sorted(keys, reverse=True), path  # type: ignore[type-var]
    receipt = (await pages(noor, "/receipts", 100))[0]
    assert await noor.sees(f"/receipts/{receipt['id']}") == receipt
    assert (await noor.calls("GET", f"/receipts/{new_id()}")).status == 404


async def test_a_cursor_is_good_for_its_own_list_only(shared: Town) -> None:
    noor, sam = await shared.person(), await shared.person()
    for _ in range(3):
        await noor.keeps("school")
        await sam.keeps("school")
    cursor = (await noor.calls("GET", "/statements", query="pageSize=1")).json()["next"]
    for person, path, query in (
        (sam, "/statements", f"pageCursor={cursor}"),
        (noor, "/lines", f"pageCursor={cursor}"),
        (noor, "/statements", "pageCursor=e30"),
        (noor, "/statements", "pageSize=0"),
        (noor, "/statements", "pageSize=101"),
        (noor, "/statements", "page=2"),
    ):
        assert slug(await person.calls("GET", path, query=query)) == "invalid-input", query


async def test_every_line_proves_itself(shared: Town) -> None:
    noor = await shared.person()
    for _ in range(6):
        await noor.keeps("school")
    before = None
    for one in reversed((await noor.sees("/lines"))["items"]):
        look = {name: one[name] for name in ("event", "nonce", "proof")}
        line = verify_look(look, shared.policy, witnessed=True)
        assert line.event.vlt == noor.vlt
        assert line.event.n == one["n"]
        assert line.event.prev == before
        before = b64u(line.entry)


async def test_anybody_can_check_that_the_log_only_grows(town: Town) -> None:
    noor = await town.person()
    log = (await noor.sees(""))["log"]
    assert origin_of(log) == town.registry.ledger.vkeys(town.clock.at)[0].split("+")[0]
    assert log_id(origin_of(log)) == log

    async def newest() -> object:
        reply = await call(town.app, "GET", f"/consent/v1/logs/{log}/checkpoints")
        return town.policy.checkpoint(reply.json()["items"][0]["note"])

    old = await newest()
    await noor.keeps("school")
    await noor.keeps("money")
    new = await newest()
    path = f"/consent/v1/logs/{log}/consistency-proofs"
    query = f"from={old.size}&to={new.size}"  # type: ignore[attr-defined]
    [proof] = (await call(town.app, "GET", path, query=query)).json()["items"]
    check_growth(old, new, [unb64u(one) for one in proof["hashes"]])  # type: ignore[arg-type]
    for wrong in ("from=2&to=1", "from=1&to=99999", "from=0&to=1", "from=1", "from=a&to=2"):
        assert slug(await call(town.app, "GET", path, query=wrong)) == "invalid-input", wrong
    assert (await call(town.app, "GET", "/consent/v1/logs/log.other~2026h2/checkpoints")).status == 404


async def test_the_directory_is_public_and_proven(town: Town) -> None:
    team = await town.team()
    listed = (await call(town.app, "GET", "/consent/v1/organisations", query="pageSize=2")).json()
    rest = (await call(town.app, "GET", "/consent/v1/organisations", query=f"pageCursor={listed['next']}")).json()
    parties = [one["team"] for one in listed["items"] + rest["items"]]
    assert parties == sorted(one.party for one in town.teams.values())
    one = (await call(town.app, "GET", f"/consent/v1/organisations/{team.party}")).json()
    said = verify_organisation(one["statement"], public(town.keys["directory"]))
    proof = {name: one[name] for name in ("event", "nonce", "proof")}
    check_current(said, proof, town.policy, town.clock.at)
    assert one["suspended"] is False
    await directory.suspend(town.registry, "organisation", team.party)
    assert (await call(town.app, "GET", f"/consent/v1/organisations/{team.party}")).json()["suspended"] is True
    await directory.withdraw_key(town.registry, team.party, sid(team.org))
    assert (await call(town.app, "GET", f"/consent/v1/organisations/{team.party}")).status == 404


async def test_the_catalogue_is_public(shared: Town) -> None:
    purposes = (await call(shared.app, "GET", "/consent/v1/purposes")).json()["items"]
    [one] = [purpose for purpose in purposes if purpose["id"] == BACK_TO_SCHOOL]
    assert [H(text["text"]) for text in one["texts"]] == [text["hash"] for text in one["texts"]]
    assert (await call(shared.app, "GET", f"/consent/v1/purposes/{BACK_TO_SCHOOL}")).json() == one
    schemas = (await call(shared.app, "GET", "/consent/v1/schemas")).json()["items"]
    assert {json.loads(schema["document"])["$id"] for schema in schemas} == {schema["id"] for schema in schemas}
    first = schemas[0]["id"]
    assert (await call(shared.app, "GET", f"/consent/v1/schemas/{first}")).json() == schemas[0]
    for absent in ("purposes/urn:kluisje:purpose:none:1", "schemas/urn:kluisje:schema:none:1"):
        assert (await call(shared.app, "GET", f"/consent/v1/{absent}")).status == 404


@pytest.mark.parametrize("role", ["police-officer", "youth worker"])
async def test_a_role_that_the_catalogue_lacks_is_not_listed(town: Town, role: str) -> None:
    with pytest.raises(directory.Misplaced):
        await town.lists("wijkagent", role)
