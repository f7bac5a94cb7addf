# SPDX-License-Identifier: EUPL-1.2
"""An Authlib server per request, over one database transaction.

Authlib's core is synchronous, and so is `work(connection)`: hooks read and write through the connection at hand, and
what may happen once is claimed by one statement. An error is an answer, not an exception, so the transaction commits
and a spent code, assertion or proof stays spent. PAR (RFC 9126), DPoP (RFC 9449) and details (RFC 9396) are ours.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidGrantError, InvalidRequestError

from formats import dpop
from formats.spelling import FormatError, H, new_id
from gateway import fapi, store
from gateway.answers import JSON, TEXTS, Answer, Asked, refusal
from gateway.details import Details, NotGood, read_details
from gateway.grants import GRANTS, PushEndpoint, Request, RevokeEndpoint
from gateway.issuing import TOKEN_SECONDS, Issuer, Leave, SignedIn, session_of
from gateway.registering import Client, client_of

RESOURCES = frozenset({"resource"})


@dataclass(frozen=True)
class Introspected:
    """resource: who asks. claims: of the token, None: not active. team: whose token it is."""

    resource: Client
    claims: Mapping[str, Any] | None
    team: str | None


class Server(AuthorizationServer):  # type: ignore[misc]
    """One issuer's server for one request. `connection` is the transaction at hand; it may be set anew for a second."""

    def __init__(self, issuer: Issuer, connection: store.Connection, now: int) -> None:
        super().__init__()
        self.issuer, self.connection, self.now = issuer, connection, now
        self._kinds = issuer.kinds
        for grant_type, extensions in GRANTS:
            if grant_type.GRANT_TYPE in issuer.grant_types:
                self.register_grant(grant_type, extensions)
        self.register_endpoint(PushEndpoint)
        self.register_endpoint(RevokeEndpoint)
        assertion = fapi.PrivateKeyJwt(
            issuer.name,
            now,
            lambda client, jti, until: store.use_assertion(self.connection, client, jti, until),
        )
        self.register_client_auth_method("private_key_jwt", assertion)

    # -- Authlib's hooks -----------------------------------------------------------------------------------------

    def query_client(self, client_id: str) -> Client | None:
        """A client of this issuer that may act here: a resource server introspects, and nobody else does."""
        registration = store.find_client(self.connection, client_id)
        client = None if registration is None else client_of(registration)
        return client if client is not None and client.kind in self._kinds else None

    def authenticate_client(self, request: Request, methods: list[str], endpoint: str = "token") -> Client:
        """The client of a request, by exactly one mechanism. Raises InvalidClientError."""
        fapi.check_mechanism(request.form, request.headers, self.issuer.method)
        self._kinds = RESOURCES if endpoint == "introspection" else self.issuer.kinds
        found: Client = super().authenticate_client(request, methods, endpoint)
        return found

    def create_oauth2_request(self, request: Any) -> Request:
        """Authlib's request of ours."""
        if isinstance(request, Request):
            return request
        form = fapi.check_parameters(request.form)
        if "request" in form and request.endpoint != "par":
            raise InvalidRequestError()
        return Request("POST", self.issuer.url(request.endpoint), request.headers, form)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """No signals."""

    def generate_token(self, grant_type: str, client: Client, user: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Nothing yet: `save_token` makes it, where request and session are known."""
        return {}

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        """Makes the tokens of a checked request and writes down what they rest on."""
        issuer, now, client = self.issuer, self.now, request.client
        assert request.proof is not None
        leave = request.leave or Leave(now + issuer.longest, True)
        jkt, refresh = request.proof.jkt, None
        if request.user is None:
            until = min(now + TOKEN_SECONDS, leave.until)
            session, subject, acr, auth_time = new_id(), client.id, "", now
            row = {"id": session, "client": client.id, "subject": subject, "acr": acr, "auth_time": now}
            row |= {
                "details": None,
                "jkt": jkt,
                "refresh": None,
                "idle_until": until,
                "until": until,
                "ended": None,
            }
            store.new_session(self.connection, row)
        else:
            kept = request.user.row
            session, subject, acr, auth_time = kept.id, kept.subject, kept.acr, kept.auth_time
            if request.authorization_code is not None:
                until = min(now + issuer.longest, leave.until)
                refresh = secrets.token_urlsafe(32) if leave.again else None
                details = kept.details if leave.again else None
                bound = store.bind_session(
                    self.connection,
                    session,
                    jkt=jkt,
                    refresh=None if refresh is None else H(refresh),
                    idle=now + issuer.idle,
                    until=until,
                    details=details,
                )
            else:
                until = min(kept.until, leave.until)
                bound = leave.again and store.extend_session(self.connection, session, now + issuer.idle)
            if not bound:
                raise InvalidGrantError()
        details = None if request.details is None else request.details.members(issuer.location)
        token["access_token"] = issuer.access_token(
            session=session,
            audience=request.audience,
            client=client.id,
            subject=subject,
            acr=acr,
            auth_time=auth_time,
            jkt=jkt,
            details=details,
            now=now,
            until=until,
        )
        token |= {"token_type": "DPoP", "expires_in": min(TOKEN_SECONDS, until - now)}
        if refresh is not None:
            token["refresh_token"] = refresh
        if details is not None:
            token["authorization_details"] = [details]

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """Redirects are 303 and say who answers (lines 21 and 23); Authlib's are 302 and its errors lack `iss`."""
        sent = [(name.lower(), value) for name, value in headers if name.lower() != "pragma"]
        if status == 302:
            [location] = [value for name, value in sent if name == "location"]
            return Answer(303, (("location", add_params_to_uri(location, [("iss", self.issuer.name)])),), b"")
        return Answer(status, JSON, orjson.dumps(body))

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Answer:
        """The error in fixed words. A client that is not known gets 401, not Authlib's 400 (RFC 6749, 5.2)."""
        redirects = bool(error.redirect_uri) and request is not None and request.method == "GET"
        if not redirects:
            return refusal(error)
        members = [("error", error.error), ("error_description", TEXTS.get(error.error, ""))]
        members += [("state", error.state)] if error.state else []
        return self.handle_response(302, "", [("Location", add_params_to_uri(error.redirect_uri, members))])

    # -- one call each -------------------------------------------------------------------------------------------

    def push(self, asked: Asked) -> tuple[Answer, Request | None]:
        """PAR. The request comes along when it leans on a grant: consent is asked before the address is told."""
        try:
            request = self.create_oauth2_request(asked)
        except OAuth2Error as error:
            return self.handle_error_response(None, error), None
        answer: Answer = self.create_endpoint_response("par", request)
        leans = answer.status == 201 and request.details is not None and request.details.act is not None
        return answer, request if leans else None

    def check_token(self, asked: Asked) -> Any:
        """The token endpoint, first half: an Answer (done, or an error), or the checked grant whose details lean on a
        grant of a person, so that consent is asked between the transactions."""
        request = None
        try:
            request = self.create_oauth2_request(asked)
            grant = self.get_token_grant(request)
            grant.validate_token_request()
        except OAuth2Error as error:
            return self.handle_error_response(request, error)
        asks = request.details is not None and request.details.act is not None and request.user is not None
        return grant if asks else self.finish_token(grant, None)

    def finish_token(self, grant: Any, leave: Leave | None) -> Answer:
        """The token endpoint, second half: makes the tokens. leave: what consent said, where it was asked."""
        grant.request.leave = leave
        try:
            return self.handle_response(*grant.create_token_response())
        except OAuth2Error as error:
            return self.handle_error_response(grant.request, error)

    def revoke(self, asked: Asked) -> Answer:
        """RFC 7009."""
        try:
            request = self.create_oauth2_request(asked)
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        answer: Answer = self.create_endpoint_response("revocation", request)
        return answer

    def introspect(self, asked: Asked) -> Answer | Introspected:
        """RFC 7662, first half: who asks, and what stands in our own tables. Nothing is remembered."""
        try:
            request = self.create_oauth2_request(asked)
            resource = self.authenticate_client(request, [self.issuer.method], "introspection")
            token = request.form.get("token")
            if token is None:
                raise InvalidRequestError()
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        claims = self.issuer.read(token)
        if claims is None or claims["aud"] != resource.resource or not claims["nbf"] <= self.now < claims["exp"]:
            return Introspected(resource, None, None)
        team = store.stands(self.connection, session_of(claims))
        return Introspected(resource, None if team is None else claims, team)

    def respond(self, parameters: Mapping[str, str], user: SignedIn | None, error: OAuth2Error | None) -> Answer:
        """The authorization response of a decided request: a code, `access_denied`, or another error."""
        request = self.request_of(parameters)
        try:
            grant = self.get_consent_grant(request)
        except OAuth2Error as fault:  # the client was taken out of use meanwhile: no redirect to it
            fault.redirect_uri = None
            return self.handle_error_response(request, fault)
        if error is not None:
            error.redirect_uri, error.state = grant.redirect_uri, request.payload.state
            return self.handle_error_response(request, error)
        answer: Answer = self.create_authorization_response(request, grant_user=user, grant=grant)
        return answer

    # -- ours ----------------------------------------------------------------------------------------------------

    def request_of(self, parameters: Mapping[str, str]) -> Request:
        """A pushed request as Authlib's authorization request."""
        return Request("GET", self.issuer.url("authorize"), {}, parameters)

    def take_proof(self, request: Request, *, required: bool) -> dpop.ProofSeen | None:
        """The request's DPoP proof, checked and claimed. Raises InvalidProof."""
        header = request.headers.get("dpop")
        if header is None:
            if required:
                raise fapi.InvalidProof()
            return None
        try:
            seen = dpop.check_proof(header, method="POST", url=request.uri, now=self.now, ath=None, jkt=None)
        except FormatError as error:
            raise fapi.InvalidProof() from error
        if not store.use_proof(self.connection, seen.jkt, seen.jti, self.now):
            raise fapi.InvalidProof()
        return seen

    def audience(self, form: Mapping[str, str]) -> str:
        """The one audience that `resource` picks; organisations have only one (RFC 8707)."""
        wanted = form.get("resource", None if self.issuer.public else self.issuer.location)
        if wanted not in self.issuer.audiences:
            raise fapi.InvalidTarget()
        return str(wanted)

    def read_details(self, form: Mapping[str, str], client: Client) -> Details:
        """The details that a client asks. Raises InvalidDetails."""
        try:
            return read_details(
                form.get("authorization_details"), allowed=client.actions, location=self.issuer.location
            )
        except NotGood as error:
            raise fapi.InvalidDetails() from error

    def stored_details(self, session: Any, client: Client) -> Details | None:
        """The details of a session, still within what the client may (its registration can have shrunk)."""
        if self.issuer.public:
            return None
        return self.read_details({"authorization_details": session.details or ""}, client)
