# SPDX-License-Identifier: EUPL-1.2
"""HTTP for the gateway alone, the second half: events, closings, evidence, "Waarom keek je?", colleagues.

What is asked here is asked by a team about itself and its own grants; anything else is absent.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from chassis.clock import moment
from chassis.contract import RECORD_BYTES
from chassis.database import Connection
from chassis.identifiers import Id
from consent import closing, directory, evidence, explaining, http, store_telling, taking_over, telling
from consent import team_schemas as schemas
from consent.http import Cursor, Gateway, Here, PageSize
from consent.refusals import Absent
from consent.schemas import Team
from consent.store import Row

OfTeam = Annotated[Team, Query()]
FOR_GATEWAY: dict[str, Any] = {"openapi_extra": http.SERVICE, "dependencies": [Gateway]}
SIGNED: dict[str, Any] = {"openapi_extra": {**http.SERVICE, "x-most-bytes": RECORD_BYTES}, "dependencies": [Gateway]}


def add(router: APIRouter) -> None:
    """Adds these operations."""
    _events(router)
    _grants(router)
    _questions(router)

    @router.post(
        "/caseworker-suspensions", operation_id="suspendCaseworker", tags=["grants"], status_code=204, **FOR_GATEWAY
    )
    async def suspend_caseworker(body: schemas.Suspension, here: Here) -> None:
        """A colleague left: from the answer on every decision is no."""
        await directory.suspend(here, "caseworker", here.employee(body.team, body.sub))


def _events(router: APIRouter) -> None:
    @router.post("/events", operation_id="pollEvents", tags=["events"], **FOR_GATEWAY)
    async def poll_events(body: schemas.EventPoll, here: Here) -> schemas.EventsWaiting:
        """Takes acknowledgements in, and answers what else waits for a team."""
        told = await telling.poll(
            here,
            body.team,
            most=body.max_events,
            since=0 if body.since is None else int(body.since),
            taken=body.ack,
            not_good=body.not_good,
        )
        return schemas.EventsWaiting(sets=told.sets, more_available=told.more)


def _grants(router: APIRouter) -> None:
    @router.post("/grants/{grant}/closings", operation_id="closeGrant", tags=["grants"], status_code=201, **SIGNED)
    async def close_grant(here: Here, grant: Id, body: schemas.NewClosing, response: Response) -> schemas.Closed:
        """What the team did with it after the end, signed."""
        receipt = await closing.close(here, body.team, grant, body.closing)
        response.headers["Location"] = f"/consent/v1/grants/{grant}/evidence"
        return schemas.Closed(receipt=receipt)

    @router.get("/grants/{grant}/evidence", operation_id="getEvidence", tags=["grants"], **FOR_GATEWAY)
    async def get_evidence(
        here: Here, request: Request, response: Response, grant: Id, team: OfTeam, size: PageSize = 20,
        cursor: Cursor = None,
    ) -> schemas.Evidence:  # fmt: skip
        """What the team can show of a grant: signed things and its own lines, with proofs; no values."""
        bound = f"evidence {team} {grant}"
        below = http.below(cursor, bound)
        shown, further = await here.ledger.view(lambda c, now: evidence.evidence(c, team, grant, below, size))
        if further is None:
            return shown
        following = http.next_page(request, response, bound, shown.items, size, lambda _: [further])
        return shown.model_copy(update={"next": following})

    @router.post(
        "/grants/{grant}/take-overs", operation_id="takeOverCase", tags=["grants"], status_code=204, **FOR_GATEWAY
    )
    async def take_over_case(here: Here, grant: Id, body: schemas.TakeOver) -> None:
        """A colleague of the team takes the case; the person is told, with the reason."""
        await taking_over.take_over(here, body.team, grant, body.caseworker, body.reason)


def _asked(row: Row) -> schemas.AskedWhy:
    return schemas.AskedWhy(
        id=row["id"],
        state="open" if row["answered_at"] is None else "answered",
        vlt=row["vlt"],
        grant=row["jti"],
        entry=row["entry"],
        employee=row["emp"],
        action=row["what"],
        looked_at=moment(row["looked_at"]),
        text=row["text"],
        asked_at=moment(row["asked_at"]),
        due=moment(row["due"]),
        answer=row["answer"],
    )


def _asked_one(connection: Connection, team: str, identifier: str) -> schemas.AskedWhy:
    row = store_telling.asked_of_team_one(connection, team, identifier)
    if row is None:
        raise Absent
    return _asked(row)


def _questions(router: APIRouter) -> None:
    @router.get("/questions", operation_id="listOwnQuestions", tags=["questions"], **FOR_GATEWAY)
    async def list_own_questions(
        here: Here, request: Request, response: Response, team: OfTeam, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.AskedWhyPage:
        """ "Waarom keek je?": what a team was asked, newest first."""
        bound = f"questions {team}"
        before = http.before(cursor, bound)

        def view(connection: Connection, now: int) -> list[schemas.AskedWhy]:
            return [_asked(row) for row in store_telling.asked_of_team(connection, team, before, size)]

        found = await here.ledger.view(view)
        further = http.next_page(request, response, bound, found, size, lambda one: [int(one.asked_at), one.id])
        return schemas.AskedWhyPage(items=found, next=further)

    @router.get("/questions/{question}", operation_id="getOwnQuestion", tags=["questions"], **FOR_GATEWAY)
    async def get_own_question(here: Here, question: Id, team: OfTeam) -> schemas.AskedWhy:
        """One question to a team."""
        return await here.ledger.view(lambda c, now: _asked_one(c, team, question))

    @router.post(
        "/questions/{question}/answers", operation_id="answerQuestion", tags=["questions"], status_code=201, **SIGNED
    )
    async def answer_question(
        here: Here, question: Id, body: schemas.NewWhyAnswer, response: Response
    ) -> schemas.Explained:
        """Why the team looked, signed. The person reads it."""
        receipt = await explaining.answer(here, body.team, question, body.answer, body.caseworker)
        response.headers["Location"] = f"/consent/v1/questions/{question}"
        return schemas.Explained(receipt=receipt)
