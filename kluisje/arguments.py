# SPDX-License-Identifier: EUPL-1.2
"""The arguments of the command line: what each command takes, in words for people."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was given, or the end of the program with a word about what is wrong."""
    top = parser()
    given = top.parse_args(arguments)
    if given.command == "deposit":
        given.folder = Path(given.what) if Path(given.what).is_dir() else None
        if given.folder is None and not (given.drawer and given.body):
            top.error("one document needs --drawer and --body; several are a folder with a manifest.csv")
    return given


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = argparse.ArgumentParser(prog="kluisje", description="Ask, read and deposit with the person's consent.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    keys = commands.add_parser("keys", help="make a team's keys, or show their public halves")
    kinds = keys.add_subparsers(required=True, metavar="WHAT")
    new = _command(kinds, "new", "keys new", "make new keys in a file that only you can read")
    new.add_argument("file", type=Path)
    new.add_argument("--party", required=True, help="the team: urn:oin:<20 digits>:team:<name>")
    new.add_argument("--client", required=True, help="the application's id: oin:<20 digits>:<name>")
    show = _command(kinds, "show", "keys show", "show the public halves, for the directory")
    show.add_argument("file", type=Path)
    show.add_argument(
        "--registration", choices=("caseworker", "system"), help="as a client registration for the gateway"
    )
    show.add_argument("--name", help="the application's name, as people see it")

    ask = _command(commands, "ask", "ask", "ask someone for what a purpose lists")
    whom = ask.add_mutually_exclusive_group(required=True)
    whom.add_argument("--code", help="the share code that the person gave")
    # A BSN as an argument would stand in the list of processes and in the shell's history.
    whom.add_argument("--bsn-on-stdin", action="store_true", help="read a BSN from standard input")
    ask.add_argument("--for", dest="purpose", required=True, help="the purpose, such as back-to-school")
    ask.add_argument("--about", action="append", default=[], help="a drawer, record or answer; again for more")
    ask.add_argument("--days", type=_days, help="for how many days")
    ask.add_argument("--kind", type=_kind, default="until", help="once, until, or every:<days>")
    ask.add_argument("--note", help="a sentence to the person, at most 280 characters")
    _as_system(ask)
    _who(ask, signs_in=True)

    read = _command(commands, "read", "read", "read what a yes opened")
    read.add_argument("question", help="the id of the question")
    read.add_argument("--drawer", help="only this drawer")
    read.add_argument("--reason", help="why now, where the purpose asks a reason")
    read.add_argument("--out", type=Path, help="write records, attachments and the proven answers to this folder")
    read.add_argument(
        "--held", type=Path, help="keep the drawer keys in this file (only you can read it) and confirm it"
    )
    _who(read, signs_in=True)

    deposit = _command(commands, "deposit", "deposit", "put documents into drawers, unreadable for the sender")
    deposit.add_argument("what", help="the id of a question; or a folder with a manifest.csv, which is brought whole")
    deposit.add_argument("--drawer", help="the drawer, such as school; in a folder: of rows that name none")
    deposit.add_argument("--schema", help="the record type's URI; in a folder also its short name, of rows without one")
    _who(deposit, signs_in=False)
    one = deposit.add_argument_group("one document")
    one.add_argument("--body", type=Path, help="a JSON file with the record's members")
    one.add_argument("--attach", type=Path, action="append", default=[], help="a file; again for more")
    many = deposit.add_argument_group("a folder")
    many.add_argument("--for", dest="purpose", help="the purpose for which share codes are used to ask")
    many.add_argument("--days", type=_days, help="for how many days it asks")
    many.add_argument("--at-once", type=_few, default=4, help="documents on their way side by side, 1 to 16")

    verify = _command(commands, "verify", "verify", "check a kept answer or an export, without any connection or key")
    verify.add_argument("file", type=Path)
    verify.add_argument("--pins", type=Path, required=True, help="whom to believe: pins.json")
    _afterwards(commands)
    _directory(commands)
    _catalogue(commands)
    return top


def _afterwards(commands: Any) -> None:
    """Commands for what comes after the question (`kluisje.commands`)."""
    accept = _command(commands, "accept", "accept", "accept a counter-offer: ask for exactly what was offered")
    accept.add_argument("question", help="the id of the question that had the offer")
    accept.add_argument("--note", help="a sentence to the person, at most 280 characters")
    _as_system(accept)
    _who(accept, signs_in=True)

    events = _command(commands, "events", "events", "what the team was told; what is printed is acknowledged")
    events.add_argument("--wait", action="store_true", help="wait some seconds for the first one")
    events.add_argument("--keep", action="store_true", help="acknowledge nothing: they come again")
    _files(events)

    close = _command(commands, "close", "close", "after the end: say that it was erased, or until when it is kept")
    close.add_argument("grant", help="the id of the grant that ended")
    close.add_argument("--kept-until", help="the day until which it is kept: YYYY-MM-DD")
    close.add_argument("--article", help="the article under which, as the purpose names it")
    _files(close)

    questions = _command(commands, "questions", "questions", "what people asked: why did you look?")
    questions.add_argument("--every", action="store_true", help="also what was answered")
    answer = _command(commands, "answer", "answer", "answer such a question in the team's name, from standard input")
    answer.add_argument("question", help="the id of the question")
    evidence = _command(commands, "evidence", "evidence", "what can be shown of a grant, checked; no values")
    evidence.add_argument("grant", help="the id of the grant")
    evidence.add_argument("--out", type=Path, help="write it to this file")
    for one in (questions, answer, evidence):
        _as_system(one)
        _files(one)
        one.add_argument("--no-browser", action="store_true", help="print the sign-in page's address instead")
        one.set_defaults(name="", role=None)

    take_over = _command(commands, "take-over", "take-over", "take the case of a colleague")
    take_over.add_argument("grant", help="the id of the grant")
    take_over.add_argument("--reason", required=True, help="why: the person reads it, at most 280 characters")
    _who(take_over, signs_in=True)

    suspend = _command(commands, "suspend", "suspend", "a colleague left: no call of that caseworker works any more")
    suspend.add_argument("subject", help="who, as in the tokens: cw_…")
    _files(suspend)


def _directory(commands: Any) -> None:
    """Commands of who runs the directory, and of who watches it (`kluisje.directing`)."""
    directory = commands.add_parser("directory", help="run a directory: its key, what it signs of teams, what waits")
    kinds = directory.add_subparsers(required=True, metavar="WHAT")
    new = _command(kinds, "new-key", "directory new-key", "make the directory's key in a file that only you can read")
    new.add_argument("file", type=Path)
    new.add_argument("--party", required=True, help="the directory itself: urn:oin:<20 digits>")
    show = _command(kinds, "show-key", "directory show-key", "show its public half, for settings and pins")
    show.add_argument("file", type=Path)

    sign = _command(kinds, "sign", "directory sign", "sign a team's keys, how it is shown, or both")
    sign.add_argument("--key", type=Path, required=True, help="the directory's key (mode 600)")
    sign.add_argument("--team", type=Path, help="the public halves that the team brought (keys show)")
    sign.add_argument("--party", help="the team, where only how it is shown is signed")
    sign.add_argument("--proposal", type=Path, help="how it wants to be shown, as its desk wrote it, in one file")
    sign.add_argument("--role", help="the role in which it asks, as the catalogue names it")
    sign.add_argument("--name", help="as people read it, at most 80 characters")
    sign.add_argument("--address", help="where it is")
    sign.add_argument("--contact", help="how people reach it")
    sign.add_argument("--logo", type=Path, help="a PNG of at most 4096 bytes and 128 by 128 pixels")
    sign.add_argument("--days", type=_days, default=365, help="for how many days (365)")
    sign.add_argument("--out", type=Path, required=True, help="write what was signed to this file")

    client = _command(kinds, "client", "directory client", "sign that an application is a team's, for the gateway")
    client.add_argument("--key", type=Path, required=True, help="the directory's key (mode 600)")
    client.add_argument("--statement", type=Path, required=True, help="what was signed of the team's keys")
    client.add_argument("--registration", type=Path, required=True, help="of 'keys show --registration'")
    client.add_argument("--out", type=Path, required=True, help="write what was signed to this file")

    listed = _command(kinds, "list", "directory list", "what the directory said of an organisation, and what waits")
    listed.add_argument("party", help="the organisation: urn:oin:<20 digits>, or one of its teams")
    listed.add_argument("--pins", type=Path, required=True, help="the installation and whom to believe: pins.json")

    watch = _command(
        commands, "watch-directory", "watch-directory", "does the log hold only what you know of yourself?"
    )
    watch.add_argument("party", help="your organisation: urn:oin:<20 digits>")
    watch.add_argument("--known", type=Path, action="append", default=[], help="your own: keys shown, or a signed file")
    watch.add_argument(
        "--seen", type=Path, required=True, help="where to remember what was seen; made at the first look"
    )
    watch.add_argument("--pins", type=Path, required=True, help="the installation and whom to believe: pins.json")


def _catalogue(commands: Any) -> None:
    """Commands of who signs a municipality's rules (`kluisje.cataloguing`)."""
    catalogue = commands.add_parser("catalogue", help="a municipality's rules: sign, compare, take over")
    kinds = catalogue.add_subparsers(required=True, metavar="WHAT")
    new = _command(kinds, "new-key", "directory new-key", "make the catalogue's key in a file that only you can read")
    new.add_argument("file", type=Path)
    new.add_argument("--party", required=True, help="the municipality: urn:oin:<20 digits>")
    show = _command(kinds, "show-key", "directory show-key", "show its public half, for consent's settings")
    show.add_argument("file", type=Path)
    sign = _command(kinds, "sign", "catalogue sign", "sign the next version of a folder of rules")
    sign.add_argument("folder", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="the catalogue's key (mode 600)")
    diff = _command(kinds, "diff", "catalogue diff", "what another package would change about ours, in words")
    diff.add_argument("mine", type=Path)
    diff.add_argument("theirs", type=Path)
    diff.add_argument("--lang", choices=("nl", "en"), default="nl")
    over = _command(kinds, "take-over", "catalogue take-over", "copy purposes of a signed package into our folder")
    over.add_argument("mine", type=Path)
    over.add_argument("theirs", type=Path)
    over.add_argument(
        "--key", type=Path, required=True, help="the other's public catalogue key, from a source you trust"
    )
    over.add_argument(
        "--purpose", action="append", required=True, help="its short name, such as debt-help; again for more"
    )


def _as_system(command: argparse.ArgumentParser) -> None:
    command.add_argument("--as-system", action="store_true", help="as a system, without a caseworker's sign-in")


def _files(command: argparse.ArgumentParser) -> None:
    command.add_argument("--keys", type=Path, required=True, help="the team's keys (mode 600)")
    command.add_argument("--pins", type=Path, required=True, help="the installation and whom to believe: pins.json")


def _command(commands: Any, name: str, command: str, said: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=said, description=said)
    made.add_argument("--json", action="store_true", help="print the outcome as JSON")
    made.set_defaults(command=command)
    return made


def _who(command: argparse.ArgumentParser, *, signs_in: bool) -> None:
    _files(command)
    command.add_argument("--name", required=True, help="who asks, as the person will read it")
    command.add_argument("--role", help="the role, where the purpose lists several")
    if signs_in:
        command.add_argument("--no-browser", action="store_true", help="print the sign-in page's address instead")


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError("a number of days, such as 30")
    return int(text)


def _few(text: str) -> int:
    if not re.fullmatch(r"[1-9]|1[0-6]", text):
        raise argparse.ArgumentTypeError("a number from 1 to 16")
    return int(text)


def _kind(text: str) -> str:
    if not re.fullmatch(r"once|until|every:[1-9][0-9]{0,2}", text):
        raise argparse.ArgumentTypeError("once, until, or every:<days>")
    return text
