# SPDX-License-Identifier: EUPL-1.2
"""`python -m chatbot check`: is the content right? `python -m chatbot ask "TEXT"`: what would be answered, and why?

check [--overlay FOLDER --municipality NAME] [--phone NUMBER]   prints file:line: what; 1 when something is wrong
learn   finds out anew what changed content needs, and writes it down; the weights of other ways to ask take half a minute
ask TEXT [--locale nl|en] [--audience 12-15|16+|relative|caseworker]
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from chassis.clock import Clock
from chatbot.answering import Answering
from chatbot.checks import faults_of
from chatbot.library import CONTENT, ContentError, read
from chatbot.match import Margins
from chatbot.ready import Kept, Library, keep, make_ready, opened, weights_kept, write
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
    folder = given.content or CONTENT
    try:
        if given.what == "learn":
            with ProcessPoolExecutor(len(LOCALES)) as both:
                write(folder, keep(read(content=folder), _weights(folder), each=both.map))
            return 0
        if given.overlay is None:
            library = opened(folder)
        else:
            content = read(given.overlay, municipality=given.municipality, content=folder)
            library = make_ready(content, weights_kept(folder))
    except ContentError as error:
        _print(*error.faults)
        return 1
    return _ask(library, given) if given.what == "ask" else _check(library, given.phone, clock or Clock())


def _weights(folder: Path) -> Kept | None:
    """What was kept and is still right is not learned again. What is damaged is."""
    try:
        return weights_kept(folder)
    except ContentError:
        return None


def _check(library: Library, phone: str, clock: Clock) -> int:
    content, today = library.content, datetime.fromtimestamp(clock.now(), UTC).date()
    numbers = (phone, *content.words.numbers)
    root = ROOT if (ROOT / "docs").is_dir() else None
    found = faults_of(library, Margins(), numbers=numbers, today=today, root=root)
    _print(*found)
    themes = len({rule.theme for rule in content.rules})
    alone = sum(rule.reviewed is None for rule in content.rules)
    _print(
        f"{len(content.rules)} rules in {themes} themes, {len(content.crisis.kinds)} kinds of crisis; {alone} not reviewed yet"
    )
    return 1 if any(one.grave for one in found) else 0


def _ask(library: Library, given: argparse.Namespace) -> int:
    margins = Margins()
    answer = Answering(library, margins, (given.phone,)).answer(given.text, given.locale, given.audience)
    _print(
        f"{answer.rule} ({answer.confidence:.2f}): {answer.say}",
        f"because {', '.join(answer.because) or 'of no phrase'}",
    )
    for locale, matcher in library.matchers.items():
        for found in matcher.scores(given.text, given.audience)[:4]:
            _print(f"  {locale} {found.rule.id} {found.score:.2f} {', '.join(found.because)}")
    return 0


def _print(*lines: object) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
