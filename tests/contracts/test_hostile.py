# SPDX-License-Identifier: EUPL-1.2
"""P19: hostile input is refused cheaply, at every operation that takes a body: real HTTP, real server, the owner's own
token. No 5xx, no row, nothing echoed, no call to anywhere, and quickly.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from formats.spelling import b64u, unb64u
from tests.contracts.calling import JSON
from tests.contracts.cases import Case
from tests.contracts.documents import committed
from tests.contracts.hostility import CANARY, nothing_happens, taking
from tests.contracts.sweeping import Row
from tests.contracts.world import World

pytestmark = pytest.mark.promise("P19")


# -- JSON that is none, or not ours ---------------------------------------------------------------------------


def _with(text: str) -> Callable[[bytes], bytes]:
    """The body with one more member, spelled like this."""
    return lambda body: body[:-1] + f',"{CANARY}":{text}}}'.encode("utf-8", "surrogatepass")


BODIES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda body: b"",
    "cut off": lambda body: body[:-1],
    "something behind it": lambda body: body + b" {}",
    "an array": lambda body: b"[" + body + b"]",
    "a text": lambda body: b'"' + CANARY.encode() + b'"',
    "null": lambda body: b"null",
    "20,000 brackets": lambda body: b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "33 levels": lambda body: body[:-1] + b',"a":' + b'{"a":' * 33 + b"1" + b"}" * 33 + b"}",
    "a number of 5,000 digits": _with("9" * 5_000),
    "NaN": _with("NaN"),
    "Infinity": _with("-Infinity"),
    "1e400": _with("1e400"),
    "a lone surrogate": _with('"\\ud800"'),
    "bad utf-8": lambda body: body[:-1] + b',"a":"\xff\xfe"}',
    "overlong utf-8": lambda body: body[:-1] + b',"a":"\xc0\xaf"}',
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "utf-16": lambda body: body.decode().encode("utf-16"),
    "a name twice": lambda body: body[:-1] + b"," + body[1:],
    "a name twice, escaped": lambda body: body[:-1] + b',"' + _escaped(body) + b'":1}',
    "an unknown member": _with('"' + CANARY + '"'),
    "__proto__": lambda body: body[:-1] + b',"__proto__":{"a":1}}',
    "a comment": lambda body: body[:-1] + b"/* */}",
    "a comma too many": lambda body: body[:-1] + b",}",
    "single quotes": lambda body: body.replace(b'"', b"'"),
}


def _escaped(body: bytes) -> bytes:
    name = next(iter(json.loads(body)), "a")
    return b"\\u%04x" % ord(name[0]) + name[1:].encode()


@pytest.mark.parametrize("what", BODIES)
def test_json_that_is_not_ours_is_400(world: World, swept: dict[str, Row], what: str) -> None:
    with nothing_happens(world) as answers:
        for name, case, operation in taking(swept):
            body = BODIES[what](json.dumps(case.call.body or {}).encode())
            if body == json.dumps(case.call.body).encode():
                continue
            answer = world.send(case.owner, case.call.but(body=body))
            small = len(body) <= operation.get("x-most-bytes", len(body))
            assert (answer.status, answer.slug) == ((400, "invalid-input") if small else (413, "too-large")), name
            answers.append(answer)
    assert len(answers) > 25


WRONG: dict[str, tuple[Any, ...]] = {
    "string": (1, 1.0, True, None, [], {}, [CANARY]),
    "integer": ("1", 1.5, True, "", -1, 2**60, 10**40, [], {}, None),
    "boolean": ("true", 1, 0, None),
    "array": ("", {}, 1, [None], [[]]),
    "object": ("", [], 1, {"a": 1}),
}
TEXTS = (
    "",
    " ",
    "\x00",
    "\u202e" + CANARY,
    CANARY + "\u200b",
    "é" * 3_000,
    "../../etc/passwd",
    "' OR 1=1 --",
    "${jndi:a}",
)


def test_a_value_of_another_type_is_400(world: World, swept: dict[str, Row]) -> None:
    """Each member of each body, with each kind of wrong value. `null` only where the contract does not allow it."""
    tried = 0
    with nothing_happens(world) as answers:
        for name, case, operation in taking(swept):
            part = name.split(".")[0]
            schema = operation["requestBody"]["content"][JSON]["schema"]
            for member, kinds in _members(part, schema).items():
                for kind in {"string", "integer", "boolean", "array", "object"} & kinds:
                    for value in WRONG[kind]:
                        if _allowed(value, kinds):
                            continue
                        answer = world.send(case.owner, case.call.but(body=(case.call.body or {}) | {member: value}))
                        assert answer.status == 400, f"{name} {member}={value!r}: {answer}"
                        answers.append(answer)
                        tried += 1
    assert tried > 300
    print(f"P19: {tried} wrong values")


def _members(part: str, schema: Mapping[str, Any]) -> dict[str, set[str]]:
    """member -> the JSON types that it may have."""
    return {name: _types(part, one) for name, one in _resolved(part, schema).get("properties", {}).items()}


def _resolved(part: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = committed(part)["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _types(part: str, schema: Mapping[str, Any]) -> set[str]:
    schema = _resolved(part, schema)
    if "anyOf" in schema:
        return set().union(*(_types(part, one) for one in schema["anyOf"]))
    kind = schema.get("type", "string")
    return set(kind) if isinstance(kind, list) else {kind}


def _allowed(value: Any, kinds: set[str]) -> bool:
    """Whether a value is of one of the kinds after all: what it then means is for other tests."""
    names = {type(None): "null", bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    if type(value) is list and "array" in kinds and value == []:
        return True
    return (
        type(value) in names
        and names[type(value)] in kinds
        and value not in ([None], [[]], {"a": 1}, -1, 2**60, 10**40)
    )


def test_text_that_disguises_is_400(world: World, swept: dict[str, Row]) -> None:
    """In each text member: NUL, controls, a turned direction, nothing at all, very much."""
    with nothing_happens(world) as answers:
        for name, case, operation in taking(swept):
            part = name.split(".")[0]
            schema = operation["requestBody"]["content"][JSON]["schema"]
            for member, described in _resolved(part, schema).get("properties", {}).items():
                for text in TEXTS if "string" in _types(part, described) else ():
                    if _may_be(described, text):
                        continue
                    answer = world.send(case.owner, case.call.but(body=case.call.body | {member: text}))
                    large = len(text) > 1_000 and "x-most-bytes" in operation
                    assert answer.status == 400 or (large and answer.status == 413), (
                        f"{name} {member}={text!r}: {answer}"
                    )
                    answers.append(answer)


def _may_be(described: Mapping[str, Any], text: str) -> bool:
    """Whether the contract allows this text: names of clients and caseworkers, which consent takes from the gateway."""
    kinds = [one for one in described.get("anyOf", [described]) if one.get("type") != "null"]
    return any(
        len(text) <= one.get("maxLength", 10**6)
        and len(text) >= one.get("minLength", 0)
        and one.get("format") not in ("jws", "jwe", "date", "date-time")
        and re.search(one.get("pattern", ""), text) is not None
        and "enum" not in one
        for one in kinds
    )


def test_a_note_that_disguises_is_400(world: World, swept: dict[str, Row]) -> None:
    """The one free text of a person to an organisation."""
    case = swept["consent.answerConsentRequest"].case
    with nothing_happens(world) as answers:
        for note in (
            "\x00",
            "a\x1b[31mb",
            "\u202eabc",
            "a\u200bb",
            "\u2066a\u2069",
            "a\ufeff",
            "a\xadb",
            "",
            "n" * 281,
            "a\nb",
        ):
            offer = {"items": [], "talkFirst": True, "note": note}
            answer = world.send(case.owner, case.call.but(body={"answer": "offer", "offer": offer}))
            assert (answer.status, answer.slug) == (400, "invalid-input"), f"{note!r}: {answer}"
            answers.append(answer)


# -- signed and sealed things ---------------------------------------------------------------------------------


def _other_header(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[str], str]:
    def made(token: str) -> str:
        head, _, rest = token.partition(".")
        return b64u(json.dumps(change(json.loads(unb64u(head)))).encode()) + "." + rest

    return made


LISTENING = {"url": ""}
TOKENS: dict[str, Callable[[str], str]] = {
    "a space in front": lambda token: " " + token,
    "a line end behind": lambda token: token + "\n",
    "padding": lambda token: token.replace(".", "=.", 1),
    "not canonical": lambda token: token[:-1] + _next(token[-1]),
    "standard base64": lambda token: token.replace("-", "+").replace("_", "/") + "+",
    "a part too many": lambda token: token + ".AAAA",
    "a part too few": lambda token: token.rpartition(".")[0],
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "crit": _other_header(lambda head: head | {"crit": ["exp"]}),
    "zip": _other_header(lambda head: head | {"zip": "DEF"}),
    "jku": _other_header(lambda head: head | {"jku": LISTENING["url"]}),
    "x5u": _other_header(lambda head: head | {"x5u": LISTENING["url"]}),
    "jwk": _other_header(lambda head: head | {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
    "p2c": _other_header(lambda head: head | {"alg": "PBES2-HS256+A128KW", "p2c": 2**31, "p2s": "AAAA"}),
    "none": _other_header(lambda head: head | {"alg": "none"}),
    "HS256": _other_header(lambda head: head | {"alg": "HS256"}),
    "dir": _other_header(lambda head: head | {"alg": "dir"}),
    "a kid of another kind": _other_header(lambda head: head | {"kid": ["../../x"]}),
    "a long header": _other_header(lambda head: head | {"x": "a" * 10_000}),
    "only dots": lambda token: "....",
    "not ours at all": lambda token: CANARY * 5,
}


def _next(last: str) -> str:
    """A last character with the same meaning but other unused bits, or another one."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[(alphabet.index(last) + 1) % 64]


def tokens_of(swept: Mapping[str, Row]) -> Iterator[tuple[str, Case, str]]:
    """(operation, call, member) of each signed or sealed text at the top of a body."""
    for name, case, _ in taking(swept):
        for member, value in (case.call.body or {}).items():
            if isinstance(value, str) and value.count(".") in (2, 4):
                yield name, case, member


@contextmanager
def listener() -> Iterator[list[Any]]:
    """Somebody whom no server should call: what came in."""
    came: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        LISTENING["url"] = f"http://127.0.0.1:{server.getsockname()[1]}/jwks.json"
        yield came
        try:
            while True:
                came.append(server.accept())
        except TimeoutError:
            pass


def test_a_token_that_is_not_ours_is_400_and_calls_nobody(world: World, swept: dict[str, Row]) -> None:
    with listener() as came, nothing_happens(world) as answers:
        for name, case, member in tokens_of(swept):
            for what, change in TOKENS.items():
                hostile = change(case.call.body[member])
                if hostile == case.call.body[member]:
                    continue
                answer = world.send(case.owner, case.call.but(body=case.call.body | {member: hostile}))
                assert answer.status == 400, f"{name} {member} {what}: {answer}"
                answers.append(answer)
    assert came == []
    assert len(answers) > 300
    print(f"P19: {len(answers)} hostile tokens")


def test_an_access_token_that_is_not_ours_is_401(world: World, swept: dict[str, Row]) -> None:
    with listener() as came, nothing_happens(world) as answers:
        for name in ("vault.getVault", "consent.getVault", "gateway.listGrants", "vault.handOutRecords"):
            case = swept[name].case
            good = dict(case.owner.headers(case.call.method, world.origin + case.call.address))
            for what, change in list(TOKENS.items())[1:]:  # HTTP takes white space off a header by itself
                for header in good:
                    scheme, _, token = good[header].rpartition(" ")
                    hostile = change(token).replace("\n", "")
                    if hostile == token:
                        continue
                    value = f"{scheme} {hostile}".strip() if scheme else hostile
                    headers = [(k, value if k == header else v) for k, v in good.items()]
                    answer = world.line.send(case.owner, case.call, headers=headers)
                    assert answer.status in (400, 401), f"{name} {header} {what}: {answer}"
                    answers.append(answer)
    assert came == []
