# SPDX-License-Identifier: EUPL-1.2
"""P18: the contract is true. Schemathesis makes calls from each contract, and reads every answer by it.

One run per component and role, against real servers, in the name of real people; every check is on.
"""

import json
import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from formats.spelling import unb64u
from tests.contracts.calling import Answer, Call, Identity
from tests.contracts.cases import Case
from tests.contracts.cases_consent import question_to_noor, renewal, renewed
from tests.contracts.cases_vault import entered, look
from tests.contracts.documents import ROOT
from tests.contracts.sweeping import MAKERS, operations, schemes
from tests.contracts.world import World
from tests.elsewhere import Luggage
from tests.town import running

BASE = ROOT / "tests" / "contracts" / "schemathesis.toml"
NIGHTLY = bool(os.environ.get("KLUISJE_NIGHTLY"))
EXAMPLES = 60 if NIGHTLY else 10
SEED = int(time.time()) if NIGHTLY else 7
# One call of each of these is left undone, for the run to do.
LEFT = {
    "consent.enterStatements", "consent.answerConsentRequest", "consent.stopGrant", "consent.openGrant",
    "consent.dropShareCode", "consent.handBackGrant", "consent.withdrawConsentRequest",
    "consent.takeBackErasure", "consent.openVault", "consent.completeArrival",
    "vault.openVault", "vault.takeStatement", "vault.putKeyring", "vault.removeSlot", "vault.deleteRecord",
    "vault.completeAttachment", "vault.deleteAttachment", "vault.fileDeposit", "vault.deleteDeposit",
    "vault.deleteGrant", "vault.takeErasureBack", "vault.completeImport", "vault.completeUpload",
    "vault.confirmImport", "gateway.withdrawConsentRequest", "gateway.handBackGrant", "gateway.confirmImport",
    "gateway.completeUpload",
}  # fmt: skip

STAGES = {"vault.handOutRecords": "read", "vault.handOutAttachment": "attachment", "vault.takeDeposit": "deposit"}
LOOKER = ("grant", "team", "client", "caseworker")
ISSUERS = ("service_key", "person_key", "organisations_key")
UUID = re.compile(r"[0-9a-f-]{36}").fullmatch
# Members of bodies and keys of queries that name what the path names elsewhere.
NAMED = {"team": "team", "body.team": "team", "body.grant": "grant", "body.drawer": "drawer", "body.records[*]": "rid",
         "body.client": "client", "body.caseworker": "caseworker", "body.purpose": "purpose"}  # fmt: skip


class Material:
    """What the runs draw from: well-formed calls by operation, who makes them, ids, signed and sealed texts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: dict[str, list[dict[str, Any]]] = {}
        self.identities: dict[str, dict[str, Any]] = {}
        self.spared = [grant.jti for grant in (world.reading, world.bringing, world.foreign)]
        self.jws: set[str] = set()
        self.jwe: set[str] = set()
        self.shapes = {
            f"{part}.{operation['operationId']}": re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
            for part in MAKERS
            for path, _, operation in operations(part)
        }

    def gather(self, left: Set[str] = frozenset(), forgotten: Set[str] = frozenset()) -> None:
        """One call for each operation, made, but for those that are left for the run; or forgotten, so that what they
        would end stays."""
        for make in MAKERS.values():
            cases = make(self.world)
            case: Case | None = next(cases)
            while case is not None:
                leave = case.operation in left
                if case.operation not in forgotten:
                    self.keep(case.operation, case.call, self.name(case), new=leave)
                answer = Answer(204, (), b"", 0.0) if leave else self.world.send(case.owner, case.call)
                self.read(answer.body)
                try:
                    case = cases.send(answer)
                except StopIteration:
                    case = None

    def keep(self, operation: str, call: Call, identity: str | None, *, new: bool) -> None:
        """Adds a call."""
        match = self.shapes[operation].fullmatch(call.path)
        assert match is not None, f"{operation}: {call.path}"
        kept: dict[str, Any] = {
            "path": match.groupdict(), "query": dict(call.query), "identity": identity, "body": None, "new": new
        }  # fmt: skip
        if isinstance(call.body, bytes):
            kept["octets"] = b64encode(call.body).decode()
        else:
            kept["body"] = call.body
            self.read(json.dumps(call.body).encode())
        stage = STAGES.get(operation)
        if stage is not None:
            # Another grant than the gateway reads with: each may be used so many times a day.
            more: dict[str, Any] = {"grant": self.world.other_reading.jti}
            if stage == "attachment":
                more["records"] = [self.world.brief.rid]
            if stage == "deposit":
                rid = json.loads(unb64u(call.body["jwe"].split(".")[0]))["rid"]
                epoch = self.world.noor._open.keys.keyring.newest(self.world.drawer)
                more = {"records": [rid], "epoch": epoch.ep}
            kept["look"] = look(self.world, stage, **more)
        self.calls.setdefault(operation, []).append(kept)

    def name(self, case: Case) -> str | None:
        """The identity that makes it; None: anybody, or a neighbouring part."""
        if schemes()[case.operation] not in ("person", "organisation"):
            return None
        owner = case.owner
        name = next((name for name, known in self.identities.items() if known["token"] == owner.token), None)
        return name or self.known(f"p{len(self.identities)}", owner)

    def known(self, name: str, identity: Identity) -> str:
        self.identities[name] = {"token": identity.token, "key": identity.key}
        return name

    def read(self, body: bytes) -> None:
        """Takes the signed and sealed texts out of an answer."""
        for text in re.findall(rb'"(ey[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4})"', body):
            if text.count(b".") == 4:
                self.jwe.add(text.decode())
            elif b'"jwk"' not in unb64u(text.split(b".")[0].decode()):  # a proof is no statement
                self.jws.add(text.decode())

    def looking(self) -> None:
        """A grant that nobody looked with today: each may be used so many times a day."""
        asked = look(self.world, "read", grant=self.world.read_grant().jti)
        self.spared.append(asked["grant"])
        self.keep("consent.takeLook", Call("consent", "POST", "/looks", asked), None, new=True)
        previewed = {"stage": "par", "action": "read", **{name: asked[name] for name in LOOKER}}
        self.keep("consent.previewLook", Call("consent", "POST", "/previews", previewed), None, new=True)

    def moving(self) -> None:
        """Somebody who may bring a vault along from elsewhere."""
        person, keys, card, _ = entered(self.world)
        name = self.known(f"mover-{person.vlt}", self.world.person(person, "vault"))
        bringing = Call("vault", "POST", f"/vaults/{person.vlt}/imports", {"chain": [card]})
        self.keep("vault.beginImport", bringing, name, new=True)
        self.calls["vault.beginImport"][-1]["mover"] = dict(keys.keyring.sig)

    def paused(self) -> None:
        """Noor was asked, and paused everything; what she signed after that may open it again, and her next statement
        may come."""
        world, place = self.world, f"/vaults/{self.world.noor.vlt}"
        earlier = self.calls.pop("consent.answerConsentRequest")  # its questions may be withdrawn by now
        for _ in range(3):
            asked = f"{place}/consent-requests/{world.ask(world.fatima).id}/answers"
            answering = Call("consent", "POST", asked, {"answer": "no"})
            self.keep("consent.answerConsentRequest", answering, "noor-consent", new=True)
        self.calls["consent.answerConsentRequest"] += earlier
        told = world.must(world.person(world.noor, "consent"), Call("consent", "POST", f"{place}/pauses")).json()
        renewed(world)
        opening = Call("consent", "DELETE", f"{place}/pauses/{told['id']}", {})
        self.keep("consent.openAll", opening, "noor-consent", new=True)
        self.calls["consent.enterStatements"] = []
        entering = Call("consent", "POST", f"{place}/statements", {"statements": renewal(world)})
        self.keep("consent.enterStatements", entering, "noor-consent", new=True)

    def write(self, file: Path, part: str) -> None:
        """What the hooks of a run read."""
        servers = self.world.servers.town.folder / "servers"
        keys = {name: json.loads((servers / f"{name}.json").read_text()) for name in ISSUERS}
        teams = [team.team.sig for team in (self.world.fatima, self.world.post, self.world.joost)]
        signers = [*teams, self.world.noor._open.keys.keyring.sig]
        found = {
            "spared": self.spared,
            "seed": SEED, "part": part, "origin": self.world.origin, "identities": self.identities,
            "service_key": keys["service_key"], "issuers": {key["kid"]: key for key in keys.values()},
            "calls": {
                name.split(".")[1]: sorted(known, key=lambda call: not call["new"])
                for name, known in self.calls.items() if name.startswith(f"{part}.")
            },
            "keys": {key["kid"]: dict(key) for key in signers}, "jws": sorted(self.jws), "jwe": sorted(self.jwe),
            "ids": sorted({v for known in self.values().values() for v in known if UUID(v)}),
        }  # fmt: skip
        file.write_text(json.dumps(found))

    def values(self) -> dict[str, list[str]]:
        """Values of the parameters, by name."""
        found: dict[str, set[str]] = {}
        for known in self.calls.values():
            for call in known:
                for name, value in call["path"].items():
                    if not value.isdigit():
                        found.setdefault(name, set()).add(value)
        found["team"] |= {self.world.fatima.team.party, self.world.post.team.party}
        found["client"] = {self.world.fatima.team.client, self.world.post.team.client}
        found["caseworker"] = {self.world.fatimas_name()}
        found["drawer"] = found["drw"] = {self.world.drawer}
        return {name: sorted(values) for name, values in found.items()}

    def settings(self, file: Path, folder: Path, role: "Role") -> None:
        """The configuration of a run: what all have in common, this town's values, and who calls."""
        who = [{"name": one, "fixedHeaders": [{"name": "Authorization", "value": f"As {one}"}]} for one in role.peers]
        (folder / "identities.json").write_text(json.dumps({"auth": who}))
        lines = [BASE.read_text(), f"[auth.wfc]\npath = {json.dumps(str(folder / 'identities.json'))}"]
        if len(role.peers) > 1:
            lines.append(f"peers = {json.dumps(role.peers)}\nuser = {json.dumps(role.peers[0])}")
        values = self.values()
        lines += [f"[dictionaries.{name}]\nvalues = {json.dumps(known)}" for name, known in values.items()]
        lines.append("[parameters]")
        bound = {f"path.{name}": name for name in values} | NAMED
        for place, name in bound.items():
            lines.append(f"{json.dumps(place)} = {{ dictionary = {json.dumps(name)}, probability = 0.8 }}")
        file.write_text("\n".join(lines) + "\n")


@dataclass(frozen=True)
class Role:
    """A run: a component's operations of some security schemes (None: public), and who calls them; of several, the
    first calls, and the others must not see what is theirs."""

    part: str
    schemes: tuple[str | None, ...]
    peers: tuple[str, ...]

    @property
    def operations(self) -> list[str]:
        """Their names."""
        own = (name.split(".")[1] for name, scheme in schemes().items()
               if name.startswith(f"{self.part}.") and scheme in self.schemes)  # fmt: skip
        return sorted(own)


# The last one lets Noor pause everything, and stop.
ROLES = {
    "chatbot": Role("chatbot", (None,), ("noor-vault",)),
    "vault-service": Role("vault", ("service",), ("service",)),
    "gateway": Role("gateway", ("organisation", None), ("fatima", "joost")),
    "consent-service": Role("consent", ("service",), ("service",)),
    "vault-person": Role("vault", ("person", None), ("noor-vault", "sam-vault")),
    "consent-person": Role("consent", ("person", None), ("noor-consent", "sam-consent")),
}


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Material]:
    """A town of its own: the runs write, stop and delete as they like."""
    folder = tmp_path_factory.mktemp("schemathesis")
    luggage = Luggage()
    pins = {"KLUISJE_CONSENT_MOVES_FROM": str(luggage.pins(folder / "moves-from"))}
    with running(folder / "town", settings=pins) as servers:
        world = World(servers, folder, luggage)
        made = Material(world)
        for name, person in (("noor", world.noor), ("sam", world.sam)):
            for part in ("consent", "vault"):
                made.known(f"{name}-{part}", world.person(person, part))
        for name, team, grant in (("fatima", world.fatima, world.reading), ("joost", world.joost, world.foreign)):
            made.known(name, world.team(team, "ask"))
            made.known(f"{name}:read", world.reader(team, grant))
        made.known("fatima:deposit", world.team(world.post, "deposit", grant_id=world.bringing.jti))
        made.gather({"consent.completeArrival"})  # one luggage is brought once
        made.gather(LEFT)
        made.gather(LEFT, forgotten=LEFT - {"vault.completeAttachment"})
        for _ in range(3):
            asking = Call("gateway", "POST", "/consent-requests", question_to_noor(world))
            made.keep("gateway.askConsent", asking, "fatima", new=True)
            who = {"team": world.fatima.team.party, "client": world.fatima.team.client}
            body = question_to_noor(world) | who | {"caseworker": world.fatimas_name()}
            made.keep("consent.askConsent", Call("consent", "POST", "/consent-requests", body), None, new=True)
            made.moving()
            made.looking()
        yield made
        world.close()


@pytest.mark.promise("P18")
@pytest.mark.parametrize("name", ROLES)
def test_the_contract_is_true(material: Material, tmp_path: Path, name: str) -> None:
    role = ROLES[name]
    if name == "consent-person":
        material.paused()
    settings, file = tmp_path / "schemathesis.toml", tmp_path / "material.json"
    material.settings(settings, tmp_path, role)
    material.write(file, role.part)
    base = f"{material.world.origin}/{role.part}/v1"
    only = f"^({'|'.join(role.operations)})$"
    command = [
        str(Path(sys.executable).parent / "st"), "--config-file", str(settings), "run", f"{base}/openapi.json",
        "--url", base, "--include-operation-id-regex", only, "--max-examples", str(EXAMPLES), "--seed", str(SEED),
        "--report", "json", "--report-json-path", str(tmp_path / "report.json"),
    ]  # fmt: skip
    environment = {**os.environ, "KLUISJE_P18": str(file), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    print(f"{name}: seed {SEED}, {len(role.operations)} operations, {time.monotonic() - began:.0f} s\n{done.stdout}")
    assert done.returncode == 0, f"seed {SEED}\n{done.stdout[-20_000:]}\n{done.stderr[-4_000:]}"
    assert served(tmp_path / "report.json", role) == set(role.operations), "the others never did what was asked"


def served(report: Path, role: Role) -> set[str]:
    """The operations of a run that did what was asked at least once: only of those was an answer read. A refusal for who
    calls is no warning of schemathesis, however many of them there are."""
    rates = json.loads(report.read_text())["valid_rates"]
    did = {label for label, phases in rates.items() if any(one["accepted"] for one in phases.values())}
    return {each["operationId"] for path, verb, each in operations(role.part) if f"{verb} {path}" in did}
