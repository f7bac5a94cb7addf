# SPDX-License-Identifier: EUPL-1.2
"""Keys of ours: published a week before use, kept a day after, a leaked one gone at once; and no token is refused."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chassis.settings import SettingsError
from formats import jose
from formats.spelling import H
from gateway.settings import GatewaySettings
from tests import databases
from tests.gateway.office import ASK, Office, Shifted, key_file, office_in, settings_for
from tests.gateway.processes import Worker, processes
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = 86_400
CALLS = 30  # after each restart, until the next
OWN = "/gateway/v1/consent-requests"
FORM = {"grant_type": "client_credentials", "authorization_details": ASK}


def _publishes(folder: Path, *keys: dict[str, str]) -> Path:
    """The setting: further keys of the organisations' issuer."""
    path = folder / "published.json"
    path.write_text(json.dumps({"organisations": {"keys": [jose.public(key) for key in keys]}}))
    return path


async def _starts(folder: Path, given: dict[str, Any], ahead: int) -> None:
    """One start and stop of a gateway, at a later moment."""
    clock = Shifted()
    clock.ahead = ahead
    port = int(given["origin"].rsplit(":", 1)[1])
    async with office_in(folder, port=port, settings=GatewaySettings(**given), clock=clock):
        pass


@pytest.mark.promise("P20")
@pytest.mark.fapi(36)
async def test_a_key_signs_a_week_after_it_was_published_and_not_before(tmp_path: Path) -> None:
    given = settings_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    first, second = json.loads(given["organisations_key"].read_text()), jose.new_signing_key()
    await _starts(tmp_path, given, 0)  # the very first key waits for nobody
    given["published_keys"] = _publishes(tmp_path, second)
    await _starts(tmp_path, given, 0)
    key_file(given["organisations_key"], second)
    _publishes(tmp_path, first)
    for ahead in (0, 7 * DAY - 60):
        with pytest.raises(SettingsError, match="less than 7 days"):
            await _starts(tmp_path, given, ahead)
    await _starts(tmp_path, given, 7 * DAY + 60)
    await _starts(tmp_path, given, 7 * DAY + 120)  # once it signs, it signs


@pytest.mark.fapi(36)
async def test_after_a_leak_the_next_key_signs_at_once_and_the_old_tokens_die(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    given = settings_for(tmp_path, f"http://127.0.0.1:{port}")
    async with office_in(tmp_path, port=port, settings=GatewaySettings(**given)) as office:
        system = await office.system()
        token = (await system.token(system.who() | FORM))["access_token"]
        assert (await system.call("GET", OWN, token)).status_code == 503
    key_file(given["organisations_key"], jose.new_signing_key())
    async with office_in(tmp_path, port=port, settings=GatewaySettings(**given)) as office:
        system.office = office
        assert (await system.call("GET", OWN, token)).status_code == 401
        fresh = (await system.token(system.who() | FORM))["access_token"]
        assert (await system.call("GET", OWN, fresh)).status_code == 503
    printed = capsys.readouterr()
    assert "key-gone-at-once" in printed.out + printed.err


@pytest.mark.promise("P20")
async def test_a_rotation_under_load_refuses_no_token(tmp_path: Path) -> None:
    """Two processes, one after the other through the three steps of a rotation, while eight systems go on calling."""
    old, new = jose.new_signing_key(), jose.new_signing_key()
    key, published = key_file(tmp_path / "signs.jwk", old), _publishes(tmp_path)
    async with processes(tmp_path, 2, organisations_key=key, published_keys=published) as town:
        office, workers, spread = town
        told: Counter[str] = Counter()
        kids: set[str] = set()
        ended = asyncio.Event()
        callers = [asyncio.create_task(_goes_on(office, number, told, kids, ended)) for number in range(8)]

        async def restarts(worker: Worker) -> None:
            """When what it was doing is done; then both serve for a while. In a thread, so that the callers go on."""
            spread.workers = [one for one in workers if one is not worker]
            await _until(lambda: spread.under_way[worker] == 0)
            await asyncio.to_thread(worker.stop, signal.SIGTERM)
            await asyncio.to_thread(worker.start)
            spread.workers = list(workers)
            calls = told["call"] + CALLS
            await _until(lambda: told["call"] >= calls or ended.is_set())

        async def each_in_turn() -> None:
            for worker in workers:
                await restarts(worker)

        _publishes(tmp_path, new)
        await each_in_turn()
        week = "UPDATE server_keys SET published_at = published_at - ?"  # goes by
        databases.change(tmp_path / "gateway.sqlite3", week, 7 * DAY)
        key_file(key, new)
        _publishes(tmp_path, old)
        await each_in_turn()
        await _until(lambda: kids >= {old["kid"], new["kid"]})
        assert kids == {old["kid"], new["kid"]}
        ended.set()  # the old key goes a day later: its tokens are over for long
        await asyncio.gather(*callers)
        _publishes(tmp_path)
        await each_in_turn()
        [shown] = (await office.http.get(office.origin + "/oauth/jwks")).json()["keys"]
        assert shown["kid"] == new["kid"]
        print(dict(told))
        assert set(told) == {"token", "call"}, told
        assert told["call"] >= 4 * CALLS


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


async def _goes_on(office: Office, number: int, told: Counter[str], kids: set[str], ended: asyncio.Event) -> None:
    """A system that gets a token now and then and uses each many times."""
    system = await office.system(f"system-{number}")
    while not ended.is_set():
        answer = await system.post("token", system.who() | FORM)
        told["token" if answer.status_code == 200 else f"token refused: {answer.text}"] += 1
        token = answer.json()["access_token"]
        kids.add(jose.peek(token)[0]["kid"])
        assert len(H(token)) == 43
        for _ in range(6):
            try:
                answer = await system.call("GET", OWN, token)
            except httpx2.TransportError as error:
                told[f"no answer: {error!r}"] += 1
                continue
            told["call" if answer.status_code == 503 else f"call refused: {answer.status_code}"] += 1
            await asyncio.sleep(0.02)
