# SPDX-License-Identifier: EUPL-1.2
"""A municipality watches the directory: silent while it knows all, loud when somebody signed a key in its name."""

import asyncio
import json
from pathlib import Path

from demo.people import DIRECTORY, MUNICIPALITY, TEAMS
from kluisje.cli import DONE, NOT_PROVEN, main
from kluisje.keyring import new_team_keys
from kluisje.publishing import publish_team
from tests.town import Players, runs_serve


async def test_a_false_key_is_seen_before_it_counts(town: Players, tmp_path: Path) -> None:
    folder, zuid = town.town.folder, TEAMS[0]
    known = [folder / team.slug / "listed.json" for team in TEAMS if team.party.startswith(MUNICIPALITY)]
    watch = ["watch-directory", MUNICIPALITY, "--pins", str(town.town.pins), "--seen", str(tmp_path / "seen.json")]
    for path in known:
        watch += ["--known", str(path)]
    assert await asyncio.to_thread(main, watch) == DONE

    fatima, noor = await town.caseworker(), await town.citizen("Noor")
    face = await fatima.directory.face(zuid.party)
    assert face is not None
    assert face.name == zuid.name
    assert face.logo

    key = json.loads((folder / "directory" / "key.json").read_text())
    false = new_team_keys(zuid.party, zuid.client).public()
    signed = publish_team(key, DIRECTORY, false, now=town.http().clock())
    (tmp_path / "false.json").write_text(json.dumps({"statement": signed}))
    await asyncio.to_thread(runs_serve, town.servers, "import-organisation", str(tmp_path / "false.json"))
    assert await asyncio.to_thread(main, watch) == NOT_PROVEN

    # For 72 hours it is worth nothing: the key that everybody knows goes on to be the one that is used.
    asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.keeps("school", {"absence_days": 1})
    await noor.allows(asked)
    assert (await fatima.reads(asked))[0].body["absence_days"] == 1
    assert await asyncio.to_thread(main, [*watch, "--known", str(tmp_path / "false.json")]) == DONE
