# SPDX-License-Identifier: EUPL-1.2
"""What is measured: a town with one open vault, one grant that stands, one that was stopped, and requests for both.

The processes of the servers are started here too. Nothing of it is a shortcut: Noor keeps, Fatima asks, Noor allows and
stops, through the same client library that anybody uses. Only the purpose's looks a day are raised, in a copy of the
catalogue.
"""

import json
import os
import re
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import get
from bench.ordinary import fill
from bench.starting import started
from demo.town import BROWSER_BACK, CATALOGUE, TEAMS, Town, make
from formats.dpop import make_proof
from formats.jose import new_signing_key, public, sign
from formats.spelling import H, new_id, thumbprint
from kluisje.asking import Question
from kluisje.browsing import Visitor
from kluisje.http import Http
from kluisje.organisation import Caseworker
from kluisje.person import Person
from kluisje.proofs import load_pins
from kluisje.signing_in import CaseworkerTokens

ROOT = Path(__file__).resolve().parents[1]
SERVER_CORE, LOAD_CORE = 0, 1
MOST_A_DAY = 1_000_000
TEAM = TEAMS[0]
RECORD = {"absence_days": 12, "explanation": "Ik slaap slecht en dan haal ik de bus niet."}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def stand_aside() -> None:
    """From now on this process, which makes the load, is on the core of the load; where there is one core, on that."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})


@contextmanager
def process(
    module: str, *arguments: str, environment: Mapping[str, str], port: int, log: Path, core: int = SERVER_CORE
) -> Iterator[int]:
    """A server of its own process on the server's core, up until the end; its pid."""
    pinned = {**os.environ, **environment, "PYTHONPATH": str(ROOT), "KLUISJE_CORE": str(core)}
    pinned.pop("PYTHONDONTWRITEBYTECODE", None)  # a start finds its code compiled, as in the image
    command = [sys.executable, "-m", module, *arguments]
    with started(
        command, environment=pinned, folder=ROOT, address=f"http://127.0.0.1:{port}/health/ready", log=log
    ) as pid:
        yield pid


def roomy_catalogue(folder: Path) -> Path:
    """A copy of the catalogue whose purposes allow many looks a day."""
    shutil.copytree(CATALOGUE, folder)
    for file in (folder / "purposes").iterdir():
        text = file.read_text("utf-8")
        file.write_text(re.sub(r"(?m)^daily: \d+$", f"daily: {MOST_A_DAY}", text), "utf-8")
    return folder


def town_in(folder: Path, port: int) -> tuple[Town, dict[str, str]]:
    """A fresh town and the environment of its one process."""
    town = make(folder / "town", f"http://127.0.0.1:{port}")
    catalogue = roomy_catalogue(folder / "catalogue")
    more = {"KLUISJE_PORT": str(port), "KLUISJE_CONSENT_CATALOGUE": str(catalogue)}
    more["KLUISJE_CONSENT_READS_AN_HOUR"] = str(MOST_A_DAY)
    environment = town.environment() | more
    del environment["KLUISJE_CONSENT_CATALOGUE_KEY"]  # these rules are changed, so nobody signed them
    return town, environment


@dataclass
class Reader:
    """Makes requests for one grant: each with a proof of its own, made beforehand."""

    tokens: CaseworkerTokens
    details: list[dict[str, Any]]
    origin: str
    path: str
    token: str = ""

    async def refresh(self) -> None:
        """A token with time left, where one can still be had."""
        self.token = await self.tokens.token(self.details)

    def requests(self, number: int) -> list[bytes]:
        """So many requests, good for a minute."""
        return proven(self.tokens.key, self.token, self.origin, self.path, number)

    def unchecked(self, number: int) -> list[bytes]:
        """The same request to the route that checks nothing: its token and proof are sent and not looked at."""
        path = self.path.replace("/gateway/", "/unchecked/", 1)
        return proven(self.tokens.key, self.token, self.origin, path, 1) * number


def proven(key: Mapping[str, Any], token: str, origin: str, path: str, number: int) -> list[bytes]:
    """GET requests for one address, each with a fresh proof signed by `key`."""
    now, ath, host = int(time.time()), H(token), origin.removeprefix("http://")
    made = (make_proof(key, "GET", origin + path, ath, now=now) for _ in range(number))
    return [get(path, host, [("Authorization", f"DPoP {token}"), ("DPoP", proof)]) for proof in made]


@dataclass
class Scene:
    """The two readers and the answer they are about."""

    allowed: Reader
    stopped: Reader
    answer: bytes


async def play_out(town: Town, http: Http) -> Scene:
    """Noor and Sam each keep a paper and allow Fatima to read; Sam stops it. http: stays open for further tokens."""
    pins, keys = load_pins(town.pins), town.team(TEAM.slug)
    door = Visitor("Fatima", BROWSER_BACK)
    fatima = Caseworker(http, pins, keys, door, name="Fatima", role=TEAM.role)
    tokens, readers = CaseworkerTokens(http, pins.origin, keys.client, keys.client_key, door), []
    for name in ("Noor", "Sam"):
        home = Visitor(name, BROWSER_BACK)
        person = Person(http, pins, home)
        await person.makes_a_vault()
        await person.keeps("school", RECORD)
        question = await fatima.asks(person, for_="back-to-school", about=["school"], days=30)
        await person.allows(question)
        assert await fatima.reads(question)
        readers.append(await reader_of(fatima, question, tokens))
        if name == "Sam":
            await person.stops(question)
        await home.close()
    return Scene(*readers, _fetch(readers[0]))


async def reader_of(caseworker: Caseworker, question: Question, tokens: CaseworkerTokens) -> Reader:
    """A reader of what a question was granted."""
    _, [grant] = await caseworker.granted(question, "read")
    path = f"/gateway/v1/grants/{grant.id}/drawers/{next(iter(grant.drawers))}/records"
    details = [dict(one) for one in caseworker.details("read", grant_id=grant.id)]
    made = Reader(tokens, details, caseworker.pins.origin, path)
    await made.refresh()
    return made


def _fetch(reader: Reader) -> bytes:
    proof = make_proof(reader.tokens.key, "GET", reader.origin + reader.path, H(reader.token), now=int(time.time()))
    headers = {"Authorization": f"DPoP {reader.token}", "DPoP": proof}
    with urllib.request.urlopen(urllib.request.Request(reader.origin + reader.path, headers=headers)) as answer:
        return bytes(answer.read())


@dataclass
class Ordinary:
    """The yardstick's own caller: a token of its own issuer, the same kind of proof, an answer of the same size."""

    key: dict[str, str]
    token: str
    origin: str
    path: str

    def requests(self, number: int) -> list[bytes]:
        """So many requests, good for a minute."""
        return proven(self.key, self.token, self.origin, self.path, number)


def ordinary_in(folder: Path, port: int, answer: bytes) -> tuple[Ordinary, list[str]]:
    """The yardstick's database and caller, and the arguments of its process."""
    told = json.loads(answer)
    records = [(one["id"], one["version"], one["jwe"]) for one in told["sealed"]]
    rest = len(answer) - sum(len(jwe) + 80 for _, _, jwe in records) - 80
    records.append((new_id(), 1, "e" * max(rest, 1)))
    database, grant = folder / "ordinary.sqlite3", new_id()
    fill(str(database), grant, TEAM.party, records)
    issuer, key, now = new_signing_key(), new_signing_key(), int(time.time())
    (folder / "issuer.json").write_text(json.dumps(public(issuer)))
    claims = {"team": TEAM.party, "exp": now + 3600, "cnf": {"jkt": thumbprint(key)}}
    made = Ordinary(key, sign(claims, "at+jwt", issuer), f"http://127.0.0.1:{port}", f"/grants/{grant}/records")
    return made, [str(database), str(folder / "issuer.json"), str(port)]
