# SPDX-License-Identifier: EUPL-1.2
"""Requests that a client signed (JAR, RFC 9101): for clients registered for it nothing else counts (line 37)."""

import json
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from formats.spelling import FormatError, check_token, parse_json
from gateway import fapi
from gateway.registering import Client
from gateway.settings import ALGORITHMS

TYPE = "oauth-authz-req+jwt"
SECONDS = 3600
"""How old `nbf` may be, and how long after it `exp` may come (FAPI 2.0 Message Signing, 5.3.1)."""
_ABOUT_ITSELF = {"iss", "aud", "exp", "nbf", "iat", "jti"}


class InvalidRequestObject(OAuth2Error):  # type: ignore[misc]
    """The request object is not good (RFC 9101, 7)."""

    error = "invalid_request_object"


def unpack(form: Mapping[str, str], client: Client, issuer: str, now: int) -> dict[str, str]:
    """The parameters that a pushed request asks. issuer: the one `aud`.

    Raises InvalidRequestError (signed and not registered for it, or the reverse), InvalidRequestObject.
    """
    token = form.get("request")
    if (token is not None) is not client.signs_requests:
        raise InvalidRequestError()
    if token is None:
        return dict(form)
    try:
        asked = _claims(token, client, issuer, now)
        return fapi.check_parameters(
            [(name, _text(name, value)) for name, value in asked.items() if name not in _ABOUT_ITSELF]
        )
    except FormatError as error:
        raise InvalidRequestObject() from error


def _claims(token: str, client: Client, issuer: str, now: int) -> dict[str, Any]:
    """The claims, by a registered key, made by this client for us and lately. Raises FormatError."""
    claims = fapi.read_jwt(token, lambda header: fapi.key_for(client.keys_at(now), header), ALGORITHMS, (TYPE,))
    if "typ" not in parse_json(check_token(token, 3)[0]):  # else a client assertion could stand for a request
        raise FormatError("typ")
    began, ends = claims.get("nbf"), claims.get("exp")
    if type(began) is not int or type(ends) is not int:
        raise FormatError("time")
    fapi.check_times({"iat": began} | claims, now, 2 * SECONDS)
    if began < now - SECONDS or ends > began + SECONDS:
        raise FormatError("time")
    mine = claims.get("client_id") == client.id and claims.get("iss", client.id) == client.id
    if not mine or claims.get("aud") not in (issuer, [issuer]) or {"sub", "request", "request_uri"} & set(claims):
        raise FormatError("claims")
    return claims


def _text(name: str, value: Any) -> str:
    """A claim as the parameter it stands for: details come as JSON (RFC 9396, 3), all else as text."""
    if name == "authorization_details" and isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        raise FormatError("claim")
    return value
