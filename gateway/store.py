# SPDX-License-Identifier: EUPL-1.2
"""The gateway's SQL: prebuilt statements over a `Connection`. What may happen once is claimed by one statement.

Hashes come in, never the tokens, codes, addresses or cookies themselves.
"""

from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, or_, select, update

from chassis.database import Connection as Connection
from chassis.database import claim_proof, driver, insert, insert_once
from gateway.tables import (
    assertions,
    clients,
    codes,
    pushed,
    seen,
    sessions,
    sign_ins,
    stopped_devices,
    suspensions,
    uploads,
    vaults,
)

b = bindparam


# -- clients ---------------------------------------------------------------------------------------------------

# What every token request runs goes to the driver itself: prepared once by it, a tenth of the cost.
FIND_CLIENT = (
    "SELECT c.registration FROM clients c WHERE c.id = ? AND c.active = 1 AND NOT EXISTS"
    " (SELECT 1 FROM suspensions x WHERE x.organisation = c.organisation AND x.subject = '')"
)
_DEACTIVATE = update(clients).where(clients.c.id == b("client_id")).values(active=0)
_SUSPEND = insert(suspensions).on_conflict_do_nothing()
_RESUME = delete(suspensions).where(suspensions.c.organisation == b("of"), suspensions.c.subject == b("whom"))


def find_client(connection: Connection, client: str) -> str | None:
    """The registration of a client that is active and whose organisation is not suspended."""
    found = driver(connection).execute(FIND_CLIENT, (client,)).fetchone()
    return None if found is None else str(found[0])


def deactivate(connection: Connection, client: str) -> bool:
    """Takes a client out of use."""
    return connection.execute(_DEACTIVATE, {"client_id": client}).rowcount == 1


def suspend(connection: Connection, organisation: str, subject: str, now: int) -> None:
    """Suspends an organisation (subject "") or one of its caseworkers."""
    insert_once(connection, _SUSPEND, {"organisation": organisation, "subject": subject, "at": now})


def resume(connection: Connection, organisation: str, subject: str) -> bool:
    """Takes a suspension back; False when there was none."""
    return connection.execute(_RESUME, {"of": organisation, "whom": subject}).rowcount == 1


# -- authorization requests and sign-ins -----------------------------------------------------------------------

_PUSHED = select(pushed).where(pushed.c.uri == b("of"), pushed.c.decided == 0)
_SHOW = update(pushed).where(pushed.c.uri == b("of")).values(shown=b("text"))
_DECIDE = update(pushed).where(pushed.c.uri == b("of"), pushed.c.decided == 0).values(decided=1).returning(pushed)
_TAKE_SIGN_IN = (
    update(sign_ins)
    .where(
        sign_ins.c.state == b("of"),
        sign_ins.c.cookie == b("by"),
        sign_ins.c.used == 0,
        sign_ins.c.until > b("now"),
    )
    .values(used=1)
    .returning(sign_ins)
)
_NEW_VAULT = insert(vaults).on_conflict_do_nothing()
_VAULT = select(vaults.c.vlt).where(vaults.c.mark == b("of"))


def push(connection: Connection, row: dict[str, Any]) -> None:
    """Stores a pushed authorization request."""
    connection.execute(insert(pushed), row)


def find_pushed(connection: Connection, uri: str) -> Row[*tuple[Any, ...]] | None:
    """A pushed request that was not decided."""
    return connection.execute(_PUSHED, {"of": uri}).one_or_none()


def show(connection: Connection, uri: str, text: str) -> None:
    """Keeps what the page of a request names."""
    connection.execute(_SHOW, {"of": uri, "text": text})


def decide(connection: Connection, uri: str) -> Row[*tuple[Any, ...]] | None:
    """Claims the decision over a pushed request: the row, once."""
    return connection.execute(_DECIDE, {"of": uri}).one_or_none()


def start_sign_in(connection: Connection, row: dict[str, Any]) -> None:
    """Somebody leaves for the sign-in provider."""
    connection.execute(insert(sign_ins), row)


def take_sign_in(connection: Connection, state: str, cookie: str, now: int) -> Row[*tuple[Any, ...]] | None:
    """Claims the return of a sign-in in the browser that left: the row, once."""
    return connection.execute(_TAKE_SIGN_IN, {"of": state, "by": cookie, "now": now}).one_or_none()


def vault_of(connection: Connection, mark: str, new: str) -> str:
    """The vault of somebody, by HMAC; `new` becomes it at the first sign-in."""
    connection.execute(_NEW_VAULT, {"mark": mark, "vlt": new})
    return str(connection.execute(_VAULT, {"of": mark}).scalar_one())


_MOVED = update(vaults).where(vaults.c.vlt == b("was")).values(vlt=b("into"))
_MOVED_SESSIONS = update(sessions).where(sessions.c.subject == b("was")).values(subject=b("into"))


def vault_moved(connection: Connection, was: str, vlt: str) -> None:
    """An empty vault was taken over by the one that its owner brought along: she is known under that name from now on,
    and her sign-ins go on."""
    connection.execute(_MOVED, {"was": was, "into": vlt})
    connection.execute(_MOVED_SESSIONS, {"was": was, "into": vlt})


# -- sessions, codes, tokens -----------------------------------------------------------------------------------

_CLAIM_CODE = (
    update(codes)
    .where(codes.c.code == b("of"), codes.c.client == b("by"), codes.c.used == 0)
    .values(used=1)
    .returning(codes)
)
_USED_CODE = select(codes.c.session).where(codes.c.code == b("of"), codes.c.client == b("by"), codes.c.used == 1)
_NOT_OUT = ~exists().where(
    and_(
        suspensions.c.organisation == clients.c.organisation,
        or_(suspensions.c.subject == "", suspensions.c.subject == sessions.c.subject),
    )
)
_ALIVE = (sessions.c.ended.is_(None), clients.c.id == sessions.c.client, clients.c.active == 1, _NOT_OUT)
_SESSION = select(sessions).where(sessions.c.id == b("of"), *_ALIVE)
# The one statement of a read goes to the driver itself: prepared once by it, a tenth of the cost.
STANDS = (
    "SELECT c.team FROM sessions s JOIN clients c ON c.id = s.client"
    " WHERE s.id = ? AND s.ended IS NULL AND c.active = 1 AND NOT EXISTS"
    " (SELECT 1 FROM suspensions x WHERE x.organisation = c.organisation AND x.subject IN ('', s.subject))"
)
_OF_SESSION = (
    "id", "client", "subject", "acr", "auth_time", "details", "jkt", "refresh", "idle_until", "until", "ended",
)  # fmt: skip
NEW_SESSION = f"INSERT INTO sessions ({', '.join(_OF_SESSION)}) VALUES ({', '.join('?' for _ in _OF_SESSION)})"  # noqa: S608 our own
_BY_REFRESH = select(sessions).where(sessions.c.refresh == b("of"), *_ALIVE)
_OWNER = select(sessions.c.id, sessions.c.client).where(
    or_(sessions.c.refresh == b("refresh_hash"), sessions.c.id == b("of"))
)
_BIND = (
    update(sessions)
    .where(sessions.c.id == b("of"), sessions.c.ended.is_(None))
    .values(jkt=b("key"), refresh=b("token"), idle_until=b("idle"), until=b("ends"), details=b("asked"))
)
_EXTEND = update(sessions).where(sessions.c.id == b("of"), sessions.c.ended.is_(None)).values(idle_until=b("idle"))
_END = update(sessions).where(sessions.c.id == b("of"), sessions.c.ended.is_(None)).values(ended=b("now"))


def new_session(connection: Connection, row: dict[str, Any]) -> None:
    """Begins a session."""
    driver(connection).execute(NEW_SESSION, [row[name] for name in _OF_SESSION])


def new_code(connection: Connection, row: dict[str, Any]) -> None:
    """Stores a code, by its hash."""
    connection.execute(insert(codes), row)


def claim_code(connection: Connection, code: str, client: str) -> Row[*tuple[Any, ...]] | None:
    """Spends a code of this client: the row, once."""
    return connection.execute(_CLAIM_CODE, {"of": code, "by": client}).one_or_none()


def session_of_used_code(connection: Connection, code: str, client: str) -> str | None:
    """The session of a code that was spent before, to end it."""
    found = connection.execute(_USED_CODE, {"of": code, "by": client}).scalar_one_or_none()
    return None if found is None else str(found)


def find_session(connection: Connection, session: str) -> Row[*tuple[Any, ...]] | None:
    """A session that has not ended, of a client and subject that may act."""
    return connection.execute(_SESSION, {"of": session}).one_or_none()


def session_by_refresh(connection: Connection, refresh: str) -> Row[*tuple[Any, ...]] | None:
    """The same, by the hash of its refresh token."""
    return connection.execute(_BY_REFRESH, {"of": refresh}).one_or_none()


def owner(connection: Connection, session: str, refresh: str) -> Row[*tuple[Any, ...]] | None:
    """(id, client) of a session by its id or by the hash of its refresh token: for revoking."""
    return connection.execute(_OWNER, {"of": session, "refresh_hash": refresh}).one_or_none()


def bind_session(
    connection: Connection,
    session: str,
    *,
    jkt: str,
    refresh: str | None,
    idle: int,
    until: int,
    details: str | None,
) -> bool:
    """A code became tokens: binds the session to the key. False when it ended meanwhile."""
    row = {"of": session, "key": jkt, "token": refresh, "idle": idle, "ends": until, "asked": details}
    return connection.execute(_BIND, row).rowcount == 1


def extend_session(connection: Connection, session: str, idle: int) -> bool:
    """A refresh token was used. False when the session ended meanwhile."""
    return connection.execute(_EXTEND, {"of": session, "idle": idle}).rowcount == 1


def end_session(connection: Connection, session: str, now: int) -> bool:
    """Ends a session with all its tokens. True when it had not ended."""
    return connection.execute(_END, {"of": session, "now": now}).rowcount == 1


def stands(connection: Connection, session: str) -> str | None:
    """The team, while session, client, organisation and caseworker stand: the one statement of a read."""
    found = driver(connection).execute(STANDS, (session,)).fetchone()
    return None if found is None else str(found[0])


# -- once only -------------------------------------------------------------------------------------------------

USE_ASSERTION = "INSERT INTO assertions (client, jti, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_NEW_UPLOADS = insert(uploads)
# The vault gives a deposit that is sent again, after a lost answer, the uploads it had: whose they are stays.
_NEW_UPLOADS = _NEW_UPLOADS.on_conflict_do_update(
    index_elements=[uploads.c.id],
    set_={"until": _NEW_UPLOADS.excluded.until},
    where=uploads.c.client == _NEW_UPLOADS.excluded.client,
)
_UPLOAD = select(uploads.c.id).where(
    uploads.c.id == b("of"),
    uploads.c.client == b("by"),
    uploads.c.grant == b("under"),
    uploads.c.drawer == b("place"),
    uploads.c.until > b("now"),
)
PROOF_SECONDS = 60
DAY = 86_400
# How long a row stays after its time. A pushed request is needed until whoever left to sign in is back; a code and
# its session stay a day, so that a replay is known for what it is.
_SWEEP = [
    (delete(table).where(table.c.until < b("now")), after)
    for table, after in (
        (pushed, 900),
        (sign_ins, 0),
        (assertions, 0),
        (uploads, 0),
        (stopped_devices, 0),
        (codes, DAY),
        (sessions, DAY),
    )
]


def use_assertion(connection: Connection, client: str, jti: str, until: int) -> bool:
    """Claims a client assertion: True the first time."""
    return bool(driver(connection).execute(USE_ASSERTION, (client, jti, until)).rowcount == 1)


def use_proof(connection: Connection, jkt: str, jti: str, now: int) -> bool:
    """Claims a DPoP proof: True the first time (RFC 9449, 11.1)."""
    return claim_proof(connection, seen, jkt, jti, now, 2 * PROOF_SECONDS)


def new_uploads(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Remembers who may bring the pieces of a deposit."""
    connection.execute(_NEW_UPLOADS, rows)


def may_upload(connection: Connection, upload: str, client: str, grant: str, drawer: str, now: int) -> bool:
    """Whether this client may bring pieces here."""
    row = {"of": upload, "by": client, "under": grant, "place": drawer, "now": now}
    return connection.execute(_UPLOAD, row).one_or_none() is not None


def sweep(connection: Connection, now: int) -> None:
    """Deletes what is past its time."""
    for statement, after in _SWEEP:
        connection.execute(statement, {"now": now - after})
