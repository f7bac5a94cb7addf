# SPDX-License-Identifier: EUPL-1.2
"""Calling: a fresh proof for each request, and a no as an exception that says why. Over a real server on this
machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from chassis.problems import At, Problem, unavailable
from formats.dpop import ProofSeen, check_proof
from formats.jose import new_signing_key
from formats.spelling import H
from kluisje.http import DPoP, Http, Refused, Unavailable
from tests.gateway.office import listening
from tests.kluisje.world import NOW
from tests.ports import free_port

PROBLEMS = {
    "not-found": lambda: Problem("not-found", "There is nothing here for you."),
    "grant-ended": lambda: Problem("grant-ended", "The grant has ended."),
    "too-many": lambda: Problem("too-many", "Wait.", headers={"Retry-After": "60"}),
    "invalid-input": lambda: Problem("invalid-input", "Send it right.", [At("body", "/x", "missing")]),
    "unavailable": unavailable,
}


@dataclass
class Seen:
    """What the server saw: proofs that checked, and cookies."""

    origin: str
    proofs: list[ProofSeen] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    lengths: list[str] = field(default_factory=list)


@asynccontextmanager
async def served() -> AsyncIterator[Seen]:
    port = free_port()
    seen = Seen(f"http://127.0.0.1:{port}")

    async def proven(request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("DPoP ") if "authorization" in request.headers else None
        ath = None if token is None else H(token)
        proof = request.headers["dpop"]
        url = str(request.url)
        seen.proofs.append(check_proof(proof, method=request.method, url=url, now=NOW, ath=ath, jkt=None))
        seen.lengths.append(request.headers.get("content-length", ""))
        seen.cookies.append(request.headers.get("cookie", ""))
        return JSONResponse({"token": token}, headers={"Set-Cookie": "mark=1"})

    async def problem(request: Request) -> Response:
        found = PROBLEMS[request.path_params["slug"]]()
        headers = {"content-type": "application/problem+json", **found.headers}
        return Response(found.body(), found.status, headers)

    async def oauth(request: Request) -> Response:
        return JSONResponse({"error": "invalid_grant", "error_description": "Sign in again."}, 400)

    async def octets(request: Request) -> Response:
        return StreamingResponse((bytes([k]) * 1000 for k in range(5)), media_type="application/octet-stream")

    async def away(request: Request) -> Response:
        return RedirectResponse("/elsewhere", 303, headers={"Set-Cookie": "session=2"})

    async def text(request: Request) -> Response:
        return Response("no object", media_type="application/json")

    routes = [
        Route("/proven", proven, methods=["GET", "POST"]),
        Route("/problem/{slug}", problem),
        Route("/oauth", oauth),
        Route("/octets", octets),
        Route("/away", away),
        Route("/text", text),
    ]
    async with listening(Starlette(routes=routes), port):
        yield seen


async def test_each_request_has_a_proof_of_its_own() -> None:
    key = new_signing_key()
    async with served() as seen, Http(clock=lambda: NOW) as http:
        auth = DPoP(key, "a-token", clock=http.clock)
        assert (await http.call("GET", seen.origin + "/proven?page=1", auth=auth)).json() == {"token": "a-token"}
        await http.call("POST", seen.origin + "/proven", auth=auth, json={"x": 1})
    assert len({proof.jti for proof in seen.proofs}) == 2
    assert {proof.jkt for proof in seen.proofs} == {key["kid"]}


async def test_a_token_may_be_fetched_for_each_request() -> None:
    tokens = iter(("one", "two"))

    async def fetch() -> str:
        return next(tokens)

    async with served() as seen, Http(clock=lambda: NOW) as http:
        auth = DPoP(new_signing_key(), fetch, clock=http.clock)
        told = [(await http.call("GET", seen.origin + "/proven", auth=auth)).json()["token"] for _ in range(2)]
    assert told == ["one", "two"]


async def test_a_proof_alone_and_a_plain_client() -> None:
    async with served() as seen, httpx2.AsyncClient(trust_env=False) as plain:
        answer = await plain.get(seen.origin + "/proven", auth=DPoP(new_signing_key(), clock=lambda: NOW))
    assert answer.json() == {"token": None}
    with pytest.raises(TypeError):
        httpx2.Client(trust_env=False).get(seen.origin, auth=DPoP(new_signing_key(), _never))


async def _never() -> str:
    raise AssertionError


@pytest.mark.parametrize("slug", ["not-found", "grant-ended", "too-many", "invalid-input"])
async def test_a_no_says_why(slug: str) -> None:
    async with served() as seen, Http() as http:
        with pytest.raises(Refused, match=slug) as no:
            await http.call("GET", f"{seen.origin}/problem/{slug}")
    assert no.value.slug == slug
    assert no.value.retry_after == (60 if slug == "too-many" else None)
    assert [one["at"] for one in no.value.errors] == (["/x"] if slug == "invalid-input" else [])


async def test_an_oauth_no_is_a_no_too() -> None:
    async with served() as seen, Http() as http:
        with pytest.raises(Refused, match="invalid_grant: Sign in again") as no:
            await http.call("GET", seen.origin + "/oauth")
    assert no.value.status == 400


async def test_not_now_is_no_no() -> None:
    async with served() as seen, Http() as http:
        with pytest.raises(Unavailable) as away:
            await http.call("GET", seen.origin + "/problem/unavailable")
        assert away.value.retry_after == 2
        with pytest.raises(Unavailable):
            (await http.call("GET", seen.origin + "/text")).json()
    async with Http() as http:
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
            await http.call("GET", seen.origin + "/proven")
        with pytest.raises(Unavailable):
            async with http.stream("GET", seen.origin + "/octets"):
                pass


async def test_octets_come_in_pieces_and_a_refusal_before_the_first() -> None:
    async with served() as seen, Http() as http:
        async with http.stream("GET", seen.origin + "/octets") as (answer, pieces):
            assert answer.status == 200
            assert sum([len(piece) async for piece in pieces]) == 5000
        with pytest.raises(Refused, match="grant-ended"):
            async with http.stream("GET", seen.origin + "/problem/grant-ended"):
                pass


async def test_a_long_body_tells_how_far_it_is() -> None:
    steps: list[int] = []
    async with served() as seen, Http(clock=lambda: NOW) as http:
        auth = DPoP(new_signing_key(), clock=http.clock)
        content = bytes(200_000)
        await http.call("POST", seen.origin + "/proven", auth=auth, content=content, sent=steps.append)
    assert (len(steps), sum(steps)) == (4, 200_000)
    assert seen.lengths[-1] == "200000"  # announced beforehand: nothing is sent in chunks of unknown number


async def test_no_cookie_makes_calls_recognisable() -> None:
    async with served() as seen, Http(clock=lambda: NOW) as http:
        auth = DPoP(new_signing_key(), clock=http.clock)
        for _ in range(2):
            await http.call("GET", seen.origin + "/proven", auth=auth)
    assert seen.cookies == ["", ""]


async def test_a_page_tells_its_redirect_and_follows_none() -> None:
    async with served() as seen, Http() as http:
        page = await http.page("GET", seen.origin + "/away")
    assert (page.status, page.location) == (303, seen.origin + "/elsewhere")
