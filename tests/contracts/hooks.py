# SPDX-License-Identifier: EUPL-1.2
"""What schemathesis needs to get past the doors (P18): who is calling, real ids, and things that are really signed.

The material comes from test_schemathesis.py: a town's people, what they have, and well-formed calls. Everything that
goes out passes `_sent_by`, also the probes of checks, which no hook sees: it puts the token of an identity and a fresh
DPoP proof where the contract's run only wrote the name.
"""

import json
import os
import random
import time
from base64 import b64decode
from typing import Any, cast
from urllib.parse import unquote

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData, UseAfterFree
from schemathesis.transport.serialization import Binary

from chassis.clock import show_moment
from formats.dpop import ProofSeen, make_proof
from formats.jose import peek, sign
from formats.spelling import FormatError, H, b64u, new_id, unb64u

with open(os.environ["KLUISJE_P18"], encoding="utf-8") as _file:
    MATERIAL: dict[str, Any] = json.load(_file)
CHANCE = random.Random(MATERIAL["seed"])
TOKEN_SECONDS, SIGNED_IN_SECONDS, ID_LENGTH = 300, 60, 36
PART, ORIGIN = MATERIAL["part"], MATERIAL["origin"]


# -- who calls ------------------------------------------------------------------------------------------------


def _token(identity: dict[str, Any]) -> str:
    """The identity's token; that of an older sign-in is signed anew by its own issuer's key, as if they had just signed in:
    what wants a fresh sign-in (an erasure) would be refused to everybody once a run is some minutes old."""
    now = int(time.time())
    header, claims = peek(identity["token"])
    if now - claims["auth_time"] > SIGNED_IN_SECONDS:
        times = {"iat": now, "nbf": now, "exp": now + TOKEN_SECONDS, "auth_time": now}
        identity["token"] = sign(claims | times, header["typ"], MATERIAL["issuers"][header["kid"]])
    return str(identity["token"])


def service(part: str) -> str:
    """A service token of the gateway for a neighbouring part, as `chassis/outside.py` makes it."""
    now = int(time.time())
    claims = {"iss": "gateway", "aud": f"{ORIGIN}/{part}/v1", "iat": now, "exp": now + 30}
    return sign(claims, "service+jwt", MATERIAL["service_key"])


def _identity(name: str, path: str) -> dict[str, Any] | None:
    """An identity by its name. A team's application has a token for each action, and takes the one that fits."""
    for action, words in (("deposit", ("/epoch", "/deposits")), ("read", ("/records", "/imports"))):
        special = MATERIAL["identities"].get(f"{name}:{action}")
        if special is not None and any(word in path for word in words):
            return cast("dict[str, Any]", special)
    return cast("dict[str, Any] | None", MATERIAL["identities"].get(name))


def _proof(key: Any, method: str, url: str, token: str) -> str:
    """A fresh proof; for an address that no proof can name, one for another address."""
    try:
        return make_proof(key, method, url, token, now=int(time.time()))
    except FormatError:
        return make_proof(key, method, ORIGIN + "/", token, now=int(time.time()))


_send = requests.Session.send


def _sent_by(session: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
    scheme, _, name = (request.headers.get("Authorization") or "").partition(" ")
    path = unquote((request.url or "").split("?")[0].removeprefix(ORIGIN))
    if scheme == "As" and name == "service":
        request.headers["Authorization"] = f"Bearer {service(PART)}"
    elif scheme == "As" and (identity := _identity(name, path)) is not None:
        token = _token(identity)
        request.headers["Authorization"] = f"DPoP {token}"
        request.headers["DPoP"] = _proof(identity["key"], str(request.method), ORIGIN + path, H(token))
    return _send(session, request, **more)


requests.Session.send = _sent_by  # type: ignore[method-assign]


# -- real ids, real bodies --------------------------------------------------------------------------------------


_seen: set[tuple[str, str]] = {(name, "") for name in MATERIAL["calls"]}


def _next(operation: str, phase: str) -> tuple[dict[str, Any] | None, bool]:
    """A well-formed call of an operation, and whether it is the first of a phase: a new one if there is one, or else
    the one that was made last."""
    known: list[dict[str, Any]] = MATERIAL["calls"].get(operation)
    if not known:
        return None, False
    first = (operation, phase) not in _seen
    if first and known[0]["new"]:
        call = known.pop(0)
        known.append(call | {"new": False})
        return call, True
    return known[-1] if first else CHANCE.choice([one for one in known if not one["new"]] or known), first


def _body(call: dict[str, Any]) -> Any:
    """Its body; permits last ten seconds, so they are asked for now."""
    if "octets" in call:
        return Binary(b64decode(call["octets"]))
    body = json.loads(json.dumps(call["body"]))
    if "look" in call:
        headers = {"Authorization": f"Bearer {service('consent')}"}
        asked = call["look"] | {"question": _question()}
        told = requests.post(f"{ORIGIN}/consent/v1/looks", json=asked, headers=headers, timeout=20).json()
        if "event" in told:
            body["permit"] = {name: told[name] for name in ("event", "nonce", "proof")}
    if "mover" in call:
        body |= _moving(call)
    if "question" in body and "stage" in body:
        body["question"] = _question()
    return body


def _question() -> str:
    """The id of a look that nobody asked before."""
    return ProofSeen("", new_id(), int(time.time())).question


def _moving(call: dict[str, Any]) -> dict[str, str]:
    """A challenge, and its answer by the key of whom moves in."""
    place = f"{ORIGIN}/vault/v1/vaults/{call['path']['vlt']}"
    headers = {"Authorization": f"As {call['identity']}"}
    challenge = requests.post(f"{place}/challenges", headers=headers, timeout=20).json()["challenge"]
    return {"challenge": challenge, "proof": _proof(call["mover"], "POST", f"{place}/imports", challenge)}


def _spared(case: Case, call: dict[str, Any], operation: str) -> None:
    """Grants that later runs read with are not stopped; and a link never hands on what is no id (of a pause of
    everything the grant, which is null; of a share code its text)."""
    if not isinstance(case.path_parameters, dict) or case.meta is None:
        return
    ends = operation in ("handBackGrant", "stopGrant", "pauseGrant", "takeOverCase")
    linked = case.meta.phase.name.value == "stateful" and case.meta.generation.mode.is_positive
    for name, value in call["path"].items():
        given = case.path_parameters.get(name)
        no_id = linked and len(value) == ID_LENGTH and len(str(given)) != ID_LENGTH
        if no_id or (ends and given in MATERIAL["spared"]):
            case.path_parameters[name] = value


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Puts real values where nothing is meant to be wrong. What a case wants wrong stays as it is."""
    meta, operation = case.meta, case.operation.definition.raw.get("operationId", "")
    if meta is None or case.method.upper() != case.operation.method.upper():
        return
    if isinstance(case.body, dict) and meta.generation.mode.is_positive:
        case.body = _whole(case.body)
        if "/gateway/v1/events" in case.formatted_path:  # it would wait for an event, five seconds each time
            case.body["returnImmediately"] = True
    positive, phase = meta.generation.mode.is_positive, meta.phase.name.value
    stateful = phase == "stateful"
    call, first = _next(operation, phase) if positive and not stateful else _next(operation, "")
    if call is None:
        return
    if positive:
        _seen.add((operation, phase))
    whole = positive and not stateful and (first or CHANCE.random() < 0.6)

    def free(location: ParameterLocation) -> bool:
        return not meta.is_negative_at(location)

    if free(ParameterLocation.PATH) and case.path_parameters and not stateful and (whole or CHANCE.random() < 0.9):
        case.path_parameters = {name: int(v) if v.isdigit() else v for name, v in call["path"].items()}
        if call["identity"] is not None and _is_ours(case):
            case.headers["Authorization"] = f"As {call['identity']}"
    _spared(case, call, operation)
    if free(ParameterLocation.QUERY) and isinstance(case.query, dict):
        case.query.pop("pageCursor", None)
        if whole or "team" in call["query"]:
            case.query = {**case.query, **call["query"]}
    has_body = "octets" in call or call["body"] is not None
    if has_body and free(ParameterLocation.BODY) and (whole or (CHANCE.random() < 0.4 and not stateful)):
        case.body = _body(call)
        if "octets" in call:
            case._sync_validated_hashes()  # octets would pass for invalid, because no JSON validator can read them
            meta.clear_dirty(ParameterLocation.BODY)
        if call["identity"] is not None and not case.path_parameters and _is_ours(case):
            case.headers["Authorization"] = f"As {call['identity']}"


def _whole(value: Any) -> Any:
    """The value with `1` for `1.0`: to JSON Schema they are one number, to us they are two spellings, of which the
    second is refused (reliability.md, "Hostile input")."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    return value


def _is_ours(case: Case) -> bool:
    """Whether the case shows one of our identities: a wrong Authorization is meant to stay wrong."""
    return str(case.headers.get("Authorization", "")).startswith("As ")


# -- what a schema cannot say ----------------------------------------------------------------------------------

# A schema says how a signed or sealed text is spelled, not whose it is or what it is about. These refusals are about
# that, so a well-formed request may meet them.
ABOUT_WHAT_IS_SIGNED = {
    "bad-spelling", "place-mismatch", "bad-signature", "over-asking", "share-code-not-good", "not-as-asked",
    "key-not-ready",
}  # fmt: skip
# `invalid-input` contradicts the schema, except where a member must fit something else: octets the length and hash that
# were announced, a range the blob, a size the log, statements the grant or question of the path, a history its chain,
# what is brought from elsewhere the chain and the log of there.
ABOUT_SOMETHING_ELSE = {
    "length", "hash", "range", "size", "one-grant", "other-grant", "drawers", "exactly-one", "other-action", "other-key",
    "not-current", "ahead", "used", "spelling", "not-listed", "not-with-this-answer", "pieces-missing", "empty",
    "over", "other-question", "other-line", "other-employee", "still-running", "nothing-owed", "nothing-offered",
    "not-as-offered", "too-early", "whole-party", "not-signed", "not-the-next", "not-acknowledged", "statements-first",
    "a-line-is-missing", "not-in-the-log", "without-an-event", "does-not-fit", "no-card",
}  # fmt: skip


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Keeps every failure but these three, where the check cannot know what the contract means."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        told = response.json()
        about = {str(fault["code"]) for fault in told.get("errors", ())}
        slug = str(told.get("type", "")).removeprefix("urn:problem-type:kluisje:")
        return slug not in ABOUT_WHAT_IS_SIGNED and not (about and about <= ABOUT_SOMETHING_ELSE)
    if isinstance(
        failure, UseAfterFree
    ):  # a grant that was handed back is still told of, as ended, and its evidence stays
        return "/grants/" not in case.path or not (
            case.path.endswith("/evidence") or response.json().get("state") == "ended"
        )
    if isinstance(failure, EnsureResourceAvailability):  # a withdrawal by another team: not its question, so 404
        return not case.path.endswith("/withdrawals")
    return True


# -- signed and sealed texts --------------------------------------------------------------------------------------


def _other(value: Any, draw: st.DrawFn) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool) or value is None:
        return draw(st.sampled_from((True, False, None)))
    if isinstance(value, int):
        return draw(st.sampled_from((value + 1, value - 1, 0, -1, value + 86_400, 2**53 - 1)))
    if isinstance(value, str):
        return draw(st.sampled_from((new_id(), "", value + "x", H(value), "urn:oin:" + "0" * 20)))
    if isinstance(value, list):
        return draw(st.sampled_from(([], value + value, value[:1], [None])))
    return {}


@st.composite
def signed(draw: st.DrawFn) -> str:
    """A real statement, question, receipt …; or one with a member changed, and signed again by whose it was."""
    token = draw(st.sampled_from(MATERIAL["jws"]))
    header, claims = peek(token)
    key = MATERIAL["keys"].get(header["kid"])
    if key is None or draw(st.booleans()):
        return str(token)
    name = draw(st.sampled_from(sorted(claims)))
    changed = {**claims, name: _other(claims[name], draw)}
    if draw(st.integers(0, 4)) == 0:
        del changed[name]
    try:
        return sign(changed, header["typ"], key)
    except FormatError:  # no JSON of ours: too large a number
        return str(token)


@st.composite
def sealed(draw: st.DrawFn) -> str:
    """A real sealed thing; or one whose header names another place. Servers read the header and nothing else."""
    token = draw(st.sampled_from(MATERIAL["jwe"]))
    if draw(st.booleans()):
        return str(token)
    head, rest = token.split(".", 1)
    header = json.loads(unb64u(head))
    name = draw(st.sampled_from(sorted(header)))
    header[name] = _other(header[name], draw)
    return f"{b64u(json.dumps(header, separators=(',', ':')).encode())}.{rest}"


def _bsn(start: int) -> str:
    """The first number from here on that passes the eleven test."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    numbers = (f"{number:09}" for number in range(start, start + 100))
    return next(n for n in numbers if sum(int(c) * w for c, w in zip(n, weights, strict=True)) % 11 == 0)


schemathesis.openapi.format("bsn", st.integers(100_000_000, 900_000_000).map(_bsn))
schemathesis.openapi.format("jws", signed())
schemathesis.openapi.format("jwe", sealed())
schemathesis.openapi.format("uuid", st.sampled_from(MATERIAL["ids"]) | st.uuids(version=4).map(str))
schemathesis.openapi.format(
    "date-time",
    st.integers(-2_000_000_000, 7_000_000_000).map(show_moment),
)
