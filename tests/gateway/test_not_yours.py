# SPDX-License-Identifier: EUPL-1.2
"""A grant of another team and one that does not exist: the same status, headers and body, at every call and verb.

No token for either is ever given (PAR says no in the same words), so the tokens here are made with the gateway's own key:
what is under test is what lies behind the first door.
"""

import json
from typing import Any

import pytest

from chassis.application import METHODS
from formats import jose
from formats.dpop import make_proof
from formats.spelling import H, new_id
from tests.gateway.street import Street, a_case

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("P23")]
BODIES: dict[str, Any] = {
    "confirmImport": {"confirmation": "a.b.c"},
    "closeGrant": {"closing": "a.b.c"},
    "takeOverCase": {"reason": "Collega met verlof"},
}


async def _forged(street: Street, worker: Any, actions: list[str], grant: str | None) -> str:
    """A token of this worker's own session with other details, signed with the gateway's own key."""
    _, claims = jose.peek(await worker._tokens.token(worker.details("ask")))
    details: dict[str, Any] = {"type": "vault_access", "actions": actions}
    details |= {} if grant is None else {"grant_id": grant}
    key = json.loads((street.town.folder / "servers" / "organisations_key.json").read_text())
    whole = [details | {"locations": [street.origin + "/gateway/v1"]}]
    return jose.sign(claims | {"authorization_details": whole}, "at+jwt", key)


async def _calls(
    street: Street, worker: Any, token: str, method: str, path: str, sent: dict[str, Any]
) -> tuple[int, str]:
    """(status, everything else that can be seen of the answer)."""
    address = street.origin + path
    proof = make_proof(worker._tokens.key, method, address, H(token), now=street.clock.now())
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof} | sent.get("headers", {})
    answer = await street.http.request(
        method, address, headers=headers, **{k: v for k, v in sent.items() if k != "headers"}
    )
    shown = {name: value for name, value in answer.headers.items() if name != "date"}
    body = {**answer.json(), "instance": ""} if answer.content else {}
    return answer.status_code, json.dumps([shown, body], sort_keys=True)


async def test_every_call_says_the_same_of_anothers_grant_and_of_none(street: Street) -> None:
    case = await a_case(street)
    joost = await street.players.caseworker("Joost", of="de-vlier")
    document = street.house.parts["gateway"].document
    told: dict[str, int] = {}
    for path, verbs in document["paths"].items():
        if "{grant}" not in path:
            continue
        ids = {"drawer": case.drawer, "piece": "0"}
        filled = "/gateway/v1" + path
        for name in ("drawer", "record", "attachment", "upload", "piece"):
            filled = filled.replace("{" + name + "}", ids.get(name, case.grant.id))
        for method in METHODS:
            operation = verbs.get(method.lower(), {})
            sent: dict[str, Any] = {}
            if method == "PUT":
                sent = {"content": b"x", "headers": {"Content-Type": "application/octet-stream"}}
            elif method == "POST":
                sent = {"json": BODIES.get(operation.get("operationId", ""), {})}
            seen = []
            for grant in (case.grant.id, new_id()):
                answers = []
                for actions in (["ask"], ["learn"], ["read"], ["deposit"]):
                    token = await _forged(street, joost, actions, grant if actions[0] in ("read", "deposit") else None)
                    answers.append(await _calls(street, joost, token, method, filled.replace("{grant}", grant), sent))
                seen.append(answers)
            assert seen[0] == seen[1], (method, path)
            for status, _ in seen[0]:
                told[f"{method} {status}"] = told.get(f"{method} {status}", 0) + 1
                assert status >= 400 or method == "OPTIONS", (method, path)
    print(dict(sorted(told.items())))
    assert told["GET 404"] >= 6
    assert told["DELETE 404"] >= 1
    assert told["POST 404"] >= 1
