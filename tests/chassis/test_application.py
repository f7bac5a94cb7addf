# SPDX-License-Identifier: EUPL-1.2
"""The door: what every API answers before a route runs, and what never leaves (standards.md, reliability.md P19)."""

import pytest

from chassis import bodies
from tests.chassis.doors import notes, send

NOTE = b'{"noteId":"3b241101-e2bb-4255-8caf-4136c566a962","writtenAt":"2026-11-21T10:00:00+01:00","stars":3}'
ONE = "/notes/v1/notes/3b241101-e2bb-4255-8caf-4136c566a962"
SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "api-version": "1.2.3",
}


async def test_a_good_note_comes_back_in_utc() -> None:
    answer = await send(notes(), "POST", "/notes/v1/notes", NOTE)
    assert answer.status == 201
    assert answer.json()["writtenAt"] == "2026-11-21T09:00:00Z"


REFUSED_BODIES = {
    "no json": (b"{", 400),
    "array": (b"[]", 400),
    "twice the same name": (NOTE[:-1] + b',"stars":4}', 400),
    "the same name, escaped": (NOTE[:-1] + b',"\\u0073tars":4}', 400),
    "not a number": (NOTE.replace(b":3}", b":NaN}"), 400),
    "a fraction": (NOTE.replace(b":3}", b":3.0}"), 400),
    "a text for a number": (NOTE.replace(b":3}", b':"3"}'), 400),
    "true for a number": (NOTE.replace(b":3}", b":true}"), 400),
    "5,000 digits": (NOTE.replace(b":3}", b":" + b"9" * 5000 + b"}"), 400),
    "1e400": (NOTE.replace(b":3}", b":1e400}"), 400),
    "a lone surrogate": (NOTE.replace(b":3}", b':3,"x":"\\ud800"}'), 400),
    "bad utf-8": (NOTE.replace(b":3}", b':3,"x":"\xff"}'), 400),
    "utf-16": (NOTE.decode().encode("utf-16"), 400),
    "very deep": (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
    "unknown member": (NOTE[:-1] + b',"unknown":1}', 400),
    "a naive time": (NOTE.replace(b"+01:00", b""), 400),
    "a number for a time": (NOTE.replace(b'"2026-11-21T10:00:00+01:00"', b"0"), 400),
    "year 7": (NOTE.replace(b"2026-", b"0007-"), 400),
    "an id in capitals": (NOTE.replace(b"3b241101", b"3B241101"), 400),
    "zero for a day": (NOTE[:-1] + b',"birthDate":0}', 400),
    "zero as text for a day": (NOTE[:-1] + b',"birthDate":"0"}', 400),
    "over the cap": (NOTE + b" " * 70_000, 413),
}


@pytest.mark.promise("P19")
@pytest.mark.parametrize("what", REFUSED_BODIES)
async def test_bad_bodies(what: str) -> None:
    body, status = REFUSED_BODIES[what]
    answer = await send(notes(), "POST", "/notes/v1/notes", body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(answer.json())


async def test_two_faults_are_told_together_and_never_echoed() -> None:
    body = b'{"noteId":"zeker-geheim","writtenAt":"ook-geheim","stars":3}'
    answer = await send(notes(), "POST", "/notes/v1/notes", body)
    assert {fault["at"] for fault in answer.json()["errors"]} == {"/noteId", "/writtenAt"}
    assert b"geheim" not in answer.body


HEADERS = {
    "gzip": ([("content-encoding", "gzip")], 415),
    "a form": ([("content-type", "application/x-www-form-urlencoded")], 415),
    "two authorizations": ([("authorization", "DPoP good"), ("authorization", "DPoP good")], 400),
    "a foreign host": ([("host", "elsewhere.test")], 400),
    "two lengths": ([("content-length", "3"), ("content-length", "4")], 400),
    "length and chunks": ([("content-length", "3"), ("transfer-encoding", "chunked")], 400),
    "17 KiB of headers": ([("x-long", "a" * 17_000)], 431),
    "only html": ([("accept", "text/html")], 406),
}


@pytest.mark.promise("P19")
@pytest.mark.parametrize("what", HEADERS)
async def test_bad_headers(what: str) -> None:
    headers, status = HEADERS[what]
    answer = await send(notes(), "POST", "/notes/v1/notes", NOTE, headers=headers)
    assert answer.status == status


PATHS = {
    "no such path": ("GET", "/notes/v1/nothing", "", 404),
    "a slash at the end": ("GET", "/notes/v1/notes/", "", 404),
    "an id in capitals": ("GET", ONE.upper().replace("/NOTES/V1/NOTES", "/notes/v1/notes"), "", 400),
    "an unknown query key": ("GET", "/notes/v1/notes", "size=1", 400),
    "a single key twice": ("GET", "/notes/v1/notes", "pageSize=1&pageSize=2", 400),
    "a page too large": ("GET", "/notes/v1/notes", "pageSize=101", 400),
    "a long address": ("GET", "/notes/v1/notes", "pageSize=" + "1" * 3000, 400),
    "a method that is not there": ("PATCH", "/notes/v1/notes", "", 405),
    "trace": ("TRACE", "/notes/v1/notes", "", 405),
    "another component": ("GET", "/vault/v1/notes", "", 404),
}


@pytest.mark.parametrize("what", PATHS)
async def test_bad_addresses(what: str) -> None:
    method, path, query, status = PATHS[what]
    assert (await send(notes(), method, path, query=query)).status == status


async def test_nobody_gets_in_by_forgetting() -> None:
    """An operation is closed unless its contract says that it is public."""
    app = notes()
    assert (await send(app, "POST", "/notes/v1/notes", NOTE, signed_in=False)).status == 401
    assert (await send(app, "GET", "/notes/v1/notes", signed_in=False)).status == 401
    assert (await send(app, "DELETE", ONE, signed_in=False)).status == 401
    assert (await send(app, "GET", ONE, signed_in=False)).status == 403
    challenge = (await send(app, "GET", "/notes/v1/notes", signed_in=False)).headers["www-authenticate"]
    assert 'error="invalid_token"' in challenge


async def test_security_headers_stand_on_every_answer() -> None:
    app = notes()
    answers = [
        await send(app, "GET", "/notes/v1/notes"),
        await send(app, "OPTIONS", "/notes/v1/notes"),
        await send(app, "POST", "/notes/v1/notes", b"{"),
        await send(app, "GET", "/notes/v1/notes", signed_in=False),
        await send(app, "GET", "/notes/v1/nothing"),
        await send(app, "PATCH", "/notes/v1/notes"),
        await send(app, "POST", "/notes/v1/notes", NOTE + b" " * 70_000),
        await send(app, "DELETE", ONE),
    ]
    assert [a.status for a in answers] == [200, 204, 400, 401, 404, 405, 413, 500]
    for answer in answers:
        assert answer.headers.items() >= SECURITY.items()


async def test_our_own_fault_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    answer = await send(notes(), "DELETE", ONE)
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "a secret text" not in "".join(capfd.readouterr())


async def test_head_and_options_and_allow() -> None:
    app = notes()
    got, head = await send(app, "GET", "/notes/v1/notes"), await send(app, "HEAD", "/notes/v1/notes")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await send(app, "OPTIONS", ONE)).headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert (await send(app, "POST", ONE, NOTE)).headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


async def test_cors_is_for_the_portal_only_but_the_contract_is_for_all() -> None:
    app = notes()
    portal = await send(app, "GET", "/notes/v1/notes", headers={"origin": "https://portal.test"})
    other = await send(app, "GET", "/notes/v1/notes", headers={"origin": "https://other.test"})
    contract = await send(
        app, "GET", "/notes/v1/openapi.json", headers={"origin": "https://other.test"}, signed_in=False
    )
    assert portal.headers["access-control-allow-origin"] == "https://portal.test"
    assert "access-control-allow-origin" not in other.headers
    assert contract.headers["access-control-allow-origin"] == "*"
    assert contract.json() == app.document


async def test_a_hot_route_has_the_same_door() -> None:
    app = notes()
    path = "/notes/v1/drawers/3b241101-e2bb-4255-8caf-4136c566a962/looks"
    assert (await send(app, "POST", path, NOTE)).json()["next"] == "3b241101-e2bb-4255-8caf-4136c566a962"
    assert (await send(app, "POST", path, NOTE, signed_in=False)).status == 401
    assert (await send(app, "POST", path, b"[]")).status == 400
    assert "requestBody" in app.document["paths"]["/drawers/{drawer_id}/looks"]["post"]


async def test_a_body_that_dribbles_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    pieces = [NOTE[i : i + 1] for i in range(len(NOTE))]
    answer = await send(notes(), "POST", "/notes/v1/notes", NOTE, pieces=pieces, pause=0.01)
    assert answer.status == 408


async def test_a_body_without_a_length_is_counted() -> None:
    pieces = [NOTE] + [b" " * 10_000] * 10
    assert (await send(notes(), "POST", "/notes/v1/notes", NOTE, pieces=pieces)).status == 413


def test_the_document_follows_the_rules() -> None:
    document = notes().document
    assert document["openapi"].startswith("3.1")
    text = str(document)
    assert "422" not in text
    assert "HTTPValidationError" not in text
    for verbs in document["paths"].values():
        for operation in verbs.values():
            for response in operation["responses"].values():
                named = str(response.get("$ref", "")).removeprefix("#/components/responses/")
                told = document["components"]["responses"][named] if named else response
                assert "API-Version" in told["headers"]
