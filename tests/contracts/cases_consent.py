# SPDX-License-Identifier: EUPL-1.2
"""A well-formed call for each operation of consent."""

import json
import time
from typing import Any

from demo.people import IDENTITY
from formats.checkpoint import origin_at
from formats.grant import Grant
from formats.keyring import EpochKeys
from formats.person import sign_person
from formats.receipt import sign_closing
from formats.request import Item, sign_request, sign_why
from formats.spelling import DAY, H, new_id
from kluisje.accounting import Why
from kluisje.chain import Draft
from tests.contracts.calling import ID4, Call, Identity
from tests.contracts.cases import Case, Cases
from tests.contracts.cases_vault import look, newcomer
from tests.contracts.world import World
from tests.elsewhere import ORIGIN as ELSEWHERE


def consent_cases(world: World) -> Cases:
    """All of them, in an order in which each finds what it needs."""
    yield from _chain(world)
    yield from _codes(world)
    yield from _questions(world)
    yield from _grants(world)
    yield from _lines(world)
    yield from _leaving(world)
    yield from _arriving(world)
    yield from _looks(world)
    yield from _asking(world)
    yield from _own_grants(world)
    yield from _learning(world)
    yield from _published(world)


def _mine(world: World, name: str, method: str, path: str, body: Any = None, **more: Any) -> Case:
    call = Call("consent", method, f"/vaults/{world.noor.vlt}{path}", body, **more)
    return Case(
        f"consent.{name}", call, lambda: world.person(world.noor, "consent"), call.but(path=f"/vaults/{ID4}{path}")
    )


def _chain(world: World) -> Cases:
    person, _, card, word = newcomer(world)
    opening = Call("consent", "POST", "/vaults", {"card": card, "person": word})
    yield Case("consent.openVault", opening, lambda: world.person(person, "consent"))
    yield _mine(world, "getVault", "GET", "")
    yield _mine(world, "listStatements", "GET", "/statements")
    yield _mine(world, "enterStatements", "POST", "/statements", {"statements": renewal(world)})


def renewal(world: World) -> list[str]:
    """The next statement of Noor's chain, not entered: her school drawer's epoch once more."""
    chain, keys = world.noor._open.chain, world.noor._open.keys
    world.run(chain.load())
    last = chain.epoch(world.drawer).claims
    epoch: EpochKeys = keys.keyring.epoch(world.drawer, last["ep"])
    draft = Draft(chain.statements[-1], keys, int(time.time()))
    draft.epoch(epoch, cat=last["cat"], rsn="renew", env=last["env"])
    return draft.tokens


def _codes(world: World) -> Cases:
    yield _mine(world, "takePepper", "POST", "/peppers")
    answer = yield _mine(world, "makeShareCode", "POST", "/share-codes")
    yield _mine(world, "listShareCodes", "GET", "/share-codes")
    yield _mine(world, "dropShareCode", "DELETE", f"/share-codes/{answer.json()['id']}")
    yield _mine(world, "listDevices", "GET", "/devices")
    yield _mine(world, "stopDevice", "DELETE", f"/devices/{H(new_id())}")


def _questions(world: World) -> Cases:
    question = world.ask(world.fatima)
    yield _mine(world, "listConsentRequests", "GET", "/consent-requests")
    yield _mine(world, "getConsentRequest", "GET", f"/consent-requests/{question.id}")
    path = f"/consent-requests/{question.id}/answers"
    yield _mine(world, "answerConsentRequest", "POST", path, {"answer": "no"})


def _grants(world: World) -> Cases:
    grant = world.read_grant()
    place = f"/grants/{grant.jti}"
    yield _mine(world, "listGrants", "GET", "/grants")
    yield _mine(world, "getGrant", "GET", place)
    answer = yield _mine(world, "pauseGrant", "POST", f"{place}/pauses")
    renewed(world)
    yield _mine(world, "openGrant", "DELETE", f"{place}/pauses/{answer.json()['id']}", {})
    yield _mine(world, "stopGrant", "POST", f"{place}/stops", {"statement": None})
    answer = yield _mine(world, "pauseAll", "POST", "/pauses")
    renewed(world)
    yield _mine(world, "openAll", "DELETE", f"/pauses/{answer.json()['id']}", {})


def renewed(world: World) -> None:
    """Noor signs a renewal behind her pause: that is what opens it again."""
    entering = Call("consent", "POST", f"/vaults/{world.noor.vlt}/statements", {"statements": renewal(world)})
    world.must(world.person(world.noor, "consent"), entering)


def _lines(world: World) -> Cases:
    yield _mine(world, "listLines", "GET", "/lines")
    yield _mine(world, "listPlainLines", "GET", "/plain-lines")
    yield _mine(world, "listEarlierLines", "GET", "/earlier-lines")
    answer = yield _mine(world, "listReceipts", "GET", "/receipts")
    yield _mine(world, "getReceipt", "GET", f"/receipts/{answer.json()['items'][0]['id']}")
    line = looked(world)
    answer = yield _mine(world, "askWhy", "POST", f"/lines/{line}/questions", {"text": "Waarom keek je?"})
    yield _mine(world, "listQuestions", "GET", "/questions")
    yield _mine(world, "getQuestion", "GET", f"/questions/{answer.json()['id']}")


def looked(world: World) -> int:
    """Fatima reads with a grant of her own making; the number of that line."""
    world.run(world.fatima.reads(world.granted(world.read_grant()), "school"))
    return world.run(world.noor.who_looked())[-1].n


def _leaving(world: World) -> Cases:
    yield _mine(world, "makeChallenge", "POST", "/challenges")
    leaver = world.run(world.players.citizen("Sam"))

    def own() -> Identity:
        return world.person(leaver, "consent")

    asking = Call("consent", "POST", f"/vaults/{leaver.vlt}/erasures", {})
    answer = yield Case("consent.askErasure", asking, own, asking.but(path=f"/vaults/{ID4}/erasures"))
    back = Call("consent", "DELETE", f"{asking.path}/{answer.json()['id']}")
    yield Case("consent.takeBackErasure", back, own, back.but(path=f"/vaults/{ID4}/erasures/{ID4}"))


def _arriving(world: World) -> Cases:
    person, luggage = world.new_device("Bram"), world.luggage
    vlt = world.run(person.signs_in())

    def own() -> Identity:
        return world.person(person, "consent")

    def hers(name: str, place: str, body: Any) -> Case:
        call = Call("consent", "POST", f"/vaults/{vlt}/arrivals{place}", body)
        return Case(f"consent.{name}", call, own, call.but(path=f"/vaults/{ID4}/arrivals{place}"))

    answer = yield hers("beginArrival", "", {"origin": ELSEWHERE})
    arrival = f"/{answer.json()['id']}"
    yield hers("bringStatements", f"{arrival}/statements", {"start": 0, "items": luggage.statements})
    yield hers("bringLines", f"{arrival}/lines", {"origin": ELSEWHERE, "items": luggage.lines})
    now, sig = int(time.time()), str(luggage.world.keys.keyring.sig["kid"])
    key = json.loads((world.servers.town.folder / "servers" / "identity_key.json").read_text())
    word = sign_person(key, iss=IDENTITY, vlt=luggage.vlt, jkt=sig, acr="urn:test:substantial", iat=now)
    told = {"vlt": luggage.vlt, "card": luggage.card(now), "person": word}
    yield _told(world, "completeArrival", "POST", f"/vaults/{vlt}/arrivals{arrival}/completions", told)


def _told(world: World, name: str, method: str, path: str, body: Any = None, **more: Any) -> Case:
    return Case(f"consent.{name}", Call("consent", method, path, body, **more), lambda: world.service("consent"))


def _looks(world: World) -> Cases:
    yield _told(world, "takeLook", "POST", "/looks", look(world, "read"))
    other = world.read_grant().jti  # each grant may be used so many times a day
    together = [{"path": "/consent/v1/looks", "members": look(world, "read", grant=other)} for _ in range(2)]
    yield _told(world, "takeCalls", "POST", "/calls", {"calls": together})
    team = world.fatima.team
    previewed = {"stage": "par", "grant": world.reading.jti, "team": team.party, "client": team.client}
    yield _told(
        world, "previewLook", "POST", "/previews", previewed | {"caseworker": world.fatimas_name(), "action": "read"}
    )
    signed_in = {"vlt": new_id(), "bsn": "999990019", "birthDate": "2011-05-09", "acr": "urn:test:substantial"}
    yield _told(world, "takeSignIn", "POST", "/sign-ins", signed_in | {"authTime": "2026-11-21T10:00:00Z"})


def signed_question(world: World, off: str | None = None, ends: int | None = None) -> str:
    """A question of Fatima's team, signed and not sent. off: the question whose offer it accepts."""
    team, now = world.fatima.team, int(time.time())
    own = world.run(world.fatima.directory.team(team.party))
    purpose = world.run(world.fatima.directory.purpose("back-to-school"))
    wanted = Item(*purpose.item("school"))
    return sign_request(
        team.sig, iss=team.party, jti=new_id(), iat=now, exp=now + purpose.expiry * DAY, org=own.sid,
        act=purpose.act, pur=purpose.uri, knd="until", items=[wanted], nbf=now, ends=ends or now + 30 * DAY,
        gnd=purpose.ground, note=None, role="youth-worker", name="Fatima", off=off,
    )  # fmt: skip


def question_to_noor(world: World) -> dict[str, Any]:
    """The body of a question to her, with a fresh share code."""
    return {"to": {"shareCode": world.run(world.noor.share_code())}, "request": signed_question(world)}


def _asking(world: World) -> Cases:
    team = world.fatima.team
    who = {"team": team.party, "client": team.client, "caseworker": world.fatimas_name()}
    answer = yield _told(world, "askConsent", "POST", "/consent-requests", question_to_noor(world) | who)
    place, mine = f"/consent-requests/{answer.json()['id']}", {"team": team.party}
    yield _told(world, "listOwnConsentRequests", "GET", "/consent-requests", query=mine)
    yield _told(world, "getOwnConsentRequest", "GET", place, query=mine)
    word = {"team": team.party, "caseworker": world.fatimas_name()}
    yield _told(world, "withdrawConsentRequest", "POST", f"{place}/withdrawals", word)


def offered(world: World) -> tuple[str, str]:
    """A question that Noor made an offer to, and the signed acceptance of it."""
    asked, ends = world.ask(world.fatima), int(time.time()) + 20 * DAY
    world.run(world.noor.offers(asked, only=["school"], until=ends))
    return asked.id, signed_question(world, asked.id, ends)


def stopped(world: World) -> Grant:
    """A grant that Fatima's team had: what it got has to be erased."""
    grant = world.read_grant()
    world.noor_stops(grant)
    return grant


def closing(world: World, grant: Grant) -> str:
    """The team's signed word that it did so."""
    keys = world.fatima.team
    return sign_closing(keys.sig, iss=keys.party, vlt=grant.vlt, gnt=grant.jti, iat=int(time.time()))


def questioned(world: World) -> Why:
    """What Noor asked Fatima's team about a look."""
    line = looked(world)
    mine = Call("consent", "POST", f"/vaults/{world.noor.vlt}/lines/{line}/questions", {"text": "Waarom keek je?"})
    asked = world.must(world.person(world.noor, "consent"), mine).json()["id"]
    return next(one for one in world.run(world.system.questions()) if one.id == asked)


def explained(world: World, why: Why) -> str:
    """The team's signed answer to it."""
    keys = world.fatima.team
    return sign_why(
        keys.sig, iss=keys.party, vlt=why.vlt, ask=why.id, entry=why.entry, text="Om samen te kijken.",
        emp=why.employee, iat=int(time.time()),
    )  # fmt: skip


def _learning(world: World) -> Cases:
    team, who = {"team": world.fatima.team.party}, {"caseworker": world.fatimas_name()}
    yield _told(world, "pollEvents", "POST", "/events", team)
    yield _told(world, "suspendCaseworker", "POST", "/caseworker-suspensions", {**team, "sub": f"cw_{'y' * 43}"})
    countered, signed = offered(world)
    word = {**team, **who, "client": world.fatima.team.client, "request": signed}
    yield _told(world, "acceptOffer", "POST", f"/consent-requests/{countered}/acceptances", word)
    grant = stopped(world)
    place = f"/grants/{grant.jti}"
    yield _told(world, "closeGrant", "POST", f"{place}/closings", {**team, "closing": closing(world, grant)})
    yield _told(world, "getEvidence", "GET", f"{place}/evidence", query=team)
    path, why = f"/grants/{world.read_grant().jti}/take-overs", {"reason": "Fatima is met verlof."}
    yield _told(world, "takeOverCase", "POST", path, {**team, **who, **why})
    asked = questioned(world)
    yield _told(world, "listOwnQuestions", "GET", "/questions", query=team)
    yield _told(world, "getOwnQuestion", "GET", f"/questions/{asked.id}", query=team)
    answer = {**team, **who, "answer": explained(world, asked)}
    yield _told(world, "answerQuestion", "POST", f"/questions/{asked.id}/answers", answer)


def _own_grants(world: World) -> Cases:
    mine = {"team": world.fatima.team.party}
    yield _told(world, "listOwnGrants", "GET", "/grants", query=mine)
    yield _told(world, "getOwnGrant", "GET", f"/grants/{world.reading.jti}", query=mine)
    yield _told(world, "handBackGrant", "DELETE", f"/grants/{world.read_grant().jti}", query=mine)
    path = f"/grants/{world.bringing.jti}/drawers/{world.drawer}/epoch"
    yield _told(world, "getDepositEpoch", "GET", path, query={"team": world.post.team.party})


def _published(world: World) -> Cases:
    log = origin_at("kluisje.example", int(time.time())).replace("/", "~")
    found = {
        "listPurposes": ("/purposes", {}),
        "getPurpose": ("/purposes/urn:kluisje:purpose:back-to-school:1", {}),
        "listDrawers": ("/drawers", {}),
        "listCatalogueVersions": ("/catalogue-versions", {}),
        "listSchemas": ("/schemas", {}),
        "getSchema": ("/schemas/urn:kluisje:schema:letter:1", {}),
        "listOrganisations": ("/organisations", {}),
        "getOrganisation": (f"/organisations/{world.fatima.team.party}", {}),
        "listLateCounts": ("/late-counts", {}),
        "listOrganisationStatements": (f"/organisations/{world.fatima.team.party}/statements", {}),
        "listCheckpoints": (f"/logs/{log}/checkpoints", {}),
        "listConsistencyProofs": (f"/logs/{log}/consistency-proofs", {"from": "1", "to": "2"}),
    }
    for name, (path, query) in found.items():
        yield Case(f"consent.{name}", Call("consent", "GET", path, query=query), Identity)
