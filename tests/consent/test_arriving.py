# SPDX-License-Identifier: EUPL-1.2
"""Moving in: what is brought is believed only with the keys of where it was, counts only whole, and opens nothing."""

from pathlib import Path
from typing import Any, cast

import pytest

from chassis.calls import Reply
from chassis.settings import SettingsError
from consent import arriving
from consent.elsewhere import read_installations
from consent.proving import verify_log
from consent.tending import tend
from formats.jose import new_signing_key
from formats.person import sign_person
from formats.spelling import H
from tests.consent.outside import IDENTITY, SUBSTANTIAL
from tests.consent.town import Citizen, Town, places, slug
from tests.elsewhere import ORIGIN, Luggage, other_proof
from tests.twofold import each

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def begins(town: Town, luggage: Luggage | None = None) -> tuple[Citizen, Luggage, str]:
    """Somebody who signed in, with luggage, and a move that has begun."""
    luggage = luggage or Luggage()
    known = read_installations(luggage.pins(town.path / luggage.vlt))
    for one in each(town.app):
        one.inside.state.registry.installations.update(known)
    noor = await town.person(opens=False)
    begun = await noor.calls("POST", "/arrivals", {"origin": ORIGIN})
    assert begun.status == 201, begun.body
    return noor, luggage, str(begun.json()["id"])


async def brings(noor: Citizen, arrival: str, what: str, items: list[dict[str, Any]], **more: Any) -> Reply:
    return await noor.calls("POST", f"/arrivals/{arrival}/{what}", {"items": items} | more)


async def all_of_it(noor: Citizen, luggage: Luggage, arrival: str) -> None:
    assert (await brings(noor, arrival, "statements", luggage.statements, start=0)).status == 200
    assert (await brings(noor, arrival, "lines", luggage.lines, origin=ORIGIN)).status == 200


async def settles(town: Town, noor: Citizen, luggage: Luggage, arrival: str, **other: Any) -> Reply:
    """What the gateway tells consent when she has shown her card and proved its key."""
    now = town.clock.at
    sig = luggage.world.keys.keyring.sig["kid"]
    word = {"iss": IDENTITY, "vlt": luggage.vlt, "jkt": sig, "acr": SUBSTANTIAL, "iat": now} | other.pop("word", {})
    person = sign_person(town.keys["identity"], **word)
    body = {"vlt": luggage.vlt, "card": luggage.card(now), "person": person} | other
    return await town.gateway.post(f"/consent/v1/vaults/{noor.vlt}/arrivals/{arrival}/completions", body)


async def test_she_lives_here_under_her_own_name_and_no_yes_of_before_counts(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    await all_of_it(noor, luggage, arrival)
    assert (await noor.calls("GET", "")).status == 404, "nothing counts before the end"
    card = luggage.card(town.clock.at)
    done = await settles(town, noor, luggage, arrival, card=card)
    assert (done.status, done.json()["vlt"], len(done.json()["receipts"])) == (200, luggage.vlt, 2), done.body
    again = await settles(town, noor, luggage, arrival, card=card)
    assert (again.status, again.json()["receipts"]) == (200, done.json()["receipts"][:1])
    assert (await settles(town, noor, luggage, arrival)).status == 404, "another card is another end"

    was, noor.vlt, noor.sig = noor.vlt, luggage.vlt, dict(luggage.world.keys.keyring.sig)
    seen = await noor.sees("")
    assert (seen["seq"], seen["card"]) == (4, card)
    told = (await noor.sees("/statements"))["items"][::-1]
    assert [one["statement"] for one in told[:4]] == [one["statement"] for one in luggage.statements]
    assert [one["receipt"] for one in told[:4]] == [one["receipt"] for one in luggage.statements]
    assert len((await noor.sees("/lines"))["items"]) == 2, "our log says what happened here"
    before = (await noor.sees("/earlier-lines"))["items"]
    assert before == [{"origin": ORIGIN} | line for line in luggage.lines[::-1]]
    [over] = (await noor.sees("/grants"))["items"]
    assert (over["id"], over["state"], over["reason"]) == (luggage.world.gnt, "ended", "moved")
    team = next(iter(town.teams.values()))
    assert (await team.looks(luggage.world.gnt, luggage.world.drw)).status in (403, 404)

    # The chain goes on: an epoch, a question, a yes.
    noor.chain, noor.drawers = [*(one["statement"] for one in told)], {luggage.world.drw: ("school", 1)}
    noor.enc = dict(luggage.world.keys.keyring.enc)
    assert (await noor.enters(noor.epoch(luggage.world.drw, "rotate"))).status == 201
    noor.drawers[luggage.world.drw] = ("school", 2)
    asker = await town.team()
    jti = await noor.allows(await asker.asks(noor), luggage.world.drw)
    assert (await asker.looks(jti, luggage.world.drw)).status == 200
    report = await town.registry.database.read(lambda c: verify_log(c, town.registry.ledger.vkey))
    assert report.faults == []
    # The gateway did not hear the end, and names the empty vault again: it is told whose it is.
    body = {"vlt": was, "bsn": noor.bsn, "birthDate": "2011-05-09", "acr": SUBSTANTIAL, "authTime": town.moment()}
    assert (await town.gateway.post("/consent/v1/sign-ins", body)).json() == {"vlt": noor.vlt}


@pytest.mark.promise("P08")
async def test_what_is_brought_stands_in_the_chain_and_was_acknowledged_where_it_was(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    good, foreign = luggage.statements, Luggage().statements
    late = [good[0], good[2]]
    signed = [good[0], good[1] | {"statement": foreign[1]["statement"]}]
    cases = [
        (good, {"start": 1}, ("/items/0/statement", "not-the-next")),
        (late, {"start": 0}, ("/items/1/statement", "not-the-next")),
        (signed, {"start": 0}, ("/items/1/statement", "not-signed")),
        ([good[0] | {"receipt": good[1]["receipt"]}], {"start": 0}, ("/items/0/receipt", "not-acknowledged")),
        (foreign, {"start": 0}, ("/items/0/receipt", "not-acknowledged")),
    ]
    for items, more, place in cases:
        reply = await brings(noor, arrival, "statements", items, **more)
        assert reply.status == 400, place
        assert places(reply) == {place}
    some = await brings(noor, arrival, "statements", good[:2], start=0)
    assert some.json()["statements"] == 2
    assert (await brings(noor, arrival, "statements", good[:2], start=0)).json() == some.json(), "again: the same"
    assert slug(await brings(noor, arrival, "statements", good[1:3], start=0)) == "chain-moved"
    rest = await brings(noor, arrival, "statements", good[2:], start=2)
    assert (rest.status, rest.json()["statements"]) == (200, 4), rest.body


@pytest.mark.promise("P05")
async def test_lines_of_before_stand_in_the_log_of_where_they_were(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    lines = luggage.lines
    assert places(await brings(noor, arrival, "lines", lines, origin=ORIGIN)) == {("/items", "statements-first")}
    assert (await brings(noor, arrival, "statements", luggage.statements, start=0)).status == 200
    for items, place in (
        (lines[1:], ("/items/0/n", "a-line-is-missing")),
        ([lines[0], lines[2]], ("/items/1/n", "a-line-is-missing")),
        ([other_proof(lines[0])], ("/items/0/proof", "not-in-the-log")),
        ([lines[0], lines[1] | {"event": lines[2]["event"]}], ("/items/1/proof", "not-in-the-log")),
        (Luggage().lines, ("/items/0/proof", "not-in-the-log")),
    ):
        reply = await brings(noor, arrival, "lines", items, origin=ORIGIN)
        assert reply.status == 400, place
        assert places(reply) == {place}
    assert slug(await brings(noor, arrival, "lines", lines, origin="https://x.example")) == "not-allowed"
    assert (await brings(noor, arrival, "lines", lines[:3], origin=ORIGIN)).json()["lines"] == 3
    assert places(await settles(town, noor, luggage, arrival)) == {("/lines", "a-line-is-missing")}
    assert (await brings(noor, arrival, "lines", lines[3:], origin=ORIGIN)).json()["lines"] == 5
    assert (await settles(town, noor, luggage, arrival)).status == 200


@pytest.mark.promise("P16")
async def test_nobody_takes_a_name_that_is_not_theirs(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    await all_of_it(noor, luggage, arrival)
    now, ring = town.clock.at, luggage.world.keys.keyring
    refused = [
        ({"card": luggage.card(now, key=new_signing_key())}, "bad-signature"),
        ({"card": luggage.card(now, after=-2)}, "chain-moved"),
        ({"card": luggage.card(now - 601)}, "invalid-input"),
        ({"card": luggage.world.chain[0].token}, "chain-moved"),
        ({"word": {"jkt": H("x")}}, "invalid-input"),
        ({"word": {"vlt": noor.vlt}}, "invalid-input"),
        ({"word": {"iat": now - 3601}}, "invalid-input"),
        ({"vlt": noor.vlt}, "invalid-input"),
        ({"person": sign_person(ring.sig, iss=IDENTITY, vlt=luggage.vlt, jkt=ring.sig["kid"], acr="x", iat=now)}, None),
    ]
    for other, said in refused:
        reply = await settles(town, noor, luggage, arrival, **cast("dict[str, Any]", other))
        assert reply.status in (400, 403, 409), other
        assert slug(reply) == (said or "bad-signature"), other
    sam = await town.person(opens=False)
    assert (await settles(town, sam, luggage, arrival)).status == 404
    assert (await brings(sam, arrival, "statements", luggage.statements, start=0)).status == 404
    assert (await settles(town, noor, luggage, arrival)).status == 200
    # Somebody else with the same file: it is taken.
    thief, _, late = await begins(town, luggage)
    await all_of_it(thief, luggage, late)
    assert slug(await settles(town, thief, luggage, late)) == "chain-moved"
    # Who has a vault takes no other, and from nowhere nobody comes.
    settled = await town.person()
    assert slug(await settled.calls("POST", "/arrivals", {"origin": ORIGIN})) == "chain-moved"
    assert slug(await sam.calls("POST", "/arrivals", {"origin": "https://x.example"})) == "not-allowed"


async def test_what_was_not_ended_in_a_day_leaves_nothing(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    await all_of_it(noor, luggage, arrival)
    assert (await noor.calls("POST", "/arrivals", {"origin": ORIGIN})).json()["lines"] == 5
    town.clock.at += arriving.DAY
    assert (await settles(town, noor, luggage, arrival)).status == 404
    await tend(town.registry)
    for table in ("arrivals", "arriving", "earlier_lines", "moves"):
        assert await town.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert (await noor.opens()).status == 201, "her own, as if nothing had been"


async def test_more_than_a_life_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    noor, luggage, arrival = await begins(town)
    monkeypatch.setattr(arriving, "MOST_STATEMENTS", 3)
    assert slug(await brings(noor, arrival, "statements", luggage.statements, start=0)) == "too-large"
    monkeypatch.setattr(arriving, "MOST_STATEMENTS", 4)
    assert (await brings(noor, arrival, "statements", luggage.statements, start=0)).status == 200
    monkeypatch.setattr(arriving, "MOST_LINES", 4)
    assert slug(await brings(noor, arrival, "lines", luggage.lines, origin=ORIGIN)) == "too-large"
    many = [luggage.statements[0]] * 201
    assert slug(await brings(noor, arrival, "statements", many, start=0)) == "invalid-input"


async def test_erasing_takes_what_was_brought_too(town: Town) -> None:
    noor, luggage, arrival = await begins(town)
    await all_of_it(noor, luggage, arrival)
    assert (await settles(town, noor, luggage, arrival)).status == 200
    noor.vlt = luggage.vlt
    assert (await noor.calls("POST", "/erasures", {})).status == 201
    town.clock.at += 72 * 3600
    await tend(town.registry)
    for table in ("statements", "earlier_lines", "moves", "grants"):
        assert await town.rows(f"SELECT count(*) FROM {table} WHERE vlt = ?", vlt=luggage.vlt) == [(0,)], table


async def test_a_folder_with_something_else_stops_the_start(tmp_path: Path) -> None:
    folder = Luggage().pins(tmp_path / "pins")
    assert list(read_installations(folder)) == [ORIGIN]
    assert read_installations(None) == {}
    (folder / "again.json").write_bytes((folder / "elders.json").read_bytes())
    with pytest.raises(SettingsError, match="stands there already"):
        read_installations(folder)
    (folder / "again.json").write_text('{"origin": "x"}')
    with pytest.raises(SettingsError, match="no pins file"):
        read_installations(folder)
    with pytest.raises(SettingsError, match="not there"):
        read_installations(tmp_path / "nowhere")
