# SPDX-License-Identifier: EUPL-1.2
"""The policy table, played against real signed grants: each reason, each edge, and every two faults at once."""

import re
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from joserfc import jws
from joserfc.jwk import ECKey

from consent.ages import turns
from consent.decision import ALARMS, OUTSIDE, REASONS, STATEMENT, CoveredDrawer, GrantFacts, No, Question, Yes, decide
from formats import jose
from formats.grant import why_not
from formats.spelling import H, dump_json, new_id

TABLE = yaml.safe_load(Path(__file__).with_name("decisions.yaml").read_text("utf-8"))
BASE, FAULTS, EDGES = TABLE["base"], TABLE["faults"], TABLE["edges"]
BORN = BASE["born"]
UNITS = {"": 1, "m": 60, "h": 3600, "d": 86_400}

NOOR, STRANGER = jose.new_signing_key(), jose.new_signing_key()
TEAM_KEYS = {name: jose.public(jose.new_sealing_key())["kid"] for name in ("team-key", "second-key")}
IDS: dict[str, str] = {}


def _id(name: str) -> str:
    return IDS.setdefault(name, new_id())


def _party(name: str) -> str:
    return f"urn:oin:00000001234567890000:team:{name}"


def _amsterdam(value: datetime) -> int:
    return int(value.replace(tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp())


def _instant(spelled: Any, named: dict[str, int]) -> Any:
    """`starts + 7d - 1` -> seconds; what is no time stays as it is."""
    if not isinstance(spelled, str) or spelled.split()[0] not in named:
        return spelled
    name, *steps = spelled.split()
    assert re.fullmatch(r"( [+-] \d+[mhd]?)*", "".join(f" {step}" for step in steps)), spelled
    at = named[name]
    for sign, amount in zip(steps[::2], steps[1::2], strict=True):
        size = int(amount.rstrip("mhd")) * UNITS[amount.lstrip("0123456789")]
        at += size if sign == "+" else -size
    return at


def _token(signed: dict[str, Any], kind: str, named: dict[str, int]) -> str:
    """The grant that Noor signed, or what a row makes of it."""
    act = signed.get("act", "read")
    ep, env = ([1], [H("envelope")]) if act == "read" else ([], [])
    claims = {
        "iss": f"vault:{_id('noor')}", "seq": 4, "prv": H("before"), "iat": named["starts"] - 3600, "ring": 1,
        "jti": _id("grant"), "aud": _party(signed.get("aud", "jeugdteam-zuid")), "act": act, "knd": kind,
        "nbf": _instant(signed.get("nbf", "starts"), named), "exp": _instant(signed.get("exp", "ends"), named),
        "drw": [{"id": _id("school"), "cat": "school", "ep": ep, "env": env, "one": []}],
        "pur": {"uri": "back-to-school", "lang": "nl", "h": H("shown")},
        "cnf": {"jkt": TEAM_KEYS["team-key"]}, "org": H("organisation"), "req": None,
    }  # fmt: skip
    if "without" in signed:
        del claims[signed["without"]]
    key = STRANGER | {"kid": NOOR["kid"]} if signed.get("by") == "stranger" else NOOR
    return _sign(claims, key)


def _sign(claims: dict[str, Any], key: dict[str, str]) -> str:
    """Signs with the key's secret under the header's `kid`, also where these do not belong together."""
    header = {"alg": "ES256", "typ": "vault-grant+jwt", "kid": key["kid"]}
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    bare = {name: key[name] for name in ("kty", "crv", "x", "y", "d")}
    return jws.serialize_compact(header, dump_json(claims), ECKey.import_key(bare), registry=registry)


def _merged(*rows: dict[str, Any]) -> dict[str, Any]:
    """Several rows at once. Where two change the same field the earlier row wins: it is the one expected."""
    whole: dict[str, Any] = {"now": BASE["now"], "question": dict(BASE["question"]), "grant": dict(BASE["grant"])}
    whole["signed"] = {}
    for row in reversed(rows):
        whole["now"] = row.get("now", whole["now"])
        for part in ("question", "grant", "signed"):
            whole[part] |= row.get(part, {})
    return whole


def _play(*rows: dict[str, Any]) -> Yes | No:
    case = _merged(*rows)
    named = {"starts": _amsterdam(BASE["starts"]), "ends": _amsterdam(BASE["ends"])}
    named |= {f"birthday-{age}": turns(BORN, age) for age in (12, 16, 18)}
    facts = {name: _instant(value, named) for name, value in case["grant"].items()}
    named |= {"opened": facts.get("opened_at"), "gezag-change": facts.get("gezag_changed_at")}
    asked = dict(case["question"])
    if asked["drawer"] is not None:
        asked["drawer"] = _id(asked["drawer"])
    if asked.get("records") is not None:
        asked["records"] = tuple(map(_id, asked["records"]))
    if asked.get("key") is not None:
        asked["key"] = TEAM_KEYS[asked["key"]]
    question = Question(**asked | {"grant": _id("grant"), "team": _party(asked["team"])})
    now = _instant(case["now"], named)
    if facts.pop("unknown", False):
        return decide(question, None, now)
    drawers = tuple(
        CoveredDrawer(
            _id(one["id"]), tuple(one["epochs"]), None if one["records"] is None else tuple(map(_id, one["records"]))
        )
        for one in facts.pop("drawers")
    )
    on_the_case = facts.pop("caseworkers")
    grant = GrantFacts(
        team=_party("jeugdteam-zuid"),
        vlt=_id("noor"),
        token=_token(case["signed"], facts["kind"], named),
        card_sig=jose.public(NOOR),
        party_keys=frozenset(facts.pop("party_keys", TEAM_KEYS.values())),
        starts=_instant(case["signed"].get("nbf", "starts"), named),
        drawers=drawers,
        caseworkers=None if on_the_case is None else frozenset(on_the_case),
        birth=facts.pop("birth", BORN),
        reason_needed=facts.pop("reason_needed", False),
        **facts,
    )
    return decide(question, grant, now)


def _said(answer: Yes | No) -> str:
    if isinstance(answer, No):
        return answer.reason
    return "yes, opens" if answer.opens else "yes"


def test_the_table_has_one_fault_for_each_reason_in_order() -> None:
    assert [row["answer"] for row in FAULTS] == list(REASONS)
    assert len(REASONS) == 29


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row["answer"])
def test_each_reason(row: dict[str, Any]) -> None:
    answer = _play(row)
    assert isinstance(answer, No)
    assert (answer.reason, answer.outside) == (row["answer"], row["outside"]), row["say"]


@pytest.mark.parametrize("row", EDGES, ids=lambda row: row["say"])
def test_each_edge(row: dict[str, Any]) -> None:
    assert _said(_play(row)) == row["answer"], row["say"]


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)), ids=lambda row: row["answer"])
def test_two_faults_answer_the_earlier(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert _said(_play(first, second)) == first["answer"]


def test_a_stop_looks_like_an_end_and_a_pause_like_any_other_no() -> None:
    assert OUTSIDE["withdrawn"] == OUTSIDE["ended"] == OUTSIDE["handed-back"] == OUTSIDE["vault-gone"] == "grant-ended"
    assert OUTSIDE["paused"] == OUTSIDE["not-on-the-case"] == "not-allowed"
    assert OUTSIDE["grant-unknown"] == OUTSIDE["grant-not-yours"] == "not-found"


def test_only_what_no_honest_history_gives_alarms() -> None:
    alarming = {row["answer"] for row in FAULTS if isinstance(no := _play(row), No) and no.alarm}
    assert alarming == ALARMS == {"unreadable", "forged"}


def test_the_statement_reasons_are_those_of_the_format() -> None:
    named = re.search(r"in this order:\s+(.*?)\.", why_not.__doc__ or "", re.DOTALL)
    assert named
    assert set(re.split(r",\s+", named[1].replace("\n", " "))) == STATEMENT


def test_every_named_edge_second_by_second() -> None:
    """A minute around start and end: allowed exactly while starts <= now < ends."""
    for step in range(30):
        assert _said(_play({"now": f"starts - {step + 1}"})) == "not-yet"
        assert _said(_play({"now": f"starts + {step}"})) == "yes"
        assert _said(_play({"now": f"ends - {step + 1}"})) == "yes"
        assert _said(_play({"now": f"ends + {step}"})) == "ended"
