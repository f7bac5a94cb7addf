# SPDX-License-Identifier: EUPL-1.2
"""What is served is what is committed, per component, in both wirings. `make contracts` writes it anew."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import serve
from chassis.clock import Clock
from chassis.contract import BODY_BYTES, Operation
from tests.contracts.documents import COMPONENTS, CONTRACTS, OPENAPI, committed
from tests.contracts.world import World
from tests.town import Servers, running


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp("apart"), "separate") as servers:
        yield servers


def served(origin: str, component: str) -> object:
    """As anybody gets it, from any origin, without signing in."""
    asked = urllib.request.Request(
        f"{origin}/{component}/v1/openapi.json", headers={"Origin": "https://elsewhere.example"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.headers.get_all("access-control-allow-origin") == ["*"]
        assert answer.headers["content-type"] == "application/json"
        return json.load(answer)


@pytest.mark.parametrize("component", COMPONENTS)
def test_in_one_process(world: World, component: str) -> None:
    assert served(world.origin, component) == committed(component), "run `make contracts` and read the difference"


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_in_its_own_process(apart: Servers, component: str) -> None:
    assert served(apart.town.origin, component) == committed(component)


def test_the_command_writes_the_same_file_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["contracts", str(tmp_path)]) == 0
    for component in CONTRACTS:
        assert (tmp_path / f"{component}.yaml").read_bytes() == (OPENAPI / f"{component}.yaml").read_bytes()
    assert capsys.readouterr().out.count("operations") == len(CONTRACTS)


def operation_of(described: dict[str, Any], default: list[dict[str, Any]]) -> Operation:
    """What the door needs of an operation, read from its document."""
    security = described.get("security", default)
    good = next(answer for code, answer in sorted(described["responses"].items()) if code.startswith("2"))
    asked = [one for one in described.get("parameters", ()) if one["in"] == "query"]
    return Operation(
        name=described["operationId"],
        scheme=next(iter(security[0])) if security else None,
        takes=next(iter(described.get("requestBody", {}).get("content", {})), None),
        most=described.get("x-most-bytes", BODY_BYTES),
        gives=next(iter(good.get("content", {"application/json": None}))),
        query={one["name"]: one["schema"].get("type") == "array" for one in asked},
        hot=None,
    )


def test_the_door_enforces_what_is_committed() -> None:
    """Door and document are made from the same routes: here operation by operation, nothing missing on either side."""
    for component, part in serve.described(Clock()).items():
        document = committed(component)
        told = {
            path: {verb.upper(): operation_of(one, document["security"]) for verb, one in verbs.items()}
            for path, verbs in document["paths"].items()
        }
        enforced = {
            path: {verb: replace(one, hot=None) for verb, one in verbs.items()}
            for path, verbs in part.contract.operations.items()
        }
        assert enforced == told, component


def test_a_change_would_be_seen() -> None:
    """The comparison is of everything: one word in a description is a difference."""
    document = committed("vault")
    changed = yaml.safe_load(yaml.safe_dump(document))
    changed["paths"]["/vaults"]["post"]["description"] += "!"
    assert changed != document
