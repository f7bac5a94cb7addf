# SPDX-License-Identifier: EUPL-1.2
"""Looks: decided and written down in one transaction, answered with the entry that is the permit."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select

from chassis.database import Unavailable
from consent import tables
from consent.look import Look, LookRefused, Released
from consent.refusals import Misplaced
from formats.event import read_event
from formats.jose import peek
from formats.permit import verify_permit
from formats.spelling import H, b64u, new_id
from tests import databases
from tests.consent.registry import CLIENT, DAY, EMP_SECRET, FATIMA, NOW, OTHER_TEAM, PURPOSE, TEAM, Registry

OPENING = 15 * 60


async def why(registry: Registry, look: Look) -> tuple[str, str]:
    with pytest.raises(LookRefused) as caught:
        await registry.asking.ask(look)
    return caught.value.reason, caught.value.outside


async def events(registry: Registry) -> list[dict[str, Any]]:
    return [orjson.loads(row.bytes) for row in await registry.rows()]


async def test_a_yes_is_the_permit_and_what_the_reader_needs_to_check_it(registry: Registry) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    head = ({"drw": school, "n": 3, "h": H("head")},)
    found = await registry.asking.ask(registry.look(grant, school, head=head))
    permit = verify_permit(found.entry.look(), registry.policy(), NOW)
    assert (permit.t, permit.vlt, permit.by, permit.gnt) == ("read", noor.vlt, TEAM, grant)
    assert [(one.id, one.epochs, one.records) for one in permit.drawers] == [(school, (1,), None)]
    assert permit.event["head"] == [dict(head[0])]
    assert permit.emp == registry.asking.employee(TEAM, FATIMA)
    assert found.grant == noor.tokens[2]
    assert list(found.statements) == noor.tokens[:2]


async def test_later_epochs_are_covered_and_earlier_ones_are_not(registry: Registry) -> None:
    noor, school = await registry.person()
    first = await registry.grant(noor, school)
    for _ in range(2):
        await registry.database.write(lambda connection: noor.rotates(connection, school))
    found = await registry.asking.ask(registry.look(first, school))
    assert read_event(found.entry.event).claims["drw"] == [{"id": school, "ep": [1, 2, 3], "rid": None}]
    assert [peek(token)[1].get("ep") for token in found.statements] == [None, 1, 2, 3]
    one = await registry.asking.ask(registry.look(first, school, epoch=2, records=(new_id(),)))
    assert read_event(one.entry.event).claims["drw"][0]["ep"] == [2]
    assert [peek(token)[1].get("ep") for token in one.statements] == [None, 2]
    assert await why(registry, registry.look(first, school, epoch=4)) == ("other-epoch", "not-allowed")


async def test_singles_open_no_epoch_and_no_other_record(registry: Registry) -> None:
    noor, school = await registry.person()
    report = new_id()
    grant = await registry.grant(noor, school, singles=[report])
    found = await registry.asking.ask(registry.look(grant, school, stage="attachment", records=(report,)))
    event = read_event(found.entry.event)
    assert (event.t, event.claims["drw"]) == ("read", [{"id": school, "ep": [], "rid": [report]}])
    assert found.statements == (noor.tokens[0],)
    assert (await why(registry, registry.look(grant, school, records=(new_id(),))))[0] == "other-record"


async def test_a_deposit_names_one_record_and_the_newest_epoch(registry: Registry) -> None:
    noor, school = await registry.person()
    await registry.database.write(lambda connection: noor.rotates(connection, school))
    grant = await registry.grant(noor, school, act="deposit", key=H(TEAM))
    report = new_id()
    look = registry.look(grant, school, stage="deposit", action="deposit", records=(report,))
    found = await registry.asking.ask(look)
    permit = verify_permit(found.entry.look(), registry.policy(), NOW)
    assert (permit.t, permit.drawers[0].epochs, permit.drawers[0].records) == ("deposit", (), (report,))
    assert [peek(token)[1].get("ep") for token in found.statements] == [None, 2]
    assert (await why(registry, registry.look(grant, school)))[0] == "other-act"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"stage": "deposit"}, "/stage"),
        ({"action": "deposit"}, "/stage"),
        ({"stage": "par"}, "/stage"),
        ({"stage": "attachment"}, "/records"),
        ({"stage": "deposit", "action": "deposit", "records": (new_id(), new_id())}, "/records"),
        ({"records": ("1", "1")}, "/records"),
        ({"question": None}, "/question"),
        ({"head": ({"drw": "x", "n": 1, "h": H("")},)}, "/head"),
        ({"head": ({"n": 1, "h": H("")},)}, "/head"),
    ],
)
async def test_what_does_not_hang_together_is_not_asked(registry: Registry, change: dict[str, Any], at: str) -> None:
    with pytest.raises(Misplaced) as caught:
        await registry.asking.ask(registry.look(new_id(), new_id(), **change))
    assert [place for place, _ in caught.value.wrong] == [at]
    assert await registry.rows() == []


async def state(registry: Registry, what: str, vlt: str, grant: str) -> None:
    """Brings the registry into a state in which there is a no."""
    emp = registry.asking.employee(TEAM, FATIMA)
    grants = {"vlt": vlt, "jti": grant}
    suspension = {
        "service-stopped": ("service", ""), "organisation-suspended": ("organisation", TEAM),
        "application-suspended": ("application", CLIENT), "caseworker-suspended": ("caseworker", emp),
    }  # fmt: skip
    if what in suspension:
        kind, subject = suspension[what]
        row = {"kind": kind, "subject": subject, "since": NOW}
        await registry.database.write(lambda c: c.execute(insert(tables.suspensions), row))
    elif what == "organisation-unknown":
        await registry.change(tables.organisations, {"valid_from": NOW + 1}, team=TEAM)
    elif what == "other-key":
        await registry.change(tables.organisations, {"withdrawn_at": NOW}, team=TEAM)
        row = {"team": TEAM, "enc": H("new"), "sig": H("new"), "sid": H("2"), "token": "t", "shard": 0, "idx": 1}
        times = {"logged_at": NOW - 4 * DAY, "valid_from": NOW - DAY, "valid_until": NOW + DAY}
        await registry.database.write(lambda c: c.execute(insert(tables.organisations), row | times))
    elif what == "paused":
        row = {"vlt": vlt, "id": new_id(), "jti": None, "since": NOW, "seq": 1}
        await registry.database.write(lambda c: c.execute(insert(tables.pauses), row))
    elif what == "not-on-the-case":
        row = grants | {"emp": H("colleague"), "since": NOW}
        await registry.database.write(lambda c: c.execute(insert(tables.grant_caseworkers), row))
    elif what == "purpose-recalled":
        await registry.change(tables.purposes, {"recalled_at": NOW}, uri=PURPOSE)
    elif what == "purpose-differs":
        await registry.change(tables.grants, {"purpose": "urn:x"}, **grants)
        row = {"uri": "urn:x", "daily": 9, "activity": "urn:x:1", "logged_at": NOW}
        await registry.database.write(lambda c: c.execute(insert(tables.purposes), row))
    elif what == "reason-missing":
        await registry.change(tables.purposes, {"reason": 1}, uri=PURPOSE)
    elif what == "too-often":
        await registry.change(tables.purposes, {"daily": 0}, uri=PURPOSE)
    elif what == "vault-gone":
        await registry.change(tables.vaults, {"gone_at": NOW}, vlt=vlt)
    elif what == "not-assented":
        await registry.change(tables.grants, {"waiting": 1}, **grants)
    elif what == "review-due":
        row = {"rests_on_gezag": 1, "given_at": NOW - 9}
        await registry.change(tables.grants, row, **grants)
        await registry.change(tables.vaults, {"birth_date": "2015-05-09", "gezag_changed_at": NOW - 8}, vlt=vlt)
    elif what == "forged":
        await registry.change(tables.grants, {"card_seq": 0, "seq": 2}, **grants)
        token = (await registry.person())[0].tokens[0]
        await registry.change(tables.statements, {"token": token}, vlt=vlt, seq=0)
    elif what == "unreadable":
        await registry.change(tables.grants, {"seq": 1}, **grants)
    else:
        row = {"ended_at": NOW, "ended_why": what}
        await registry.change(tables.grants, row, **grants)


NOES = {
    "service-stopped": "unavailable", "organisation-unknown": "not-allowed",
    "organisation-suspended": "not-allowed", "application-suspended": "not-allowed",
    "caseworker-suspended": "not-allowed", "vault-gone": "grant-ended", "unreadable": "not-allowed",
    "forged": "not-allowed", "other-key": "not-allowed", "withdrawn": "grant-ended",
    "not-assented": "grant-ended", "handed-back": "grant-ended", "paused": "not-allowed",
    "review-due": "not-allowed", "purpose-recalled": "not-allowed", "purpose-differs": "purpose-differs",
    "not-on-the-case": "not-allowed", "reason-missing": "not-allowed", "too-often": "not-allowed",
}  # fmt: skip


@pytest.mark.parametrize("reason", list(NOES))
async def test_a_no_is_written_down_with_the_true_reason(registry: Registry, reason: str) -> None:
    """Whatever the registry holds against it counts at once; the log says why, the asker hears the outside word."""
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    await registry.asking.ask(registry.look(grant, school, purpose=PURPOSE))
    await state(registry, reason, noor.vlt, grant)
    assert await why(registry, registry.look(grant, school, purpose=PURPOSE)) == (reason, NOES[reason])
    row = (await registry.rows())[-1]
    event = read_event(row.bytes)
    hers = reason != "vault-gone"
    assert (event.t, event.claims["why"], event.vlt) == ("refused", reason, noor.vlt if hers else None)
    assert event.claims["gnt"] == (grant if hers else None)
    await registry.verified()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"grant": new_id()}, "grant-unknown"),
        ({"team": OTHER_TEAM}, "grant-not-yours"),
        ({"drawer": new_id()}, "other-drawer"),
        ({"key": H("mine")}, "other-key"),
    ],
)
async def test_a_wrong_question_is_written_down_too(registry: Registry, change: dict[str, Any], reason: str) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    found = await why(registry, replace(registry.look(grant, school), **change))
    assert found == (reason, "not-found" if reason.startswith("grant") else "not-allowed")
    event = (await events(registry))[0]
    unknown = reason == "grant-unknown"
    assert (event["vlt"], event["gnt"]) == ((None, None) if unknown else (noor.vlt, grant))


@pytest.mark.promise("P29")
@pytest.mark.parametrize(("at", "reason"), [(-1, "not-yet"), (0, None), (99, None), (100, "ended")])
async def test_open_from_the_first_second_until_before_the_last(
    registry: Registry, at: int, reason: str | None
) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school, starts=NOW + 10, ends=NOW + 110)
    registry.clock.at = NOW + 10 + at
    if reason is None:
        await registry.asking.ask(registry.look(grant, school))
    else:
        assert (await why(registry, registry.look(grant, school)))[0] == reason
    if reason == "ended":  # a clock set back revives nothing
        registry.clock.at = NOW + 50
        assert (await why(registry, registry.look(grant, school)))[0] == "ended"


async def test_a_preview_opens_nothing_and_a_no_is_written_down(registry: Registry) -> None:
    noor, school = await registry.person()
    emp = registry.asking.employee(TEAM, FATIMA)
    grant = await registry.grant(noor, school, knd="once", caseworkers=(emp,))
    before = registry.look(grant, school, stage="par", question=None, drawer=None, caseworker=None)
    found = await registry.asking.preview(before)
    assert (found.grant.jti, found.grant.exp, found.reason_needed) == (grant, NOW + 30 * DAY, False)
    signed_in = replace(before, stage="code", caseworker=FATIMA)
    await registry.asking.preview(signed_in)
    assert await registry.rows() == []
    with pytest.raises(LookRefused):
        await registry.asking.preview(replace(signed_in, caseworker="cw_other"))
    assert [event["why"] for event in await events(registry)] == ["not-on-the-case"]
    introspection = replace(signed_in, stage="introspection")
    await registry.asking.preview(introspection)
    await registry.asking.ask(registry.look(grant, school))
    registry.clock.at += OPENING
    with pytest.raises(LookRefused):
        await registry.asking.preview(introspection)
    assert len(await registry.rows()) == 2  # an introspection writes nothing
    for wrong in (replace(before, stage="read"), replace(before, question=H("q"))):
        with pytest.raises(Misplaced):
            await registry.asking.preview(wrong)


async def test_each_decision_leaves_one_accountability_line(registry: Registry) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    await registry.asking.ask(registry.look(grant, school, trace=trace))
    await why(registry, registry.look(grant, new_id()))
    await why(registry, registry.look(new_id(), school))
    kept = await registry.database.read(lambda c: c.execute(select(tables.journal.c.line)).scalars().all())
    lines = [orjson.loads(line) for line in kept]
    assert [(line["action"], line["status"]) for line in lines] == [
        ("Record read", "Ok"), ("Record read", "Unset"), ("Record read", "Unset"),
    ]  # fmt: skip
    assert (lines[0]["trace_id"], lines[0]["parent_span_id"]) == ("a" * 32, "b" * 16)
    assert [line["attributes"]["dpl.core.data_subject_id"] for line in lines] == [H(noor.vlt), H(noor.vlt), None]
    assert lines[0]["attributes"]["dpl.core.processing_activity_id"] == "urn:x:1"
    assert FATIMA.encode() not in b"".join(kept)


@pytest.mark.promise("P27")
async def test_without_an_entry_nothing_is_released_counted_or_opened(registry: Registry) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school, knd="once")
    look = registry.look(grant, school)
    databases.breaks(registry.path, "events")
    with pytest.raises(Unavailable):
        await registry.asking.ask(look)
    databases.mends(registry.path, "events")
    for table in (tables.taken, tables.grant_days, tables.journal, tables.events):
        found = await registry.database.read(lambda c, t=table: c.execute(select(t)).all())  # type: ignore[misc]
        assert found == [], table.name
    assert (await registry.asking.ask(look)).entry.index == 0


async def stop(registry: Registry, vlt: str, grant: str) -> None:
    """Ends a grant as a stop does; acknowledged when this returns."""
    row = {"ended_at": NOW, "ended_why": "withdrawn"}
    ended = tables.grants.update().where(tables.grants.c.vlt == vlt, tables.grants.c.jti == grant).values(row)

    def work(connection: Any, batch: Any) -> None:
        connection.execute(ended)
        batch.append("stop", vlt, by=f"vault:{vlt}", gnt=grant, sid=None)

    await registry.ledger.run(work, stop=True)


@pytest.mark.promise("P01")
async def test_the_very_next_look_after_a_stop_is_refused(registry: Registry) -> None:
    """A look, a stop and a look, with nobody else there: all within a few milliseconds."""
    for _ in range(40):
        noor, school = await registry.person()
        grant = await registry.grant(noor, school)
        await registry.asking.ask(registry.look(grant, school))
        await stop(registry, noor.vlt, grant)
        (answer,) = await asyncio.gather(registry.asking.ask(registry.look(grant, school)), return_exceptions=True)
        assert not isinstance(answer, Released), "P01: released after the stop was acknowledged"
        assert isinstance(answer, LookRefused)
        assert answer.reason == "withdrawn"


@pytest.mark.promise("P01")
async def test_nothing_is_read_after_a_stop_was_acknowledged(registry: Registry) -> None:
    """Forty stops among sixteen readers: whoever began after the stop was acknowledged is refused."""
    stopped: set[str] = set()
    grants = []
    for _ in range(40):
        noor, school = await registry.person()
        grants.append((noor.vlt, await registry.grant(noor, school), school))
    late, early = 0, 0

    async def reads(number: int) -> None:
        nonlocal late, early
        for turn in range(120):
            _, grant, school = grants[(number * 7 + turn) % len(grants)]
            was_stopped = grant in stopped
            (answer,) = await asyncio.gather(registry.asking.ask(registry.look(grant, school)), return_exceptions=True)
            if isinstance(answer, Released):
                early += 1
                assert not was_stopped, "P01: released after the stop was acknowledged"
            else:
                assert isinstance(answer, LookRefused)
                assert answer.reason == "withdrawn"
                late += was_stopped

    async def stops() -> None:
        for vlt, grant, _ in grants:
            await stop(registry, vlt, grant)
            stopped.add(grant)
            await asyncio.sleep(0)

    await asyncio.gather(stops(), *(reads(number) for number in range(16)))
    assert early > 0
    assert late > 0
    after_stop: set[str] = set()
    for event in await events(registry):  # the log tells the same story
        if event["t"] == "stop":
            after_stop.add(event["gnt"])
        elif event["t"] == "read":
            assert event["gnt"] not in after_stop
    await registry.verified()


async def test_a_full_batch_of_all_kinds_is_one_story(registry: Registry) -> None:
    """64 looks side by side, of known and unknown grants, are numbered per person without a gap."""
    people = [await registry.person() for _ in range(6)]
    grants = [(await registry.grant(person, drw), drw) for person, drw in people]
    looks = [registry.look(*grants[n % 6]) if n % 5 else registry.look(new_id(), new_id()) for n in range(64)]
    answers = await asyncio.gather(*(registry.asking.ask(look) for look in looks), return_exceptions=True)
    for number, (look, answer) in enumerate(zip(looks, answers, strict=True)):
        assert isinstance(answer, Released if number % 5 else LookRefused)
        if isinstance(answer, Released):
            assert verify_permit(answer.entry.look(), registry.policy(), NOW).gnt == look.grant
    assert (await registry.verified()).lines == 64


async def test_who_is_on_the_case_may_look(registry: Registry) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school, caseworkers=(registry.asking.employee(TEAM, FATIMA), H("x")))
    await registry.asking.ask(registry.look(grant, school))
    assert (await why(registry, registry.look(grant, school, caseworker="cw_x")))[0] == "not-on-the-case"
    await registry.database.write(lambda c: c.execute(delete(tables.grant_caseworkers)))
    await registry.asking.ask(registry.look(grant, school, caseworker="cw_x"))


def test_the_pseudonym_of_a_caseworker_is_keyed_and_of_one_team(registry: Registry) -> None:
    made = {registry.asking.employee(team, who) for team in (TEAM, OTHER_TEAM) for who in (FATIMA, "cw_x")}
    assert len(made) == 4
    assert all(len(one) == 43 and FATIMA not in one for one in made)
    assert b64u(EMP_SECRET) not in "".join(made)
