# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.solid`: an enforced and a refused read beside those of the Community Solid Server, in one run, interleaved.

What a user would pick instead (performance.md): a pod server that keeps everything in memory and asks WebACL who may read. Same
core, as many bytes, a caller whom the owner let in and one whom she did not, and a fresh DPoP proof with each request, signed
before its round. The peer keeps no log of who looked, and forgets all when it restarts; ours has written each look to the disk
(SQLite, FULL) when it answers. Prints ratios with medians and spreads and writes docs/performance-solid.md. Ends with 1 when a
bar is missed, and with an error when an answer is not the expected one.

    --rounds N     rounds (7)          --quick    small rounds, nothing written: does it run?
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import peer, report
from bench.__main__ import Make, one
from bench.report import Measured, ratio
from bench.scene import ROOT, SERVER_CORE, free_port, play_out, process, proven, stand_aside, town_in
from demo.town import Town
from formats.dpop import make_proof
from formats.jose import Jwk, new_signing_key
from formats.spelling import H, new_id
from kluisje.http import Http

PROGRAM = ("node_modules/@solid/community-server/bin/server.js", "-c", "@css:config/default.json", "-l", "error")
"""As it comes: in memory, WebACL. Below `error` it would write a line for each refused read."""
LEVELS = (1, 16)
NUMBERS = {"ours": {1: 600, 16: 2000}, "peer": {1: 150, 16: 300}}
BARS = (("read", 16, 10), ("refused", 16, 12), ("read", 1, 5))
"""What, how many in flight, and how many times as many a second ours are at least (performance.md, "To reach")."""
ACL = """@prefix acl: <http://www.w3.org/ns/auth/acl#>.
<#owner> a acl:Authorization; acl:agent <{owner}>; acl:accessTo <{paper}>; acl:mode acl:Read, acl:Write, acl:Control.
<#reader> a acl:Authorization; acl:agent <{reader}>; acl:accessTo <{paper}>; acl:mode acl:Read.
"""


@dataclass(frozen=True)
class Agent:
    """Somebody with a pod at the peer, and a way to sign in."""

    origin: str
    pod: str
    web_id: str
    key: Jwk
    token: str

    @classmethod
    def made(cls, origin: str, name: str) -> "Agent":
        """A new account with a pod, signed in."""
        begun = _call("POST", f"{origin}/.account/account/", {})
        who = {"Authorization": f"CSS-Account-Token {begun['authorization']}"}
        controls = _call("GET", f"{origin}/.account/", None, who)["controls"]
        _call("POST", controls["password"]["create"], {"email": f"{name}@example.org", "password": new_id()}, who)
        pod = _call("POST", controls["account"]["pod"], {"name": name}, who)
        client = _call("POST", controls["account"]["clientCredentials"], {"name": name, "webId": pod["webId"]}, who)
        basic = b64encode(f"{quote(client['id'])}:{client['secret']}".encode()).decode()
        key, at = new_signing_key(), f"{origin}/.oidc/token"
        signed = {"Authorization": f"Basic {basic}", "DPoP": make_proof(key, "POST", at, now=int(time.time()))}
        told = _call("POST", at, b"grant_type=client_credentials&scope=webid", signed)
        return cls(origin, pod["pod"], pod["webId"], key, told["access_token"])

    def puts(self, address: str, content: bytes, kind: str) -> None:
        """Keeps a file."""
        proof = make_proof(self.key, "PUT", address, H(self.token), now=int(time.time()))
        _call("PUT", address, content, {"Authorization": f"DPoP {self.token}", "DPoP": proof, "Content-Type": kind})

    def reading(self, address: str) -> Make:
        """Makes requests for one file, each with a proof of its own."""
        return lambda number: proven(self.key, self.token, self.origin, address.removeprefix(self.origin), number)


def _call(
    method: str, address: str, body: dict[str, Any] | bytes | None, headers: Mapping[str, str] | None = None
) -> Any:
    """One call to the peer, and what it answers, where that is JSON."""
    form = "application/x-www-form-urlencoded" if isinstance(body, bytes) else "application/json"
    sent = json.dumps(body).encode() if isinstance(body, dict) else body
    told = {"Accept": "application/json", **({"Content-Type": form} if sent is not None else {}), **(headers or {})}
    with urllib.request.urlopen(urllib.request.Request(address, sent, told, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text[:1] == b"{" else None


def pods(origin: str, size: int) -> dict[str, Make]:
    """Noor keeps two papers of `size` bytes at the peer, and lets Fatima read one of them."""
    noor, fatima = Agent.made(origin, "noor"), Agent.made(origin, "fatima")
    shown, hidden = f"{noor.pod}school", f"{noor.pod}debts"
    for paper in (shown, hidden):
        noor.puts(paper, b"x" * size, "text/plain")
    acl = ACL.format(owner=noor.web_id, reader=fatima.web_id, paper=shown)
    noor.puts(f"{shown}.acl", acl.encode(), "text/turtle")
    return {"read": fatima.reading(shown), "refused": fatima.reading(hidden)}


EXPECTED = {"read": 200, "refused": 403}


async def measure(
    folder: Path, town: Town, environment: Mapping[str, str], rounds: int, share: int
) -> tuple[Measured, int]:
    """Starts both servers and measures; and how many bytes an answer has. Raises Wrong."""
    installed, measured = peer.install("solid"), Measured()
    port, at, http = int(environment["KLUISJE_PORT"]), free_port(), Http()
    with ExitStack() as up:
        ours = up.enter_context(process("bench.server", environment=environment, port=port, log=folder / "server.log"))
        origin = f"http://localhost:{at}"  # by a number it takes nobody's token
        program = (*PROGRAM, "-p", str(at))
        theirs = up.enter_context(peer.serving(installed, program, f"{origin}/", SERVER_CORE, folder / "peer.log"))
        scene = await play_out(town, http)
        makes = pods(origin, len(scene.answer))
        kinds = {
            ("ours", "read"): (town.origin, scene.allowed.requests, ours),
            ("ours", "refused"): (town.origin, scene.stopped.requests, ours),
            **{("peer", what): (origin, make, theirs) for what, make in makes.items()},
        }
        for count in range(rounds + 1):
            await scene.allowed.refresh()
            for level in LEVELS:
                for (whose, what), (address, make, pid) in kinds.items():
                    few = max(32, NUMBERS[whose][level] // share)
                    found = await one(f"{whose} {what}", address, make, few, level, pid, EXPECTED[what])
                    if count:
                        measured.setdefault((f"{whose} {what}", level), []).append(found)
            print(f"  round {count} of {rounds}" if count else "  warmed up", file=sys.stderr, flush=True)
    await http.close()
    return measured, len(scene.answer)


def bars(measured: Measured) -> list[tuple[str, bool]]:
    """What each bar says, and whether it is reached."""
    found = [(ratio(measured, f"ours {what}", f"peer {what}", level), what, level, bar) for what, level, bar in BARS]
    return [
        (f"{what}, {level} in flight: at least {bar} ×, is {times.show('.1f')} ×", times.middle >= bar)
        for times, what, level, bar in found
    ]


PAGE = """# Performance: beside a Solid pod server

Written by `python -m bench.solid`; do not edit. The Community Solid Server 7.2 as it comes, in memory, with WebACL, beside ours
in one process with SQLite (WAL, FULL: each look is on the disk before its answer). Both on the same core in the same run, in
turns; a fresh DPoP proof with each request. The peer keeps no log of who looked, can read what it keeps, and forgets all of it
when it restarts.

{machine}

## Ratios

{ratios}

{bars}

## Figures behind them

{figures}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.solid", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    stand_aside()
    load, (rounds, share) = os.getloadavg()[0], (1, 8) if given.quick else (given.rounds, 1)
    with tempfile.TemporaryDirectory(prefix="kluisje-solid-") as place:
        town, environment = town_in(Path(place), free_port())
        measured, size = asyncio.run(measure(Path(place), town, environment, rounds, share))
    told = bars(measured)
    text = PAGE.format(
        machine=report.machine(load, size, rounds),
        ratios=report.ratios(measured, [(f"ours {what}", f"peer {what}") for what in EXPECTED]),
        bars="\n".join(f"* {'met' if good else '**missed**'}: {line}" for line, good in told),
        figures=report.figures(measured),
    )
    print(text)
    if not given.quick:
        (ROOT / "docs" / "performance-solid.md").write_text(text, "utf-8")
    return int(not given.quick and not all(good for _, good in told))


if __name__ == "__main__":
    sys.exit(main())
