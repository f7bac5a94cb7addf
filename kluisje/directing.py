# SPDX-License-Identifier: EUPL-1.2
"""Commands of who signs, apart from every server: the directory, a municipality's rules; and of who watches the directory.

    kluisje directory new-key|show-key|sign|client|list        kluisje watch-directory
    kluisje catalogue new-key|show-key|sign|diff|take-over

The directory signs files; the owner of the installation takes them in (`python -m serve import-organisation FILE`).
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from formats.jose import Jwk, new_signing_key, private_ec, public
from formats.rules import OWN, differences
from formats.spelling import FormatError, check_members, check_organisation, parse_json
from kluisje.cataloguing import check_package, files_in, sign_package, take_over
from kluisje.commands import Out
from kluisje.http import Http
from kluisje.keyring import KeysUnsafe, read_private, write_private
from kluisje.monitoring import Monitor, Said, load_seen
from kluisje.proofs import NotProven, load_pins
from kluisje.publishing import Face, publish_client, publish_face, publish_team

DAY = 86_400


def new_key(given: argparse.Namespace, out: Out) -> None:
    """Makes a signing key, once: the directory's, or a municipality's for its rules."""
    if given.file.exists():
        raise FileExistsError(17, "exists", str(given.file))
    party = check_organisation(given.party)
    write_private(given.file, {"format": 1, "party": party, "key": new_signing_key()})
    said = f"The key of {party} is in {given.file}. Keep it off every server, and a copy in a safe place."
    out({"party": party}, said)


def show_key(given: argparse.Namespace, out: Out) -> None:
    """The public half: for consent's settings (DIRECTORY_KEY, CATALOGUE_KEY), the gateway's, and pins."""
    key = public(read_directory_key(given.file)[1])
    out(key, json.dumps(key, indent=1))


def read_directory_key(path: Path) -> tuple[str, Jwk]:
    """(party, private JWK) in a file of `new-key`. KeysUnsafe when others can read it or it holds something else."""
    told = read_private(path)
    try:
        check_members(told, ("format", "party", "key"))
        return check_organisation(told["party"]), private_ec(told["key"], "sig")
    except FormatError:
        raise KeysUnsafe(f"{path} holds no key of a directory or catalogue") from None


def sign(given: argparse.Namespace, out: Out) -> None:
    """Signs a team's keys, how it is shown, or both: new, changed or renewed. Nothing counts before 72 hours in the log."""
    directory, key = read_directory_key(given.key)
    now = int(time.time())
    told: dict[str, str] = {}
    party = given.party
    if given.team is not None:
        team = parse_json(given.team.read_bytes())
        told["statement"] = publish_team(key, directory, team, now=now, lasts=given.days * DAY)
        if party not in (None, team["party"]):
            raise ValueError("--team and --party name two different teams")
        party = team["party"]
    face = (given.role, given.name, given.address, given.contact)
    if given.proposal is not None:
        proposed = parse_json(given.proposal.read_bytes())
        check_members(proposed, ("party", "role", "name", "address", "contact"))
        if any(face) or party not in (None, proposed["party"]):
            raise ValueError("--proposal says by itself which team it is, and how that is shown")
        party, face = proposed["party"], tuple(proposed[one] for one in ("role", "name", "address", "contact"))
    if any(face) and not all(face):
        raise ValueError("how a team is shown takes --role, --name, --address and --contact together")
    if all(face):
        if party is None:
            raise ValueError("name the team with --party")
        logo = None if given.logo is None else given.logo.read_bytes()
        told["listing"] = publish_face(key, directory, party, Face(*face, logo), now=now, lasts=given.days * DAY)
    if not told:
        raise ValueError("give --team for its keys, --role and the rest for how it is shown, or both")
    given.out.write_text(json.dumps(told, indent=1), "utf-8")
    said = f"Signed: {' and '.join(told)} of {party}, in {given.out}. The installation takes it in with"
    out(told, f"{said} 'python -m serve import-organisation {given.out}'; it counts 72 hours after that.")


def client(given: argparse.Namespace, out: Out) -> None:
    """Signs an application's registration (of `keys show --registration`), for the gateway's owner."""
    _, key = read_directory_key(given.key)
    statement = _members(given.statement)["statement"]
    registration = publish_client(key, statement, _members(given.registration), now=int(time.time()))
    told = {"registration": registration, "organisation": statement}
    given.out.write_text(json.dumps(told, indent=1), "utf-8")
    out(told, f"Signed, in {given.out}. The gateway takes it in with 'python -m serve register-client {given.out}'.")


def _members(path: Path) -> Mapping[str, Any]:
    return parse_json(path.read_bytes())


# -- the catalogue --------------------------------------------------------------------------------------------


def sign_catalogue(given: argparse.Namespace, out: Out) -> None:
    """Signs the next version of the municipality's own rules."""
    party, key = read_directory_key(given.key)
    said = sign_package(given.folder, key, party, now=int(time.time()))
    told = {"version": said.ver, "files": len(said.files), "recalled": list(said.recalled)}
    out(told, f"Version {said.ver} is signed: {len(said.files)} files. Consent takes it in at its next start.")


def diff_catalogue(given: argparse.Namespace, out: Out) -> None:
    """What another package would change about ours, in words."""
    found = differences(files_in(given.mine), files_in(given.theirs), given.lang)
    lines = [f"{'!' if one.more else ' '} {one.what}: {one.said}" for one in found]
    legend = {"nl": "! vraagt of mag meer dan nu", "en": "! asks or allows more than now"}[given.lang]
    out({"changes": [asdict(one) for one in found]}, "\n".join([*lines, legend] if lines else ["="]))


def take_over_catalogue(given: argparse.Namespace, out: Out) -> None:
    """Copies purposes of another municipality's signed package into our own folder, to be read, filled in and signed."""
    theirs = check_package(given.theirs, parse_json(given.key.read_bytes()))
    written = take_over(given.mine, theirs, given.purpose)
    said = "\n".join(f"wrote {path}" for path in written) or "All of it was there already."
    todo = f"Now fill in your own {' and '.join(OWN)}, raise the version in package.yaml, check and sign."
    out({"written": written}, f"{said}\n{todo}")


async def listed(given: argparse.Namespace, out: Out) -> None:
    """What the directory said of an organisation's teams, checked, and what waits until when."""
    pins = load_pins(given.pins)
    async with Http() as http:
        monitor = Monitor(http, pins)
        found = [one for team in await monitor.teams(given.party) for one in await monitor.said(team)]
    out({"statements": [_shown(one) for one in found]}, "\n".join(map(_line, found)) or "No team is listed.")


async def watch(given: argparse.Namespace, out: Out) -> None:
    """Whether the log holds only statements that the organisation knows. NotProven when it holds another."""
    pins, known = load_pins(given.pins), [_members(path) for path in given.known]
    seen = load_seen(given.seen, given.party)
    async with Http() as http:
        unknown = await Monitor(http, pins).watch(known, seen)
    seen.save(given.seen)
    if unknown:
        told = "; ".join(map(_line, unknown))
        raise NotProven("unknown-statement", f"the directory said this of you, and you do not know it: {told}")
    out({"known": sorted(seen.sids)}, f"{len(seen.sids)} statements stand in the log, and you know them all.")


def _shown(one: Said) -> dict[str, Any]:
    about = {"team": one.team, "id": one.sid, "what": one.what, "state": one.state(int(time.time()))}
    return about | {"logged": _moment(one.at), "countsFrom": _moment(one.counts_from)}


def _line(one: Said) -> str:
    state = one.state(int(time.time()))
    until = f" until {_moment(one.counts_from)}" if state == "waits" else ""
    return f"{one.team} {one.what} {one.sid}: {state}{until}, in the log since {_moment(one.at)}"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
