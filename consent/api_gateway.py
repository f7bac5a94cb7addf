# SPDX-License-Identifier: EUPL-1.2
"""HTTP for the gateway alone (service token): looks, previews, sign-ins, and what teams see and do.

Consent believes the gateway about who calls. What a team must not learn is not in these answers: see `showing`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.types import Scope

from chassis.answers import Whole, members_answer
from chassis.calls import TRACE
from chassis.clock import moment
from chassis.contract import RECORD_BYTES, hot
from chassis.crowd import takes_calls
from chassis.database import Connection
from chassis.identifiers import Id
from consent import accepting, ending, http, look, opening, proving, requesting, showing, store, store_grants
from consent import service_schemas as schemas
from consent.arriving_schemas import SignedIn
from consent.decision import No
from consent.http import Cursor, Gateway, Here, PageSize
from consent.refusals import Absent
from consent.registry import Registry
from consent.schemas import Team
from consent.team_schemas import Acceptance
from consent.teams import own_grant
from formats.grant import read_grant
from formats.spelling import b64u

OfTeam = Annotated[Team, Query()]
FOR_GATEWAY: dict[str, Any] = {"openapi_extra": http.SERVICE, "dependencies": [Gateway]}


def add(router: APIRouter) -> None:
    """Adds these operations."""
    takes_calls(router)
    _looks(router)
    _sign_ins(router)
    _questions(router)
    _acceptances(router)
    _grants(router)


def _looks(router: APIRouter) -> None:
    async def look_now(scope: Scope) -> Whole:
        """Decides one look and writes it down, in one transaction. The entry with its proof is the permit."""
        http.only_gateway(scope["kluisje.caller"])
        asked = schemas.Look.model_validate(scope["kluisje.json"])
        trace = TRACE.get()
        registry: Registry = scope["app"].state.registry
        released = await registry.asking.ask(
            look.Look(
                stage=asked.stage,
                grant=asked.grant,
                team=asked.team,
                client=asked.client,
                caseworker=asked.caseworker,
                action=asked.action,
                question=asked.question,
                key=asked.key,
                purpose=asked.purpose,
                drawer=asked.drawer,
                records=None if asked.records is None else tuple(asked.records),
                epoch=asked.epoch,
                reason=asked.reason,
                head=None if asked.head is None else tuple(asked.head),
                trace=None if trace is None else trace.decode("latin-1"),
            )
        )
        return members_answer({**released.entry.look(), "grant": released.grant, "statements": released.statements})

    hot(
        router,
        "POST",
        "/looks",
        look_now,
        takes=schemas.Look,
        gives=schemas.Looked,
        operation_id="takeLook",
        tags=["looks"],
        openapi_extra=http.SERVICE,
    )

    @router.post("/previews", operation_id="previewLook", tags=["looks"], **FOR_GATEWAY)
    async def preview(body: schemas.Preview, here: Here) -> schemas.Previewed:
        """Would a look be allowed? Never a permit. A no is written down, but at introspection."""
        foreseen = await here.asking.preview(
            look.Look(
                stage=body.stage,
                grant=body.grant,
                team=body.team,
                client=body.client,
                caseworker=body.caseworker,
                action=body.action,
                purpose=body.purpose,
                reason=body.reason,
                trace=here.trace,
            )
        )
        grant, purpose = foreseen.grant, here.catalogue.purposes.get(foreseen.grant.purpose)
        return schemas.Previewed(
            grant=grant.jti,
            purpose=grant.purpose,
            title=grant.purpose if purpose is None else purpose.title.nl,
            kind=grant.knd,
            ends_at=moment(grant.exp),
            reason_needed=foreseen.reason_needed,
            drawers=showing.drawers_of(grant),
        )


def _sign_ins(router: APIRouter) -> None:
    @router.post("/sign-ins", operation_id="takeSignIn", tags=["sign-ins"], **FOR_GATEWAY)
    async def sign_in(body: schemas.SignIn, here: Here) -> SignedIn:
        """Somebody signed in. Of the BSN only a keyed pseudonym stays. Answers whose vault it is."""
        vlt = await opening.sign_in(here, body.vlt, body.bsn, body.birth_date, body.acr, body.auth_time)
        return SignedIn(vlt=vlt)


def _questions(router: APIRouter) -> None:
    @router.post(
        "/consent-requests",
        operation_id="askConsent",
        tags=["consent-requests"],
        status_code=201,
        dependencies=[Gateway],
        openapi_extra={**http.SERVICE, "x-most-bytes": RECORD_BYTES},
    )
    async def ask_consent(body: schemas.NewQuestion, here: Here, response: Response) -> schemas.AskersQuestion:
        """A team asks, signed by its own key. The same answer whoever lives at the address, or nobody."""
        to = requesting.To(body.to.share_code, body.to.bsn)
        row, _ = await requesting.ask(
            here, to, body.request, team=body.team, client=body.client, caseworker=body.caseworker
        )
        response.headers["Location"] = f"/consent/v1/consent-requests/{row['id']}"
        return await here.ledger.view(lambda connection, now: showing.askers(connection, row, now))

    @router.get("/consent-requests", operation_id="listOwnConsentRequests", tags=["consent-requests"], **FOR_GATEWAY)
    async def list_own_consent_requests(
        here: Here, request: Request, response: Response, team: OfTeam, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.AskersQuestionPage:
        """A team's own questions, newest first."""
        bound = f"consent-requests {team}"
        before = http.before(cursor, bound)

        def view(connection: Connection, now: int) -> list[tuple[int, schemas.AskersQuestion]]:
            rows = requesting.own_page(connection, team, now, before, size)
            return [(int(row["asked_at"]), showing.askers(connection, row, now)) for row in rows]

        found = await here.ledger.view(view)
        further = http.next_page(request, response, bound, found, size, lambda one: [one[0], one[1].id])
        return schemas.AskersQuestionPage(items=[one for _, one in found], next=further)

    @router.get(
        "/consent-requests/{question}", operation_id="getOwnConsentRequest", tags=["consent-requests"], **FOR_GATEWAY
    )
    async def get_own_consent_request(here: Here, question: Id, team: OfTeam) -> schemas.AskersQuestion:
        """One of a team's own questions."""
        return await here.ledger.view(lambda c, now: showing.askers(c, requesting.own(c, team, question, now), now))

    @router.post(
        "/consent-requests/{question}/withdrawals",
        operation_id="withdrawConsentRequest",
        tags=["consent-requests"],
        status_code=201,
        **FOR_GATEWAY,
    )
    async def withdraw_consent_request(
        here: Here, question: Id, body: schemas.Withdrawal, response: Response
    ) -> schemas.AskersQuestion:
        """The team takes its question back."""
        row = await requesting.take_back(here, body.team, question, body.caseworker)
        response.headers["Location"] = f"/consent/v1/consent-requests/{question}"
        return await here.ledger.view(lambda connection, now: showing.askers(connection, row, now))


def _acceptances(router: APIRouter) -> None:
    @router.post(
        "/consent-requests/{question}/acceptances",
        operation_id="acceptOffer",
        tags=["consent-requests"],
        status_code=201,
        dependencies=[Gateway],
        openapi_extra={**http.SERVICE, "x-most-bytes": RECORD_BYTES},
    )
    async def accept_offer(here: Here, question: Id, body: Acceptance, response: Response) -> schemas.AskersQuestion:
        """The team accepts a counter-offer: a new question of exactly the offer. It gives nothing by itself."""
        row, _ = await accepting.accept(
            here, question, body.request, team=body.team, client=body.client, caseworker=body.caseworker
        )
        response.headers["Location"] = f"/consent/v1/consent-requests/{row['id']}"
        return await here.ledger.view(lambda connection, now: showing.askers(connection, row, now))


def _epoch(connection: Connection, team: str, jti: str, drw: str, now: int) -> schemas.DepositEpoch:
    """What a source seals to. Raises LookRefused for its own grant that does not run, Absent for any other."""
    row = own_grant(connection, team, jti)
    grant = read_grant(row["token"])
    newest = store.newest_epoch(connection, row["vlt"], drw)
    vault = store.vault(connection, row["vlt"])
    if grant.act != "deposit" or grant.drawer(drw) is None or newest is None or vault is None or newest["n"] < 0:
        raise Absent  # an epoch that was entered elsewhere is opened anew at her first visit
    state = showing.standing(connection, [row], now)[0][0]
    if state != "running":
        raise look.LookRefused(No("ended" if state == "ended" else "paused"))
    card = store.statement(connection, row["vlt"], row["card_seq"])
    line = proving.lines(connection, row["vlt"], before=newest["n"] + 1, limit=1)[0]
    assert card is not None
    assert line.event is not None
    assert line.nonce is not None
    return schemas.DepositEpoch(
        grant=grant.token,
        card=card["token"],
        epoch=newest["token"],
        event=b64u(line.event),
        nonce=b64u(line.nonce),
        proof=line.proof,
    )


def _grants(router: APIRouter) -> None:
    @router.get("/grants", operation_id="listOwnGrants", tags=["grants"], **FOR_GATEWAY)
    async def list_own_grants(
        here: Here, request: Request, response: Response, team: OfTeam, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.AskersGrantPage:
        """A team's own grants, newest first: running or ended."""
        bound = f"grants {team}"
        before = http.before(cursor, bound)

        def view(connection: Connection, now: int) -> list[tuple[int, schemas.AskersGrant]]:
            rows = store_grants.of_team(connection, team, before, size)
            entered = [int(row["entered_at"]) for row in rows]
            return list(zip(entered, showing.askers_grants(connection, rows, now), strict=True))

        found = await here.ledger.view(view)
        further = http.next_page(request, response, bound, found, size, lambda one: [one[0], one[1].id])
        return schemas.AskersGrantPage(items=[one for _, one in found], next=further)

    @router.get("/grants/{grant}", operation_id="getOwnGrant", tags=["grants"], **FOR_GATEWAY)
    async def get_own_grant(here: Here, grant: Id, team: OfTeam) -> schemas.AskersGrant:
        """One of a team's own grants."""
        return await here.ledger.view(lambda c, now: showing.askers_grants(c, [own_grant(c, team, grant)], now)[0])

    @router.delete("/grants/{grant}", operation_id="handBackGrant", tags=["grants"], status_code=204, **FOR_GATEWAY)
    async def hand_back_grant(
        here: Here, grant: Id, team: OfTeam, caseworker: Annotated[schemas.Name | None, Query()] = None
    ) -> None:
        """The team gives a grant up. Final, like every end."""
        await ending.hand_back(here, team, grant, caseworker)

    @router.get(
        "/grants/{grant}/drawers/{drawer}/epoch", operation_id="getDepositEpoch", tags=["grants"], **FOR_GATEWAY
    )
    async def get_deposit_epoch(here: Here, grant: Id, drawer: Id, team: OfTeam) -> schemas.DepositEpoch:
        """What a source seals to now, with the log entry of the epoch."""
        return await here.ledger.view(lambda c, now: _epoch(c, team, grant, drawer, now))
