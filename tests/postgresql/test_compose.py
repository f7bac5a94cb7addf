# SPDX-License-Identifier: EUPL-1.2
"""The compose file at work (tests/composed.py): it starts in its own order, a caseworker reads, and it ends without losing
a look. PostgreSQL takes each part by its certificate and nobody else."""

import asyncio
import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.town import make
from formats.checkpoint import entry
from formats.spelling import unb64u
from kluisje.http import Refused
from tests.composed import PARTS, Composed, composed
from tests.databases import programs, query
from tests.faults.reading import Connection, targets
from tests.town import Players, citizens

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.sqlite,  # the town is made in files, and moved
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("composed")
    made = composed(folder, lambda origin: make(folder / "town", origin, citizens=citizens()))
    try:
        made.start(before={"vault": lambda: made.runs("migrations", "move", str(folder / "town" / "data"))})
        yield made
    finally:
        made.remove()


def test_it_starts_and_each_part_is_healthy_by_its_own_check(installation: Composed) -> None:
    """Each was waited for by its health check; who has ended is not healthy by the same check."""
    assert set(installation.processes) == {*PARTS, "front"}
    assert installation.healthy("postgresql")
    assert installation.healthy("portal")
    assert installation.ends("portal") == 0
    assert not installation.healthy("portal")
    installation.processes["portal"].start()
    installation.until_healthy("portal")


def test_whoever_has_no_certificate_of_ours_comes_in_nowhere(installation: Composed, tmp_path: Path) -> None:
    """The database takes each part as its own role only, and nobody by a password, a strange certificate or none."""
    assert installation.cluster is not None
    made, port = installation.folder / "deploy" / "made", installation.ports["postgresql"]
    psql = [str(installation.cluster.programs / "psql"), "-Atc", "SELECT current_user"]

    def comes(role: str, certificate: str, how: str = "verify-full") -> str:
        database = role.removesuffix("_owner")
        told = {
            "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": role, "PGDATABASE": database, "PGSSLMODE": how,
            "PGSSLROOTCERT": str(made / "ca.pem"), "PGSSLCERT": str(made / f"{certificate}.pem"),
            "PGSSLKEY": str(made / f"{certificate}.key"), "PGPASSWORD": "x", "PATH": os.environ["PATH"],
        }  # fmt: skip
        done = subprocess.run(psql, env=told, capture_output=True, text=True, check=False)
        return done.stdout.strip() or "refused"

    assert comes("kluisje_vault", "vault") == "kluisje_vault"
    assert comes("kluisje_vault_owner", "migrations") == "kluisje_vault_owner"
    for role, certificate, how in (
        ("kluisje_consent", "vault", "verify-full"),
        ("kluisje_vault_owner", "vault", "verify-full"),
        ("kluisje_vault", "portal", "verify-full"),
        ("postgres", "vault", "verify-full"),
        ("kluisje_vault", "vault", "disable"),
        ("kluisje_vault", "nobody", "require"),
    ):
        assert comes(role, certificate, how) == "refused", (role, certificate, how)


def test_the_front_door_shows_no_health_and_speaks_tls(installation: Composed) -> None:
    if not installation.front_is_nginx:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    trusting = ssl.create_default_context(cafile=str(installation.folder / "deploy" / "made" / "ca.pem"))
    door = f"https://127.0.0.1:{installation.ports['tls']}"
    with urllib.request.urlopen(f"{door}/health/live", context=trusting, timeout=5) as answer:
        assert answer.status == 204
    for path, status in (("/health/ready", 404), ("/metrics", 400), ("/consent/v1/looks", 400)):
        with pytest.raises(urllib.error.HTTPError) as caught:  # 400: it was not asked by its public name
            urllib.request.urlopen(door + path, context=trusting, timeout=5)
        assert caught.value.code == status, path


def test_a_caseworker_reads_and_nothing_is_lost_when_it_ends(installation: Composed) -> None:
    """Ended as the engine does it: the door, then who calls, then who is called, while Fatima reads. Exit code 0 of each,
    and every look that she was answered stands in a log that verifies."""
    looks, codes = asyncio.run(_day(installation))
    assert looks, "she never read"
    assert codes == dict.fromkeys(codes, 0)
    assert set(codes) == {"front", *PARTS}
    assert "0 erased" in installation.runs("consent", "verify-log")
    assert installation.cluster is not None
    rows = query(installation.cluster.url("kluisje_consent"), "SELECT entry FROM events")
    kept = {bytes(row[0]) for row in rows}
    lost = [look for look in looks if entry(unb64u(look["nonce"]), unb64u(look["event"])) not in kept]
    assert lost == []
    print(f"{len(looks)} looks answered until the end, all in the log")


async def _day(installation: Composed) -> tuple[list[dict[str, str]], dict[str, int]]:
    players = Players(installation.servers())
    noor, fatima = await players.citizen("Noor"), await players.caseworker()
    await noor.keeps("school", {"absence_days": 12})
    asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    grant = await noor.allows(asked)
    assert (await fatima.reads(asked))[0].body["absence_days"] == 12
    second = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(second)
    assert await fatima.reads(second)
    await noor.stops(second)
    with pytest.raises(Refused, match="ended"):
        await fatima.reads(second)
    assert [line.outcome for line in await noor.who_looked()] == ["read", "read", "refused"]
    [target] = await targets(players, fatima, [grant])
    looks: list[dict[str, str]] = []

    async def reads() -> None:
        connection = Connection(players.town.origin, fatima)
        try:
            while (answer := await connection.read(target)).status == 200:
                looks.append(json.loads(answer.body)["look"])
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.close()

    reading = [asyncio.create_task(reads()) for _ in range(4)]
    await asyncio.sleep(0.5)
    codes = {}
    for name in ("gateway", "front", "consent", "vault", "chatbot", "portal"):
        codes[name] = await asyncio.to_thread(installation.ends, name)
    await asyncio.gather(*reading)
    await players.close()
    return looks, codes
