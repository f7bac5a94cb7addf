# SPDX-License-Identifier: EUPL-1.2
"""Noor's day with Fatima, in both wirings."""

import pytest

from kluisje.http import Refused
from tests.town import Players


async def test_withdrawing_closes_the_door(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker("Fatima", of="jeugdteam-zuid")
    await noor.keeps("school", {"absence_days": 12})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    assert (await fatima.reads(request))[0].body["absence_days"] == 12
    await noor.stops(request)
    with pytest.raises(Refused, match="ended"):
        await fatima.reads(request)
    assert [line.outcome for line in await noor.who_looked()] == ["read", "refused"]


async def test_yes_but_less_gives_just_that(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 3})
    await noor.keeps("health", {"title": "Griep"}, "urn:kluisje:schema:note:1")
    request = await fatima.asks(noor, for_="back-to-school", about=["school", "doctors-note"], days=90)
    [asked] = await noor.requests()
    grant = await noor.allows(asked, only=["school"], until=town.http().clock() + 30 * 86_400)
    assert [drawer.cat for drawer in grant.drawers] == ["school"]
    assert grant.exp < asked.request.ends
    found = await fatima.reads(request)
    assert [record.body for record in found] == [{"absence_days": 3}]


async def test_a_no_and_no_answer_look_the_same(town: Players) -> None:
    noor, sam, fatima = await town.citizen("Noor"), await town.citizen("Sam"), await town.caseworker()
    refused = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    ignored = await fatima.asks(sam, for_="back-to-school", about=["school"], days=30)
    await noor.says_no(refused)
    assert (await fatima.looks_up(refused)).state == (await fatima.looks_up(ignored)).state == "open"
    for request in (refused, ignored):
        with pytest.raises(Refused, match="not-granted"):
            await fatima.reads(request)
    assert await noor.who_looked() == []


async def test_a_record_kept_later_is_readable_before_she_logs_in_again(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    await noor.keeps("school", {"absence_days": 2})
    assert sorted(record.body["absence_days"] for record in await fatima.reads(request)) == [1, 2]


async def test_what_is_kept_after_a_stop_never_reaches_them(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    await noor.stops(request)
    await noor.keeps("school", {"absence_days": 2})
    with pytest.raises(Refused, match="invalid_authorization_details"):  # no token was ever given for it
        await fatima.reads(request)
    again = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(again)
    assert sorted(record.body["absence_days"] for record in await fatima.reads(again)) == [1, 2]


async def test_another_organisation_gets_nothing_of_it(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    joost = await town.caseworker("Joost", of="de-vlier")
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    _, [grant] = await fatima.granted(request, "read")
    with pytest.raises(Refused):
        await joost.reads(grant)
    assert [line.outcome for line in await noor.who_looked()] in ([], ["refused"])


async def test_all_closed_and_open_again(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    assert await fatima.reads(request)
    pause = await noor.pauses()
    with pytest.raises(Refused, match="not-allowed"):
        await fatima.reads(request)
    await noor.opens_again(pause)
    assert await fatima.reads(request)


async def test_a_stop_needs_the_sign_in_only(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    grant = await noor.allows(request)
    assert await fatima.reads(request)
    noor.locks()
    await noor.stops(grant.jti)
    with pytest.raises(Refused, match="ended"):
        await fatima.reads(request)


async def test_a_team_hands_its_grant_back(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    assert await fatima.reads(request)
    await fatima.gives_up(request)
    with pytest.raises(Refused, match="ended"):
        await fatima.reads(request)


async def test_once_is_once(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    karim = await town.caseworker("Karim")
    await noor.keeps("school", {"absence_days": 1})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30, kind="once")
    await noor.allows(request)
    assert await fatima.reads(request)
    assert await fatima.reads(request), "for a quarter of an hour the same caseworker may turn pages"
    _, [grant] = await fatima.granted(request, "read")
    with pytest.raises(Refused):
        await karim.reads(grant)
