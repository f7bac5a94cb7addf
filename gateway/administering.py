# SPDX-License-Identifier: EUPL-1.2
"""Administering clients: registered, suspended, resumed, ended, given new keys; by hand, by the gateway's owner.

An organisation's client comes with the directory's statement of its team, and is registered from a plain file or as the
directory signed it (`vault-client+jwt`). Whatever is changed counts at the next call, and leaves its line in the journal.

    {"registration": {…} or "<vault-client+jwt>", "organisation": "<vault-org+jwt>"}      an organisation's client
    {…}                                                                        a person's app, or a resource server
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.x509 import Certificate

from chassis.clock import Clock, show_moment
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.settings import SettingsError, read_public
from formats.jose import Jwk
from formats.organisation import Organisation, verify_organisation
from formats.registration import verify_registration
from formats.spelling import DAY, FormatError, check_team
from formats.team import check_subject
from gateway import store, store_clients
from gateway.certificates import CertificateError, check_certificate, read_roots
from gateway.registering import MOST_KEYS, Client, RegistrationError, client_of, read_registration, stored
from gateway.settings import GatewaySettings
from gateway.tables import journal as outbox

BOTH_KEYS = 30 * DAY
"""How long a key still counts beside the one that replaced it."""
_STATES = {store_clients.IN_USE: "in use", store_clients.SUSPENDED: "suspended", store_clients.ENDED: "ended"}


@dataclass(frozen=True)
class Office:
    """What administering stands on. directory_key: public key of the directory, roots: of client certificates."""

    database: Database
    journal: Journal
    clock: Clock
    environment: str
    directory_key: Jwk | None
    roots: Sequence[Certificate]


def office_of(settings: GatewaySettings, clock: Clock) -> Office:
    """The office of an installation. Raises SettingsError."""
    directory = None if settings.directory_key is None else read_public(settings.directory_key)
    roots: Sequence[Certificate] = ()
    try:
        if settings.client_roots is not None:
            roots = read_roots(settings.client_roots.read_bytes())
    except (OSError, CertificateError) as error:
        raise SettingsError(
            f"the file {settings.client_roots} does not hold the roots of client certificates"
        ) from error
    journal = Journal("gateway", "1.0.0", outbox)
    return Office(Database(settings.database), journal, clock, settings.environment, directory, roots)


# -- registering -------------------------------------------------------------------------------------------------


async def register(office: Office, given: Mapping[str, Any]) -> Client:
    """Registers a client from the content of its file, or replaces its registration. Raises RegistrationError."""
    now, signed_at = office.clock.now(), 0
    members = given
    if "registration" in given:
        members, signed_at = _vouched(office, given, now)
    client = read_registration(members, environment=office.environment)
    if client.organisation is not None and "registration" not in given:
        raise RegistrationError("an organisation's client comes with the directory's statement of its team")
    ends = _ends(office, client, client.keys, now)

    def put(connection: store_clients.Connection) -> list[bytes]:
        before = store_clients.one(connection, client.id)
        if before is not None and before.active == store_clients.ENDED:
            raise RegistrationError(f"{client.id} was ended for good: take another client_id")
        if before is not None and json.loads(before.registration).get("signedAt", 0) > signed_at > 0:
            raise RegistrationError("a newer registration is in place: old keys do not come back")
        text = stored(members, ends, signed_at)
        store_clients.put(connection, client.id, client.organisation, client.team, text)
        return _line(office, connection, "Client registered", client.id)

    await _told(office, put)
    return client


def _vouched(office: Office, given: Mapping[str, Any], now: int) -> tuple[Mapping[str, Any], int]:
    """The members of an organisation's client, its team's statement checked; and when they were signed, or 0."""
    if set(given) != {"registration", "organisation"}:
        raise RegistrationError("the file has the members registration and organisation")
    if office.directory_key is None:
        raise RegistrationError("KLUISJE_GATEWAY_DIRECTORY_KEY says whose statements of teams count; it is not set")
    try:
        team = verify_organisation(given["organisation"], office.directory_key)
        if isinstance(given["registration"], Mapping):
            members, signed_at = given["registration"], 0
        else:
            signed = verify_registration(given["registration"], office.directory_key)
            if (signed.iss, signed.org) != (team.iss, team.sid) or not signed.iat <= now < signed.exp:
                raise RegistrationError("the registration leans on another statement of the team, or its time is over")
            members, signed_at = signed.client, signed.iat
    except FormatError as error:
        raise RegistrationError("the directory did not sign this") from error
    _same_team(members, team, now)
    return members, signed_at


def _same_team(members: Mapping[str, Any], team: Organisation, now: int) -> None:
    if members.get("team") != team.sub:
        raise RegistrationError("the directory's statement is of another team")
    if not team.iat <= now < team.exp:
        raise RegistrationError("the directory's statement of the team does not count now")


def _ends(office: Office, client: Client, keys: Sequence[Mapping[str, Any]], now: int) -> dict[str, int]:
    """Until when each key counts: all but the first for 30 days, and none longer than its certificate. kid -> seconds.

    In production an organisation's key has a certificate. Raises RegistrationError.
    """
    ends: dict[str, int] = {}
    for place, jwk in enumerate(keys):
        limits = [now + BOTH_KEYS] if place else []
        if office.environment == "production" and client.organisation is not None:
            if not office.roots:
                raise RegistrationError("KLUISJE_GATEWAY_CLIENT_ROOTS says which certificates count; it is not set")
            try:
                limits.append(check_certificate(jwk, client.organisation[-20:], office.roots, now))
            except CertificateError as error:
                raise RegistrationError(f"key {jwk['kid']}: {error}") from error
        if limits:
            ends[str(jwk["kid"])] = min(limits)
    return ends


# -- afterwards --------------------------------------------------------------------------------------------------


async def listing(office: Office) -> list[dict[str, Any]]:
    """All clients: id, kind, team, state, and until when each key counts (None: no end)."""
    found = []
    for row in await office.database.read(store_clients.every):
        client = client_of(row.registration)
        keys = {jwk["kid"]: client.end_of(jwk["kid"]) for jwk in client.keys}
        found.append({"id": row.id, "kind": client.kind, "team": row.team, "state": _STATES[row.active], "keys": keys})
    return found


async def suspend(office: Office, client: str) -> None:
    """Takes a client out of use until it is resumed; its tokens stop at their next call. Raises RegistrationError."""
    await _move(office, client, store_clients.IN_USE, store_clients.SUSPENDED, "Client suspended")


async def resume(office: Office, client: str) -> None:
    """Puts a suspended client back in use. Raises RegistrationError."""
    await _move(office, client, store_clients.SUSPENDED, store_clients.IN_USE, "Client resumed")


async def end(office: Office, client: str) -> None:
    """Ends a client for good, with all its sessions; its id is never given again. Raises RegistrationError."""
    now = office.clock.now()

    def work(connection: store_clients.Connection) -> list[bytes]:
        for state in (store_clients.IN_USE, store_clients.SUSPENDED):
            if store_clients.move(connection, client, state, store_clients.ENDED):
                break
        else:
            raise RegistrationError(f"no client {client} that could be ended")
        store_clients.end_sessions(connection, client, now)
        return _line(office, connection, "Client ended", client)

    await _told(office, work)


async def admit(office: Office, team: str, caseworker: str) -> None:
    """Lets a caseworker whom the team took out sign in again. Raises RegistrationError."""

    def work(connection: store_clients.Connection) -> list[bytes]:
        if not store.resume(connection, team.partition(":team:")[0], caseworker):
            raise RegistrationError("this team took no such caseworker out")
        return _line(office, connection, "Caseworker resumed", caseworker)

    await _told(office, work)


async def replace_keys(office: Office, client: str, given: Mapping[str, Any], *, at_once: bool = False) -> Client:
    """Gives a client a new key: `{"keys": [<public JWK>]}`. The one it had counts for 30 days more, or no more when
    `at_once` (it leaked). One that was replaced before goes now: at most two. Raises RegistrationError."""
    now = office.clock.now()

    def work(connection: store_clients.Connection) -> tuple[Client, list[bytes]]:
        row = store_clients.one(connection, client)
        if row is None or row.active == store_clients.ENDED:
            raise RegistrationError(f"no client {client} that could have new keys")
        before, members = client_of(row.registration), json.loads(row.registration)
        if before.organisation is None and before.kind == "person":
            raise RegistrationError("a person's app has no keys")
        signed_at, fresh = members.pop("signedAt", 0), given.get("keys")
        members.pop("ends", None)
        if not isinstance(fresh, list) or len(fresh) != 1:
            raise RegistrationError("bring one new key")
        kept = [] if at_once else list(before.keys_at(now))[: MOST_KEYS - 1]
        members["jwks"] = {"keys": [*fresh, *kept]}
        after = read_registration(members, environment=office.environment)
        ends = _ends(office, after, fresh, now)
        ends |= {jwk["kid"]: min(before.end_of(jwk["kid"]) or now + BOTH_KEYS, now + BOTH_KEYS) for jwk in kept}
        store_clients.put(connection, client, row.organisation, row.team, stored(members, ends, signed_at))
        return after, _line(office, connection, "Client keys replaced", client)

    after, lines = await office.database.write(work)
    office.journal.show(lines)
    return after


async def _move(office: Office, client: str, before: int, after: int, what: str) -> None:
    def work(connection: store_clients.Connection) -> list[bytes]:
        if not store_clients.move(connection, client, before, after):
            raise RegistrationError(f"no client {client} that is {_STATES[before]}")
        return _line(office, connection, what, client)

    await _told(office, work)


async def end_every_sign_in(office: Office) -> int:
    """After a restore: sign-ins that had ended live again in the old database, so all of them end. Answers how many."""
    ended = [0]

    def work(connection: store_clients.Connection) -> list[bytes]:
        ended[0] = store_clients.end_every_session(connection, office.clock.now())
        return _line(office, connection, "Sign-ins ended", "all")

    await _told(office, work)
    return ended[0]


def _line(office: Office, connection: store_clients.Connection, what: str, client: str) -> list[bytes]:
    line = Line(what, client, "Ok", "system:administration")
    return office.journal.write(connection, office.clock.milliseconds(), [line])


async def _told(office: Office, work: Callable[[store_clients.Connection], list[bytes]]) -> None:
    """Runs `work` in one transaction with its journal line, and shows the line after the commit."""
    office.journal.show(await office.database.write(work))


# -- the command line --------------------------------------------------------------------------------------------


async def _list(office: Office, *_: Any) -> str:
    lines = []
    for one in await listing(office):
        keys = [f"{kid[:8]}…" + (f" until {show_moment(ends)}" if ends else "") for kid, ends in one["keys"].items()]
        lines.append("  ".join([one["id"], one["kind"], one["state"], *keys]))
    return "\n".join(lines)


async def _register(office: Office, _: str, content: Mapping[str, Any], __: bool) -> str:
    return f"{(await register(office, content)).id} is registered."


async def _replace(office: Office, client: str, content: Mapping[str, Any], at_once: bool) -> str:
    after = await replace_keys(office, client, content, at_once=at_once)
    older = "the one before it for 30 days" if len(after.keys) > 1 else "no other one"
    return f"{client} has a new key; {older} counts beside it."


async def _suspend(office: Office, client: str, *_: Any) -> str:
    await suspend(office, client)
    return f"{client} is suspended, from its next call on."


async def _resume(office: Office, client: str, *_: Any) -> str:
    await resume(office, client)
    return f"{client} is in use again."


async def _admit(office: Office, named: str, *_: Any) -> str:
    team, caseworker = named.partition("#")[::2]
    try:
        await admit(office, check_team(team), check_subject(caseworker))
    except FormatError:
        raise RegistrationError("write TEAM#CASEWORKER, as the team's desk shows it") from None
    return f"{caseworker} may sign in again; consent decides by itself (resume-caseworker)."


async def _end(office: Office, client: str, *_: Any) -> str:
    await end(office, client)
    return f"{client} is ended, for good."


COMMANDS: Mapping[str, Callable[[Office, str, Mapping[str, Any], bool], Coroutine[Any, Any, str]]] = {
    "register-client": _register,
    "clients": _list,
    "suspend-client": _suspend,
    "resume-client": _resume,
    "end-client": _end,
    "replace-client-keys": _replace,
    "resume-sign-in": _admit,
}
"""What `python -m serve` offers: (office, client id, content of the file, whether at once) -> what is said."""
