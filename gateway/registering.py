# SPDX-License-Identifier: EUPL-1.2
"""Clients: what a registration means and what is refused. An unknown client must not exist; who administers them does
so through gateway/administering.py.

A registration is one JSON object, with the member names of RFC 7591 where it has them:

    {"client_id": "oin:00000001234567890000:desk", "kind": "caseworker", "client_name": {"nl": "…", "en": "…"},
     "team": "urn:oin:00000001234567890000:team:jeugdteam-zuid", "actions": ["ask", "read"],
     "redirect_uris": ["https://desk.example/callback"], "native": false, "jwks": {"keys": [<public JWK>]}}

kind `caseworker` (code), `system` (client_credentials; no redirect_uris), `person` (public: no team, actions, jwks) or
`resource` (an API that may introspect the tokens made for it, named in `resource`; nothing else but jwks).
`require_signed_request_object`: true for a client that signs what it pushes (JAR, RFC 9101); then nothing else counts.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from chassis.database import Database
from formats.spelling import FormatError, check_team, check_text
from gateway import store, store_clients
from gateway.details import ACTIONS

Kind = Literal["caseworker", "system", "person", "resource"]
MOST_KEYS = 2
RSA_BITS = 2048
_ID = re.compile(r"oin:([0-9]{20}):[a-z0-9-]{1,40}|app:[a-z0-9-]{1,40}").fullmatch
_SIGNS = "require_signed_request_object"
_MEMBERS = {
    "client_id",
    "kind",
    "client_name",
    "team",
    "actions",
    "redirect_uris",
    "native",
    "jwks",
    "resource",
    _SIGNS,
}
_MAY: Mapping[str, tuple[str, ...]] = {
    "caseworker": ("ask", "read", "deposit"),
    "system": ("ask", "deposit", "learn"),
    "person": (),
    "resource": (),
}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_LOCAL = ("127.0.0.1", "[::1]")


class RegistrationError(Exception):
    """The registration is not good. Says which member and why; nothing was registered."""


@dataclass(frozen=True)
class Client:
    """A registered client. Its methods are those that Authlib's server asks a client for (its ClientMixin)."""

    id: str
    kind: Kind
    names: Mapping[str, str]
    organisation: str | None
    team: str | None
    actions: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    native: bool
    keys: tuple[Mapping[str, Any], ...]
    resource: str | None = None
    signs_requests: bool = False
    ends: tuple[tuple[str, int], ...] = ()
    """(kid, until when that key counts in seconds); a key that is not in it has no end."""

    def end_of(self, kid: str) -> int | None:
        """Until when a key counts, or None."""
        return next((ends for known, ends in self.ends if known == kid), None)

    def keys_at(self, now: int) -> tuple[Mapping[str, Any], ...]:
        """The keys that count at a moment: none from its end on."""
        return tuple(jwk for jwk in self.keys if now < (self.end_of(jwk["kid"]) or now + 1))

    @property
    def public(self) -> bool:
        """Whether it has no credentials of its own (a person's device)."""
        return self.kind == "person"

    def get_client_id(self) -> str:
        """The client id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: a request must name its redirect_uri."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """ "" when none was asked, else None: there are no scopes."""
        return None if scope else ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly as registered; of a native client the port of a loopback address is free (RFC 8252, 7.3)."""
        if redirect_uri in self.redirect_uris:
            return True
        return self.native and _without_port(redirect_uri) in self.redirect_uris

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """`none` for the public client, `private_key_jwt` for all others, at every endpoint."""
        return method == ("none" if self.public else "private_key_jwt")

    def check_response_type(self, response_type: str) -> bool:
        """Only `code`, and only for who has somebody to sign in."""
        return response_type == "code" and self.kind in ("caseworker", "person")

    def check_grant_type(self, grant_type: str) -> bool:
        """One client, one grant type (a refresh belongs to its code)."""
        if self.kind == "system":
            return grant_type == "client_credentials"
        return self.kind != "resource" and grant_type in ("authorization_code", "refresh_token")


def read_registration(given: Mapping[str, Any], *, environment: str) -> Client:
    """A client from the members of its file. Raises RegistrationError."""
    if not set(given) <= _MEMBERS:
        raise RegistrationError("the registration has a member that means nothing here")
    kind, identity = _kind(given.get("kind")), str(given.get("client_id"))
    named = _ID(identity)
    if named is None or (named[1] is None) != (kind == "person"):
        raise RegistrationError("client_id is oin:<20 digits>:<name>, or app:<name> for a person's device")
    team = given.get("team")
    if kind == "person":
        organisation = None
        if team is not None or given.get("jwks") or given.get("actions"):
            raise RegistrationError("a person's device has no team, jwks or actions")
    elif kind == "resource":
        organisation = f"urn:oin:{named[1]}"
        if team is not None or given.get("actions"):
            raise RegistrationError("a resource has no team and no actions: it only introspects")
    else:
        organisation = f"urn:oin:{named[1]}"
        try:
            if not check_team(team).startswith(organisation + ":"):
                raise RegistrationError("team belongs to another organisation than client_id")
        except FormatError as error:
            raise RegistrationError("team is urn:oin:<20 digits>:team:<name>") from error
    actions = tuple(given.get("actions", ()))
    if not set(actions) <= set(_MAY[kind]) or (_MAY[kind] and not actions):
        raise RegistrationError(f"actions of a {kind} are among {', '.join(_MAY[kind]) or 'none'}")
    resource, native = given.get("resource"), given.get("native", False) is True
    if isinstance(resource, str) is not (kind == "resource"):
        raise RegistrationError("resource is the address of the API of a resource, and of nobody else")
    signs = given.get(_SIGNS, False) is True
    if signs and kind != "caseworker":
        raise RegistrationError(f"{_SIGNS} is for a caseworker's application")
    return Client(
        id=identity,
        kind=kind,
        names=_names(given.get("client_name")),
        organisation=organisation,
        team=team,
        actions=tuple(action for action in ACTIONS if action in actions),
        redirect_uris=_redirects(given.get("redirect_uris", ()), kind, _loopbacks(native, environment == "demo")),
        native=native,
        keys=() if kind == "person" else _keys(given.get("jwks")),
        resource=resource,
        signs_requests=signs,
    )


async def register(database: Database, given: Mapping[str, Any], *, environment: str) -> Client:
    """Registers a client, or replaces its registration. Its sessions live on. Raises RegistrationError."""
    client = read_registration(given, environment=environment)
    text = stored(given, {}, 0)
    await database.write(lambda c: store_clients.put(c, client.id, client.organisation, client.team, text))
    return client


def stored(given: Mapping[str, Any], ends: Mapping[str, int], signed_at: int) -> str:
    """A checked registration as its row keeps it: with the ends of its keys, and when the directory signed it (0: it
    did not)."""
    return json.dumps({**given, "ends": dict(ends), "signedAt": signed_at}, ensure_ascii=False)


@lru_cache(maxsize=1024)
def client_of(registration: str) -> Client:
    """A client from its stored registration, which was checked when it was registered."""
    given = json.loads(registration)
    ends, _ = given.pop("ends", {}), given.pop("signedAt", 0)
    return replace(read_registration(given, environment="demo"), ends=tuple(ends.items()))


async def deactivate(database: Database, client: str) -> bool:
    """Takes a client out of use, with every token it has, at once. True when there was one."""
    return await database.write(lambda c: store.deactivate(c, client))


async def suspend(database: Database, organisation: str, subject: str | None, now: int) -> None:
    """Suspends a whole organisation (subject None) or one caseworker (`cw_…`): its tokens stop working at once."""
    await database.write(lambda c: store.suspend(c, organisation, subject or "", now))


async def resume(database: Database, organisation: str, subject: str | None) -> None:
    """Takes a suspension back."""
    await database.write(lambda c: store.resume(c, organisation, subject or ""))


def _kind(given: Any) -> Kind:
    for kind in get_args(Kind):
        if given == kind:
            found: Kind = kind
            return found
    raise RegistrationError("kind is caseworker, system, person or resource")


def _names(given: Any) -> Mapping[str, str]:
    try:
        return {lang: check_text(given[lang], 80) for lang in ("nl", "en")}
    except (FormatError, KeyError, TypeError) as error:
        raise RegistrationError("client_name has nl and en, each of 1 to 80 plain characters") from error


def _redirects(given: Any, kind: str, local: tuple[str, ...]) -> tuple[str, ...]:
    if kind in ("system", "resource"):
        if given:
            raise RegistrationError(f"a {kind} has no redirect_uris")
        return ()
    if not isinstance(given, list | tuple) or not given or not all(isinstance(one, str) for one in given):
        raise RegistrationError("redirect_uris has at least one address")
    for address in given:
        parts = urlsplit(address)
        known = parts.scheme == "https" or (parts.scheme == "http" and address.startswith(local))
        if not known or not parts.hostname or parts.fragment or "#" in address or "*" in address or parts.username:
            raise RegistrationError("redirect_uris are https, without fragment; http on 127.0.0.1 for native clients")
    return tuple(given)


def _loopbacks(native: bool, demo: bool) -> tuple[str, ...]:
    """How a plain http address may begin. `localhost` is for the demo's portal: a passkey asks for a name."""
    hosts = (*_LOCAL, "localhost") if demo else _LOCAL if native else ()
    return tuple(f"http://{host}{end}" for host in hosts for end in ("/", ":"))


def _without_port(address: str) -> str | None:
    """`http://127.0.0.1:5731/callback` -> `http://127.0.0.1/callback`; None when it is no loopback address."""
    match = re.fullmatch(r"(http://(?:127\.0\.0\.1|\[::1\])):[0-9]{1,5}(/[^\s\\#]*)", address)
    return None if match is None else match[1] + match[2]


def _keys(given: Any) -> tuple[Mapping[str, Any], ...]:
    """Public signing keys: EC P-256 or RSA of 2048 bits and more, each with its own `kid`."""
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise RegistrationError("jwks has one or two keys")
    for jwk in keys:
        check_public_key(jwk)
    if len({jwk["kid"] for jwk in keys}) != len(keys):
        raise RegistrationError("each key has its own kid")
    return tuple(keys)


def check_public_key(jwk: Any) -> None:
    """A public JWK of a kind we accept, with a kid. Raises RegistrationError."""
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or not jwk["kid"] or _PRIVATE & set(jwk):
        raise RegistrationError("a key is a public JWK with a kid")
    try:
        key = import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise RegistrationError("a key is not a readable JWK") from error
    good = isinstance(key, ECKey) and key.curve_name == "P-256"
    if isinstance(key, RSAKey):
        good = key.public_key.key_size >= RSA_BITS
    if not good or jwk.get("use", "sig") != "sig":
        raise RegistrationError("a key is EC P-256, or RSA of at least 2048 bits, for signing")
