# SPDX-License-Identifier: EUPL-1.2
"""Reading and depositing through the gateway, with real consent and vault behind it and real clients before it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.clock import Clock
from chassis.database import Database
from formats import jose
from formats.dpop import make_proof
from formats.spelling import H, new_id
from gateway import access
from gateway.consent_client import ConsentClient
from gateway.registering import suspend
from gateway.vault_client import VaultClient
from kluisje.http import Refused
from tests.gateway.street import Case, Street, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def case(street: Street) -> Case:
    """One case for the tests that change nothing in it."""
    return await a_case(street)


def _slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[1]


async def test_the_sealed_answer_has_everything_to_check_it_and_is_not_stored(street: Street, case: Case) -> None:
    answer = await street.call(case.fatima, "GET", case.path, case.details)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"grant", "statements", "look", "envelopes", "sealed", "head", "next"}
    assert set(body["look"]) == {"event", "nonce", "proof"}
    assert [one["version"] for one in body["sealed"]] == [1]
    assert body["next"] is None
    [record] = await case.fatima.reads(case.question)
    assert record.body == {"absence_days": 12}


async def test_a_question_and_its_grant_are_seen_by_their_team(street: Street, case: Case) -> None:
    fatima = case.fatima
    seen = await fatima.looks_up(case.question)
    assert seen.state == "granted"
    assert case.grant.id in [one.id for one in await fatima.grants()]
    listed = await street.call(fatima, "GET", "/gateway/v1/consent-requests?pageSize=1", fatima.details("ask"))
    assert len(listed.json()["items"]) == 1
    one = await street.call(fatima, "GET", f"/gateway/v1/grants/{case.grant.id}", case.details)
    assert one.json()["state"] == "running"
    with pytest.raises(Refused, match="request-closed"):
        await fatima.takes_back(case.question)


@pytest.mark.promise("P20")
@pytest.mark.attack("proof replayed")
@pytest.mark.attack("races")
async def test_the_proof_of_a_look_counts_once_in_the_ledger(street: Street, case: Case) -> None:
    token = await case.fatima._tokens.token(case.details)
    key = case.fatima._tokens.key
    proof = make_proof(key, "GET", street.origin + case.path, H(token), now=Clock().now())
    calls = [street.call(case.fatima, "GET", case.path, case.details, proof=proof) for _ in range(16)]
    answers = await asyncio.gather(*calls)
    assert sorted(one.status_code for one in answers) == [200] + [401] * 15
    replayed = next(one for one in answers if one.status_code == 401)
    assert 'error="invalid_dpop_proof"' in replayed.headers["www-authenticate"]


@pytest.mark.promise("P16")
@pytest.mark.fapi(15)
@pytest.mark.attack("cuckoo token")
async def test_a_token_opens_the_one_grant_it_names(street: Street, case: Case) -> None:
    other = await a_case(street)
    crossed = await street.call(case.fatima, "GET", other.path, case.details)
    assert _slug(crossed) == (403, "insufficient-scope")
    deposit = f"/gateway/v1/grants/{case.grant.id}/drawers/{case.drawer}/epoch"
    assert _slug(await street.call(case.fatima, "GET", deposit, case.details)) == (403, "insufficient-scope")


@pytest.mark.promise("P23")
async def test_unknown_and_not_yours_are_the_same_bytes(street: Street, case: Case) -> None:
    """The school's worker names Fatima's grant, and one that does not exist, at every call that names a grant."""
    joost = await street.players.caseworker("Joost", of="de-vlier")
    source = street.players.source()
    told: dict[str, set[tuple[int, str]]] = {}
    for grant in (case.grant.id, new_id()):
        base = f"/gateway/v1/grants/{grant}"
        calls = [
            (joost, "GET", base, joost.details("ask")),
            (joost, "DELETE", base, joost.details("ask")),
            (source, "GET", f"{base}/drawers/{case.drawer}/epoch", source.details("deposit")),
        ]
        for worker, method, path, details in calls:
            answer = await street.call(worker, method, path, details)
            body = {**answer.json(), "instance": ""}
            kept = {k: v for k, v in answer.headers.items() if k != "date"}
            told.setdefault(f"{method} {path.replace(grant, '')}", set()).add(
                (answer.status_code, json.dumps([body, kept], sort_keys=True))
            )
    assert {len(seen) for seen in told.values()} == {1}
    assert {status for seen in told.values() for status, _ in seen} == {404}
    for grant in (case.grant.id, new_id()):  # and no token for it is given, in the same words
        with pytest.raises(Refused, match="invalid_authorization_details"):
            await joost._tokens.token(joost.details("read", grant_id=grant))


@pytest.mark.promise("P01")
async def test_after_a_stop_no_read_and_no_token(street: Street) -> None:
    case = await a_case(street)
    assert (await street.call(case.fatima, "GET", case.path, case.details)).status_code == 200
    await case.noor.stops(case.question)
    assert _slug(await street.call(case.fatima, "GET", case.path, case.details)) == (403, "grant-ended")
    fresh = await street.players.caseworker()
    with pytest.raises(Refused, match="invalid_authorization_details"):  # PAR
        await fresh._tokens.token(case.details)
    for token in list(case.fatima._tokens._tokens.values()):  # refresh
        if token.refresh is not None and "grant_id" in _kept(case, token):
            form = {"grant_type": "refresh_token", "refresh_token": token.refresh}
            with pytest.raises(Refused, match="invalid_grant"):
                await case.fatima._tokens._ask(form)
    assert [line.outcome for line in await case.noor.who_looked()][:2] == ["read", "refused"]


def _kept(case: Case, token: Any) -> str:
    return next(wanted for wanted, one in case.fatima._tokens._tokens.items() if one is token)


@pytest.mark.promise("P01")
async def test_readers_during_a_stop_get_nothing_that_began_after_it(street: Street) -> None:
    case = await a_case(street)
    stopped = asyncio.Event()
    began_after: list[int] = []

    async def reader() -> None:
        for _ in range(12):
            late = stopped.is_set()
            answer = await street.call(case.fatima, "GET", case.path, case.details)
            if late:
                began_after.append(answer.status_code)

    async def stopper() -> None:
        await asyncio.sleep(0.1)
        await case.noor.stops(case.question)
        stopped.set()

    await case.fatima._tokens.token(case.details)
    await asyncio.gather(stopper(), *(reader() for _ in range(16)))
    while len(began_after) < 16:
        began_after.append((await street.call(case.fatima, "GET", case.path, case.details)).status_code)
    assert set(began_after) == {403}


@pytest.mark.promise("P13")
async def test_a_grant_that_does_not_say_so_itself_gives_nothing(
    street: Street, case: Case, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Consent says yes with the grant of another: the gateway looks into the grant itself and asks no vault."""
    other = await a_case(street)
    asks = ConsentClient.ask
    theirs: list[Any] = []

    async def keeps(self: ConsentClient, question: Any) -> Any:
        theirs.append(await asks(self, question))
        return theirs[-1]

    monkeypatch.setattr(ConsentClient, "ask", keeps)
    await street.call(other.fatima, "GET", other.path, other.details)
    swapped = theirs[0]

    async def swaps(self: ConsentClient, question: Any) -> Any:
        found = await asks(self, question)
        return replace(found, grant=swapped.grant, statements=swapped.statements)

    async def never(*_: Any) -> bytes:
        raise AssertionError("the vault was asked")

    monkeypatch.setattr(ConsentClient, "ask", swaps)
    monkeypatch.setattr(VaultClient, "hand_out", never)
    answer = await street.call(case.fatima, "GET", case.path, case.details)
    assert _slug(answer) == (503, "unavailable")
    assert "grant-disagrees" in capfd.readouterr().out


async def test_what_the_gateway_finds_wrong_in_a_grant(
    street: Street, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []
    asks = ConsentClient.ask

    async def keeps(self: ConsentClient, question: Any) -> Any:
        found.append(await asks(self, question))
        return found[-1]

    monkeypatch.setattr(ConsentClient, "ask", keeps)
    await street.call(case.fatima, "GET", case.path, case.details)
    looked, team, now = found[0], case.fatima.team.party, Clock().now()
    place = access.Place(case.grant.id, case.drawer)

    def why(
        looked: Any = looked, place: Any = place, reader: str = team, act: str = "read", at: int = now
    ) -> str | None:
        return access.disagreement(looked, place=place, reader=reader, act=act, now=at)

    head, body, signature = looked.grant.split(".")
    assert why() is None
    assert why(place=replace(place, grant=new_id())) == "other-grant"
    assert why(place=replace(place, drawer=new_id())) == "other-drawer"
    assert why(reader=team + "x") == "other-reader"
    assert why(act="deposit") == "other-act"
    assert why(at=now - 86_400) == "not-yet"
    assert why(at=now + 40 * 86_400) == "ended"
    assert why(replace(looked, grant="x.y.z")) == "unreadable"
    assert why(replace(looked, grant=f"{head}.{body}.{signature[::-1]}")) in ("forged", "unreadable")
    assert why(replace(looked, statements=looked.statements[1:])) == "unreadable"
    assert why(replace(looked, permit={**looked.permit, "event": "e30"})) == "unreadable"


@pytest.mark.promise("P25")
@pytest.mark.parametrize("who", ["consent", "vault"])
async def test_a_part_that_is_away_means_503_and_no_data(
    street: Street, case: Case, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.fatima._tokens.token(case.details)

    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        for way in ("__call__", "within"):
            broken.setattr(type(street.house.parts[who]), way, _only_away(street, who, way, away))
        answer = await street.call(case.fatima, "GET", case.path, case.details)
    assert _slug(answer) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert (await street.call(case.fatima, "GET", case.path, case.details)).status_code == 200


def _only_away(street: Street, who: str, way: str, away: Any) -> Any:
    part = street.house.parts[who]
    runs = getattr(type(part), way)

    async def call(self: Any, *given: Any) -> Any:
        return await (away() if self is part else runs(self, *given))

    return call


async def test_a_permit_that_the_vault_refuses_is_our_fault_not_the_callers(
    street: Street, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = ConsentClient.ask

    async def broken(self: ConsentClient, question: Any) -> Any:
        found = await asks(self, question)
        return replace(found, permit={**found.permit, "nonce": "A" * 43})

    monkeypatch.setattr(ConsentClient, "ask", broken)
    answer = await street.call(case.fatima, "GET", case.path, case.details)
    assert _slug(answer) == (503, "unavailable")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?head=41.x", 400),
        ("?head=041." + "A" * 43, 400),
        ("?record=1", 400),
        ("?unknown=1", 400),
        ("?head=1." + "A" * 43 + "&head=2." + "A" * 43, 400),
        ("?pageCursor=x", 400),
        ("?head=1." + "A" * 43, 200),
    ],
)
async def test_query_keys_of_a_read(street: Street, case: Case, query: str, status: int) -> None:
    answer = await street.call(case.fatima, "GET", case.path + query, case.details)
    assert answer.status_code == status, answer.text


async def test_one_record_can_be_read_alone(street: Street, case: Case) -> None:
    everything = (await street.call(case.fatima, "GET", case.path, case.details)).json()
    [record] = [one["id"] for one in everything["sealed"]]
    one = await street.call(case.fatima, "GET", f"{case.path}?record={record}", case.details)
    assert [sealed["id"] for sealed in one.json()["sealed"]] == [record]
    none = await street.call(case.fatima, "GET", f"{case.path}?record={new_id()}", case.details)
    assert none.status_code in (200, 403)
    assert none.status_code == 403 or none.json()["sealed"] == []


async def test_an_attachment_comes_as_it_is_and_each_piece_is_a_look(street: Street, tmp_path: Path) -> None:
    paper = tmp_path / "letter.txt"
    paper.write_bytes(b"Dear Noor" * 40_000)
    noor = await street.players.citizen("Noor")
    fatima = await street.players.caseworker()
    await noor.keeps("school", {"absence_days": 3}, attachments=[paper])
    question = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(question)
    [record] = await fatima.reads(question)
    _, [grant] = await fatima.granted(question, "read")
    got = tmp_path / "got.txt"
    await fatima.fetches(grant, record, record.att[0], got)
    assert got.read_bytes() == paper.read_bytes()
    details = fatima.details("read", grant_id=grant.id)
    path = f"/gateway/v1/grants/{grant.id}/drawers/{record.drw}/records/{record.rid}/attachments/{record.att[0].id}"
    whole = await street.call(fatima, "GET", path, details)
    rest = await street.call(fatima, "GET", path + "?from=1000", details)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert rest.content == whole.content[1000:]
    missing = await street.call(fatima, "GET", path[:-36] + new_id(), details)
    assert missing.status_code == 404
    looks = [line for line in await noor.who_looked() if line.outcome == "read"]
    assert len(looks) >= 4


async def test_a_source_deposits_with_an_attachment_and_another_may_not_bring_pieces(
    street: Street, tmp_path: Path
) -> None:
    paper = tmp_path / "report.txt"
    paper.write_bytes(b"report" * 10_000)
    noor, source = await street.players.citizen("Sam"), street.players.source()
    question = await source.asks(noor, for_="letters-from-youth-help", days=90)
    await noor.allows(question)
    _, [grant] = await source.granted(question, "deposit")
    [drawer] = grant.drawers
    body = {"title": "Uitnodiging", "sender": "Jeugdteam Zuid"}
    rid = await source.deposits(question, "school", body, "urn:kluisje:schema:letter:1", [paper])
    await noor.visits()
    assert rid in [record.rid for record in await noor.looks_in("school")]
    base = f"/gateway/v1/grants/{grant.id}/drawers/{drawer}/deposits/uploads/{new_id()}"
    answer = await street.call(
        source, "PUT", base + "/pieces/0", source.details("deposit", grant_id=grant.id), content=b"x",
    )  # fmt: skip
    assert answer.status_code in (404, 415)


@pytest.mark.promise("P17")
async def test_a_suspended_team_reads_nothing_from_then_on(street: Street) -> None:
    case = await a_case(street)
    assert (await street.call(case.fatima, "GET", case.path, case.details)).status_code == 200
    sub = jose.peek(await case.fatima._tokens.token(case.details))[1]["sub"]
    database = Database(street.town.environment()["KLUISJE_GATEWAY_DATABASE"])
    await suspend(database, case.fatima.team.party[:28], sub, Clock().now())
    assert (await street.call(case.fatima, "GET", case.path, case.details)).status_code == 401
    database.close()
