# SPDX-License-Identifier: EUPL-1.2
"""Erasing everything: at once with a touch, after 72 hours without, and nothing of hers is left."""

import pytest

from consent.proving import verify_log
from consent.tending import tend
from formats.spelling import DAY, unb64u
from tests import databases
from tests.consent.town import Citizen, Town, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def touched(noor: Citizen) -> dict[str, object]:
    """A challenge with its touch."""
    made = (await noor.calls("POST", "/challenges")).json()
    return {"challenge": made["id"], "assertion": noor.touch(unb64u(made["challenge"]))}


async def everything(town: Town) -> str:
    """All rows of all tables, as text."""
    tables = databases.tables(town.path / "consent.sqlite3")
    kept = [row for name in tables if name != "journal" for row in await town.rows(f"SELECT * FROM {name}")]
    return repr(kept)


async def test_with_a_touch_everything_goes_at_once(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    open_one, jti = await team.asks(noor), await noor.allows(await team.asks(noor), school)
    assert (await team.looks(jti, school)).status == 200
    before = (await team.sees(open_one)).body
    address = town.registry.address(noor.bsn)
    assert noor.vlt in await everything(town)
    done = await noor.calls("POST", "/erasures", await touched(noor))
    assert (done.status, done.json()["done"]) == (201, True)
    assert (await noor.calls("GET", "")).status == 404
    assert (await team.looks(jti, school)).status in (403, 404)
    assert (await team.sees(open_one)).body == before  # to its asker nothing happened
    await tend(town.registry)
    left = await everything(town)
    for gone in (noor.chain[0], noor.chain[-1], noor.sig["x"]):
        assert gone not in left
    whose = await town.rows("SELECT count(*) FROM events WHERE vlt = ?", a=noor.vlt)
    assert whose == [(0,)]
    said = await town.rows("SELECT bytes FROM events WHERE bytes IS NOT NULL")
    assert not [one for (one,) in said if noor.vlt.encode() in one]
    assert await town.rows("SELECT vlt, team FROM duties") == [(noor.vlt, team.party)]
    report = await town.registry.database.read(lambda c: verify_log(c, town.registry.ledger.vkey))
    assert report.faults == []
    assert report.erased > 0
    assert await town.rows("SELECT count(*) FROM vaults WHERE bsn = ?", a=address) == [(0,)]
    town.clock.at += 35 * DAY
    await tend(town.registry)
    assert await town.rows("SELECT count(*) FROM vaults WHERE vlt = ?", a=noor.vlt) == [(0,)]


async def test_without_a_touch_it_waits_72_hours_and_can_be_taken_back(town: Town) -> None:
    noor = await town.person()
    noor.signed_in = town.clock.at - 301
    assert slug(await noor.calls("POST", "/erasures", {})) == "step-up-needed"
    noor.signed_in = town.clock.at
    asked = (await noor.calls("POST", "/erasures", {})).json()
    assert asked["done"] is False
    again = (await noor.calls("POST", "/erasures", {})).json()
    assert again == asked
    assert (await noor.sees(""))["erasureAt"] == asked["at"]
    assert (await noor.calls("DELETE", f"/erasures/{asked['id']}")).status == 204
    assert (await noor.calls("DELETE", f"/erasures/{asked['id']}")).status == 404
    assert (await noor.sees(""))["erasureAt"] is None
    await noor.calls("POST", "/erasures", {})
    noor.signed_in = None
    town.clock.at += 72 * 3600 - 1
    await tend(town.registry)
    assert (await noor.calls("GET", "")).status == 200
    town.clock.at += 1
    await tend(town.registry)
    assert (await noor.calls("GET", "")).status == 404


async def test_a_challenge_is_over_after_five_minutes(town: Town) -> None:
    noor = await town.person()
    proof = await touched(noor)
    town.clock.at += 300
    assert slug(await noor.calls("POST", "/erasures", proof)) == "step-up-needed"


async def test_on_the_eighteenth_birthday_the_birth_date_goes(town: Town) -> None:
    sam = await town.person("2008-09-25")
    older = await town.person("2008-09-24")
    assert (await sam.sees(""))["ageBand"] == "16-17"
    town.clock.at += 3 * DAY
    await tend(town.registry)
    born = dict(await town.rows("SELECT vlt, birth_date FROM vaults"))
    assert (born[sam.vlt], born[older.vlt]) == ("2008-09-25", None)
    town.clock.at += DAY
    await tend(town.registry)
    assert await town.rows("SELECT count(*) FROM vaults WHERE birth_date IS NOT NULL") == [(0,)]
    seen = await sam.sees("")
    assert (seen["ageBand"], seen["nextBandAt"]) == ("18+", None)
