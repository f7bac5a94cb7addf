# SPDX-License-Identifier: EUPL-1.2
"""What is served is what is committed, per component, in both wirings. `make contracts` writes it anew."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import serve
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


def test_a_change_would_be_seen() -> None:
    """The comparison is of everything: one word in a description is a difference."""
    document = committed("vault")
    changed = yaml.safe_load(yaml.safe_dump(document))
    changed["paths"]["/vaults"]["post"]["description"] += "!"
    assert changed != document
