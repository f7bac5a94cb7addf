# SPDX-License-Identifier: EUPL-1.2
"""A crowd that reads without end: it shares batches, and is not halved for good by a moment's delay."""

import asyncio
import threading

import pytest

from chassis.clock import Clock
from chassis.sqlite import Sqlite
from consent.batch import Batch
from consent.ledger import Ledger
from formats.dpop import make_proof
from formats.spelling import H
from tests.chassis import doors
from tests.gateway.street import Street, a_case

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite]  # a commit there waits in a thread
HALF = 8
QUEUED = 30
"""Turns of the event loop after which all who asked wait for the ledger; more than the way there takes."""


async def test_who_is_answered_and_asks_again_joins_those_who_wait(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, sizes, late = await a_case(street), list[int](), threading.Event()
    fill, commit, key = Ledger._fill, Sqlite._commit, case.fatima._tokens.key
    token = await case.fatima._tokens.token(case.details)

    def counts(ledger: Ledger, connection: object, taken: list[object]) -> Batch:
        sizes.append(len(taken))
        return fill(ledger, connection, taken)  # type: ignore[arg-type]

    def waits_once(database: Sqlite) -> None:
        assert late.wait(10)
        commit(database)

    async def reads() -> None:
        address = street.origin + case.path
        proof = make_proof(key, "GET", address, H(token), now=Clock().now())
        headers = {"Host": address.split("/")[2], "Authorization": f"DPoP {token}", "DPoP": proof}
        assert (await doors.send(street.house, "GET", case.path, headers=headers)).status == 200

    async def caller(times: int) -> None:
        for _ in range(times):  # a task for each request, as the server makes one
            await asyncio.create_task(reads())

    monkeypatch.setattr(Ledger, "_fill", counts)
    monkeypatch.setattr(Sqlite, "_commit", waits_once)
    first = [asyncio.create_task(caller(3)) for _ in range(HALF)]
    while not sizes:
        await asyncio.sleep(0)
    second = [asyncio.create_task(caller(2)) for _ in range(HALF)]
    for _ in range(QUEUED):
        await asyncio.sleep(0)
    late.set()
    await asyncio.gather(*first, *second)
    assert sizes == [HALF, 2 * HALF, 2 * HALF]
