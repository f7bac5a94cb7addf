# SPDX-License-Identifier: EUPL-1.2
"""A part in two processes, as far as it can tell: two applications over one database that share nothing else, and every
call goes to the other one than the call before.

With KLUISJE_TEST_PROCESSES=two, which needs PostgreSQL, the tests of each part run so (`make nightly`). A test that looks
inside, at what a process keeps for itself, sees the first; one that is about that is marked `one_process`. The journeys
run with real processes behind a balancer (tests/postgresql/doubling.py).
"""

import os
from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.answers import Whole
from chassis.application import Application
from chassis.calls import Beside
from gateway.settings import DEMO_PATH

TWO = os.environ.get("KLUISJE_TEST_PROCESSES") == "two"


class Twofold(Beside):
    """Two applications, by turns. What else is asked of it is the first one's."""

    def __init__(self, one: Application, other: Application) -> None:
        self._both, self._turns = (one, other), cycle((one, other))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await next(self._turns)(scope, receive, send)

    async def within(self, peer: str, path: str, members: Mapping[str, Any]) -> Whole | None:
        """As Application.within."""
        return await next(self._turns).within(peer, path, members)

    async def start(self) -> None:
        """Starts both."""
        for one in self._both:
            await one.start()

    async def stop(self) -> None:
        """Stops both."""
        for one in self._both:
            await one.stop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._both[0], name)


def twofold(build: Callable[[], Application]) -> Application:
    """What `build` makes, or two of it where the tests run with two processes of each part."""
    return cast(Application, Twofold(build(), build())) if TWO else build()


def each(application: Application) -> tuple[Application, ...]:
    """The applications that it is."""
    return application._both if isinstance(application, Twofold) else (application,)


def by_turns(*bare: ASGIApp) -> ASGIApp:
    """Bare applications, by turns. Who signs people in for a demo is elsewhere, and one: the first."""
    turns = cycle(bare)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        one = bare[0] if scope["path"].startswith(DEMO_PATH) else next(turns)
        await one(scope, receive, send)

    return call
