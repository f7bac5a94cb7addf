# SPDX-License-Identifier: EUPL-1.2
"""Discovery: what each issuer and each protected API publishes about itself (RFC 8414, RFC 9728), open to everyone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.door import json_response
from gateway.issuing import Issuer, protected_resource

WELL_KNOWN = "/.well-known"


def discovery(origin: str, person: Issuer, organisations: Issuer) -> list[Route]:
    """The documents: each issuer's at its RFC 8414 place and, the same, at its OpenID place; one per API."""
    found: dict[str, Mapping[str, Any]] = {}
    for issuer in (person, organisations):
        path = issuer.name.removeprefix(origin)
        metadata = issuer.metadata()
        found[f"{WELL_KNOWN}/oauth-authorization-server{path}"] = metadata
        found[f"{path}{WELL_KNOWN}/openid-configuration"] = metadata
    for api, issuer in (("/vault/v1", person), ("/consent/v1", person), ("/gateway/v1", organisations)):
        document = protected_resource(origin + api, issuer.name, not issuer.public)
        found[f"{WELL_KNOWN}/oauth-protected-resource{api}"] = document
    return [Route(path, _shows(document), methods=["GET"]) for path, document in found.items()]


def _shows(document: Mapping[str, Any]) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return json_response(document)

    return show
