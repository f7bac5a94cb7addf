# SPDX-License-Identifier: EUPL-1.2
"""HTTP of what an organisation learns and owes: events, closings, evidence, "Waarom keek je?", colleagues."""

from fastapi import APIRouter
from starlette.responses import Response

from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from gateway import learning_schemas as schemas
from gateway.http import Calling, Cursor, Size, listed, makes, passed
from gateway.learning import Learning


def add(router: APIRouter, learning: Learning) -> None:
    """Adds these operations."""
    _grants(router, learning)
    _questions(router, learning)

    @router.post("/events", operation_id="pollEvents", response_model=schemas.EventsWaiting, tags=["learning"])
    async def poll_events(caller: Calling, asked: schemas.Poll) -> Response:
        """Polls own signed events (RFC 8936). Each comes again until it is acknowledged; nothing waits for it."""
        reply = await learning.poll(
            caller,
            most=asked.max_events,
            ack=asked.ack,
            errors={event: one.err for event, one in asked.set_errs.items()},
            wait=not asked.return_immediately,
        )
        return passed(reply)

    @router.post("/caseworker-suspensions", operation_id="suspendCaseworker", status_code=204, tags=["learning"])
    async def suspend_caseworker(caller: Calling, told: schemas.NewSuspension) -> Response:
        """A colleague left: the next call of that caseworker is refused, whatever the token says."""
        await learning.suspend(caller, told.sub)
        return Response(status_code=204)


def _grants(router: APIRouter, learning: Learning) -> None:
    @makes(router, "/grants/{grant}/closings", "closeGrant", schemas.Closed, "learning", most=RECORD_BYTES)
    async def close_grant(caller: Calling, grant: Id, given: schemas.NewClosing) -> Response:
        """After the end: erased, or kept until when, under an article that the purpose names. The person reads it."""
        reply = await learning.close(caller, grant, given.closing)
        return passed(reply, 201, {"Location": f"/gateway/v1/grants/{grant}/evidence"})

    @router.get(
        "/grants/{grant}/evidence", operation_id="getEvidence", response_model=schemas.Evidence, tags=["learning"]
    )
    async def get_evidence(caller: Calling, grant: Id, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """What can be shown of an own grant: signed things and own lines with their proofs; no values."""
        reply = await learning.evidence(caller, grant, page_size, page_cursor)
        return listed(reply, f"grants/{grant}/evidence", page_size)

    @router.post("/grants/{grant}/take-overs", operation_id="takeOverCase", status_code=204, tags=["learning"])
    async def take_over_case(caller: Calling, grant: Id, given: schemas.NewTakeOver) -> Response:
        """The caller takes the case of a colleague; the person is told, with the reason."""
        await learning.take_over(caller, grant, given.reason)
        return Response(status_code=204)


def _questions(router: APIRouter, learning: Learning) -> None:
    @router.get("/questions", operation_id="listQuestions", response_model=schemas.AskedWhyPage, tags=["learning"])
    async def list_questions(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """ "Waarom keek je?": what people asked about looks of this team, newest first."""
        return listed(await learning.questions(caller, page_size, page_cursor), "questions", page_size)

    @router.get("/questions/{question}", operation_id="getQuestion", response_model=schemas.AskedWhy, tags=["learning"])
    async def get_question(caller: Calling, question: Id) -> Response:
        """One question about a look of this team."""
        return passed(await learning.question(caller, question))

    @makes(router, "/questions/{question}/answers", "answerQuestion", schemas.Explained, "learning", most=RECORD_BYTES)
    async def answer_question(caller: Calling, question: Id, given: schemas.NewWhyAnswer) -> Response:
        """Why this team looked, signed, within seven days. The person reads it; there is one answer."""
        reply = await learning.answer(caller, question, given.answer)
        return passed(reply, 201, {"Location": f"/gateway/v1/questions/{question}"})
