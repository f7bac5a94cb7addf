# SPDX-License-Identifier: EUPL-1.2
"""Who gets in, and what never comes out: no BSN in any table, nothing echoed, another's is as absent."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from chassis.calls import Inside, Reply
from chassis.clock import Clock
from chassis.settings import SettingsError
from consent.app import make_registry
from consent.rates import Rates
from consent.settings import ConsentSettings
from formats.dpop import make_proof
from formats.jose import new_signing_key, sign
from formats.spelling import H, new_id, thumbprint
from tests import databases
from tests.consent.town import ORIGIN, SUBSTANTIAL, Citizen, Town, call, settings_in, slug

BROUGHT = {"n": 0, "event": None, "nonce": None, "proof": "x" * 40}
OWN = (
    ("GET", "", None), ("GET", "/statements", None), ("POST", "/statements", {"statements": ["a.b.c"]}),
    ("POST", "/share-codes", None), ("GET", "/share-codes", None), ("DELETE", "/share-codes/{id}", None),
    ("GET", "/consent-requests", None), ("GET", "/consent-requests/{id}", None),
    ("POST", "/consent-requests/{id}/answers", {"answer": "no"}), ("GET", "/grants", None),
    ("GET", "/grants/{id}", None), ("POST", "/grants/{id}/stops", {"statement": None}),
    ("POST", "/grants/{id}/pauses", None), ("DELETE", "/grants/{id}/pauses/{id}", {}), ("POST", "/pauses", None),
    ("DELETE", "/pauses/{id}", {}), ("GET", "/lines", None), ("GET", "/plain-lines", None),
    ("GET", "/receipts", None), ("GET", "/receipts/{id}", None), ("POST", "/challenges", None),
    ("POST", "/erasures", {}), ("DELETE", "/erasures/{id}", None), ("POST", "/peppers", None),
    ("POST", "/lines/{line}/questions", {"text": "Waarom?"}), ("GET", "/questions", None), ("GET", "/questions/{id}", None),
    ("GET", "/devices", None), ("DELETE", "/devices/{jkt}", None), ("POST", "/arrivals", {"origin": "https://x.example"}),
    ("POST", "/arrivals/{id}/statements", {"start": 0, "items": [{"statement": "a.b.c", "receipt": "a.b.c"}]}),
    ("POST", "/arrivals/{id}/lines", {"origin": "https://x.example", "items": [BROUGHT]}), ("GET", "/earlier-lines", None),
)  # fmt: skip
# Words may be the first way into a vault, so its pepper comes before it; a device is hers from the sign-in on; and who
# moves in has none yet, but from there nobody may come.
BEFORE_A_VAULT = {"/arrivals": 403, "/peppers": 200, "/devices": 200, "/devices/{jkt}": 204}
TEAM = "urn:oin:00000001234567890000:team:jeugdteam-0"
SERVICE = (
    ("POST", "/calls"), ("POST", "/looks"), ("POST", "/previews"), ("POST", "/sign-ins"), ("POST", "/consent-requests"),
    ("GET", "/consent-requests"), ("GET", "/consent-requests/{id}"), ("POST", "/consent-requests/{id}/withdrawals"),
    ("GET", "/grants"), ("GET", "/grants/{id}"), ("DELETE", "/grants/{id}"),
    ("GET", "/grants/{id}/drawers/{id}/epoch"), ("POST", "/events"), ("POST", "/grants/{id}/closings"),
    ("GET", "/grants/{id}/evidence"), ("POST", "/grants/{id}/take-overs"), ("GET", "/questions"),
    ("GET", "/questions/{id}"), ("POST", "/questions/{id}/answers"), ("POST", "/caseworker-suspensions"),
    ("POST", "/consent-requests/{id}/acceptances"), ("POST", "/vaults/{vlt}/arrivals/{id}/completions"),
)  # fmt: skip


def same(reply: Reply) -> tuple[int, dict[str, Any], dict[str, str]]:
    body = dict(reply.json())
    body.pop("instance")
    headers = {k: v for k, v in reply.headers.items() if k != "date"}
    return reply.status, body, headers


@pytest.mark.promise("P16")
@pytest.mark.asyncio(loop_scope="module")
async def test_every_operation_of_the_contract_is_in_these_lists(shared: Town) -> None:
    found = {
        (verb.upper(), path) for path, verbs in shared.app.document["paths"].items() for verb, one in verbs.items()
        if one.get("security") != []
    }  # fmt: skip
    shape = lambda path: "/".join("{}" if part.startswith("{") else part for part in path.split("/"))  # noqa: E731
    listed = {(verb, shape("/vaults/{vlt}" + path)) for verb, path, _ in OWN} | {(v, shape(p)) for v, p in SERVICE}
    assert {(verb, shape(path)) for verb, path in found} == listed | {("POST", "/vaults")}


@pytest.mark.promise("P23")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("verb", "path", "body"), OWN)
async def test_anothers_vault_is_as_absent(shared: Town, verb: str, path: str, body: Any) -> None:
    noor, sam = await shared.person(), await shared.person()
    place = path.replace("{id}", new_id()).replace("{line}", "1").replace("{jkt}", H("a key"))
    theirs = await sam.calls(verb, place, body, of=noor.vlt)
    nobodys = await sam.calls(verb, place, body, of=new_id())
    assert theirs.status == 404
    assert same(theirs) == same(nobodys)
    unopened = await shared.person(opens=False)
    early = await unopened.calls(verb, place, body)
    if path in BEFORE_A_VAULT:
        assert early.status == BEFORE_A_VAULT[path]
    else:
        assert early.status in (404, 400) if path == "/statements" and verb == "POST" else early.status == 404


@pytest.mark.promise("P16")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("verb", "path"), SERVICE)
async def test_what_is_the_gateways_is_nobody_elses(shared: Town, verb: str, path: str) -> None:
    noor = await shared.person()
    place = path.replace("{id}", new_id()).replace("{line}", "1")
    query = f"team={TEAM}" if verb in ("GET", "DELETE") else ""
    body = None if verb in ("GET", "DELETE") else {}
    as_person = await noor.top(verb, place, body, query=query)
    assert slug(as_person) == "not-authenticated"
    bare = await call(shared.app, verb, f"/consent/v1{place}", body, query=query)
    assert slug(bare) == "not-authenticated"
    vault = Inside("vault", shared.app)
    content = None if body is None else b"{}"
    other = await vault.call(verb, f"/consent/v1{place}", content, query=query)
    assert slug(other) in ("not-allowed", "invalid-input")
    assert other.status in (403, 400)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_hers_is_not_the_gateways(shared: Town) -> None:
    noor = await shared.person()
    for verb, path, body in OWN:
        place = f"/consent/v1/vaults/{noor.vlt}{path.replace('{id}', new_id())}"
        content = None if body is None else b"{}"
        assert (await shared.gateway.call(verb, place, content)).status == 401


@pytest.mark.promise("P20")
@pytest.mark.asyncio(loop_scope="module")
async def test_a_token_is_good_for_its_key_audience_and_time_only(shared: Town) -> None:
    noor, now = await shared.person(), shared.clock.at
    path = f"/consent/v1/vaults/{noor.vlt}"

    async def tried(key: dict[str, Any] | None = None, proof_key: dict[str, str] | None = None, **other: Any) -> Reply:
        claims = {
            "iss": f"{ORIGIN}/person", "aud": f"{ORIGIN}/consent/v1", "sub": noor.vlt, "iat": now, "nbf": now,
            "exp": now + 300, "jti": new_id(), "cnf": {"jkt": thumbprint(noor.device)}, "acr": SUBSTANTIAL,
            "auth_time": now,
        } | other  # fmt: skip
        token = sign(claims, "at+jwt", key or shared.keys["person"])
        proof = make_proof(proof_key or noor.device, "GET", ORIGIN + path, H(token), now=now)
        return await call(shared.app, "GET", path, headers={"authorization": f"DPoP {token}", "dpop": proof})

    assert (await tried()).status == 200
    wrong: tuple[dict[str, Any], ...] = (
        {"aud": f"{ORIGIN}/vault/v1"}, {"iss": ORIGIN}, {"exp": now}, {"nbf": now + 1}, {"key": new_signing_key()},
        {"proof_key": new_signing_key()},
    )  # fmt: skip
    for other in wrong:
        assert (await tried(**other)).status == 401, other


@pytest.mark.promise("P22")
async def test_no_bsn_is_in_any_table_or_problem(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    await noor.allows(await team.asks(noor), school)
    nobody = Citizen(town, "123456782")
    await team.asks(nobody)
    tables = databases.tables(town.path / "consent.sqlite3")
    kept = repr([row for name in tables for row in await town.rows(f"SELECT * FROM {name}")])
    assert noor.vlt in kept
    files = b"".join(path.read_bytes() for path in town.path.glob("consent.sqlite3*"))
    for bsn in (noor.bsn, nobody.bsn):
        assert bsn not in kept
        assert bsn.encode() not in files
    wrong = {"vlt": noor.vlt, "bsn": noor.bsn, "birthDate": "2011-5-9", "acr": "x", "authTime": "gisteren", noor.bsn: 1}
    reply = await town.gateway.post("/consent/v1/sign-ins", wrong)
    assert slug(reply) == "invalid-input"
    assert noor.bsn not in reply.body.decode()
    assert "2011" not in reply.body.decode()


async def test_a_bsn_belongs_to_one_vault_and_a_vault_to_one_bsn(shared: Town) -> None:
    noor, sam = await shared.person(), await shared.person()
    body = {"birthDate": "2011-05-09", "acr": SUBSTANTIAL, "authTime": shared.moment()}
    for vlt, bsn in ((noor.vlt, sam.bsn), (new_id(), noor.bsn)):
        assert slug(await shared.gateway.post("/consent/v1/sign-ins", body | {"vlt": vlt, "bsn": bsn})) == "not-allowed"
    assert (await shared.gateway.post("/consent/v1/sign-ins", body | {"vlt": noor.vlt, "bsn": noor.bsn})).status == 200


@pytest.mark.promise("P33")
def test_each_required_setting_has_no_default(town_settings: ConsentSettings) -> None:
    whole = town_settings
    rates = {field.name for field in fields(Rates)}
    optional = {
        "database_owner",
        "portal_origin",
        "hosts",
        "gezag_key",
        "gateway_key",
        "catalogue_key",
        "kept_checkpoint",
        "moves_from",
        *rates,
    }
    for name in set(ConsentSettings.model_fields) - optional:
        with pytest.raises(ValueError, match=name):
            ConsentSettings(**{k: v for k, v in whole.model_dump().items() if k != name})


@pytest.fixture
def town_settings(tmp_path: Path) -> ConsentSettings:
    """Settings whose files are all there."""
    databases.migrated("consent", tmp_path / "consent.sqlite3")
    names = ("receipt", "identity", "directory", "gezag", "person")
    return settings_in(tmp_path, {name: new_signing_key() for name in names})


@pytest.mark.promise("P33")
@pytest.mark.parametrize(
    "name", ["receipt_key", "log_key", "bsn_secret", "emp_secret", "subject_secret", "identity_key"]
)
def test_a_key_file_that_is_absent_or_open_stops_the_start(town_settings: ConsentSettings, name: str) -> None:
    path = getattr(town_settings, name)
    if name != "identity_key":
        path.chmod(0o644)
        with pytest.raises(SettingsError, match=path.name):
            make_registry(town_settings, Clock())
    path.unlink()
    with pytest.raises(SettingsError, match=path.name):
        make_registry(town_settings, Clock())
