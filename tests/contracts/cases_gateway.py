# SPDX-License-Identifier: EUPL-1.2
"""A well-formed call for each operation of the gateway."""

import time
from typing import Any

from formats.grant import Grant
from formats.request import sign_import
from formats.spelling import H, new_id
from kluisje.organisation import Team
from tests.contracts.calling import ID4, OCTETS, Call, Identity
from tests.contracts.cases import Case, Cases
from tests.contracts.cases_consent import closing, explained, offered, question_to_noor, questioned, stopped
from tests.contracts.cases_vault import new_deposit
from tests.contracts.world import World


def gateway_cases(world: World) -> Cases:
    """All of them, in an order in which each finds what it needs."""
    yield from _asking(world)
    yield from _granted(world)
    yield from _reading(world)
    yield from _depositing(world)
    yield from _learning(world)
    for name, path in (
        ("listPurposes", "/purposes"),
        ("listSchemas", "/schemas"),
        ("listOrganisations", "/organisations"),
    ):
        yield Case(f"gateway.{name}", Call("gateway", "GET", path), Identity)
    one = Call("gateway", "GET", f"/organisations/{world.fatima.team.party}")
    yield Case("gateway.getOrganisation", one, Identity)


def _as_asker(world: World, name: str, method: str, path: str, body: Any = None, *, known: str = "") -> Case:
    """known: the id in the path that only its team may know of."""
    call = Call("gateway", method, path, body)
    elsewhere = call.but(path=path.replace(known, ID4)) if known else None
    return Case(f"gateway.{name}", call, lambda: world.team(world.fatima, "ask"), elsewhere)


def _asking(world: World) -> Cases:
    answer = yield _as_asker(world, "askConsent", "POST", "/consent-requests", question_to_noor(world))
    known = answer.json()["id"]
    place = f"/consent-requests/{known}"
    yield _as_asker(world, "listConsentRequests", "GET", "/consent-requests")
    yield _as_asker(world, "getConsentRequest", "GET", place, known=known)
    yield _as_asker(world, "withdrawConsentRequest", "POST", f"{place}/withdrawals", known=known)
    countered, signed = offered(world)
    path = f"/consent-requests/{countered}/acceptances"
    yield _as_asker(world, "acceptOffer", "POST", path, {"request": signed}, known=countered)


def _granted(world: World) -> Cases:
    yield _as_asker(world, "listGrants", "GET", "/grants")
    yield _as_asker(world, "getGrant", "GET", f"/grants/{world.reading.jti}", known=world.reading.jti)
    given_up = world.read_grant()
    yield _as_asker(world, "handBackGrant", "DELETE", f"/grants/{given_up.jti}", known=given_up.jti)


def _of_grant(world: World, team: Team, action: str, grant: Grant, name: str, call: Call) -> Case:
    return Case(
        f"gateway.{name}",
        call,
        lambda: world.team(team, action, grant_id=grant.jti),
        call.but(path=call.path.replace(grant.jti, ID4)),
    )


def _reading(world: World) -> Cases:
    grant, team = world.reading, world.fatima
    place = f"/grants/{grant.jti}"
    records = f"{place}/drawers/{world.drawer}/records"

    def case(name: str, call: Call) -> Case:
        return _of_grant(world, team, "read", grant, name, call)

    yield case("readRecords", Call("gateway", "GET", records))
    attachment = f"{records}/{world.brief.rid}/attachments/{world.brief.att[0].id}"
    yield case("readAttachment", Call("gateway", "GET", attachment))
    keys = team.team
    word = sign_import(
        keys.sig, iss=keys.party, vlt=world.noor.vlt, gnt=grant.jti, env=[H(new_id())], iat=int(time.time())
    )
    yield case("confirmImport", Call("gateway", "POST", f"{place}/imports", {"confirmation": word}))


def _depositing(world: World) -> Cases:
    grant = world.bringing
    place = f"/grants/{grant.jti}/drawers/{world.drawer}"

    def case(name: str, call: Call) -> Case:
        return _of_grant(world, world.post, "deposit", grant, name, call)

    yield case("getDepositEpoch", Call("gateway", "GET", f"{place}/epoch"))
    _, jwe, epoch, sealed, blob = new_deposit(world)
    body = {"jwe": jwe, "epoch": epoch, "attachments": [sealed]}
    answer = yield case("depositRecord", Call("gateway", "POST", f"{place}/deposits", body))
    upload = f"{place}/deposits/uploads/{answer.json()['uploads'][0]['upload']}"
    yield case("putUploadPiece", Call("gateway", "PUT", f"{upload}/pieces/0", blob, kind=OCTETS))
    yield case("completeUpload", Call("gateway", "POST", f"{upload}/completions"))


def _learning(world: World) -> Cases:
    def as_system(name: str, method: str, path: str, body: Any = None, *, known: str = "") -> Case:
        call = Call("gateway", method, path, body)
        elsewhere = call.but(path=path.replace(known, ID4)) if known else None
        return Case(f"gateway.{name}", call, lambda: world.team(world.system, "learn"), elsewhere)

    yield as_system("pollEvents", "POST", "/events", {"returnImmediately": True})
    gone = Call("gateway", "POST", "/caseworker-suspensions", {"sub": f"cw_{'x' * 43}"})
    yield Case("gateway.suspendCaseworker", gone, lambda: world.team(world.post, "learn"))
    grant = stopped(world)
    place = f"/grants/{grant.jti}"
    yield as_system("closeGrant", "POST", f"{place}/closings", {"closing": closing(world, grant)}, known=grant.jti)
    yield _as_asker(world, "getEvidence", "GET", f"{place}/evidence", known=grant.jti)
    taken = world.read_grant()
    path, why = f"/grants/{taken.jti}/take-overs", {"reason": "Fatima is met verlof."}
    yield _as_asker(world, "takeOverCase", "POST", path, why, known=taken.jti)
    asked = questioned(world)
    place = f"/questions/{asked.id}"
    yield _as_asker(world, "listQuestions", "GET", "/questions")
    yield _as_asker(world, "getQuestion", "GET", place, known=asked.id)
    answer = {"answer": explained(world, asked)}
    yield _as_asker(world, "answerQuestion", "POST", f"{place}/answers", answer, known=asked.id)
