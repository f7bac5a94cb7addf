# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.token`: tokens a second of our token endpoint beside npm oidc-provider 9, in one run, interleaved.

The same flow in both: client credentials, private_key_jwt (ES256), DPoP, an ES256 JWT access token of 300 seconds. Ours
writes the session, the assertion and the proof down durably (SQLite, FULL) before it answers; the peer keeps all of it
in memory. Each server has one core, the load the other; each request is signed before its round. Prints ratios with
medians and spreads and writes docs/performance-tokens.md. Ends with 1 when the bar is missed.

    --rounds N     rounds (7)          --quick    small rounds, nothing written: does it run?
    --places       where our CPU samples fell
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import peer, report
from bench.__main__ import Wrong, ask, cpu_of
from bench.load import play, post
from bench.report import Measured, Result
from bench.scene import ROOT, SERVER_CORE, free_port, process, stand_aside, town_in
from chassis.clock import Clock
from demo.town import TEAMS, Town
from formats.dpop import make_proof
from formats.jose import new_signing_key, public, sign
from formats.spelling import new_id

IN_FLIGHT = 16
NUMBER = 3000
BAR = 0.7
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TEAM = next(team for team in TEAMS if team.kind == "system")


@dataclass(frozen=True)
class Asker:
    """A client of one of the two: how its token requests look."""

    issuer: str
    path: str
    client: str
    key: Mapping[str, Any]
    form: Mapping[str, str]

    def requests(self, number: int) -> list[bytes]:
        """So many token requests, each with an assertion and a proof of its own, good for a minute."""
        now, url, dpop = Clock().now(), self.issuer + self.path, new_signing_key()
        made = []
        for _ in range(number):
            claims = {"iss": self.client, "sub": self.client, "aud": self.issuer, "jti": new_id()}
            assertion = sign(claims | {"iat": now, "nbf": now, "exp": now + 60}, "JWT", self.key)
            form = {"grant_type": "client_credentials", "client_id": self.client, "client_assertion_type": ASSERTION}
            body = urlencode(form | dict(self.form) | {"client_assertion": assertion}).encode()
            proof = make_proof(dpop, "POST", url, None, now=now)
            kind = ("Content-Type", "application/x-www-form-urlencoded")
            made.append(post(self.path, self.issuer.removeprefix("http://"), body, [kind, ("DPoP", proof)]))
        return made


def askers(folder: Path, town: Town, port: int) -> tuple[Asker, Asker, Path]:
    """Our client, the peer's, and the peer's settings."""
    key = town.team(TEAM.slug).client_key
    details = [{"type": "vault_access", "actions": ["ask"], "locations": [f"{town.origin}/gateway/v1"]}]
    ours = Asker(town.origin, "/oauth/token", TEAM.client, key, {"authorization_details": json.dumps(details)})
    theirs = Asker(f"http://127.0.0.1:{port}", "/token", TEAM.client, key, {})
    settings: dict[str, Any] = {"key": new_signing_key(), "client": TEAM.client, "jwks": {"keys": [public(key)]}}
    settings["resource"] = f"{town.origin}/gateway/v1"
    (folder / "peer.json").write_text(json.dumps(settings))
    return ours, theirs, folder / "peer.json"


async def once(kind: str, asker: Asker, number: int, pid: int) -> Result:
    """One round of one of the two. Raises Wrong when an answer is no token."""
    requests, before = asker.requests(number), cpu_of(pid)
    done = await play(asker.issuer, requests, IN_FLIGHT)
    if done.statuses != {200: number}:
        raise Wrong(f"{kind}: {dict(done.statuses)}")
    return Result(done.rate, done.p50, done.p99, (cpu_of(pid) - before) / number * 1e6)


async def rounds(
    kinds: Mapping[str, tuple[Asker, int]], rounds_: int, number: int, tell: Callable[[str], None]
) -> Measured:
    """Both, interleaved, so many times after one that warms up and does not count."""
    measured: Measured = {}
    for count in range(rounds_ + 1):
        for kind, (asker, pid) in kinds.items():
            result = await once(kind, asker, number, pid)
            if count:
                measured.setdefault((kind, IN_FLIGHT), []).append(result)
        tell(f"  round {count} of {rounds_}" if count else "  warmed up")
    return measured


def measure(folder: Path, rounds_: int, number: int, places: bool) -> Measured:
    """Starts both servers and measures."""
    installed, port = peer.install("oidc"), free_port()
    town, environment = town_in(folder, free_port())
    ours, theirs, settings = askers(folder, town, port)
    with ExitStack() as up:
        at = int(environment["KLUISJE_PORT"])
        pid = up.enter_context(process("bench.server", environment=environment, port=at, log=folder / "server.log"))
        program, up_at = ("oidc.mjs", str(port), str(settings)), f"{theirs.issuer}/.well-known/openid-configuration"
        other = up.enter_context(peer.serving(installed, program, up_at, SERVER_CORE, folder / "peer.log"))
        kinds = {"ours": (ours, pid), "oidc-provider": (theirs, other)}
        found = asyncio.run(rounds(kinds, rounds_, number, lambda line: print(line, file=sys.stderr, flush=True)))
        if places:
            ask(town.origin + "/bench/sample")
            asyncio.run(once("ours", ours, number, pid))
            for place, count in ask(town.origin + "/bench/samples")["places"]:
                print(f"{count:6} {place}")
    return found


PAGE = """# Tokens a second

Written by `python -m bench.token`: client credentials, `private_key_jwt` (ES256), DPoP, an ES256 JWT access token, {level} in
flight. Beside ours npm oidc-provider 9 as it comes, on the same core in the same run, in turns. Ours has written the session,
the assertion and the proof to disk (SQLite, WAL, FULL) when it answers; the peer keeps them in memory, and forgets a used proof
when it restarts.

{machine}

{ratio}

{figures}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.token", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--places", action="store_true")
    given = parser.parse_args(arguments)
    stand_aside()
    load = os.getloadavg()[0]
    number, rounds_ = (300, 1) if given.quick else (NUMBER, given.rounds)
    with tempfile.TemporaryDirectory(prefix="kluisje-bench-") as place:
        measured = measure(Path(place), rounds_, number, given.places)
    against = report.ratio(measured, "ours", "oidc-provider", IN_FLIGHT)
    told = f"ours ÷ oidc-provider: {against.show('.2f')}; to reach: {BAR}"
    figures = report.figures(measured)
    print(f"{told}\n{figures}")
    if not given.quick:
        page = PAGE.format(
            level=IN_FLIGHT, machine=report.machine(load, None, rounds_), ratio=f"**{told}**", figures=figures
        )
        (ROOT / "docs" / "performance-tokens.md").write_text(page, "utf-8")
    if load > report.QUIET:
        print(f"the machine was not quiet when this began: load {load:.1f}", file=sys.stderr)
    return 1 if against.middle < BAR and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main())
