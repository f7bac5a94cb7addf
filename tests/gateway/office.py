# SPDX-License-Identifier: EUPL-1.2
"""A real gateway on a free port, with clients that speak to it over HTTP as their makers would."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.calls import Inside
from chassis.clock import Clock
from formats import jose
from formats.dpop import make_proof
from formats.spelling import H, new_id
from gateway import app, registering
from gateway.settings import GatewaySettings
from tests import databases
from tests.ports import free_port
from tests.twofold import TWO, by_turns

OIN = "00000001234567890000"
TEAM = f"urn:oin:{OIN}:team:jeugdteam-zuid"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PEOPLE = [
    {
        "at": "kluisje",
        "sub": "noor",
        "name": "Noor (15)",
        "claims": {"bsn": "999990019", "birth_date": "2011-05-09"},
    },
    {
        "at": "kluisje",
        "sub": "sam",
        "name": "Sam (17)",
        "claims": {"bsn": "999990020", "birth_date": "2009-02-01"},
    },
    {"at": "kluisje-zuid", "sub": "fatima", "name": "Fatima", "claims": {}},
    {"at": "kluisje-zuid", "sub": "joost", "name": "Joost", "claims": {}},
]


class Shifted(Clock):
    """A clock that tests can move. waited: seconds that who waits for something takes for gone by."""

    ahead = 0
    waited = 0.0

    def now(self) -> int:
        return super().now() + self.ahead

    def steady(self) -> float:
        return super().steady() + self.waited


def secret_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def key_file(path: Path, key: Mapping[str, Any]) -> Path:
    return secret_file(path, json.dumps(dict(key)).encode())


def settings_for(folder: Path, origin: str, **given: Any) -> dict[str, Any]:
    """Every setting, with fresh keys in files."""
    folder.mkdir(parents=True, exist_ok=True)
    provider = {"issuer": origin + "/demo-login", "algorithms": ["ES256"], "acr": [SUBSTANTIAL]}
    providers = {
        "citizens": {**provider, "clientId": "kluisje"},
        "organisations": {OIN: {**provider, "clientId": "kluisje-zuid"}},
    }
    (folder / "providers.json").write_text(json.dumps(providers))
    (folder / "people.json").write_text(json.dumps({"people": PEOPLE}))
    made: dict[str, Any] = {
        "environment": "demo",
        "origin": origin,
        "database": databases.url_of(folder / "gateway.sqlite3"),
        "organisations_key": key_file(folder / "organisations.jwk", jose.new_signing_key()),
        "person_key": key_file(folder / "person.jwk", jose.new_signing_key()),
        "identity_key": key_file(folder / "identity.jwk", jose.new_signing_key()),
        "identity_issuer": "urn:oin:00000009999999990000",
        "pseudonym_key": secret_file(folder / "pseudonyms", secrets.token_bytes(32)),
        "sign_in_key": key_file(folder / "sign_in.jwk", jose.new_signing_key()),
        "providers": folder / "providers.json",
        "demo_people": folder / "people.json",
    }
    return made | given


class Composed:
    """The gateway's two applications on one origin, as serve.py sends paths to them."""

    def __init__(self, gateway: app.Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        oauth = scope["path"].startswith(app.OAUTH_PATHS)
        await (self._gateway.oauth if oauth else self._gateway.api)(scope, receive, send)


@asynccontextmanager
async def listening(application: ASGIApp, port: int) -> AsyncIterator[None]:
    """The application on a port of this machine, until the end of the block."""
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, lifespan="off", log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@dataclass
class Form:
    """A page's form: where it goes, its hidden fields, its buttons by their words."""

    action: str
    fields: dict[str, str]
    buttons: dict[str, tuple[str, str]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form = Form("", {}, {})
        self._button: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form.action = given["action"]
        elif tag == "input":
            self.form.fields[given["name"]] = given["value"]
        elif tag == "button":
            self._button = (given["name"], given["value"])

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self.form.buttons[data] = self._button
            self._button = None


def form_of(page: str) -> Form:
    reader = _Reader()
    reader.feed(page)
    return reader.form


class Browser:
    """Somebody's browser: keeps cookies, follows redirects on the gateway's own origin, presses buttons."""

    def __init__(self, office: Any) -> None:
        self._office = office
        self.http = httpx2.AsyncClient(trust_env=False, timeout=10, verify=False)

    async def get(self, address: str) -> httpx2.Response:
        return await self._follow(await self.http.get(address))

    async def press(self, page: httpx2.Response, words: str) -> httpx2.Response:
        form = form_of(page.text)
        name, value = form.buttons[words]
        address = urljoin(str(page.url), form.action)
        return await self._follow(await self.http.post(address, data={**form.fields, name: value}))

    async def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        while answer.status_code == 303 and answer.headers["location"].startswith(self._office.origin):
            answer = await self.http.get(answer.headers["location"])
        return answer

    async def sign_in(self, address: str, name: str) -> dict[str, str]:
        """Walks from an authorize address to the client's callback; what came back there."""
        page = await self.get(address)
        page = await self.press(page, "Verder naar inloggen")
        return returned(await self.press(page, name))


def returned(answer: httpx2.Response) -> dict[str, str]:
    """The parameters of a redirect to a client."""
    assert answer.status_code == 303, (answer.status_code, answer.text)
    query = parse_qs(urlsplit(answer.headers["location"]).query, strict_parsing=True)
    return {name: value for name, [value] in query.items()}


@dataclass
class App:
    """A client of one of the issuers. key: of client assertions (None: public). dpop: the key of its tokens."""

    office: Any  # an Office, or the Street of a whole town
    id: str
    issuer: str
    path: str
    redirect_uri: str
    key: dict[str, str] | None = None
    dpop: dict[str, str] = field(default_factory=jose.new_signing_key)

    def assertion(self, **changed: Any) -> str:
        now = self.office.clock.now()
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": self.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": new_id(),
        }
        assert self.key is not None
        return jose.sign({k: v for k, v in (claims | changed).items() if v is not None}, "JWT", self.key)

    def who(self) -> dict[str, str]:
        if self.key is None:
            return {"client_id": self.id}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}

    def url(self, endpoint: str) -> str:
        return f"{self.office.origin}{self.path}/{endpoint}"

    def proof(self, endpoint: str, **changed: Any) -> str:
        now = self.office.clock.now()
        return make_proof(changed.get("key", self.dpop), "POST", self.url(endpoint), now=changed.get("now", now))

    async def post(
        self,
        endpoint: str,
        form: Mapping[str, Any],
        *,
        proof: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """A call with a fresh proof; proof None: without one. Parameters that are None are left out."""
        sent = dict(headers or {})
        if proof is not None:
            sent["DPoP"] = proof or self.proof(endpoint)
        fields = {name: value for name, value in form.items() if value is not None}
        return await self.office.http.post(self.url(endpoint), data=fields, headers=sent)

    def pushes(self, verifier: str, **changed: Any) -> dict[str, Any]:
        asked = {"response_type": "code", "redirect_uri": self.redirect_uri, "state": "s-1"}
        asked |= {"code_challenge": H(verifier), "code_challenge_method": "S256"}
        return self.who() | asked | changed

    async def push(self, verifier: str = "v" * 43, **changed: Any) -> str:
        """Pushes a request; the address for the browser."""
        answer = await self.post("par", self.pushes(verifier, **changed))
        assert answer.status_code == 201, answer.text
        return self.front(answer.json()["request_uri"])

    def front(self, request_uri: str) -> str:
        return self.url("authorize") + "?" + urlencode({"client_id": self.id, "request_uri": request_uri})

    async def code(self, name: str, verifier: str = "v" * 43, **changed: Any) -> str:
        back = await Browser(self.office).sign_in(await self.push(verifier, **changed), name)
        return back["code"]

    def redeems(self, code: str, verifier: str = "v" * 43, **changed: Any) -> dict[str, Any]:
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.who() | asked | {"code_verifier": verifier} | changed

    async def token(self, form: Mapping[str, Any], **given: Any) -> dict[str, Any]:
        answer = await self.post("token", form, **given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def proof_of(self, method: str, path: str, token: str) -> str:
        """A proof for a call with a token."""
        return make_proof(self.dpop, method, self.office.origin + path, H(token), now=self.office.clock.now())

    async def call(
        self, method: str, path: str, token: str, *, proof: str | None = None, **given: Any
    ) -> httpx2.Response:
        """A call of an API with a token and a fresh proof."""
        address = self.office.origin + path
        made = proof or make_proof(self.dpop, method, address.split("?")[0], H(token), now=self.office.clock.now())
        headers = {"Authorization": f"DPoP {token}", "DPoP": made}
        return await self.office.http.request(method, address, headers=headers, **given)


@dataclass
class Office:
    """A running gateway. consent and vault: its neighbours as ASGI apps."""

    folder: Path
    origin: str
    clock: Shifted
    settings: GatewaySettings
    gateway: app.Gateway
    http: httpx2.AsyncClient

    async def desk(self, name: str = "desk", **changed: Any) -> App:
        """A caseworker's application, registered."""
        return await self._registered(name, "caseworker", ["ask", "read", "deposit"], **changed)

    async def system(self, name: str = "system", **changed: Any) -> App:
        """An organisation's system, registered."""
        return await self._registered(name, "system", ["ask", "deposit", "learn"], redirect_uris=None, **changed)

    async def resource(self, name: str = "api", of: str = "/gateway/v1") -> App:
        """A resource server, registered to introspect the tokens of one API."""
        return await self._registered(name, "resource", None, team=None, redirect_uris=None, resource=self.origin + of)

    async def device(self, name: str = "portal") -> App:
        """A person's own device: a public, native client."""
        app_ = App(self, f"app:{name}", self.origin + "/person", "/person", "http://127.0.0.1:5731/callback")
        registration = {
            "client_id": app_.id,
            "kind": "person",
            "client_name": {"nl": "Kluisje", "en": "Kluisje"},
            "redirect_uris": ["http://127.0.0.1/callback"],
            "native": True,
        }
        await registering.register(self.gateway.database, registration, environment="demo")
        return app_

    async def _registered(self, name: str, kind: str, actions: list[str] | None, **changed: Any) -> App:
        key = jose.new_signing_key()
        app_ = App(self, f"oin:{OIN}:{name}", self.origin, "/oauth", "https://desk.example/callback", key)
        registration = {
            "client_id": app_.id,
            "kind": kind,
            "client_name": {"nl": "Werkplek Zuid", "en": "Desk South"},
            "team": TEAM,
            "actions": actions,
            "redirect_uris": [app_.redirect_uri],
            "jwks": {"keys": [jose.public(key)]},
        } | changed
        registration = {name: value for name, value in registration.items() if value is not None}
        await registering.register(self.gateway.database, registration, environment="demo")
        return app_


Neighbour = Callable[[Scope, Receive, Send], Awaitable[None]]


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """A neighbour that is away."""
    raise ConnectionError


@asynccontextmanager
async def office_in(
    folder: Path,
    *,
    port: int | None = None,
    consent: ASGIApp = nobody,
    vault: ASGIApp = nobody,
    settings: GatewaySettings | None = None,
    clock: Shifted | None = None,
) -> AsyncIterator[Office]:
    """A gateway over the files in `folder`, listening until the end of the block."""
    port = port or free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = settings or GatewaySettings(**settings_for(folder, origin))
    clock = clock or Shifted()
    databases.migrated("gateway", folder / "gateway.sqlite3")

    def build() -> app.Gateway:
        return app.build(settings, clock=clock, consent=Inside("gateway", consent), vault=Inside("gateway", vault))

    both = [build() for _ in range(2 if TWO else 1)]
    for one in both:
        await one.api.start()
    try:
        async with (
            listening(by_turns(*map(Composed, both)), port),
            httpx2.AsyncClient(trust_env=False, timeout=10, verify=False) as http,
        ):
            yield Office(folder, origin, clock, settings, both[0], http)
    finally:
        for one in both:
            await one.api.stop()


ASK = json.dumps([{"type": "vault_access", "actions": ["ask"]}])
