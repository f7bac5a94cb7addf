# SPDX-License-Identifier: EUPL-1.2
"""The worked example of docs/for-municipalities/sources.md, as it stands there: table, command, and the program."""

import asyncio
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from kluisje.cli import AWAY, DONE
from tests.town import ROOT, Players

PAGE = (ROOT / "docs" / "for-municipalities" / "sources.md").read_text("utf-8")


def block(kind: str) -> str:
    """The one block of this kind."""
    [found] = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


async def test_the_page_says_what_happens(town: Players, tmp_path: Path) -> None:
    sam, yara = await town.citizen("Sam"), await town.citizen("Yara")
    table, papers = block("csv"), tmp_path / "papers"
    papers.mkdir()
    first, second = dict.fromkeys(line.partition(";")[0] for line in table.splitlines()[1:])
    table = table.replace(first, await sam.share_code()).replace(second, await yara.share_code())
    (papers / "manifest.csv").write_text(table, "utf-8")
    for line in table.splitlines()[1:]:
        (papers / line.split(";")[1]).write_bytes(f"%PDF-1.7 {line}".encode())
    shutil.copy(town.town.folder / "de-vlier-administratie" / "keys.json", tmp_path / "keys.json")
    shutil.copy(town.town.pins, tmp_path / "pins.json")

    program, *arguments = shlex.split(block("sh"))
    assert program == "kluisje"
    code, said = await runs(tmp_path, "-m", "kluisje", *arguments)
    assert code == AWAY
    assert "wait for an answer" in said
    for person in (sam, yara):
        [asked] = await person.requests()
        await person.allows(asked)
    code, said = await runs(tmp_path, "-m", "kluisje", *arguments)
    assert (code, said) == (DONE, "3 of 3 documents are in.\n")
    for person, titles in ((sam, ["Brief over de stage", "Rapport klas 3"]), (yara, ["Rapport klas 4"])):
        await person.visits()
        assert sorted(str(one.body["title"]) for one in await person.looks_in("school")) == titles

    body = (f"    {line}" for line in block("python").splitlines())
    whole = "\n".join(("import asyncio", *IMPORTS, "async def main():", *body, "asyncio.run(main())"))
    assert await runs(tmp_path, "-c", whole) == (DONE, "3 Counter()\n"), "the program finds all of it in"


IMPORTS = (
    "from pathlib import Path",
    "from kluisje.bringing import bring",
    "from kluisje.http import Http",
    "from kluisje.keyring import read_team_keys",
    "from kluisje.proofs import load_pins",
    "from kluisje.source import Source",
)


async def runs(folder: Path, *arguments: str) -> tuple[int | None, str]:
    """Exit code, and what was printed."""
    pipe, environment = asyncio.subprocess.PIPE, os.environ | {"PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env=environment, stdout=pipe, stderr=pipe
    )
    out, _ = await running.communicate()
    return running.returncode, out.decode()
