# SPDX-License-Identifier: EUPL-1.2
"""Every endpoint in the metadata answers, at both places; the two issuers are two."""

import pytest

from chassis.database import at_head
from gateway import store, tables
from tests.gateway.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDPOINTS = (
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "jwks_uri",
)


@pytest.mark.parametrize("path", ["", "/person"])
@pytest.mark.fapi(1, 3)
async def test_metadata_stands_at_both_places_and_names_what_answers(office: Office, path: str) -> None:
    first = await office.http.get(f"{office.origin}/.well-known/oauth-authorization-server{path}")
    second = await office.http.get(f"{office.origin}{path}/.well-known/openid-configuration")
    assert first.json() == second.json()
    metadata = first.json()
    assert metadata["issuer"] == office.origin + path
    for name in ENDPOINTS:
        answer = await office.http.options(metadata[name])
        asked = await office.http.get(metadata[name])
        assert answer.status_code == 204
        assert asked.status_code in (200, 400, 405), name
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["require_pushed_authorization_requests"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["none" if path else "private_key_jwt"]
    assert not {"registration_endpoint", "scopes_supported"} & set(metadata)
    assert ("introspection_endpoint" in metadata) is (path == "")


async def test_the_issuers_have_keys_of_their_own(office: Office) -> None:
    sets = [(await office.http.get(office.origin + path)).json()["keys"] for path in ("/oauth/jwks", "/person/jwks")]
    kids = [key["kid"] for keys in sets for key in keys]
    assert len(set(kids)) == len(kids) == 2
    assert all(set(key) == {"kty", "crv", "x", "y", "alg", "use", "kid"} for keys in sets for key in keys)


@pytest.mark.parametrize(("api", "issuer"), [("vault", "/person"), ("consent", "/person"), ("gateway", "")])
@pytest.mark.fapi(1)
async def test_each_api_names_its_issuer(office: Office, api: str, issuer: str) -> None:
    answer = await office.http.get(f"{office.origin}/.well-known/oauth-protected-resource/{api}/v1")
    document = answer.json()
    assert document["resource"] == f"{office.origin}/{api}/v1"
    assert document["authorization_servers"] == [office.origin + issuer]
    assert document["dpop_bound_access_tokens_required"] is True


@pytest.mark.promise("P31")
async def test_the_migrated_schema_is_the_schema_of_the_tables(office: Office) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = office.gateway.database
    differences = await database.read(lambda c: compare_metadata(MigrationContext.configure(c), tables.metadata))
    assert differences == []
    assert await database.read(lambda c: at_head("gateway", c))
    assert await office.gateway.api.ready()


@pytest.mark.sqlite
async def test_the_statement_of_a_read_goes_by_keys(office: Office) -> None:
    plan = await office.gateway.database.read(
        lambda c: [row[3] for row in c.exec_driver_sql("EXPLAIN QUERY PLAN " + store.STANDS, ("x",))]
    )
    assert plan
    assert not [step for step in plan if step.startswith("SCAN")]
