# SPDX-License-Identifier: EUPL-1.2
"""What comes in at an OAuth endpoint and what goes out, as values; errors in fixed words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from authlib.oauth2.base import OAuth2Error

# Told with an error; fixed words, so that nothing that was sent comes back (P22).
TEXTS: Mapping[str, str] = {
    "invalid_request_object": "The signed request is not good: check typ, aud, nbf, exp and client_id.",
    "invalid_request": "A parameter is missing, repeated or not allowed here.",
    "invalid_client": "The client is unknown or did not prove who it is.",
    "invalid_grant": "The code or token is not good, or no longer.",
    "invalid_scope": "There are no scopes. Use authorization_details.",
    "invalid_target": "Name one resource of this issuer.",
    "invalid_dpop_proof": "Send one fresh DPoP proof, made for this request.",
    "invalid_authorization_details": "The details are not good for this client, or not allowed.",
    "unauthorized_client": "The client may not use this grant type.",
    "unsupported_grant_type": "The grant type is not supported.",
    "unsupported_response_type": "The response type is code.",
    "access_denied": "The person or the organisation did not go on.",
    "temporarily_unavailable": "Try again in a few seconds.",
}


JSON = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP. headers: name and value."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Asked:
    """One request at an OAuth endpoint. endpoint: its name. form: parameters in order. headers: lower-case names."""

    endpoint: str
    form: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    now: int


def refusal(error: OAuth2Error) -> Answer:
    """An error as JSON, in fixed words."""
    status = 401 if error.error == "invalid_client" else 400
    told = {"error": error.error, "error_description": TEXTS.get(error.error, "")}
    return Answer(status, JSON, orjson.dumps(told))
