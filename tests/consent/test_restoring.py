# SPDX-License-Identifier: EUPL-1.2
"""P30: a restore revives nothing. The database of a week ago comes back: consent does not start over it, and when it goes on,
by the administrator's command, nobody reads anything before her own device has opened it again."""

import asyncio
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from consent import restoring
from consent.app import build, make_registry
from consent.restoring import NotDone, Restored
from formats.checkpoint import verify_note
from formats.spelling import DAY, unb64u
from tests import databases
from tests.consent.people import Citizen, Team
from tests.consent.town import Town, slug, town_in
from tests.faults.promises import PromiseBroken

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def a_stop_and_then_the_old_database(town: Town) -> tuple[Citizen, Team, str, str]:
    """A backup; a stop, and a look that is refused; a week later the backup comes back. Consent has ended."""
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    assert (await team.looks(jti, school)).status == 200
    await town.app.stop()
    path, backup = town.path / "consent.sqlite3", town.path / "backup" / "consent.sqlite3"
    backup.parent.mkdir()
    databases.back_up(path, backup)
    await town.begins(town.settings)
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    assert slug(await team.looks(jti, school)) == "grant-ended"
    await town.app.stop()
    town.clock.at += 7 * DAY
    databases.copy(backup, path)
    return noor, team, jti, school


@pytest.mark.promise("P30")
async def test_nothing_is_read_before_her_own_device_opens_it_again(town: Town) -> None:
    noor, team, jti, school = await a_stop_and_then_the_old_database(town)
    try:
        await town.begins(town.settings)
    except Restored:
        pass
    else:
        status = (await team.looks(jti, school)).status
        raise PromiseBroken("P30", f"consent starts over an older database; a stopped grant reads: {status}")
    assert await goes_on(town) == 1, "her vault is paused"
    with pytest.raises(NotDone, match="nothing to do"):
        await goes_on(town)
    await town.begins(town.settings)
    if slug(await team.looks(jti, school)) != "not-allowed":
        raise PromiseBroken("P30", "a grant that was stopped after the backup reads again")
    [(pause,)] = databases.rows(town.path / "consent.sqlite3", "SELECT id FROM pauses WHERE jti IS NULL")
    assert slug(await noor.calls("DELETE", f"/pauses/{pause}", {})) == "step-up-needed", "a sign-in opens nothing"
    other, kept = await town.person(), town.path / "kept.checkpoint"
    drawer = await other.keeps("school")
    assert (await team.looks(await other.allows(await team.asks(other), drawer), drawer)).status == 200, (
        "new ones go on"
    )
    await restoring.keep(town.registry, kept)
    note = kept.read_text()
    assert note.partition("\n")[0].endswith("h2r1"), "after one restore: formats/checkpoint.md"
    assert verify_note(note, [town.registry.ledger.vkey(note.partition("\n")[0])]).size > 0
    town.clock.at += 60
    assert (await noor.enters(noor.renewal())).status == 201
    assert (await noor.calls("DELETE", f"/pauses/{pause}", {})).status == 204, "her own device does"
    if (await team.looks(jti, school)).status != 403:
        raise PromiseBroken("P30", "what she stopped by sign-in alone is undone by opening something else")
    [(own,)] = databases.rows(town.path / "consent.sqlite3", "SELECT id FROM pauses WHERE jti = ?", jti)
    town.clock.at += 700  # the renewal is no more of just now
    made = (await noor.calls("POST", "/challenges")).json()
    touch = {"challenge": made["id"], "assertion": noor.touch(unb64u(made["challenge"]))}
    if (await noor.calls("DELETE", f"/grants/{jti}/pauses/{own}", touch)).status != 403:
        raise PromiseBroken("P30", "a touch, which says nothing of what her device knows, wakes a restored grant")


@pytest.mark.promise("P30")
async def test_who_was_erased_since_is_erased_again(town: Town) -> None:
    noor, sam = await town.person(), await town.person()
    await town.app.stop()
    path, backup = town.path / "consent.sqlite3", town.path / "backup.sqlite3"
    databases.back_up(path, backup)
    await town.begins(town.settings)
    made = (await noor.calls("POST", "/challenges")).json()
    touch = {"challenge": made["id"], "assertion": noor.touch(unb64u(made["challenge"]))}
    assert (await noor.calls("POST", "/erasures", touch)).status == 201
    await town.app.stop()
    databases.copy(backup, path)
    await town.begins(town.settings)  # no line of the log tells of an erasure: this database is as old as it was
    if (await noor.calls("GET", "")).status != 404:
        raise PromiseBroken("P30", "who was erased lives again")
    assert (await sam.calls("GET", "")).status == 200


async def goes_on(town: Town) -> int:
    """As the command after-restore does it."""
    registry = make_registry(town.settings, town.clock)
    registry.journal.show = lambda lines: None  # type: ignore[method-assign]
    try:
        assert town.settings.kept_checkpoint is not None
        paused, keys = await restoring.go_on(registry, town.settings.kept_checkpoint)
        assert [key.split("+")[0][-4:] for key in keys] == ["h2r1", "h1r1"]
        return paused
    finally:
        await registry.ledger.close()
        registry.database.close()


@pytest.mark.promise("P30")
@pytest.mark.parametrize("what", ["another log", "a file that another key signed", "nonsense"])
async def test_a_checkpoint_that_is_not_of_this_log_stops_the_start(
    town: Town, what: str, tmp_path: Path, migrated: Path
) -> None:
    await town.person()
    await town.app.stop()
    kept = town.path / "kept.checkpoint"
    if what == "another log":
        databases.copy(migrated, town.path / "consent.sqlite3")
    elif what == "nonsense":
        kept.write_text("1\n")
    else:
        (tmp_path / "other").mkdir()
        async with town_in(tmp_path / "other", migrated) as other:
            await other.person()
            await restoring.keep(other.registry, other.path / "kept.checkpoint")
            kept.write_bytes((other.path / "kept.checkpoint").read_bytes())
    with pytest.raises(Restored):
        await town.begins(town.settings)


async def test_it_is_kept_within_a_moment_and_never_an_older_one(town: Town) -> None:
    kept = town.path / "kept.checkpoint"
    await town.person()
    for _ in range(100):
        if kept.exists():
            break
        await asyncio.sleep(0.05)
    before = kept.read_text()
    await town.person()
    await restoring.keep(town.registry, kept)
    newest = kept.read_text()
    assert newest != before
    await restoring.keep(town.registry, kept)
    assert kept.read_text() == newest


async def test_production_keeps_one(town: Town) -> None:
    with pytest.raises(SettingsError, match="KEPT_CHECKPOINT"):
        build(town.settings.model_copy(update={"kept_checkpoint": None}), clock=town.clock)
