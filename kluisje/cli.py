# SPDX-License-Identifier: EUPL-1.2
"""The command line for organisations: `kluisje keys|ask|read|deposit|verify`, and those of `kluisje.commands` and
`kluisje.directing`.

Exit codes: 0 done, 1 refused, 2 used wrongly, 3 not available now, 4 not proven or keys not safe. With
`--json` the outcome goes to standard output as one JSON object; sentences for people go to standard error.
"""

import argparse
import asyncio
import json
import sys
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.authorship import Record
from formats.spelling import FormatError, H, check_party, parse_json
from kluisje import commands, directing
from kluisje.archive import Archive, check_export
from kluisje.arguments import parsed
from kluisje.attachments import Progress
from kluisje.bringing import Tally, bring
from kluisje.commands import Out, door_of, shown, team_of
from kluisje.http import Http, Refused, Unavailable
from kluisje.keyring import HeldKeys, KeysUnsafe, TeamKeys, new_team_keys, read_team_keys
from kluisje.opening import prove
from kluisje.organisation import Caseworker
from kluisje.proofs import NotProven, load_pins
from kluisje.source import Source

DONE, REFUSED, WRONG, AWAY, NOT_PROVEN = 0, 1, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers the exit code."""
    given = parsed(arguments)

    def out(found: Mapping[str, Any], said: str) -> None:
        print(json.dumps(found, ensure_ascii=False, indent=1) if given.json else said)

    try:
        result = _COMMANDS[given.command](given, out)
        code = asyncio.run(_wait(result)) if isinstance(result, Awaitable) else None
        return DONE if code is None else code
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


async def _wait(result: Awaitable[int | None]) -> int | None:
    return await result


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
        "actions": ["ask", "read"] if caseworker else ["ask", "deposit", "learn"],
        "redirect_uris": ["http://127.0.0.1/callback"] if caseworker else [],
        "native": caseworker,
        "jwks": {"keys": [keys.public()["clientKey"]]},
    }


async def _ask(given: argparse.Namespace, out: Out) -> None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    bsn = sys.stdin.readline().strip() if given.bsn_on_stdin else None
    async with Http() as http:
        team = team_of(given, http, pins, keys)
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
    out(shown(question), f"{said} It is open until {question.expires}.")


async def _read(given: argparse.Namespace, out: Out) -> None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    held = HeldKeys(given.held)
    async with Http() as http:
        caseworker = Caseworker(http, pins, keys, door_of(given), name=given.name, role=given.role, held=held)
        keep = None if given.out is None else _keeper(given.out)
        records = await caseworker.reads(given.question, given.drawer, reason=given.reason, keep=keep)
        if given.out is not None:
            for record in records:
                await _write(given.out, record, caseworker, given.question)
        if given.held is not None:
            for grant in (await caseworker.granted(given.question, "read"))[1]:
                await caseworker.confirms(grant)
    found = [_record(record) for record in records]
    lines = [f"{one['schema']} by {one['author']}: {json.dumps(one['body'], ensure_ascii=False)}" for one in found]
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
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # opened records lie here

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


async def _deposit(given: argparse.Namespace, out: Out) -> int | None:
    keys, pins = read_team_keys(given.keys), load_pins(given.pins)
    if given.folder is not None:
        async with Http() as http:
            return await _bring(given, Source(http, pins, keys, name=given.name, role=given.role), out)
    body = parse_json(given.body.read_bytes())
    async with Http() as http:
        source = Source(http, pins, keys, name=given.name, role=given.role)
        rid = await source.deposits(
            given.what, given.drawer, body, given.schema, given.attach, progress=_progress("sending")
        )
    out(
        {"id": rid},
        f"It is in the drawer, as {rid}. Only the person, and whom that person lets in, can open it.",
    )
    return None


_LEFT = {
    "open": "wait for an answer",
    "full": "wait for room in the drawer",
    "not-now": "are not allowed now",
    "visit": "wait for the person's next visit",
    "settling": "were on their way when an earlier run was cut off: ten minutes later it is sure whether they are in",
    "no-answer": "got no answer",
    "ended": "may not be brought any more",
    "unknown": "go to an id that is not known here",
    "share-code-not-good": "have a share code that is not good",
}


async def _bring(given: argparse.Namespace, source: Source, out: Out) -> int:
    """A whole folder: done; refused when something never will be; not now when the same command may bring more."""
    tally = await bring(
        source,
        given.folder,
        for_=given.purpose,
        days=given.days,
        drawer=given.drawer,
        schema=given.schema,
        at_once=given.at_once,
        progress=_so_far(),
    )
    left = [{"line": tally.lines[key], "why": why} for key, why in tally.left.items()]
    said = [f"{tally.done} of {tally.documents} documents are in."]
    said += [f"{number} {_LEFT[why]}." for why, number in tally.why().items()]
    if tally.waits():
        said.append("Run the same command again later: what is in is not sent twice.")
    out({"documents": tally.documents, "done": tally.done, "left": left}, " ".join(said))
    return AWAY if tally.waits() else REFUSED if left else DONE


def _so_far() -> Callable[[Tally], None]:
    """On a terminal one line that moves; elsewhere a line at each tenth."""
    tenth = -1

    def show(tally: Tally) -> None:
        nonlocal tenth
        seen = tally.done + len(tally.left)
        moves, now = sys.stderr.isatty(), seen * 10 // tally.documents
        if not moves and now == tenth:
            return
        tenth = now
        text = f"{tally.done} of {tally.documents} documents are in, {tally.octets / 1_000_000:.1f} MB sent"
        text += f", {len(tally.left)} wait or are over" if tally.left else ""
        end = "\r" if moves and seen < tally.documents else "\n"
        print(f"{text:<78}" if moves else text, end=end, file=sys.stderr, flush=True)

    return show


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


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Out], Awaitable[int | None] | None]] = {
    "keys new": _new_keys,
    "keys show": _show_keys,
    "ask": _ask,
    "read": _read,
    "deposit": _deposit,
    "verify": _verify,
    "accept": commands.accept,
    "events": commands.events,
    "close": commands.close,
    "questions": commands.questions,
    "answer": commands.answer,
    "take-over": commands.take_over,
    "evidence": commands.evidence,
    "suspend": commands.suspend,
    "directory new-key": directing.new_key,
    "directory show-key": directing.show_key,
    "directory sign": directing.sign,
    "directory client": directing.client,
    "directory list": directing.listed,
    "watch-directory": directing.watch,
    "catalogue sign": directing.sign_catalogue,
    "catalogue diff": directing.diff_catalogue,
    "catalogue take-over": directing.take_over_catalogue,
}


if __name__ == "__main__":
    sys.exit(main())
