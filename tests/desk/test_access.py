# SPDX-License-Identifier: EUPL-1.2
"""The access matrix of the desk, cell by cell (`access.yaml`): every operation, for everybody who could try."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import serve
from demo.colleague import Colleague
from formats.team import KEEPER, MEMBER
from kluisje.http import Refused
from tests.desk.bureau import Bureau

pytestmark = pytest.mark.asyncio(loop_scope="module")
WRITTEN: dict[str, dict[str, int]] = yaml.safe_load((Path(__file__).parent / "access.yaml").read_text("utf-8"))
ID = "00000000-0000-4000-8000-000000000000"
JWS, JWE = "e30.e30.e30", "e30.e30.e30.e30.e30"
BODIES: dict[str, Any] = {
    "openGrant": {"grant": ID, "purpose": "urn:kluisje:purpose:x:1"},
    "addRing": {"card": JWS, "name": "x"},
    "putKeyring": {"jwe": JWE},
    "putSlot": {"type": "code", "kdf": None, "jwe": JWE},
    "enterMemberList": {"list": JWS},
    "addTeamKeys": {"copies": [JWE]},
    "askConsent": {"to": {"shareCode": "x"}, "request": JWS},
    "acceptOffer": {"request": JWS},
    "takeOverCase": {"reason": "x"},
    "confirmImport": {"confirmation": JWS},
    "compareRules": {"mine": "eA", "theirs": "eA", "key": {}},
    "prepareTakeOver": {"mine": "eA", "theirs": "eA", "key": {}, "purposes": ["x"]},
    "depositRecord": {"jwe": JWE, "epoch": 1},
    "closeGrant": {"closing": JWS},
    "answerQuestion": {"answer": JWS},
    "putCase": {"name": "x", "holder": "cw_nobody"},
    "putEnvelope": {"jwe": JWE},
    "askHelper": {"text": "hoi", "locale": "nl"},
}
PLACES = {
    "epoch": "1",
    "piece": "0",
    "purpose": "urn:kluisje:purpose:x:1",
    "schema": "urn:kluisje:schema:x:1",
    "log": "log.x",
}


@pytest.fixture(scope="module")
def bureau(own_bureau: Bureau) -> Bureau:
    """Here the team changes."""
    return own_bureau


def operations(bureau: Bureau) -> dict[str, tuple[str, str]]:
    """operation -> (method, path), from the contract that this desk serves."""
    found, places = {}, {"team": bureau.desk.town.team("jeugdteam-zuid").party, **PLACES}
    for path, verbs in bureau.house.parts[serve.DESK].document["paths"].items():
        for verb, operation in verbs.items():
            for name, value in places.items():
                path = path.replace(f"{{{name}}}", value)
            for named in [part for part in path.split("/") if part.startswith("{")]:
                path = path.replace(named, ID)
            found[operation["operationId"]] = (verb.upper(), path)
    return found


async def status(who: Colleague, operation: str, method: str, path: str, **headers: str) -> int:
    query = {"from": 1, "to": 2} if operation == "listConsistencyProofs" else None
    octets = b"x" if operation == "putUploadPiece" else None
    try:
        return (
            await who.call(method, path, BODIES.get(operation), query=query, content=octets, headers=headers)
        ).status
    except Refused as no:
        return no.status


async def test_each_operation_has_its_row(bureau: Bureau) -> None:
    assert operations(bureau).keys() == WRITTEN.keys()


@pytest.mark.promise("P16")
async def test_every_cell(bureau: Bureau) -> None:
    daan, stranger = Colleague(bureau.desk, "Daan"), Colleague(bureau.desk, "Nobody")
    team = bureau.desk.town.team("jeugdteam-zuid")
    keepers = [await bureau.ans.candidate(one.subject, KEEPER) for one in (bureau.fatima, bureau.karim)]
    wrong: list[str] = []
    cells, places = 0, operations(bureau)

    async def sweep(role: str, who: Colleague, expected: Any, **headers: str) -> None:
        nonlocal cells
        for operation in WRITTEN:
            method, path = places[operation]
            got, cells = await status(who, operation, method, path, **headers), cells + 1
            if got != expected(operation):
                wrong.append(f"{operation} {role}: {got}, not {expected(operation)}")

    def row(role: str) -> Any:
        return lambda operation: WRITTEN[operation][role]

    await sweep("nobody", stranger, lambda _: 401)
    await sweep("another page", bureau.karim, lambda _: 403, Origin="https://elsewhere.example")
    await sweep("without the header", bureau.karim, lambda _: 403, **{"Kluisje-Desk": ""})
    await daan.signs_in()
    await sweep("none", daan, row("none"))
    await daan.signs_in()
    await daan.makes_keys()
    await bureau.ans.signs_list([*keepers, await bureau.ans.candidate(daan.subject, MEMBER)], team.enc["kid"])
    await sweep("member", daan, row("member"))
    await daan.signs_in()
    await bureau.ans.signs_list(keepers, team.enc["kid"])
    await sweep("removed", daan, lambda _: 401)
    await sweep("keeper", bureau.karim, row("keeper"))
    await sweep("administrator", bureau.ans, row("administrator"))
    assert not wrong, "\n".join(wrong)
    print(f"access matrix of the desk: {len(WRITTEN)} operations, {cells} cells")
    for one in (daan, stranger):
        await one.close()
