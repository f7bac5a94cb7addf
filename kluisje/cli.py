# SPDX-License-Identifier: EUPL-1.2
"""The command line for organisations: `kluisje keys|ask|read|deposit|verify`.

Exit codes: 0 done, 1 refused, 2 used wrongly, 3 not available now, 4 not proven or keys not safe. With
`--json` the outcome goes to standard output as one JSON object; sentences for people go to standard error.
"""

import argparse
import asyncio
import json
import re
import sys
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.authorship import Record
from formats.spelling import FormatError, H, check_party, parse_json
from kluisje.attachments import Progress
from kluisje.browsing import Loopback
from kluisje.exporting import Archive, check_export
from kluisje.http import Http, Refused, Unavailable
from kluisje.keyring import HeldKeys, KeysUnsafe, TeamKeys, new_team_keys, read_team_keys
from kluisje.opening import prove
from kluisje.organisation import Caseworker, Question, Team
from kluisje.proofs import NotProven, Pins, load_pins
from kluisje.source import Source

DONE, REFUSED, WRONG, AWAY, NOT_PROVEN = 0, 1, 2, 3, 4
Out = Callable[[Mapping[str, Any], str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers the exit code."""
    given = parser().parse_args(arguments)

    def out(found: Mapping[str, Any], said: str) -> None:
        print(json.dumps(found, ensure_ascii=False, indent=1) if given.json else said)

    try:
        result = given.run(given, out)
        if isinstance(result, Awaitable):
            asyncio.run(_wait(result))
        return DONE
    except Refused as no:
        return _sorry(REFUSED, f"No: {_words(no)}")
    except Unavailable as away:
        again = f" Try again in {away.retry_after} seconds." if away.retry_after else " Try again later."
        return _sorry(AWAY, f"Not available now: {away}.{again}")
    except NotProven as doubt:
        return _sorry(NOT_PROVEN, f"This does not check, so nothing was opened. {doubt}")
    except KeysUnsafe as unsafe:
        return _sorry(NOT_PROVEN, f"The keys are not safe: {unsafe}")
    except FileExistsError as there:
        return _sorry(WRONG, f"There is a file already, and keys are never written over: {there}")
    except OSError as error:
        return _sorry(WRONG, f"This file cannot be used: {error.filename or error}")
    except (FormatError, ValueError) as error:
        return _sorry(WRONG, f"This is not right: {error}")


async def _wait(result: Awaitable[None]) -> None:
    await result


def _sorry(code: int, text: str) -> int:
    print(text, file=sys.stderr)
    return code


def _words(no: Refused) -> str:
    """A refusal as a sentence, with the places in the input that were wrong."""
    places = ", ".join(f"{one.get('at')} ({one.get('code')})" for one in no.errors)
    return (no.detail or no.slug) + (f" Wrong: {places}." if places else "")


# -- the commands --------------------------------------------------------------------------------------------


def _new_keys(given: argparse.Namespace, out: Out) -> None:
    keys = new_team_keys(check_party(given.party), given.client)
    keys.save(given.file)
    said = f"New keys for {given.party} are in {given.file}."
    out(keys.public(), f"{said} Keep a copy in a safe place; nobody can make them again.")


def _show_keys(given: argparse.Namespace, out: Out) -> None:
    keys = read_team_keys(given.file)
    found = keys.public() if given.registration is None else _registration(keys, given)
    # What the directory or the gateway needs is JSON in any case.
    out(found, json.dumps(found, ensure_ascii=False, indent=1))


def _registration(keys: TeamKeys, given: argparse.Namespace) -> dict[str, Any]:
    """The client registration that the gateway's owner imports."""
    caseworker = given.registration == "caseworker"
    name = given.name or keys.client
    return {
        "client_id": keys.client,
        "kind": given.registration,
        "client_name": {"nl": name, "en": name},
        "team": keys.party,
        "actions": ["ask", "read"] if caseworker else ["ask", "deposit"],
        "redirect_uris": ["http://127.0.0.1/callback"] if caseworker else [],
        "native": caseworker,
        "jwks": {"keys": [keys.public()["clientKey"]]},
    }


async def _ask(given: argparse.Namespace, out: Out) -> None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    bsn = sys.stdin.readline().strip() if given.bsn_on_stdin else None
    async with Http() as http:
        team = _team(given, http, pins, keys)
        question = await team.asks(
            given.code,
            for_=given.purpose,
            about=given.about,
            days=given.days,
            kind=given.kind,
            note=given.note,
            bsn=bsn,
        )
    said = f"Asked. The question is {question.id}; say {question.code} so that both know it is this one."
    out(_shown(question), f"{said} It is open until {question.expires}.")


def _team(given: argparse.Namespace, http: Http, pins: Pins, keys: TeamKeys) -> Team:
    if given.as_system:
        return Source(http, pins, keys, name=given.name, role=given.role)
    return Caseworker(http, pins, keys, _door(given), name=given.name, role=given.role)


def _door(given: argparse.Namespace) -> Loopback:
    def show(url: str) -> None:
        print(f"Open this page to sign in:\n{url}", file=sys.stderr)

    return Loopback(show if given.no_browser else None)


def _shown(question: Question) -> dict[str, Any]:
    grants = [
        {"id": one.id, "act": one.act, "ends": one.ends, "drawers": dict(one.drawers)}
        for one in question.grants
    ]
    about = {"id": question.id, "state": question.state, "code": question.code, "expires": question.expires}
    return about | {"grants": grants}


async def _read(given: argparse.Namespace, out: Out) -> None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    held = HeldKeys(given.held)
    async with Http() as http:
        caseworker = Caseworker(http, pins, keys, _door(given), name=given.name, role=given.role, held=held)
        keep = None if given.out is None else _keeper(given.out)
        records = await caseworker.reads(given.question, given.drawer, reason=given.reason, keep=keep)
        if given.out is not None:
            for record in records:
                await _write(given.out, record, caseworker, given.question)
        if given.held is not None:
            for grant in (await caseworker.granted(given.question, "read"))[1]:
                await caseworker.confirms(grant)
    found = [_record(record) for record in records]
    lines = [
        f"{one['schema']} by {one['author']}: {json.dumps(one['body'], ensure_ascii=False)}" for one in found
    ]
    out({"records": found}, "\n".join(lines) or "There is nothing in it now.")


def _record(record: Record) -> dict[str, Any]:
    about = {
        "id": record.rid,
        "version": record.ver,
        "drawer": record.drw,
        "schema": record.sch,
        "author": record.iss,
    }
    attachments = [{"id": entry.id, "length": entry.length} for entry in record.att]
    return about | {"written": record.iat, "attachments": attachments, "body": dict(record.body)}


def _keeper(folder: Path) -> Callable[[Mapping[str, Any]], None]:
    """Keeps each sealed answer as evidence, under the hash of its log entry."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(answer: Mapping[str, Any]) -> None:
        name = H(str(answer["look"]["event"]))[:16]
        (folder / f"answer-{name}.json").write_text(json.dumps(answer), "utf-8")

    return keep


async def _write(folder: Path, record: Record, caseworker: Caseworker, question: str) -> None:
    name = f"{record.rid}.{record.ver}"
    (folder / f"{name}.json").write_text(json.dumps(_record(record), ensure_ascii=False, indent=1), "utf-8")
    for entry in record.att:
        grants = (await caseworker.granted(question, "read"))[1]
        grant = next(one for one in grants if record.drw in one.drawers)
        target = folder / f"{name}.{entry.id}"
        await caseworker.fetches(grant, record, entry, target, progress=_progress(f"attachment {entry.id}"))


def _progress(what: str) -> Progress:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= total else "\r"
            print(f"{what}: {done * 100 // max(total, 1)} %", end=end, file=sys.stderr)

    return show


async def _deposit(given: argparse.Namespace, out: Out) -> None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    body = parse_json(given.body.read_bytes())
    async with Http() as http:
        source = Source(http, pins, keys, name=given.name, role=given.role)
        rid = await source.deposits(
            given.question, given.drawer, body, given.schema, given.attach, progress=_progress("sending")
        )
    out(
        {"id": rid},
        f"It is in the drawer, as {rid}. Only the person, and whom that person lets in, can open it.",
    )


def _verify(given: argparse.Namespace, out: Out) -> None:
    pins = load_pins(given.pins)
    if zipfile.is_zipfile(given.file):
        with Archive(given.file) as archive:
            found: dict[str, Any] = {"vault": archive.about["vlt"], **check_export(archive, pins)}
        counts = ", ".join(f"{number} {what}" for what, number in found.items() if what != "vault")
        out(found, f"This export is whole and unchanged: {counts}.")
        return
    answer = json.loads(given.file.read_bytes())
    proven = prove(answer, pins)
    found = {
        "reader": proven.grant.aud,
        "grant": proven.grant.jti,
        "purpose": proven.grant.purpose,
        "drawer": proven.drawer.id,
        "at": proven.look.event.at,
        "log": {"origin": proven.look.origin, "index": proven.look.index},
    }
    said = f"{proven.grant.aud} was allowed to read this drawer for {proven.grant.purpose}."
    out(found, f"{said} The look is in the log.")


# -- the arguments -------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = argparse.ArgumentParser(
        prog="kluisje", description="Ask, read and deposit with the person's consent."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    keys = commands.add_parser("keys", help="make a team's keys, or show their public halves")
    kinds = keys.add_subparsers(required=True, metavar="WHAT")
    new = _command(kinds, "new", _new_keys, "make new keys in a file that only you can read")
    new.add_argument("file", type=Path)
    new.add_argument("--party", required=True, help="the team: urn:oin:<20 digits>:team:<name>")
    new.add_argument("--client", required=True, help="the application's id: oin:<20 digits>:<name>")
    show = _command(kinds, "show", _show_keys, "show the public halves, for the directory")
    show.add_argument("file", type=Path)
    show.add_argument(
        "--registration", choices=("caseworker", "system"), help="as a client registration for the gateway"
    )
    show.add_argument("--name", help="the application's name, as people see it")

    ask = _command(commands, "ask", _ask, "ask someone for what a purpose lists")
    whom = ask.add_mutually_exclusive_group(required=True)
    whom.add_argument("--code", help="the share code that the person gave")
    # A BSN as an argument would stand in the list of processes and in the shell's history.
    whom.add_argument("--bsn-on-stdin", action="store_true", help="read a BSN from standard input")
    ask.add_argument("--for", dest="purpose", required=True, help="the purpose, such as back-to-school")
    ask.add_argument(
        "--about", action="append", default=[], help="a drawer, record or answer; again for more"
    )
    ask.add_argument("--days", type=_days, help="for how many days")
    ask.add_argument("--kind", type=_kind, default="until", help="once, until, or every:<days>")
    ask.add_argument("--note", help="a sentence to the person, at most 280 characters")
    ask.add_argument("--as-system", action="store_true", help="as a system, without a caseworker's sign-in")
    _who(ask, signs_in=True)

    read = _command(commands, "read", _read, "read what a yes opened")
    read.add_argument("question", help="the id of the question")
    read.add_argument("--drawer", help="only this drawer")
    read.add_argument("--reason", help="why now, where the purpose asks a reason")
    read.add_argument(
        "--out", type=Path, help="write records, attachments and the proven answers to this folder"
    )
    read.add_argument(
        "--held", type=Path, help="keep the drawer keys in this file (only you can read it) and confirm it"
    )
    _who(read, signs_in=True)

    deposit = _command(
        commands, "deposit", _deposit, "put a document into a drawer, unreadable for the sender"
    )
    deposit.add_argument("question", help="the id of the question that asked for the drawer")
    deposit.add_argument("--drawer", required=True, help="the drawer, such as school")
    deposit.add_argument("--body", type=Path, required=True, help="a JSON file with the record's members")
    deposit.add_argument("--schema", help="the record type's URI")
    deposit.add_argument("--attach", type=Path, action="append", default=[], help="a file; again for more")
    _who(deposit, signs_in=False)

    verify = _command(
        commands, "verify", _verify, "check a kept answer or an export, without any connection or key"
    )
    verify.add_argument("file", type=Path)
    verify.add_argument("--pins", type=Path, required=True, help="whom to believe: pins.json")
    return top


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace, Out], Awaitable[None] | None], said: str
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=said, description=said)
    made.add_argument("--json", action="store_true", help="print the outcome as JSON")
    made.set_defaults(run=run)
    return made


def _who(command: argparse.ArgumentParser, *, signs_in: bool) -> None:
    command.add_argument("--keys", type=Path, required=True, help="the team's keys (mode 600)")
    command.add_argument(
        "--pins", type=Path, required=True, help="the installation and whom to believe: pins.json"
    )
    command.add_argument("--name", required=True, help="who asks, as the person will read it")
    command.add_argument("--role", help="the role, where the purpose lists several")
    if signs_in:
        command.add_argument(
            "--no-browser", action="store_true", help="print the sign-in page's address instead"
        )


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError("a number of days, such as 30")
    return int(text)


def _kind(text: str) -> str:
    if not re.fullmatch(r"once|until|every:[1-9][0-9]{0,2}", text):
        raise argparse.ArgumentTypeError("once, until, or every:<days>")
    return text


if __name__ == "__main__":
    sys.exit(main())
