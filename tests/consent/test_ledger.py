# SPDX-License-Identifier: EUPL-1.2
"""The ledger: one writer, whole batches, no answer before the commit, its own time."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from chassis.database import Connection
from consent import proving, tables
from consent.batch import Batch, Entry
from consent.ledger import Ledger, log_seed
from formats.checkpoint import LOG, NoteKey, shard_span
from formats.event import make_look, read_event, verify_look
from formats.spelling import FormatError, H, b64u, new_id
from tests.consent.registry import HOST, NOW, SEED, Registry, Watch, enters

HALF_YEAR = shard_span(f"log.{HOST}/2026h2")


async def test_a_line_is_proved_by_the_checkpoint_of_its_own_batch(registry: Registry) -> None:
    vlt, other = new_id(), new_id()
    made = [await registry.ledger.run(enters(who)) for who in (vlt, other, vlt, vlt)]
    assert [one.n for one in made] == [0, 0, 1, 2]
    assert [one.index for one in made] == [0, 1, 2, 3]
    for one in made:
        found = verify_look(one.look(), registry.policy(), witnessed=False)
        assert (found.index, found.entry, found.event.vlt) == (one.index, one.entry, one.vlt)
    assert [read_event(one.event).prev for one in made] == [None, None, b64u(made[0].entry), b64u(made[2].entry)]
    assert await registry.verified() == proving.Report(shards=1, lines=4, people=2)


async def test_who_waits_side_by_side_shares_a_batch_and_a_checkpoint(registry: Registry) -> None:
    made = await asyncio.gather(*(registry.ledger.run(enters(new_id())) for _ in range(100)))
    notes = {one.proof.partition("\n\n")[2] for one in made}
    assert len(notes) == 2  # 64, then the rest
    for one in made:
        verify_look(one.look(), registry.policy(), witnessed=False)


async def test_there_is_no_proof_before_the_commit(registry: Registry) -> None:
    def peeks(connection: Connection, batch: Batch) -> Entry:
        made = batch.append("org", None, sid=H("s"), sub="x")
        with pytest.raises(RuntimeError):
            _ = made.proof
        return made

    assert (await registry.ledger.run(peeks)).proof.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")


async def test_a_failing_item_drops_its_own_writes_and_lines_and_nobody_elses(registry: Registry) -> None:
    vlt = new_id()

    def failing(connection: Connection, batch: Batch) -> None:
        batch.append("statement", vlt, sid=H("lost"), typ="x+jwt")
        connection.execute(insert(tables.vaults), {"vlt": vlt})
        batch.after(lambda: pytest.fail("nothing comes after what was dropped"))
        raise KeyError("mine")

    first, failed, last = await asyncio.gather(
        registry.ledger.run(enters(vlt)), registry.ledger.run(failing), registry.ledger.run(enters(vlt)),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(failed, KeyError)
    assert isinstance(first, Entry)
    assert isinstance(last, Entry)
    assert (first.n, last.n, last.index) == (0, 1, 1)
    assert read_event(last.event).prev == b64u(first.entry)
    assert await registry.database.read(lambda c: c.execute(select(tables.vaults)).all()) == []
    await registry.verified()


async def test_stops_go_first(registry: Registry) -> None:
    order: list[str] = []

    def says(what: str) -> Callable[[Connection, Batch], None]:
        return lambda connection, batch: order.append(what)

    asks = [registry.ledger.run(says(f"ask {n}")) for n in range(3)]
    await asyncio.gather(*asks, registry.ledger.run(says("stop"), stop=True))
    assert order == ["stop", "ask 0", "ask 1", "ask 2"]


async def test_who_goes_away_while_waiting_is_left_out(registry: Registry) -> None:
    leaving = asyncio.ensure_future(registry.ledger.run(enters(None, "org")))
    staying = asyncio.ensure_future(registry.ledger.run(enters(None, "org")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).index == 0
    assert len(await registry.rows()) == 1


async def test_what_comes_after_the_commit_comes_before_the_answers(registry: Registry) -> None:
    seen: list[str] = []
    await registry.ledger.run(lambda connection, batch: batch.after(lambda: seen.append("printed")))
    assert seen == ["printed"]


@pytest.mark.promise("P29")
async def test_a_clock_set_back_moves_nothing_back(registry: Registry) -> None:
    at = [await registry.ledger.run(lambda c, batch: batch.now)]
    for moved in (NOW - 3_600, NOW - 86_400 * 400, NOW + 5, NOW):
        registry.clock.at = moved
        at.append(await registry.ledger.run(lambda c, batch: batch.now))
    assert at == [NOW, NOW, NOW, NOW + 5, NOW + 5]
    assert await registry.ledger.view(lambda connection, now: now) == NOW + 5
    again = Ledger(registry.database, Watch(0), host=HOST, seed=SEED)
    assert await again.run(lambda c, batch: batch.now) == NOW + 5


async def test_the_half_year_begins_a_new_shard_and_people_go_on(registry: Registry) -> None:
    vlt = new_id()
    for at in (HALF_YEAR[1] - 1, HALF_YEAR[1], HALF_YEAR[1] + 1):
        registry.clock.at = at
        made = await registry.ledger.run(enters(vlt))
        verify_look(made.look(), registry.policy(), witnessed=False)
    assert (made.origin, made.index, made.n) == (f"log.{HOST}/2027h1", 1, 2)
    assert (await registry.verified()).shards == 2
    registry.clock.at = HALF_YEAR[0]  # set back over the boundary: the log goes on where it was
    assert (await registry.ledger.run(enters(vlt))).origin == f"log.{HOST}/2027h1"
    shown = await registry.database.read(lambda c: proving.lines(c, vlt))
    assert [(line.origin[-6:], line.index, line.n) for line in shown] == [
        ("2027h1", 2, 3), ("2027h1", 1, 2), ("2027h1", 0, 1), ("2026h2", 0, 0),
    ]  # fmt: skip
    for line in shown:
        assert line.event
        assert line.nonce
        verify_look(make_look(line.event, line.nonce, line.proof), registry.policy(), witnessed=True)


async def test_another_key_or_host_does_not_start(registry: Registry) -> None:
    with pytest.raises(ValueError, match="another key"):
        await Ledger(registry.database, registry.clock, host=HOST, seed=b"x" * 32).start()
    other = {"host": "other.example", "seed": SEED}
    with pytest.raises(ValueError, match="another host"):
        await Ledger(registry.database, registry.clock, **other).start()  # type: ignore[arg-type]
    registry.clock.at = HALF_YEAR[1]  # nor may a new shard begin under another name
    with pytest.raises(ValueError, match="another host"):
        await Ledger(registry.database, registry.clock, **other).run(lambda c, batch: None)  # type: ignore[arg-type]
    assert [row.size for row in await registry.database.read(proving.logs)] == [0]


def test_the_key_file_is_an_ed25519_jwk() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64u(NoteKey("x", LOG, SEED).vkey.key), "d": b64u(SEED)}
    assert log_seed(jwk) == SEED
    for wrong in ({"kty": "EC"}, {"crv": "X25519"}, {"x": b64u(SEED)}, {"d": b64u(SEED[:31])}, {"kid": "k"}):
        with pytest.raises(FormatError):
            log_seed(jwk | wrong)


def test_this_and_the_next_half_year_can_be_pinned(registry: Registry) -> None:
    assert registry.ledger.vkeys(NOW) == [
        str(NoteKey(f"log.{HOST}/{half}", LOG, SEED).vkey) for half in ("2026h2", "2027h1")
    ]
