# SPDX-License-Identifier: EUPL-1.2
"""Who is let in, who is put out, and in which order the team's key changes."""

import asyncio
import time
from typing import Any

import pytest

import serve
from chassis.problems import unavailable
from demo.colleague import Colleague
from desk.rings import TRIES_A_DAY
from formats.envelope import envelope_place
from formats.jose import new_sealing_key, new_signing_key, public
from formats.keyring import new_epoch
from formats.sealing import seal_envelope, seal_team_key
from formats.spelling import new_id
from formats.team import KEEPER, MEMBER, sign_team, verify_team
from kluisje.http import Refused
from tests.desk.bureau import Bureau, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def bureau(own_bureau: Bureau) -> Bureau:
    """Here the team changes."""
    return own_bureau


async def lines(bureau: Bureau, *others: Any) -> list[Any]:
    """The keepers as lines of a list, and others."""
    keepers = [await bureau.ans.candidate(one.subject, KEEPER) for one in (bureau.fatima, bureau.karim)]
    return [*keepers, *others]


@pytest.fixture(scope="module")
def daan(bureau: Bureau) -> Colleague:
    """Somebody of the organisation who is no member yet."""
    return Colleague(bureau.desk, "Daan")


async def let_in(bureau: Bureau, daan: Colleague) -> None:
    """Daan is a member, with a copy of the team's key; also where this test runs alone."""
    if not daan.subject:
        await daan.signs_in()
    if daan.keys is None:
        await daan.makes_keys()
    team = bureau.desk.town.team("jeugdteam-zuid")
    if (await daan.lists())[-1].member(daan.subject) is None:
        wanted = await lines(bureau, await bureau.ans.candidate(daan.subject, MEMBER))
        await bureau.ans.signs_list(wanted, team.enc["kid"])
        await bureau.fatima.hands_out(team.enc, team.sig)


async def test_who_is_no_member_sees_no_case(bureau: Bureau, daan: Colleague) -> None:
    assert (await daan.signs_in())["role"] == "none"
    for path in ("/colleagues", "/team-keys", "/cases", "/grants", "/consent-requests", "/events", "/envelopes"):
        with pytest.raises(Refused) as no:
            await daan.call("GET", path)
        assert refused(no.value) == (403, "not-allowed"), path
    assert (await daan.lists())[-1].member(daan.subject) is None


async def test_own_keys_are_ones_own(bureau: Bureau, daan: Colleague) -> None:
    code, _ = await daan.makes_keys()
    assert daan.keys is not None
    ring = daan.keys.vlt
    await daan.unlocks(code)
    for who, path in ((bureau.karim, f"/rings/{ring}"), (daan, f"/rings/{new_id()}")):
        with pytest.raises(Refused) as no:
            await who.call("GET", path)
        assert refused(no.value) == (404, "not-found")
    card = (await daan.call("GET", f"/rings/{ring}")).json()["card"]
    with pytest.raises(Refused) as no:
        await daan.makes_keys()
    assert refused(no.value) == (409, "version-exists")
    with pytest.raises(Refused):  # a key is one person's
        await bureau.karim.call("POST", "/rings", {"card": card, "name": "Karim"})
    [slot, _] = (await daan.call("GET", f"/rings/{ring}/slots")).json()["items"]
    with pytest.raises(Refused) as no:
        await daan.call("DELETE", f"/rings/{ring}/slots/{slot['id']}")
    assert refused(no.value) == (403, "not-allowed"), "two stay"
    keyring = (await daan.call("GET", f"/rings/{ring}/keyring")).json()["jwe"]
    assert (await daan.call("PUT", f"/rings/{ring}/keyring", {"jwe": keyring})).json() == {"seq": 1}
    with pytest.raises(Refused) as no:
        await daan.call("PUT", f"/rings/{ring}/keyring", {"jwe": daan.keys.sealed()})
    assert refused(no.value) == (409, "chain-moved")


async def test_words_can_be_tried_five_times_a_day(bureau: Bureau) -> None:
    assert bureau.karim.keys is not None
    path = f"/rings/{bureau.karim.keys.vlt}/peppers"
    told = {(await bureau.karim.call("POST", path)).json()["pepper"] for _ in range(TRIES_A_DAY)}
    assert len(told) == 1
    with pytest.raises(Refused) as no:
        await bureau.karim.call("POST", path)
    assert refused(no.value) == (429, "too-many")


@pytest.mark.promise("P16")
async def test_only_the_administrators_next_list_counts(bureau: Bureau, daan: Colleague) -> None:
    ans, team = bureau.ans, bureau.desk.town.team("jeugdteam-zuid")
    assert ans.keys is not None
    newest, sig = (await ans.lists())[-1], ans.keys.keyring.sig
    wanted = await lines(bureau, await ans.candidate(daan.subject, MEMBER))
    made: dict[str, Any] = {"iss": newest.iss, "previous": newest, "iat": int(time.time()), "jkt": team.enc["kid"]}
    good = sign_team(sig, adm=sig, members=wanted, **made)
    with pytest.raises(Refused) as no:
        await bureau.fatima.call("POST", "/member-lists", {"list": good})
    assert refused(no.value) == (403, "not-allowed"), "a keeper posts it"
    stranger = new_signing_key()
    false = {
        "another's signature": sign_team(stranger, adm=stranger, members=wanted, **made),
        "the first again": newest.token,
        "a gap": sign_team(sig, adm=sig, members=wanted, **made | {"previous": verify_team(good, public(sig))}),
        "another team": sign_team(sig, adm=sig, members=wanted, **made | {"iss": newest.iss + "x", "previous": None}),
        "keys that nobody introduced": sign_team(
            sig,
            adm=sig,
            members=[*wanted[:2], type(wanted[0])(daan.subject, public(stranger), public(new_sealing_key()), MEMBER)],
            **made,
        ),
    }
    for why, token in false.items():
        with pytest.raises(Refused) as no:
            await ans.call("POST", "/member-lists", {"list": token})
        assert no.value.status in (400, 409), why
    both = await asyncio.gather(
        *(ans.call("POST", "/member-lists", {"list": good}) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Answer", "Refused"], "one of two at once"
    assert (await daan.call("GET", "/session")).json()["role"] == "member"


async def test_a_copy_is_for_a_member_at_the_newest_list(bureau: Bureau, daan: Colleague) -> None:
    team, newest = bureau.desk.town.team("jeugdteam-zuid"), (await bureau.fatima.lists())[-1]
    to = {one.sub: one.enc for one in newest.members}
    place = {"iss": newest.iss, "seq": newest.seq, "sub": daan.subject}
    wrong = [
        seal_team_key(team.enc, team.sig, to[daan.subject], **place | {"seq": newest.seq - 1}),
        seal_team_key(team.enc, team.sig, to[daan.subject], **place | {"sub": "cw_stranger"}),
        seal_team_key(team.enc, team.sig, to[daan.subject], **place | {"iss": newest.iss + "x"}),
        seal_team_key(team.enc, team.sig, to[bureau.karim.subject], **place),
    ]
    for jwe in wrong:
        with pytest.raises(Refused) as no:
            await bureau.fatima.call("POST", "/team-keys", {"copies": [jwe]})
        assert refused(no.value) == (400, "place-mismatch")
    good = seal_team_key(team.enc, team.sig, to[daan.subject], **place)
    with pytest.raises(Refused) as no:
        await daan.call("POST", "/team-keys", {"copies": [good]})
    assert refused(no.value) == (403, "not-allowed"), "a member is no keeper"
    await bureau.fatima.hands_out(team.enc, team.sig)
    assert (await daan.team_key())[0] == dict(team.enc)
    assert (await bureau.ans.call("GET", "/session")).json()["role"] == "administrator"
    with pytest.raises(Refused):
        await bureau.ans.call("GET", "/team-keys")


@pytest.mark.promise("P16")
async def test_who_is_removed_is_refused_at_once_here_and_at_the_gateway(
    bureau: Bureau, daan: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    await let_in(bureau, daan)
    _, grant, drawer, purpose = await bureau.a_case()
    path = f"/grants/{grant}/drawers/{drawer}/records"
    await daan.call("POST", f"/grants/{grant}/take-overs", {"reason": "Fatima is ziek"})
    assert (await daan.opens(grant, purpose))["state"] == "open"
    assert (await daan.call("GET", path)).status == 200
    desk = bureau.house.parts[serve.DESK].inside.state.desk
    held = [one for one in desk.sessions._sessions.values() if one.subject == daan.subject][-1]
    reading = next(one.token for one in held.openings.values() if one.state == "open")

    async def away(*_: Any) -> Any:
        raise unavailable()

    with monkeypatch.context() as patched:
        patched.setattr(desk.gateway, "as_system", away)
        team = bureau.desk.town.team("jeugdteam-zuid")
        told = await bureau.ans.signs_list(await lines(bureau), team.enc["kid"])
    assert (told["removed"], told["suspended"]) == ([daan.subject], False)
    state = (await bureau.ans.call("GET", "/member-lists")).json()
    assert ([one["subject"] for one in state["waiting"]], state["rotationDue"]) == ([daan.subject], True)
    shown = {one["subject"]: one["role"] for one in (await bureau.ans.call("GET", "/colleagues")).json()["items"]}
    assert (shown[daan.subject], shown[bureau.karim.subject]) == ("removed", "keeper")
    for method, asked in (("GET", "/session"), ("GET", path), ("GET", "/team-keys"), ("GET", "/consent-requests")):
        with pytest.raises(Refused) as no:
            await daan.call(method, asked)
        assert no.value.status == 401, asked

    assert await desk.members.tell_removals(), "the gateway is back"
    assert (await bureau.ans.call("GET", "/member-lists")).json()["waiting"] == []
    for key, token in ((held.key, held.ask), (held.key, reading)):
        for asked in ("/grants", path):
            assert (await desk.gateway.call("GET", asked, key, token)).status == 401, "stolen tokens are dead too"
    with pytest.raises(Refused):
        await daan.signs_in()


async def test_the_key_changes_in_this_order(bureau: Bureau) -> None:
    """Once the new key counts, the desk keeps nothing that is sealed to the old one."""
    old, newest = bureau.desk.town.team("jeugdteam-zuid"), (await bureau.fatima.lists())[-1]
    enc, sig = new_sealing_key(), new_signing_key()
    drawer, vlt, grant = new_id(), new_id(), new_id()

    def envelope(to: Any) -> str:
        return seal_envelope(new_epoch(drawer, 1), public(to), vlt=vlt, gnt=grant)

    path = f"/grants/{grant}/envelopes/{drawer}/1"
    assert (await bureau.karim.call("PUT", path, {"jwe": envelope(old.enc)})).status == 201
    own = {one.sub: one.enc for one in newest.members}[bureau.fatima.subject]
    pending = seal_team_key(enc, sig, own, iss=newest.iss, seq=newest.seq, sub=bureau.fatima.subject)
    await bureau.fatima.call("POST", "/team-keys", {"copies": [pending]})
    assert (await bureau.karim.call("PUT", path, {"jwe": envelope(old.enc)})).status == 200, "the old one serves"
    with pytest.raises(Refused):
        await bureau.karim.call("PUT", path, {"jwe": envelope(enc)})

    await bureau.ans.signs_list(await lines(bureau), enc["kid"])
    assert (await bureau.ans.call("GET", "/member-lists")).json()["rotationDue"] is False
    await bureau.fatima.hands_out(enc, sig)
    assert (await bureau.karim.team_key()) == (enc, sig)
    with pytest.raises(Refused) as no:
        await bureau.karim.call("PUT", path, {"jwe": envelope(old.enc)})
    assert refused(no.value) == (400, "place-mismatch")
    [kept] = [
        one for one in (await bureau.fatima.call("GET", "/envelopes")).json()["items"] if one["kid"] != enc["kid"]
    ]
    assert envelope_place(kept["jwe"]).kid == old.enc["kid"]
    assert (await bureau.fatima.call("PUT", path, {"jwe": envelope(enc)})).json()["kid"] == enc["kid"]
    await bureau.ans.signs_list(await lines(bureau), old.enc["kid"])  # as it was, for who comes after
    await bureau.fatima.hands_out(old.enc, old.sig)
