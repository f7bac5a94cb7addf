# SPDX-License-Identifier: EUPL-1.2
"""Every operation, asked by everybody: whoever may not first, then the owner with the very same bytes.

So a refusal is never the refusal of a bad request: what the others sent is what succeeds a moment later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tests.contracts.calling import NOBODY, Answer, Call, Identity
from tests.contracts.cases import Case, Cases
from tests.contracts.cases_chatbot import chatbot_cases
from tests.contracts.cases_consent import consent_cases
from tests.contracts.cases_gateway import gateway_cases
from tests.contracts.cases_vault import vault_cases
from tests.contracts.documents import COMPONENTS, committed
from tests.contracts.world import World

MAKERS = {"vault": vault_cases, "consent": consent_cases, "gateway": gateway_cases, "chatbot": chatbot_cases}
ALWAYS = ("nobody", "no-proof", "other-key", "other-scheme")  # these show the owner's own token, or none


@dataclass
class Row:
    """What each caller got at one operation.

    left: tables that changed although everybody was refused. unlike: callers whose 404 is not, to the byte, the one
    about something that is not there. logged: events that a refused look left.
    """

    case: Case
    got: dict[str, Answer] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    logged: int = 0


def operations(part: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(path, METHOD, operation) of a committed contract."""
    for path, verbs in committed(part)["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb.upper(), operation


@lru_cache
def schemes() -> Mapping[str, str | None]:
    """`vault.getVault` -> its security scheme; None: public."""
    found: dict[str, str | None] = {}
    for part in COMPONENTS:
        default = committed(part)["security"]
        for _, _, operation in operations(part):
            asked = operation.get("security", default)
            found[f"{part}.{operation['operationId']}"] = next(iter(asked[0])) if asked else None
    return found


def sweep(world: World) -> dict[str, Row]:
    """operation -> what everybody got."""
    rows: dict[str, Row] = {}
    for make in MAKERS.values():
        cases = make(world)
        case: Case | None = next(cases)
        while case is not None:
            row = rows[case.operation] = asked_by_all(world, case, schemes()[case.operation])
            case = _next(cases, row.got["owner"])
    return rows


def _next(cases: Cases, answer: Answer) -> Case | None:
    try:
        return cases.send(answer)
    except StopIteration:
        return None


def asked_by_all(world: World, case: Case, scheme: str | None) -> Row:
    """Everybody's answers to one call: whoever may come later comes after the owner."""
    row = Row(case)
    others, colleague = callers(world, case, scheme), world.team(world.karim, "ask")
    before = world.rows()
    for name, identity in others.items():
        row.got[name] = world.send(identity, case.call)
    row.unlike = tuple(_unlike(world, case, others, row.got))
    after = world.rows()
    row.left = tuple(sorted(table for table in after if before.get(table) != after[table]))
    proof = list(case.owner.headers(case.call.method, world.origin + case.call.address).items())
    row.got["owner"] = world.line.send(NOBODY, case.call, headers=proof)
    if scheme in ("person", "organisation"):
        row.got["replayed"] = world.line.send(NOBODY, case.call, headers=proof)
    if scheme == "organisation":
        row.got["colleague"] = world.send(colleague, case.call)
        row.got |= _about_ended(world, case.call, row)
    return row


def callers(world: World, case: Case, scheme: str | None) -> dict[str, Identity]:
    """Everybody but the owner and those who come after, each with what they have at hand."""
    part, owner = case.call.part, case.owner
    own = "consent" if part == "consent" else "vault"
    other = "vault" if own == "consent" else "consent"
    found = {
        "nobody": NOBODY,
        "noor": world.person(world.noor, own),
        "other-part": world.person(world.noor, other),
        "sam": world.person(world.sam, own),
        "helper": world.person(world.yara, own),
        "stranger": world.person(world.stranger, own),
        "caseworker": world.team(world.fatima, "ask"),
        "reader": world.reader(world.fatima, world.reading),
        "other-grant": world.reader(world.fatima, world.other_reading),
        "other-organisation": world.team(world.joost, "ask"),
        "other-reader": world.reader(world.joost, world.foreign),
        "source": world.team(world.post, "deposit", grant_id=world.bringing.jti),
        "learner": world.team(world.post, "learn"),
        "gateway": world.service(own),
        "gateway-elsewhere": world.service(other),
        "revoked": world.of_now(world.revoked),
    }
    if scheme is not None:
        found["expired"] = world.expired(owner)
        found["other-scheme"] = Identity(owner.token, owner.key, "Bearer" if owner.scheme == "DPoP" else "DPoP")
    if scheme in ("person", "organisation"):
        found["no-proof"] = Identity(owner.token, None)
        found["other-key"] = world.other_key(owner)
    return {name: one for name, one in found.items() if name in ALWAYS or one.token != owner.token}


def _about_ended(world: World, call: Call, row: Row) -> dict[str, Answer]:
    """The same about a grant that was stopped, with a token from before the stop."""
    for grant, ended, identity in (
        (world.reading, world.ended, world.late_reader),
        (world.bringing, world.ended_bringing, world.late_bringer),
    ):
        if grant.jti in call.path:
            before = world.events()
            answer = world.send(world.of_now(identity), call.but(path=call.path.replace(grant.jti, ended.jti)))
            row.logged = world.events() - before
            return {"ended": answer}
    return {}


def _unlike(world: World, case: Case, others: Mapping[str, Identity], got: Mapping[str, Answer]) -> Iterator[str]:
    """Who could tell "not yours" from "not there"."""
    for name, identity in others.items():
        if got[name].status != 404 or case.elsewhere is None:
            continue
        if world.send(identity, case.elsewhere).alike() != got[name].alike():
            yield name
