# SPDX-License-Identifier: EUPL-1.2
"""What is asked of a neighbour at the same time goes as one and is answered one by one (docs/decisions/0020)."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
import uvicorn
from fastapi import APIRouter
from starlette.types import Receive, Scope, Send

from chassis.answers import Whole, members_answer
from chassis.application import build
from chassis.callers import Part, token_of
from chassis.calls import TRACE, Reply
from chassis.clock import Clock
from chassis.contract import hot
from chassis.crowd import MOST, replies, takes_calls
from chassis.outside import Outside
from chassis.problems import Problem
from chassis.wire import Wire
from formats.jose import new_signing_key
from tests.gateway.office import free_port

SERVICE = {"security": [{"service": []}]}
PATH = "/numbers/v1/numbers"


class Number(Wire):
    number: int


class Numbers:
    """A part that gives even numbers back with the trace they came with, refuses odd ones, and lets 100 wait."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.waits = asyncio.Event()
        router = APIRouter()
        takes_calls(router)
        hot(router, "POST", "/numbers", self.give, takes=Number, gives=Number, operation_id="n", openapi_extra=SERVICE)
        self._app = build(
            "numbers", version="1.0.0", title="Numbers", description="Getallen.\n\nNumbers.", router=router,
            identify=self.identify, security=None, problems={}, origin="https://numbers.test", portal_origin=None,
            hosts=(), start=self.nothing, stop=self.nothing, ready=self.always, state={},
        )  # fmt: skip

    async def identify(self, scope: Scope, _scheme: str) -> Part:
        inside = scope.get("kluisje.peer")
        return Part(str(inside)) if inside is not None else Part("gateway" if token_of(scope, b"Bearer")[0] else "")

    async def give(self, scope: Scope) -> Whole:
        assert scope["kluisje.caller"] == Part("gateway")
        number = Number.model_validate(scope["kluisje.json"]).number
        if number == 100:
            await self.waits.wait()
        if number % 2:
            raise Problem("not-allowed", f"{number} is odd.", headers={"Retry-After": str(number)})
        trace = TRACE.get()
        return members_answer({"number": number, "trace": None if trace is None else trace.decode()})

    async def nothing(self) -> None:
        """It keeps nothing."""

    async def always(self) -> bool:
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        scope["headers"] = [(k, b"numbers.test" if k == b"host" else v) for k, v in scope["headers"]]
        await self._app(scope, receive, send)


@pytest.fixture
async def numbers() -> AsyncIterator[tuple[Numbers, Outside]]:
    """The part, and the way there over a network."""
    part, port = Numbers(), free_port()
    server = uvicorn.Server(uvicorn.Config(part, port=port, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    peer = Outside(
        base=f"http://127.0.0.1:{port}", caller="gateway", audience="x", key=new_signing_key(), clock=Clock()
    )
    yield part, peer
    await peer.close()
    server.should_exit = True
    await serving


async def ask(peer: Outside, number: int) -> Reply:
    TRACE.set(b"%055d" % number if number % 3 == 0 else None)
    return await peer.ask(PATH, {"number": number})


@pytest.mark.promise("P36")
async def test_each_has_its_own_answer(numbers: tuple[Numbers, Outside]) -> None:
    part, peer = numbers
    answers = await asyncio.gather(*(ask(peer, number) for number in range(40)))
    for number, answer in enumerate(answers):
        if number % 2:
            assert (answer.status, answer.json()["detail"]) == (403, f"{number} is odd.")
            assert answer.headers["retry-after"] == str(number)
        else:
            trace = f"{number:055d}" if number % 3 == 0 else None
            assert (answer.status, answer.json()) == (200, {"number": number, "trace": trace})
    assert part.paths == ["/numbers/v1/calls"] * -(-40 // MOST), "as many as go together went together"
    assert (await ask(peer, 2)).json()["number"] == 2
    assert part.paths[-1] == PATH, "one alone goes as it is"


async def test_who_waits_behind_a_slow_one_goes_without_it(numbers: tuple[Numbers, Outside]) -> None:
    part, peer = numbers
    slow = asyncio.create_task(ask(peer, 100))
    await asyncio.sleep(0.01)
    assert [one.status for one in await asyncio.gather(ask(peer, 2), ask(peer, 4))] == [200, 200]
    assert not slow.done()
    part.waits.set()
    assert (await slow).status == 200


async def test_only_what_may_go_together_does(numbers: tuple[Numbers, Outside]) -> None:
    _, peer = numbers
    for body in (b"{}", b'{"calls":[]}', orjson.dumps({"calls": [{"path": PATH, "members": {}}] * (MOST + 1)})):
        assert (await peer.call("POST", "/numbers/v1/calls", body)).status == 400
    asked = [
        {"path": "/numbers/v1/calls", "members": {"calls": []}},
        {"path": "/numbers/v1/nothing", "members": {}},
        {"path": PATH, "members": {"number": "1"}, "trace": "\u20ac" * 55},
    ]
    answer = await peer.call("POST", "/numbers/v1/calls", orjson.dumps({"calls": asked}))
    assert [one.status for one in replies(answer, 3)] == [404, 404, 400]


HEAD = b"[[200,{},2],[200,{},2]]\n"


@pytest.mark.promise("P25")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, HEAD + b"{}"),
        (200, HEAD + b"{}{}{}"),
        (200, b"[[200,{},2]]\n{}"),
        (200, b""),
        (200, b"x\n"),
        (400, b"{}"),
        (500, b""),
    ],
)
def test_an_answer_that_does_not_add_up_is_nobodys(status: int, body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        replies(Reply(status, {}, body), 2)
    assert caught.value.slug == "unavailable"
