# SPDX-License-Identifier: EUPL-1.2
"""The least rights: a part's own role works with its rows and owns nothing; no role changes a line of the log."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from formats.spelling import new_id
from tests.consent.registry import Registry, enters
from tests.databases import Cluster, query

Made = Callable[[str], tuple[str, str]]


def refused(url: str, sql: str) -> bool:
    try:
        query(url, sql)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


@pytest.mark.parametrize("table", ["events", "twigs"])
@pytest.mark.parametrize("way", ["UPDATE {} SET shard = shard", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
@pytest.mark.promise("P05")
def test_consent_cannot_change_a_line_of_its_log(ready: Made, table: str, way: str) -> None:
    own, owner = ready("consent")
    assert refused(own, way.format(table))
    assert not refused(owner, way.format(table)), "the statement itself is good"


def test_it_appends_and_forgets_and_no_more(ready: Made) -> None:
    """What its role can do suffices: lines are added; what they said is forgotten; the entries stay and verify."""
    own, owner = ready("consent")

    async def story() -> None:
        registry, noor = Registry.at(own), new_id()
        await registry.start()
        await registry.ledger.run(enters(noor))
        await registry.ledger.run(enters(noor))
        assert await registry.database.write(lambda c: _forget(c, noor)) == 2
        report = await registry.verified()
        assert (report.lines, report.erased) == (2, 2)
        await registry.close()

    asyncio.run(story())
    assert query(owner, "SELECT vlt, n, nonce, bytes FROM events") == [(None, None, None, None)] * 2


def _forget(connection: object, vlt: str) -> int:
    from consent import ledger_store

    return ledger_store.erase_lines(ledger_store.driver(connection), vlt)  # type: ignore[arg-type]


def test_no_part_reaches_anothers_database_or_makes_a_table(cluster: Cluster, ready: Made) -> None:
    for part, other in (("vault", "consent"), ("consent", "gateway"), ("gateway", "vault")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            query(cluster.url(f"kluisje_{other}", f"kluisje_{part}"), "SELECT 1")
        assert refused(ready(part)[0], "CREATE TABLE mine (id integer)")
