# SPDX-License-Identifier: EUPL-1.2
"""Events of the log: who looked, what was signed, what was stopped. Stored and hashed as the bytes written.

`look` is the object `{"event", "nonce", "proof"}`: an entry with its proof, as it goes to the vault (as
permit), to the reader and to the person.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from formats.checkpoint import Checkpoint, entry, read_proof, shard_span
from formats.policy import LogPolicy
from formats.spelling import (
    FormatError,
    b64u,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_party,
    check_text,
    parse_json,
    unb64u,
)
from formats.tree import leaf, verify_inclusion
from formats.value import value

_BEGIN = ("t", "vlt", "n", "prev", "at")
MAX_EVENT = 262_144  # bytes
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@value
class Event:
    """An event: its type, whose (None: about no vault), its number for that vault, the entry before, the time
    (seconds); `claims` holds all members."""

    data: bytes
    t: str
    vlt: str | None
    n: int | None
    prev: str | None
    at: int
    claims: Mapping[str, Any]


@value
class Logged:
    """An event that a proof showed to be in the log, at `index` under `origin`."""

    origin: str
    index: int
    entry: bytes
    event: Event
    checkpoint: Checkpoint


def make_event(t: str, *, vlt: str | None, n: int | None, prev: str | None, at: int, **further: Any) -> bytes:
    """The bytes of an event. `prev` is b64u of the entry `n`-1 of this vault; all three are None for no
    vault."""
    claims = {"t": t, "vlt": vlt, "n": n, "prev": prev, "at": at, **further}
    _check(claims)
    try:
        return _write(claims).encode("utf-8")
    except ValueError:
        raise FormatError("event") from None


def read_event(data: bytes) -> Event:
    """The event behind its bytes; refuses unknown types and members."""
    if len(data) > MAX_EVENT:
        raise FormatError("event")
    claims = _plain_read(data)
    if claims is None:
        claims = parse_json(data)
        _check(claims)
    return Event(data, claims["t"], claims["vlt"], claims["n"], claims["prev"], claims["at"], claims)


def emp(key: bytes, by: str, subject: str) -> str:
    """The pseudonym of an employee in events of party `by`; `key` is the registry's own, `subject` the
    token's."""
    return b64u(hmac.new(key, f"vault-log/v1/emp\0{by}\0{subject}".encode(), sha256).digest())


def make_look(event: bytes, nonce: bytes, proof: str) -> dict[str, str]:
    """An entry with its proof, as it travels."""
    return {"event": b64u(event), "nonce": b64u(nonce), "proof": proof}


def verify_look(look: Any, policy: LogPolicy, *, witnessed: bool) -> Logged:
    """The event of a look, recomputed and found in the log. The proof is checked each time.

    `witnessed`: whether the quorum must have cosigned. Only what follows a look at once does without: a
    permit, and an answer that the reader checks against a witnessed checkpoint within 24 hours."""
    check_members(look, ("event", "nonce", "proof"))
    data, nonce, proof = unb64u(look["event"]), unb64u(look["nonce"]), read_proof(look["proof"])
    found = (policy.witnessed if witnessed else policy.checkpoint)(proof.note)
    value = entry(nonce, data)
    verify_inclusion(proof.index, found.size, leaf(value), proof.hashes, found.root)
    event = read_event(data)
    starts, ends = shard_span(found.origin)
    if not starts <= event.at < ends:
        raise FormatError("event")
    return Logged(found.origin, proof.index, value, event, found)


# -- the line of a read -------------------------------------------------------------------------------------

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_SHA = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_COUNT = "[1-9][0-9]{0,14}"  # below 2^53; what is longer is read in full
_READ = re.compile(
    f'{{"t":"read","vlt":"({_UUID})","n":(0|{_COUNT}),"prev":(?:null|"({_SHA})"),"at":({_COUNT}),'
    f'"by":"(urn:oin:[0-9]{{20}}(?::team:[a-z0-9-]{{1,40}})?)","emp":"({_SHA})","gnt":"({_UUID})","sid":"({_SHA})",'
    f'"drw":\\[{{"id":"({_UUID})","ep":\\[({_COUNT}(?:,{_COUNT})*)\\],"rid":null}}\\],"head":null}}'
).fullmatch


def _plain_read(data: bytes) -> dict[str, Any] | None:
    """The members of a read of one whole drawer, spelled as the log spells it: nearly every permit. One pattern finds what
    parsing and a dozen checks would. None: another event, another spelling or a fault, so it is read in full."""
    found = _READ(data.decode("latin-1"))
    if found is None:
        return None
    vlt, n, prev, at, by, emp, gnt, sid, drw, ep = found.groups()
    epochs = [int(one) for one in ep.split(",")]
    if (prev is None) != (n == "0") or epochs != sorted(set(epochs)):
        return None
    whose = {"t": "read", "vlt": vlt, "n": int(n), "prev": prev, "at": int(at), "by": by, "emp": emp, "gnt": gnt}
    return {**whose, "sid": sid, "drw": [{"id": drw, "ep": epochs, "rid": None}], "head": None}


# -- shapes --------------------------------------------------------------------------------------------------


def _asked(claims: dict[str, Any]) -> None:
    check_party(claims["by"])
    check_hash(claims["emp"])
    if claims["t"] == "refused":
        _or_null(check_id, claims["gnt"])
        check_text(claims["why"], 60)
        return
    check_id(claims["gnt"])
    check_hash(claims["sid"])
    drawers = [_drawer(one, claims["t"]) for one in check_list(claims["drw"], 200)]
    if not drawers or len(set(drawers)) != len(drawers) or (claims["t"] == "deposit" and len(drawers) != 1):
        raise FormatError("event")
    _or_null(_heads, claims["head"])


def _drawer(given: Any, t: str) -> str:
    check_members(given, ("id", "ep", "rid"))
    epochs = [check_int(ep, 1) for ep in check_list(given["ep"])]
    records = None if given["rid"] is None else [check_id(rid) for rid in check_list(given["rid"])]
    if epochs != sorted(set(epochs)) or (records is not None and len(set(records)) != len(records)):
        raise FormatError("event")
    if t == "deposit" and (epochs or records is None or len(records) != 1):
        raise FormatError("event")
    return check_id(given["id"])


def _heads(given: Any) -> None:
    for one in check_list(given, 200):
        check_members(one, ("drw", "n", "h"))
        check_id(one["drw"])
        check_int(one["n"])
        check_hash(one["h"])


def _statement(claims: dict[str, Any]) -> None:
    check_hash(claims["sid"])
    check_text(claims["typ"], 60)


def _stop(claims: dict[str, Any]) -> None:
    check_party(claims["by"])
    check_id(claims["gnt"])
    _or_null(check_hash, claims["sid"])


def _recover(claims: dict[str, Any]) -> None:
    check_id(claims["slot"])
    check_one_of(claims["step"], ("asked", "released", "stopped"))


def _published(claims: dict[str, Any]) -> None:
    check_hash(claims["sid"])
    check_text(claims["sub"])


def _bundle(claims: dict[str, Any]) -> None:
    if len(unb64u(claims["sha384"])) != 48 or not check_list(claims["builders"], 20):
        raise FormatError("event")
    check_text(claims["git"], 64)
    for builder in claims["builders"]:
        check_text(builder)


def _or_null(check: Callable[[Any], Any], value: Any) -> None:
    if value is not None:
        check(value)


_LOOK = ("by", "emp", "gnt", "sid", "drw", "head")
_SHAPES: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], None]]] = {
    "read": (_LOOK, _asked),
    "deposit": (_LOOK, _asked),
    "refused": (("by", "emp", "gnt", "why"), _asked),
    "statement": (("sid", "typ"), _statement),
    "stop": (("by", "gnt", "sid"), _stop),
    "recover": (("slot", "step"), _recover),
    "org": (("sid", "sub"), _published),
    "catalogue": (("sid", "sub"), _published),
    "bundle": (("sha384", "git", "builders"), _bundle),
}
_NO_VAULT = ("org", "catalogue", "bundle")


def _check(claims: dict[str, Any]) -> None:
    t = claims.get("t")
    if not isinstance(t, str) or t not in _SHAPES:
        raise FormatError("event")
    names, shape = _SHAPES[t]
    check_members(claims, (*_BEGIN, *names))
    check_int(claims["at"])
    vlt, n, prev = claims["vlt"], claims["n"], claims["prev"]
    if vlt is None:
        # A refusal may concern no vault that exists: a grant nobody knows.
        if t not in (*_NO_VAULT, "refused") or n is not None or prev is not None:
            raise FormatError("event")
    else:
        check_id(vlt)
        if t in _NO_VAULT or (prev is None) != (check_int(n) == 0):
            raise FormatError("event")
        _or_null(check_hash, prev)
    shape(claims)
