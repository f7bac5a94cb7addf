# SPDX-License-Identifier: EUPL-1.2
"""Authorizing: the part of a sign-in that happens in a browser, of one issuer: the page, the way out, the way back.

The page names who asks; going on leads to the sign-in provider; coming back, in the same browser and once, spends the
pushed request and answers the client. Nothing awaits inside a transaction.
"""

import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.problems import Problem
from formats.spelling import H, new_id
from gateway import pages, signing_in, store
from gateway.answers import Answer
from gateway.consent_client import ConsentClient
from gateway.door import read_form
from gateway.endpoints import sent
from gateway.issuing import Issuer, SignedIn
from gateway.registering import Client, client_of
from gateway.server import Server
from gateway.signing_in import NotSignedIn, ProviderAway, RelyingParty

SIGN_IN_SECONDS = 600


class AwayError(OAuth2Error):  # type: ignore[misc]
    """A part or the sign-in provider is away."""

    error = "temporarily_unavailable"


class Authorizing:
    """The browser's part. parties: who people sign in at, by OIN, or under "" for citizens. pseudonyms: HMAC key."""

    def __init__(
        self,
        issuer: Issuer,
        *,
        database: Database,
        clock: Clock,
        journal: Journal,
        consent: ConsentClient,
        parties: Mapping[str, RelyingParty],
        pseudonyms: bytes,
    ) -> None:
        self.issuer = issuer
        self._database, self._clock, self._journal, self._consent = database, clock, journal, consent
        self._parties, self._pseudonyms = parties, pseudonyms
        # A Secure cookie does not travel over plain http, which only the demo on this machine has.
        secure = issuer.origin.startswith("https://")
        self._cookie = "__Host-kluisje-sign-in" if secure else "kluisje-sign-in"
        self._cookie_end = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    def routes(self) -> list[Route]:
        """Its routes."""
        path = self.issuer.path
        return [
            Route(path + "/authorize", self.authorize, methods=["GET"]),
            Route(path + "/authorize", self.decided, methods=["POST"]),
            Route(path + "/callback", self.returned, methods=["GET"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """The page that says who asks. Only `client_id` and `request_uri` count (line 26); loading it twice works."""
        lang = pages.language(request.headers.get("accept-language", ""))
        given = request.query_params
        named, address = given.getlist("client_id"), given.getlist("request_uri")
        if len(named) != 1 or len(address) != 1:
            return self._page(pages.fault(lang, "stale"), 400)
        found = await self._database.read(lambda c: self._find(c, address[0], named[0]))
        if found is None:
            return self._page(pages.fault(lang, "stale"), 400)
        client, parameters, shown = found
        cookie = request.cookies.get(self._cookie) or secrets.token_urlsafe(32)
        hidden = {"client_id": client.id, "request_uri": address[0], "ticket": H(cookie + address[0])}
        page = pages.sign_in(
            lang,
            person=self.issuer.public,
            facts=_facts(lang, client, parameters, shown),
            action=self.issuer.path + "/authorize",
            hidden=hidden,
        )
        # The form leads to the sign-in provider and back to the client by redirects, which form-action covers too.
        parts = urlsplit(parameters["redirect_uri"])
        targets = ("https:", f"{parts.scheme}://{parts.netloc}", _origin(self._party(client).provider.issuer))
        response = self._page(page, 200, pages.policy(targets))
        response.headers["set-cookie"] = f"{self._cookie}={cookie}; Max-Age={SIGN_IN_SECONDS}{self._cookie_end}"
        return response

    async def decided(self, request: Request) -> Response:
        """Go on: to the sign-in provider. Stop: back to the client with `access_denied`."""
        lang = pages.language(request.headers.get("accept-language", ""))
        fields = dict(await read_form(request))
        cookie, address = request.cookies.get(self._cookie, ""), fields.get("request_uri", "")
        found = await self._database.read(lambda c: self._find(c, address, fields.get("client_id", "")))
        if found is None or not cookie or fields.get("ticket") != H(cookie + address):
            return self._page(pages.fault(lang, "stale"), 400)
        if fields.get("decision") != "go":
            return await self._respond(H(address), None, AccessDeniedError(), lang)
        leaving, now = signing_in.departure(), self._clock.now()
        try:
            place = await self._party(found[0]).address(leaving)
        except ProviderAway:
            return self._page(pages.fault(lang, "away"), 503)
        hashes = {"state": H(leaving.state), "cookie": H(cookie), "pushed": H(address)}
        kept = {
            "nonce": leaving.nonce,
            "verifier": leaving.verifier,
            "until": now + SIGN_IN_SECONDS,
            "used": 0,
        }
        await self._database.write(lambda c: store.start_sign_in(c, hashes | kept))
        return RedirectResponse(place, 303)

    async def returned(self, request: Request) -> Response:
        """Back from the sign-in provider, in the same browser, once."""
        lang = pages.language(request.headers.get("accept-language", ""))
        given = dict(request.query_params)
        if len(given) != len(request.query_params.multi_items()):
            return self._page(pages.fault(lang, "stale"), 400)
        state, cookie, now = (
            H(given.get("state", "")),
            H(request.cookies.get(self._cookie, "")),
            self._clock.now(),
        )

        def take(connection: store.Connection) -> tuple[str, str, str, Client] | None:
            row = store.take_sign_in(connection, state, cookie, now)
            pushed = None if row is None else store.find_pushed(connection, row.pushed)
            registered = None if pushed is None else store.find_client(connection, pushed.client)
            if row is None or registered is None:
                return None
            return row.pushed, row.nonce, row.verifier, client_of(registered)

        taken = await self._database.write(take)
        if taken is None:
            return self._page(pages.fault(lang, "stale"), 400)
        pushed, nonce, verifier, client = taken
        try:
            claims = await self._party(client).claims(given, nonce, verifier)
            user = await self._person(claims) if self.issuer.public else self._caseworker(client, claims)
        except NotSignedIn:
            return await self._respond(pushed, None, AccessDeniedError(), lang)
        except (ProviderAway, Problem):
            return await self._respond(pushed, None, AwayError(), lang)
        return await self._respond(pushed, user, None, lang)

    # -- inside ----------------------------------------------------------------------------------------

    def _party(self, client: Client) -> RelyingParty:
        """Where this client's people sign in; a team without a provider cannot sign anybody in."""
        party = self._parties.get((client.organisation or "").removeprefix("urn:oin:"))
        if party is None:
            raise KeyError("provider")
        return party

    def _find(
        self, connection: store.Connection, address: str, client: str
    ) -> tuple[Client, dict[str, str], dict[str, str]] | None:
        """A pushed request that is this client's, fresh and not decided (lines 24 and 25)."""
        row = store.find_pushed(connection, H(address))
        registered = store.find_client(connection, client)
        if row is None or registered is None or row.client != client or row.until <= self._clock.now():
            return None
        found = client_of(registered)
        if found.kind not in self.issuer.kinds:
            return None
        return found, json.loads(row.parameters), json.loads(row.shown or "{}")

    def _actor(self, client: str, user: SignedIn | None) -> str:
        if user is None:
            return f"system:{client}"
        return f"vault:{user.subject}" if self.issuer.public else f"{client} {user.subject}"

    async def _person(self, claims: Mapping[str, object]) -> SignedIn:
        """The vault of a citizen, new at the first sign-in; BSN and birth date go to consent and end here."""
        citizen = signing_in.citizen(claims)
        found = signing_in.mark(self._pseudonyms, str(claims["iss"]), str(claims["sub"]))
        fresh = new_id()
        vlt = await self._database.write(lambda c: store.vault_of(c, found, fresh))
        acr, auth_time = str(claims["acr"]), int(str(claims["auth_time"]))
        known = await self._consent.sign_in(
            vlt=vlt, bsn=citizen.bsn, birth_date=citizen.birth_date, acr=acr, auth_time=auth_time
        )
        if known != vlt:  # she moved in, and we did not hear the end of it
            await self._database.write(lambda c: store.vault_moved(c, vlt, known))
        return SignedIn(known, acr, auth_time)

    def _caseworker(self, client: Client, claims: Mapping[str, object]) -> SignedIn:
        return signing_in.caseworker(self._pseudonyms, str(client.organisation), claims)

    async def _respond(self, pushed: str, user: SignedIn | None, error: OAuth2Error | None, lang: str) -> Response:
        """Spends the request and answers its client: the decision, once."""
        now, milliseconds = self._clock.now(), self._clock.milliseconds()

        def decide(connection: store.Connection) -> tuple[Answer | None, list[bytes]]:
            row = store.decide(connection, pushed)
            if row is None:
                return None, []
            answer = Server(self.issuer, connection, now).respond(json.loads(row.parameters), user, error)
            actor = self._actor(row.client, user)
            status = "Ok" if user is not None and answer.status == 303 else "Unset"
            lines = [Line("Signed in", row.client, status, actor)]
            return answer, self._journal.write(connection, milliseconds, lines)

        answer, lines = await self._database.write(decide)
        self._journal.show(lines)
        if answer is None or answer.status != 303:
            return self._page(pages.fault(lang, "stale"), 400)
        return sent(answer)

    def _page(self, body: bytes, status: int, policy: str | None = None) -> Response:
        headers = {"content-security-policy": policy or pages.policy(())}
        return Response(body, status, headers, "text/html; charset=utf-8")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _facts(lang: str, client: Client, parameters: Mapping[str, str], shown: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the page names: client; for a caseworker also what for, which case, which drawers, until when."""
    facts = [("app", client.names[lang])]
    if "authorization_details" not in parameters:
        return facts
    [details] = json.loads(parameters["authorization_details"])
    facts.append(("asks", ", ".join(pages.WORDS[lang][action] for action in details["actions"])))
    purpose = shown.get("purpose") or details.get("purpose")
    named = (("purpose", purpose), ("case", details.get("grant_id")))
    facts += [(word, value) for word, value in named if value]
    return facts + [(word, shown[word]) for word in ("drawers", "ends") if shown.get(word)]
