# SPDX-License-Identifier: EUPL-1.2
"""Authlib's httpx client with its own PrivateKeyJWT; PAR is a plain post, and kluisje.http's `DPoP` proves the calls.

Authlib makes neither PAR nor DPoP. The answer opens with joserfc, not with our own code.
"""

import json
from typing import Any

import httpx2
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, OctKey

from formats.dpop import make_proof
from formats.jose import new_signing_key
from kluisje.browsing import Visitor
from kluisje.http import DPoP, now
from tests.town import Players

BACK = "http://127.0.0.1/callback"


class Application:
    """A team's application on Authlib: one signed-in caseworker, one DPoP key."""

    def __init__(self, origin: str, keys: dict[str, Any]) -> None:
        self.origin, self.gateway, self.keys = origin, f"{origin}/gateway/v1", keys
        self.dpop = new_signing_key()
        self.session = AsyncOAuth2Client(
            keys["client"],
            ECKey.import_key(keys["clientKey"]),
            token_endpoint_auth_method="private_key_jwt",
            revocation_endpoint_auth_method="private_key_jwt",
            redirect_uri=BACK,
            code_challenge_method="S256",
            trust_env=False,
        )
        self.session.register_client_auth_method(PrivateKeyJWT(origin, alg="ES256"))

    async def token(self, **details: Any) -> str:
        """A token for exactly these details. Raises OAuthError."""
        told = (await self.get(f"{self.origin}/.well-known/oauth-authorization-server")).json()
        verifier = "v" * 64
        uri, state = self.session.create_authorization_url(told["authorization_endpoint"], code_verifier=verifier)
        wanted = [{"type": "vault_access", "locations": [self.gateway], **details}]
        pushed = await self.session.post(
            told["pushed_authorization_request_endpoint"],
            data=dict(httpx2.URL(uri).params) | {"authorization_details": json.dumps(wanted)},
            auth=self.session.client_auth("private_key_jwt"),
        )
        if pushed.status_code != 201:
            raise OAuthError(**{key.removeprefix("error_"): value for key, value in pushed.json().items()})
        asked = {"client_id": self.keys["client"], "request_uri": pushed.json()["request_uri"]}
        door = Visitor("Fatima", BACK)
        came = await door(str(httpx2.URL(told["authorization_endpoint"], params=asked)))
        await door.close()
        assert httpx2.URL(came).params["iss"] == self.origin
        address = told["token_endpoint"]
        got = await self.session.fetch_token(
            address,
            authorization_response=came,
            state=state,
            code_verifier=verifier,
            headers={"DPoP": make_proof(self.dpop, "POST", address, now=now())},
        )
        assert got["token_type"] == "DPoP"
        return str(got["access_token"])

    async def get(self, url: str, token: str | None = None) -> httpx2.Response:
        auth = None if token is None else DPoP(self.dpop, token)
        return await self.session.get(url, auth=auth)

    async def revoke(self, token: str) -> httpx2.Response:
        return await self.session.revoke_token(f"{self.origin}/oauth/revoke", token)


def opened(answer: dict[str, Any], keys: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a sealed answer, by joserfc alone; each signed by the person's key in the newest card."""
    registry = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256KW", "A256GCM"], strict_check_header=False)
    ring: dict[str, ECKey | OctKey] = {}
    for one in answer["envelopes"]:
        text = jwe.decrypt_compact(one["jwe"], ECKey.import_key(keys["enc"]), registry=registry).plaintext
        ring |= {key["kid"]: OctKey.import_key(key) for key in json.loads(text)["keys"] if key["kty"] == "oct"}
    said = [jws.extract_compact(one.encode()) for one in answer["statements"]]
    cards = [json.loads(one.payload) for one in said if one.headers()["typ"] == "vault-card+jwt"]
    author, found = ECKey.import_key(cards[-1]["sig"]), []
    for one in answer["sealed"]:
        kid = jwe.extract_compact(one["jwe"].encode(), registry).headers()["kid"]
        signed = jwe.decrypt_compact(one["jwe"], ring[kid], registry=registry).plaintext
        assert signed is not None
        found.append(jwt.decode(signed.decode(), author, algorithms=["ES256"]).claims)
    return found


async def test_authlibs_client_asks_reads_revokes_and_is_refused_after_a_stop(town: Players) -> None:
    keys = json.loads((town.town.folder / "jeugdteam-zuid" / "keys.json").read_text("utf-8"))
    noor, team = await town.citizen("Noor"), await town.caseworker("Fatima")
    await noor.keeps("school", {"absence_days": 12})
    question = await team.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(question)

    fatima = Application(town.town.origin, keys)
    token = await fatima.token(actions=["ask"])
    [granted] = (await fatima.get(f"{fatima.gateway}/consent-requests/{question.id}", token)).json()["items"]
    token = await fatima.token(actions=["read"], grant_id=granted["grant"])
    address = f"{fatima.gateway}/grants/{granted['grant']}/drawers/{granted['drawers'][0]['id']}/records"
    answer = await fatima.get(address, token)
    assert [one["body"] for one in opened(answer.json(), keys)] == [{"absence_days": 12}]

    assert (await fatima.revoke(token)).status_code == 200
    assert (await fatima.get(address, token)).status_code == 401
    token = await fatima.token(actions=["read"], grant_id=granted["grant"])
    assert (await fatima.get(address, token)).status_code == 200
    await noor.stops(question)
    refused = await fatima.get(address, token)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:problem-type:kluisje:grant-ended")
    with pytest.raises(OAuthError, match="invalid_authorization_details"):
        await fatima.token(actions=["read"], grant_id=granted["grant"])
    await fatima.session.aclose()
