# SPDX-License-Identifier: EUPL-1.2
"""P19, the wire itself: lengths, headers, slow bodies, logins that stand twice, what a proxy might say. Straight onto
the socket, since uvicorn lets more of this through than a client would send.
"""

import gzip
import json
import socket
import threading
import time

import pytest

from formats.jose import peek
from formats.spelling import H, new_id
from tests.contracts.calling import NOBODY, OCTETS, Answer, Call
from tests.contracts.cases import Case
from tests.contracts.hostility import nothing_happens, taking
from tests.contracts.sweeping import Row
from tests.contracts.world import World

pytestmark = pytest.mark.promise("P19")


def raw(world: World, *pieces: bytes, pause: float = 0.0, wait: float = 15.0) -> bytes:
    """Bytes straight onto the wire, and all that comes back until the server closes or says a whole head."""
    host, port = world.origin[7:].split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as line:
        try:
            for piece in pieces:
                line.sendall(piece)
                time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            pass
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                more = line.recv(65_536)
                if not more:
                    break
                got += more
        except (ConnectionResetError, TimeoutError):
            pass
        return got


def head(world: World, call: Call, case: Case, *further: str) -> bytes:
    """The head of a request, as bytes."""
    given = [f"{call.method} {call.target} HTTP/1.1", f"Host: {world.origin[7:]}", f"Content-Type: {call.kind}"]
    given += [f"{k}: {v}" for k, v in case.owner.headers(call.method, world.origin + call.address).items()]
    return "\r\n".join([*given, *further, "", ""]).encode()


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer[9:12])


def test_two_lengths_are_400(world: World, swept: dict[str, Row]) -> None:
    for name, case, _ in taking(swept):
        body = json.dumps(case.call.body or {}).encode()
        for further in (
            (f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"),
            (f"Content-Length: {len(body)}", f"Content-Length: {len(body) + 1}"),
            ("Content-Length: -1",),
            ("Content-Length: +5",),
            ("Content-Length: 0x10",),
        ):
            got = raw(world, head(world, case.call, case, *further), body, wait=3.0)
            assert status(got) == 400, f"{name} {further}: {got[:200]!r}"


def test_a_body_that_never_ends_is_413(world: World, swept: dict[str, Row]) -> None:
    """Chunks without a length: counted as they come, and cut off."""
    with nothing_happens(world) as answers:
        for _, case, operation in list(taking(swept))[::4]:
            most = operation.get("x-most-bytes", 65_536)
            chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
            pieces = [head(world, case.call, case, "Transfer-Encoding: chunked"), *[chunk] * (most // 65_536 + 3)]
            began = time.monotonic()
            got = raw(world, *pieces)
            answers.append(Answer(status(got), (), got, time.monotonic() - began))
    assert {a.status for a in answers} == {413}


def test_one_byte_a_second_is_408(world: World, swept: dict[str, Row]) -> None:
    """One operation of each component at once; ten seconds are enough for anybody."""
    found: dict[str, bytes] = {}
    place = f"/vaults/{world.noor.vlt}/drawers/{world.drawer}/records/{new_id()}/attachments/{new_id()}"
    announcing = Call("vault", "PUT", place, {"length": 100, "hash": H("piece")})
    world.must(world.person(world.noor, "vault"), announcing)
    piece = Call("vault", "PUT", f"{place}/pieces/0", b" ", kind=OCTETS)
    cases = {
        name: swept[name].case for name in ("vault.takeStatement", "consent.enterStatements", "gateway.askConsent")
    }
    cases["vault.putPiece"] = Case("vault.putPiece", piece, lambda: world.person(world.noor, "vault"))

    heads = {name: head(world, case.call, case, "Content-Length: 100") for name, case in cases.items()}

    def drip(name: str) -> None:
        found[name] = raw(world, heads[name], *[b" "] * 12, pause=1.0)

    threads = [threading.Thread(target=drip, args=(name,)) for name in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: status(got) for name, got in found.items()} == dict.fromkeys(cases, 408)


HEADERS: dict[str, tuple[tuple[tuple[str, str], ...], int]] = {
    "17 KiB of headers": ((("X-Long", "a" * 17_000),), 431),
    "a thousand headers": (tuple((f"X-{n}", "a" * 20) for n in range(1_000)), 431),
    "gzip": ((("Content-Encoding", "gzip"),), 415),
    "two types": ((("Content-Type", "application/json"), ("Content-Type", "text/plain")), 400),
    "a foreign host": ((("Host", "elsewhere.example"),), 400),
    "no host": ((("Host", ""),), 400),
    "two hosts": ((("Host", "a"), ("Host", "b")), 400),
}


@pytest.mark.parametrize("what", HEADERS)
def test_hostile_headers(world: World, swept: dict[str, Row], what: str) -> None:
    headers, expected = HEADERS[what]
    with nothing_happens(world) as answers:
        for name, case, _ in taking(swept):
            call = case.call.but(body=gzip.compress(b"{}")) if what == "gzip" else case.call.but(body={})
            answer = world.line.send(case.owner, call, headers=headers)
            assert answer.status == expected, f"{name}: {answer}"
            answers.append(answer)


def test_two_logins_are_none(world: World, swept: dict[str, Row]) -> None:
    with nothing_happens(world) as answers:
        for name, case, _ in taking(swept):
            good = list(case.owner.headers(case.call.method, world.origin + case.call.address).items())
            for twice in good:
                answer = world.line.send(case.owner, case.call.but(body={}), headers=[*good, twice])
                assert answer.status in (400, 401), f"{name}: {answer}"
                answers.append(answer)
            token = case.owner.token
            for query in ({"access_token": token}, {"token": token}):
                answer = world.line.send(case.owner, case.call.but(query=query, body={}))
                assert answer.status == 400, f"{name}: {answer}"
                assert not token or token.encode() not in answer.body
                answers.append(answer)


def test_what_a_proxy_may_say_has_no_effect(world: World, swept: dict[str, Row]) -> None:
    """Method overrides and forwarded headers are headers like any other: nobody reads them."""
    said = (
        ("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "DELETE"), ("X-HTTP-Method", "DELETE"),
        ("X-Forwarded-Host", "elsewhere.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "10.0.0.1"),
        ("Forwarded", "host=elsewhere.example;proto=https"), ("X-Original-URL", "/vault/v1/vaults"),
        ("X-Rewrite-URL", "/vault/v1/vaults"), ("X-Real-IP", "127.0.0.1"), ("X-Kluisje-Peer", "gateway"),
    )  # fmt: skip
    for name, row in swept.items():
        if row.case.call.method == "GET" and "read" not in name:
            plain = world.send(row.case.owner, row.case.call)
            told = world.line.send(row.case.owner, row.case.call, headers=said)
            assert (told.status, [n for n, _ in told.headers]) == (plain.status, [n for n, _ in plain.headers]), name
    nobody = swept["vault.getVault"].case.call
    assert world.line.send(NOBODY, nobody, headers=said).status == 401


def test_a_request_that_is_no_http_is_400(world: World) -> None:
    for line in (
        b"STOP / HTTP/1.1\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ):
        got = raw(world, line, wait=3.0)
        assert got == b"" or status(got) == 400, got
        assert b"Server:" not in got
        assert b"server:" not in got.lower()


def test_the_town_still_stands(world: World) -> None:
    """After all of it: everybody is served."""
    assert (
        world.send(world.person(world.noor, "vault"), Call("vault", "GET", f"/vaults/{world.noor.vlt}")).status == 200
    )
    header, _ = peek(world.person(world.noor, "vault").token)
    assert header["alg"] == "ES256"


SPELLED = ("0", "101", "-1", "+5", "05", "5.0", "1e1", "1_0", "%205", "5%20", "%D9%A3", "0x5", "true", "", "5%00")


@pytest.mark.parametrize(
    "name", ["vault.listDrawers", "consent.listGrants", "consent.listOrganisations", "gateway.listGrants"]
)
def test_a_number_in_the_query_has_one_spelling(world: World, swept: dict[str, Row], name: str) -> None:
    case = swept[name].case
    assert world.send(case.owner, case.call.but(query={"pageSize": "5"})).status == 200
    for spelled in SPELLED:
        answer = world.send(case.owner, case.call.but(query={"pageSize": spelled}))
        assert answer.status == 400, f"pageSize={spelled}: {answer}"


@pytest.mark.parametrize("cursor", ["", "AAAA", "e30", "W10", "WyJ4IixbMV1d", "%00", "..", "WzEsMl0"])
def test_a_cursor_that_is_not_ours_is_400(world: World, swept: dict[str, Row], cursor: str) -> None:
    for name in (
        "vault.listDrawers",
        "vault.listHeads",
        "consent.listGrants",
        "consent.listLines",
        "gateway.listGrants",
    ):
        case = swept[name].case
        answer = world.send(case.owner, case.call.but(query={"pageCursor": cursor}))
        assert answer.status == 400, f"{name} pageCursor={cursor}: {answer}"
