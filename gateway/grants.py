# SPDX-License-Identifier: EUPL-1.2
"""The grant types and endpoints that one Authlib server is made of, each with the hooks that we fill in.

A grant runs inside one transaction, through the server's connection: codes, proofs and assertions are claimed by one
statement, never read and then written.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, OAuth2Request, TokenEndpoint
from authlib.oauth2.rfc6749 import grants as authlib_grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint

from formats import dpop
from formats.spelling import FormatError, H, check_hash, new_id
from gateway import fapi, store, store_devices
from gateway.details import Details
from gateway.issuing import CODE_SECONDS, PUSHED_SECONDS, Leave
from gateway.registering import Client
from gateway.request_object import unpack

PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"
KEPT = (
    "client_id",
    "response_type",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
)
"""What of a pushed request counts later; everything else was checked and is forgotten."""


class Request(OAuth2Request):  # type: ignore[misc]
    """Authlib's request over parameters that were read and checked before. proof: the DPoP proof, once checked."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        super().__init__(method, uri, headers=dict(headers))
        self.payload = BasicOAuth2Payload(dict(form))
        self.proof: dpop.ProofSeen | None = None
        self.leave: Leave | None = None
        self.details: Details | None = None
        self.audience = ""
        self.pushed = ""

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        found: dict[str, str] = self.payload.data
        return found

    @property
    def args(self) -> dict[str, str]:
        """None: everything is posted or was pushed."""
        return {}


class Session:
    """A session as Authlib asks of a code's user and of a refresh token."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def check_client(self, client: Client) -> bool:
        """Whether it belongs to this client."""
        return bool(self.row.client == client.id)

    def get_scope(self) -> str:
        """There are no scopes."""
        return ""


class Code:
    """A spent code as Authlib asks of it."""

    code_challenge_method = "S256"

    def __init__(self, row: Any) -> None:
        self.row = row
        self.code_challenge = row.challenge

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return str(self.row.redirect_uri)

    def get_scope(self) -> str:
        """There are no scopes."""
        return ""


class Ours:
    """What all three grant types share: how clients authenticate, and that every token is bound to a proof's key."""

    request: Request
    server: Any  # the Server of this request, which is made of these

    def authenticate_token_endpoint_client(self) -> Client:
        """The client, by the one mechanism of the issuer; then the proof, which every token needs (line 5)."""
        client: Client = self.server.authenticate_client(self.request, [self.server.issuer.method])
        self.request.client = client
        self.request.proof = self.server.take_proof(self.request, required=True)
        self.request.audience = self.server.audience(self.request.form)
        return client


class CodeGrant(Ours, authlib_grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """authorization_code: PAR, PKCE S256, DPoP; a code lives 60 s and is spent by one UPDATE."""

    @staticmethod
    def validate_authorization_redirect_uri(request: Request, client: Client) -> str:
        """Exactly a registered address; Authlib's own refusal would repeat what was sent (line 20)."""
        address = request.form.get("redirect_uri")
        if address is None or not client.check_redirect_uri(address):
            raise InvalidRequestError()
        return address

    def generate_authorization_code(self) -> str:
        """256 random bits (line 35)."""
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: Request) -> None:
        """Begins the session that the code, and later its tokens, stand for."""
        server, user, form = self.server, request.user, request.form
        session = new_id()
        until = server.now + CODE_SECONDS
        row = {"id": session, "client": request.client.id, "subject": user.subject, "acr": user.acr}
        row |= {"auth_time": user.auth_time, "details": form.get("authorization_details"), "jkt": None}
        row |= {"refresh": None, "idle_until": until, "until": until, "ended": None}
        store.new_session(server.connection, row)
        row = {"code": H(code), "session": session, "client": request.client.id, "until": until, "used": 0}
        row |= {"redirect_uri": form["redirect_uri"], "challenge": form["code_challenge"]}
        store.new_code(server.connection, row | {"jkt": form.get("dpop_jkt")})

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Spends the code. One that was spent before ends what its first use made (line 22)."""
        server = self.server
        row = store.claim_code(server.connection, H(code), client.id)
        if row is None:
            session = store.session_of_used_code(server.connection, H(code), client.id)
            if session is not None:
                store.end_session(server.connection, session, server.now)
            return None
        assert self.request.proof is not None
        if row.until <= server.now or row.jkt not in (None, self.request.proof.jkt):
            return None
        return Code(row)

    def validate_token_request(self) -> None:
        """Authlib's checks; the rights were pushed, so none may be named again here."""
        if "authorization_details" in self.request.form:
            raise fapi.InvalidDetails()
        super().validate_token_request()
        session = store.find_session(self.server.connection, self.request.authorization_code.row.session)
        if session is None or self._is_stopped(session.subject):
            raise InvalidGrantError()
        self.request.user = Session(session)
        self.request.details = self.server.stored_details(session, self.request.client)

    def _is_stopped(self, subject: str) -> bool:
        """Whether this is the key of a device that its person has stopped. A refresh needs no such look: its session
        ended with the stop."""
        proof = self.request.proof
        assert proof is not None
        return self.server.issuer.public and store_devices.is_stopped(self.server.connection, subject, proof.jkt)

    def authenticate_user(self, code: Code) -> Session:
        """The session behind the code."""
        found: Session = self.request.user
        return found

    def delete_authorization_code(self, code: Code) -> None:
        """Nothing: it is spent, and stays so that its second use is known."""


class RefreshGrant(Ours, authlib_grants.RefreshTokenGrant):  # type: ignore[misc]
    """refresh_token: the same one until it ends, bound to client, key and details (line 10)."""

    INCLUDE_NEW_REFRESH_TOKEN = False

    def authenticate_refresh_token(self, refresh_token: str) -> Session | None:
        """The session, if it stands, is not past its time, and the proof is by its key."""
        server, proof = self.server, self.request.proof
        row = store.session_by_refresh(server.connection, H(refresh_token))
        if row is None or proof is None or row.jkt != proof.jkt:
            return None
        return Session(row) if server.now < min(row.until, row.idle_until) else None

    def validate_token_request(self) -> None:
        """Authlib's checks; then the details as they were given."""
        if "authorization_details" in self.request.form:
            raise fapi.InvalidDetails()
        super().validate_token_request()
        session: Session = self.request.refresh_token
        self.request.user = session
        self.request.details = self.server.stored_details(session.row, self.request.client)

    def authenticate_user(self, refresh_token: Session) -> Session:
        """The session behind the token."""
        return refresh_token

    def revoke_old_credential(self, refresh_token: Session) -> None:
        """Nothing: refresh tokens are not rotated."""


class SystemGrant(Ours, authlib_grants.ClientCredentialsGrant):  # type: ignore[misc]
    """client_credentials: an organisation's system, for the details it names. Never `read`."""

    def validate_token_request(self) -> None:
        """Authlib's checks, then the details."""
        super().validate_token_request()
        self.request.details = self.server.read_details(self.request.form, self.request.client)


class PushEndpoint(TokenEndpoint):  # type: ignore[misc]
    """PAR (RFC 9126): the whole request, from an authenticated client, before anybody's browser sees any of it."""

    ENDPOINT_NAME = "par"

    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Checks everything now, so that the page in the browser can hardly go wrong. Errors are JSON, no redirect."""
        server = self.server
        client = server.authenticate_client(request, [server.issuer.method], "par")
        form = unpack(request.form, client, server.issuer.name, server.now)
        fapi.check_pushed(form)
        proof = server.take_proof(request, required=False)
        jkt = bound_key(form.get("dpop_jkt"), proof)
        payload = {**form, "client_id": client.id}
        if "resource" in form:
            server.audience(form)
        server.get_consent_grant(server.request_of(payload))
        if not server.issuer.public:
            request.details = server.read_details(form, client)
            payload["authorization_details"] = written(request.details, server.issuer.location)
        elif "authorization_details" in form:
            raise fapi.InvalidDetails()
        request.client = client
        uri = PUSHED_PREFIX + secrets.token_urlsafe(32)
        kept = {name: payload[name] for name in KEPT if name in payload}
        if jkt is not None:
            kept["dpop_jkt"] = jkt
        request.pushed = H(uri)
        row = {"uri": request.pushed, "client": client.id, "parameters": json.dumps(kept), "jkt": jkt}
        store.push(server.connection, row | {"shown": None, "until": server.now + PUSHED_SECONDS, "decided": 0})
        return 201, {"request_uri": uri, "expires_in": PUSHED_SECONDS}, [("Cache-Control", "no-store")]


class RevokeEndpoint(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009: ends the whole session of an own token; 200 for what is unknown or another's: no oracle."""

    def authenticate_endpoint_client(self, request: Request) -> Client:
        """The client, by the one mechanism of the issuer."""
        request.client = self.server.authenticate_client(request, [self.server.issuer.method], "revocation")
        found: Client = request.client
        return found

    def authenticate_token(self, request: Request, client: Client) -> str | None:
        """The session of a token of this client, or None. A hint is only a hint."""
        token = request.form.get("token")
        if token is None:
            raise InvalidRequestError()
        session = self.server.issuer.session_of(token) or ""
        row = store.owner(self.server.connection, session, H(token))
        return row.id if row is not None and row.client == client.id else None

    def revoke_token(self, token: str, request: Request) -> None:
        """Ends the session."""
        store.end_session(self.server.connection, token, self.server.now)


def bound_key(named: str | None, proof: dpop.ProofSeen | None) -> str | None:
    """The key that a code will be bound to: `dpop_jkt`, or the proof's; both must agree (RFC 9449, 10)."""
    if named is not None:
        try:
            check_hash(named)
        except FormatError as error:
            raise InvalidRequestError() from error
        if proof is not None and proof.jkt != named:
            raise fapi.InvalidProof()
        return named
    return None if proof is None else proof.jkt


def written(details: Details, location: str) -> str:
    return json.dumps([details.members(location)], ensure_ascii=False)


GRANTS: tuple[tuple[Any, list[Any]], ...] = (
    (CodeGrant, [fapi.S256Only()]),
    (RefreshGrant, []),
    (SystemGrant, []),
)
