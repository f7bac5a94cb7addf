# SPDX-License-Identifier: EUPL-1.2
"""The demo sign-in: a small OpenID provider whose people are made up, under a yellow DEMO band.

For the demo on this machine only: it refuses to be made anywhere else (`demo_allowed`). It speaks real OpenID Connect
(discovery, code, PKCE, nonce, private_key_jwt, ES256), so the gateway signs people in here as it would elsewhere.
People file: `{"people": [{"at": "<client id>", "sub": "…", "name": "…", "claims": {"bsn": "…", "birth_date": "…"}}]}`;
`at` says which of our client ids lists somebody: the citizens' or an organisation's.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis.clock import Clock
from chassis.settings import SettingsError, read_public
from formats import jose
from formats.spelling import FormatError, H
from gateway import fapi, pages
from gateway.settings import DEMO_PATH, GatewaySettings, demo_allowed

CODE_SECONDS = 60
MOST_CODES = 1000
_ANYWHERE = ("http:", "https:")
"""From here the browser goes on by redirects to whichever client began: only the demo lets a form lead anywhere."""


@dataclass(frozen=True)
class _Given:
    """A code that waits to be exchanged."""

    client: str
    redirect_uri: str
    challenge: str
    nonce: str
    who: Mapping[str, Any]
    until: int


class DemoLogin:
    """The provider. Its codes live in memory, its key is made at start: nothing of it lasts.

    relying_key: public JWK of the one relying party, ours. callbacks: where it may send people back to.
    levels: our client id -> the `acr` it answers with.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        relying_key: Mapping[str, Any],
        callbacks: Sequence[str],
        levels: Mapping[str, str],
        clock: Clock,
    ) -> None:
        if settings.demo_people is None or not demo_allowed(settings.environment, settings.origin):
            raise SettingsError("the demo sign-in is for environment=demo on this machine only")
        self._clock, self._levels = clock, dict(levels)
        self.issuer = settings.origin + DEMO_PATH
        self._people: list[dict[str, Any]] = read_public(settings.demo_people)["people"]
        self._relying_key, self._callbacks = dict(relying_key), frozenset(callbacks)
        self._key = jose.new_signing_key()
        self._codes: dict[str, _Given] = {}

    def routes(self) -> list[Route]:
        """Its endpoints, all under `/demo-login`."""
        return [
            Route(DEMO_PATH + "/.well-known/openid-configuration", self.discovery, methods=["GET"]),
            Route(DEMO_PATH + "/jwks", self.jwks, methods=["GET"]),
            Route(DEMO_PATH + "/authorize", self.choose, methods=["GET"]),
            Route(DEMO_PATH + "/authorize", self.chosen, methods=["POST"]),
            Route(DEMO_PATH + "/token", self.token, methods=["POST"]),
        ]

    async def discovery(self, request: Request) -> Response:
        """OpenID Connect Discovery."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, request: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [jose.public(self._key)]})

    async def choose(self, request: Request) -> Response:
        """The page with the made-up people."""
        asked = self._asked(request.query_params)
        lang = pages.language(request.headers.get("accept-language", ""))
        if asked is None:
            return Response(pages.fault(lang, "stale"), 400, media_type="text/html")
        names = [(one["sub"], one["name"]) for one in self._people if one["at"] == asked["client_id"]]
        page = pages.people(lang, names=names, action=DEMO_PATH + "/authorize", hidden=asked)
        return Response(page, media_type="text/html", headers={"content-security-policy": pages.policy(_ANYWHERE)})

    async def chosen(self, request: Request) -> Response:
        """Somebody was picked: back with a code."""
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        asked = self._asked(fields)
        at = None if asked is None else asked["client_id"]
        found = [one for one in self._people if (one["at"], one["sub"]) == (at, fields.get("who"))]
        if asked is None or not found:
            return Response(pages.fault("nl", "stale"), 400, media_type="text/html")
        now, code = self._clock.now(), secrets.token_urlsafe(32)
        if len(self._codes) >= MOST_CODES:
            self._codes.clear()
        self._codes[H(code)] = _Given(
            asked["client_id"],
            asked["redirect_uri"],
            asked["code_challenge"],
            asked["nonce"],
            found[0],
            now + CODE_SECONDS,
        )
        query = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 303)

    async def token(self, request: Request) -> Response:
        """The code becomes an ID token, once, for whoever holds the relying party's key and the verifier."""
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        given = self._codes.pop(H(fields.get("code", "")), None)
        now = self._clock.now()
        try:
            assertion = fields["client_assertion"]
            claims = jose.verify(assertion, "JWT", self._relying_key)
            fapi.check_times(claims, now, fapi.ASSERTION_SECONDS)
            good = (
                given is not None
                and now < given.until
                and claims.get("aud") == self.issuer
                and claims.get("sub") == given.client
                and fields.get("redirect_uri") == given.redirect_uri
                and H(fields.get("code_verifier", "")) == given.challenge
            )
        except (FormatError, KeyError):
            return JSONResponse({"error": "invalid_client"}, 401)
        if not good or given is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        told = {"iss": self.issuer, "aud": given.client, "sub": given.who["sub"], "nonce": given.nonce}
        told |= {"iat": now, "exp": now + 300, "auth_time": now, "acr": self._levels[given.client]}
        told |= given.who.get("claims", {})
        token = jose.sign(told, "JWT", self._key)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "expires_in": 1, "id_token": token})

    def _asked(self, given: Mapping[str, str]) -> dict[str, str] | None:
        names = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
        asked = {name: str(given.get(name, "")) for name in names}
        known = asked["client_id"] in self._levels
        if not known or asked["redirect_uri"] not in self._callbacks or not all(asked.values()):
            return None
        return asked
