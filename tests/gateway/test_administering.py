# SPDX-License-Identifier: EUPL-1.2
"""Clients are administered by hand: registered with the directory's word, suspended, ended, given new keys."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from formats import jose
from formats.registration import sign_registration
from formats.spelling import DAY, sid
from gateway import administering
from gateway.administering import BOTH_KEYS, RegistrationError
from gateway.settings import GatewaySettings
from kluisje.publishing import publish_client, publish_team
from tests import databases
from tests.gateway.office import ASK, OIN, TEAM, App, Office, Shifted, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
DIRECTORY = "urn:oin:00000008888888880000"
SIGNER = jose.new_signing_key()
OWN = "/gateway/v1/consent-requests"
FORM = {"grant_type": "client_credentials", "authorization_details": ASK}


def _keys(party: str = TEAM, client: str = f"oin:{OIN}:desk") -> dict[str, Any]:
    sig, enc = jose.new_signing_key(), jose.new_sealing_key()
    halves = {"enc": jose.public(enc), "sig": jose.public(sig), "clientKey": jose.public(jose.new_signing_key())}
    return {"party": party, "client": client, **halves}


def members_of(*keys: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """A desk's registration, with these keys or a fresh one."""
    given = [jose.public(jose.new_signing_key())] if not keys else [dict(key) for key in keys]
    return {
        "client_id": f"oin:{OIN}:desk",
        "kind": "caseworker",
        "client_name": {"nl": "Werkplek", "en": "Desk"},
        "team": TEAM,
        "actions": ["ask", "read"],
        "redirect_uris": ["https://desk.example/callback"],
        "jwks": {"keys": given},
    } | changed


@pytest.fixture
def administration(tmp_path: Path) -> administering.Office:
    """An installation's gateway, by its settings; nothing of it runs."""
    origin = "http://127.0.0.1:8000"
    (tmp_path / "directory.json").write_text(json.dumps(jose.public(SIGNER)))
    given = settings_for(tmp_path, origin, directory_key=tmp_path / "directory.json")
    databases.migrated("gateway", tmp_path / "gateway.sqlite3")
    return administering.office_of(GatewaySettings(**given), Shifted())


def statement_at(now: int, **changed: Any) -> str:
    """The directory's statement of a team."""
    return publish_team(SIGNER, DIRECTORY, _keys() | changed, now=now)


def _statement(office: administering.Office, ago: int = 0, **changed: Any) -> str:
    return statement_at(office.clock.now() - ago, **changed)


async def _refused(office: administering.Office, given: Mapping[str, Any], why: str) -> None:
    with pytest.raises(RegistrationError, match=why):
        await administering.register(office, given)


# -- registering -------------------------------------------------------------------------------------------------


async def test_a_team_that_the_directory_knows_gets_its_client(administration: administering.Office) -> None:
    statement, members = _statement(administration), members_of()
    by_hand = await administering.register(administration, {"registration": members, "organisation": statement})
    assert (by_hand.id, by_hand.team) == (f"oin:{OIN}:desk", TEAM)
    token = publish_client(SIGNER, statement, members | {"client_id": f"oin:{OIN}:two"}, now=administration.clock.now())
    signed = await administering.register(administration, {"registration": token, "organisation": statement})
    assert signed.keys == by_hand.keys
    found = await administering.listing(administration)
    assert [(one["id"], one["state"]) for one in found] == [(by_hand.id, "in use"), (signed.id, "in use")]


async def test_without_the_directorys_word_there_is_no_client(administration: administering.Office) -> None:
    now, members, statement = administration.clock.now(), members_of(), _statement(administration)
    good = {"registration": members, "organisation": statement}
    other = _statement(administration, party=TEAM + "-2")
    forged = publish_team(jose.new_signing_key(), DIRECTORY, _keys(), now=now)
    token = publish_client(SIGNER, statement, members, now=now)
    claims = {"iss": DIRECTORY, "client": members, "iat": now, "exp": now + DAY}
    mallory = sign_registration(jose.new_signing_key(), org=sid(statement), **claims)
    leaning = sign_registration(SIGNER, org=sid(other), **claims)
    later = sign_registration(SIGNER, org=sid(statement), **(claims | {"iat": now + 60}))
    over = sign_registration(SIGNER, org=sid(statement), **(claims | {"iat": now - DAY, "exp": now}))
    for given, why in (
        (members, "comes with the directory's statement"),
        ({"registration": members}, "has the members"),
        (good | {"organisation": other}, "another team"),
        (good | {"organisation": forged}, "did not sign"),
        (good | {"organisation": _statement(administration, ago=366 * DAY)}, "does not count now"),
        (good | {"organisation": token}, "did not sign"),
        (good | {"registration": mallory}, "did not sign"),
        (good | {"registration": statement}, "did not sign"),
        (good | {"registration": leaning}, "another statement"),
        (good | {"registration": later}, "its time is over"),
        (good | {"registration": over}, "its time is over"),
        (good | {"registration": members | {"actions": ["learn"]}}, "actions"),
    ):
        await _refused(administration, given, why)
    assert await administering.listing(administration) == []
    nobody = replace(administration, directory_key=None)
    await _refused(nobody, good, "KLUISJE_GATEWAY_DIRECTORY_KEY")


async def test_a_persons_app_needs_no_directory(administration: administering.Office) -> None:
    app = {"client_id": "app:portal", "kind": "person", "client_name": {"nl": "Kluisje", "en": "Kluisje"}}
    await administering.register(administration, app | {"redirect_uris": ["https://portal.example/"]})
    assert [one["id"] for one in await administering.listing(administration)] == ["app:portal"]


async def test_an_older_signed_registration_does_not_come_back(administration: administering.Office) -> None:
    now, statement = administration.clock.now(), _statement(administration, ago=DAY)
    older = publish_client(SIGNER, statement, members_of(), now=now - 60)
    newer = publish_client(SIGNER, statement, members_of(), now=now)
    for token in (older, newer, newer):
        await administering.register(administration, {"registration": token, "organisation": statement})
    await _refused(administration, {"registration": older, "organisation": statement}, "newer registration")


# -- suspended, ended --------------------------------------------------------------------------------------------


def _over(office: Office) -> administering.Office:
    """The administration of a gateway that runs: another process would have the same database."""
    return administering.office_of(office.settings, office.clock)


async def _status(app: App, token: str) -> int:
    return (await app.call("GET", OWN, token)).status_code


@pytest.mark.promise("P17")
async def test_a_suspended_client_stops_at_its_next_call(fresh: Office) -> None:
    system, office = await fresh.system(), _over(fresh)
    token = str((await system.token(system.who() | FORM))["access_token"])
    assert await _status(system, token) == 503, "who calls is known; consent is away in this test"
    await administering.suspend(office, system.id)
    assert await _status(system, token) == 401
    assert (await system.post("token", system.who() | FORM)).status_code == 401
    assert (await system.post("par", system.who())).status_code == 401
    await administering.resume(office, system.id)
    assert await _status(system, token) == 503
    await administering.end(office, system.id)
    assert await _status(system, token) == 401
    for what in (administering.suspend, administering.resume, administering.end):
        with pytest.raises(RegistrationError):
            await what(office, system.id)
    assert (await system.post("token", system.who() | FORM)).status_code == 401
    office.database.close()


@pytest.mark.promise("P30")
async def test_after_a_restore_no_sign_in_lives(fresh: Office) -> None:
    system, office = await fresh.system(), _over(fresh)
    token = str((await system.token(system.who() | FORM))["access_token"])
    assert await administering.end_every_sign_in(office) >= 1
    assert await _status(system, token) == 401
    assert await administering.end_every_sign_in(office) == 0
    office.database.close()


async def test_registering_again_takes_no_suspension_back(administration: administering.Office) -> None:
    given = {"registration": members_of(), "organisation": _statement(administration)}
    client = (await administering.register(administration, given)).id
    await administering.suspend(administration, client)
    await administering.register(administration, given)
    assert [one["state"] for one in await administering.listing(administration)] == ["suspended"]
    await administering.end(administration, client)
    await _refused(administration, given, "ended for good")


# -- keys --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("P20")
async def test_two_keys_for_thirty_days(fresh: Office) -> None:
    system, office = await fresh.system(), _over(fresh)
    fresh_key = jose.new_signing_key()
    await administering.replace_keys(office, system.id, {"keys": [jose.public(fresh_key)]})
    newer = replace(system, key=fresh_key)
    assert (await system.post("token", system.who() | FORM)).status_code == 200
    assert (await newer.post("token", newer.who() | FORM)).status_code == 200
    fresh.clock.ahead = BOTH_KEYS - 30
    assert (await system.post("token", system.who() | FORM)).status_code == 200
    fresh.clock.ahead = BOTH_KEYS + 30
    assert (await system.post("token", system.who() | FORM)).status_code == 401
    assert (await newer.post("token", newer.who() | FORM)).status_code == 200
    office.database.close()


async def test_a_third_key_ends_the_first_and_a_leaked_one_goes_at_once(fresh: Office) -> None:
    system, office = await fresh.system(), _over(fresh)
    second, third = jose.new_signing_key(), jose.new_signing_key()
    await administering.replace_keys(office, system.id, {"keys": [jose.public(second)]})
    await administering.replace_keys(office, system.id, {"keys": [jose.public(third)]})
    assert (await system.post("token", system.who() | FORM)).status_code == 401
    two = [replace(system, key=key) for key in (second, third)]
    assert [(await one.post("token", one.who() | FORM)).status_code for one in two] == [200, 200]
    fourth = jose.new_signing_key()
    await administering.replace_keys(office, system.id, {"keys": [jose.public(fourth)]}, at_once=True)
    assert [(await one.post("token", one.who() | FORM)).status_code for one in two] == [401, 401]
    for wrong in ({}, {"keys": []}, {"keys": [jose.public(second), jose.public(third)]}, {"keys": [second]},
                  {"keys": [jose.public(fourth)]}):  # fmt: skip
        with pytest.raises(RegistrationError):
            await administering.replace_keys(office, system.id, wrong)
    office.database.close()


async def test_the_second_key_of_a_registration_ends_too(administration: administering.Office) -> None:
    first, second = (jose.public(jose.new_signing_key()) for _ in range(2))
    given = {"registration": members_of(first, second), "organisation": _statement(administration)}
    client = await administering.register(administration, given)
    [found] = await administering.listing(administration)
    assert found["keys"][first["kid"]] is None
    assert found["keys"][second["kid"]] == pytest.approx(administration.clock.now() + BOTH_KEYS, abs=5)
    assert client.keys == (first, second)
