# SPDX-License-Identifier: EUPL-1.2
"""P18: the contract is true. Schemathesis against a running town, per component and role, with every check on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from formats.jose import peek
from formats.request import sign_import
from formats.spelling import H, new_id
from tests.contracts.calling import Call, Identity
from tests.contracts.cases_consent import question_to_noor, renewal
from tests.contracts.documents import ROOT
from tests.contracts.world import World
from tests.town import running

ST = Path(sys.prefix) / "bin" / "st"
CONFIG = ROOT / "tests" / "contracts" / "schemathesis.toml"
NIGHTLY = os.environ.get("KLUISJE_NIGHTLY") == "1"
pytestmark = pytest.mark.promise("P18")

# component, role, the identities of that role (two of one role are peers: neither may get the other's objects), tags
RUNS = (
    ("vault", "person", ("noor", "sam")),
    ("vault", "gateway", ("gateway",)),
    ("consent", "person", ("noor", "sam")),
    ("consent", "gateway", ("gateway",)),
    ("gateway", "asker", ("fatima", "joost")),
    ("gateway", "reader", ("reader",)),
    ("gateway", "source", ("source",)),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schemathesis")
    with running(folder / "town") as servers:
        made = World(servers, folder)
        yield made
        made.close()


def known(world: World, identity: Identity, issuer: str, lasts: int) -> dict[str, Any]:
    """What hooks.py needs to be somebody: claims, the issuer's key, the own key."""
    header, claims = peek(identity.token)
    return {
        "typ": header["typ"],
        "claims": claims,
        "issuer": world._key(issuer),
        "key": identity.key,
        "lasts": lasts,
    }


def material(world: World, part: str) -> dict[str, Any]:
    """Who calls, and what of the signed things is really so."""
    own = "consent" if part == "consent" else "vault"
    people = {"noor": world.noor, "sam": world.sam}
    callers = {name: known(world, world.person(one, own), "person_key", 300) for name, one in people.items()}
    callers["gateway"] = known(world, world.service(own), "service_key", 30)
    for name, identity in (
        ("fatima", world.team(world.fatima, "ask")),
        ("joost", world.team(world.joost, "ask")),
        ("reader", world.reader(world.fatima, world.reading)),
        ("source", world.team(world.post, "deposit", grant_id=world.bringing.jti)),
    ):
        callers[name] = known(world, identity, "organisations_key", 300)
    chain = world.noor._open.chain
    world.run(chain.load())
    card, newest = chain.statements[0], renewal(world)
    entering = Call("consent", "POST", f"/vaults/{world.noor.vlt}/statements", {"statements": newest})
    world.must(world.person(world.noor, "consent"), entering)
    world.run(chain.load())
    epoch = chain.epoch(world.drawer)
    team = world.fatima.team
    word = sign_import(
        team.sig, iss=team.party, vlt=world.noor.vlt, gnt=world.reading.jti, env=[H(new_id())], iat=int(time.time())
    )
    stated = world.must(Identity(), Call("consent", "GET", f"/organisations/{team.party}")).json()["statement"]
    question = question_to_noor(world)
    who = {"team": team.party, "client": team.client, "caseworker": world.fatimas_name()}
    world.must(world.service("consent"), Call("consent", "POST", "/consent-requests", question | who))
    first = {"card": card.token, "receipt": chain.receipts[card.sid]}
    own_vault = world.must(world.person(world.noor, "consent"), Call("consent", "GET", f"/vaults/{world.noor.vlt}"))
    return {
        "part": part,
        "drawer": world.drawer,
        "callers": callers,
        "vault": {
            "openVault": first,
            "takeStatement": {"statement": epoch.token, "receipt": chain.receipts[epoch.sid]},
            "confirmImport": {"confirmation": word, "organisation": stated},
        },
        "consent": {
            "openVault": {"card": card.token, "person": own_vault.json()["person"]},
            "enterStatements": {"statements": newest},
            "askConsent": question | who,
        },
        "gateway": {"askConsent": question, "confirmImport": {"confirmation": word}},
    }


def written(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(("part", "role", "identities"), RUNS, ids=[f"{run[0]}-{run[1]}" for run in RUNS])
def test_the_contract_is_true(town: World, part: str, role: str, identities: tuple[str, ...], tmp_path: Path) -> None:
    given = written(tmp_path / "material.json", material(town, part))
    entries = [{"name": one, "fixedHeaders": [{"name": "Authorization", "value": f"DPoP {one}"}]} for one in identities]
    wfc = written(tmp_path / "identities.json", {"auth": entries})
    config = CONFIG.read_text("utf-8") + f'\n[auth.wfc]\npath = "{wfc}"\n'
    if len(identities) > 1:
        config += f"peers = {json.dumps(identities)}\n"
    (tmp_path / "schemathesis.toml").write_text(config)
    address = f"{town.origin}/{part}/v1"
    command = [str(ST), "--config-file", str(tmp_path / "schemathesis.toml"), "run", f"{address}/openapi.json"]
    command += ["--url", address, "--max-examples", "60" if NIGHTLY else "20"]
    environment = os.environ | {"KLUISJE_MATERIAL": str(given), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1800)
    (Path(os.environ.get("KLUISJE_ST_LOG", tmp_path)) / f"{part}-{role}.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
