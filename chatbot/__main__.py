# SPDX-License-Identifier: EUPL-1.2
"""`python -m chatbot check`: is the content right? `python -m chatbot ask "TEXT"`: what would be answered, and why?

check [--overlay FOLDER --municipality NAME] [--phone NUMBER]   prints file:line: what; 1 when something is wrong
learn   learns the weights anew from the content and writes them down; some minutes
ask TEXT [--locale nl|en] [--audience 12-15|16+|relative|caseworker]
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chassis.clock import Clock
from chatbot.answering import Answering
from chatbot.checks import faults_of
from chatbot.learning import learn, mark, written
from chatbot.library import CONTENT, LEARNED, Content, ContentError, make_ready, read, tongue_of, ways
from chatbot.match import Margins
from chatbot.rules import AUDIENCES, LOCALES

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """The command line. Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chatbot", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("check", "learn", "ask"))
    parser.add_argument("text", nargs="?", default="")
    parser.add_argument("--overlay", type=Path)
    parser.add_argument("--municipality")
    parser.add_argument("--content", type=Path, help="another folder than our own")
    parser.add_argument("--phone", default="14 0123")
    parser.add_argument("--locale", choices=LOCALES, default="nl")
    parser.add_argument("--audience", choices=AUDIENCES, default="12-15")
    given = parser.parse_args(arguments)
    try:
        own = {} if given.content is None else {"content": given.content}
        content = read(given.overlay, municipality=given.municipality, **own)
    except ContentError as error:
        _print(*error.faults)
        return 1
    if given.what == "learn":
        return _learn(content, given.content or CONTENT)
    if given.what == "ask":
        return _ask(content, given)
    return _check(content, given.phone, clock or Clock())


def _check(content: Content, phone: str, clock: Clock) -> int:
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    numbers = (phone, *content.words.numbers)
    root = ROOT if (ROOT / "docs").is_dir() else None
    found = faults_of(content, Margins(), numbers=numbers, today=today, root=root)
    _print(*found)
    themes = len({rule.theme for rule in content.rules})
    alone = sum(rule.reviewed is None for rule in content.rules)
    _print(
        f"{len(content.rules)} rules in {themes} themes, {len(content.crisis.kinds)} kinds of crisis; {alone} not reviewed yet"
    )
    return 1 if any(one.grave for one in found) else 0


def _learn(content: Content, folder: Path) -> int:
    (folder / LEARNED).mkdir(exist_ok=True)
    for what in ("rules", "cries"):
        for locale in LOCALES:
            known, tongue = ways(content, what, locale), tongue_of(content, locale)
            path = folder / LEARNED / f"{what}-{locale}.txt"
            path.write_text(written(learn(known, tongue), mark(known, tongue)), "utf-8")
            _print(f"{path.name}: {len(known)} texts")
    return 0


def _ask(content: Content, given: argparse.Namespace) -> int:
    margins = Margins()
    ready = make_ready(content)
    answer = Answering(ready, margins, (given.phone,)).answer(given.text, given.locale, given.audience)
    _print(
        f"{answer.rule} ({answer.confidence:.2f}): {answer.say}",
        f"because {', '.join(answer.because) or 'of no phrase'}",
    )
    for locale, matcher in ready.matchers.items():
        for found in matcher.scores(given.text, given.audience)[:4]:
            _print(f"  {locale} {found.rule.id} {found.score:.2f} {', '.join(found.because)}")
    return 0


def _print(*lines: object) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
