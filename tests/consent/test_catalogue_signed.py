# SPDX-License-Identifier: EUPL-1.2
"""The rules are what the municipality signed, to the byte; a new version follows the one before, and is in the log."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import SettingsError
from consent.app import make_registry
from consent.catalogue import CatalogueError
from consent.catalogue_signed import load_signed
from consent.importing import publish_catalogue
from formats.event import verify_look
from formats.jose import new_signing_key, public
from kluisje.cataloguing import sign_package
from tests.consent.outside import CATALOGUE_KEY, MUNICIPALITY, settings_in, signed_rules
from tests.consent.registry import DAY, NOW, Watch
from tests.consent.town import Town, call

PARTY, KEY = MUNICIPALITY, CATALOGUE_KEY
SCHOOL, DEBTS = "purposes/back-to-school.1.yaml", "purposes/debt-help.1.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped rules, signed as version 1."""
    return signed_rules(tmp_path / "shipped")


def edit(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text("utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new), "utf-8")


def raise_version(folder: Path, version: int) -> None:
    edit(folder, "package.yaml", f"version: {version - 1}", f"version: {version}")


def test_what_was_signed_is_what_is_read(folder: Path) -> None:
    rules, said = load_signed(folder, public(KEY), NOW)
    assert (rules.version, said.ver, said.iss) == (1, 1, PARTY)
    assert len(rules.purposes) >= 12


FAULTS: dict[str, Callable[[Path], object]] = {
    f"{SCHOOL}: not the file that was signed": lambda at: edit(at, SCHOOL, "maxDays: 180", "maxDays: 365"),
    "more.yaml: not the file that was signed": lambda at: (at / "more.yaml").write_text("{}"),
    f"{DEBTS}: signed, and missing": lambda at: (at / DEBTS).unlink(),
    "signed.jwt: missing": lambda at: (at / "signed.jwt").unlink(),
    "signed.jwt: not signed with the catalogue key": lambda at: sign_other(at),
    "signed.jwt: not in force yet": lambda at: None,
}


def sign_other(folder: Path) -> None:
    (folder / "signed.jwt").unlink()
    sign_package(folder, new_signing_key(), PARTY, now=NOW)


@pytest.mark.promise("P16")
@pytest.mark.parametrize("finding", FAULTS)
def test_what_is_not_what_was_signed_is_not_read(folder: Path, finding: str) -> None:
    FAULTS[finding](folder)
    with pytest.raises(CatalogueError) as refused:
        load_signed(folder, public(KEY), NOW - 101 * DAY if "force" in finding else NOW)
    assert finding in refused.value.findings


@pytest.mark.asyncio(loop_scope="module")
async def test_versions_follow_each_other_and_are_in_the_log(town: Town, folder: Path) -> None:
    async def publishes(at: Path) -> None:
        rules, said = load_signed(at, public(KEY), NOW)
        await publish_catalogue(replace(town.registry, catalogue=rules, signed=said, catalogue_key=public(KEY)))

    async def known() -> list[int]:
        reply = await call(town.app, "GET", "/consent/v1/catalogue-versions")
        items: list[dict[str, Any]] = reply.json()["items"]
        for one in items:
            look = {name: one[name] for name in ("event", "nonce", "proof")}
            event = verify_look(look, town.policy, witnessed=True).event
            assert (event.t, event.claims["sid"], event.claims["sub"]) == ("catalogue", one["id"], PARTY)
        return [one["version"] for one in items]

    folder = Path(shutil.copytree(town.path / "rules", folder.parent / "next"))
    assert await known() == [1], "taken in at the start"
    await publishes(folder)
    assert await known() == [1]
    old = Path(shutil.copytree(folder, folder.parent / "old"))
    raise_version(folder, 2)
    edit(folder, "package.yaml", "recalled: []", "recalled: ['urn:kluisje:purpose:debt-help:1']")
    sign_package(folder, KEY, PARTY, now=NOW - 50)
    await publishes(folder)
    assert await known() == [2, 1]
    recalled = await town.rows("SELECT recalled_at FROM purposes WHERE uri = 'urn:kluisje:purpose:debt-help:1'")
    assert recalled[0][0] is not None

    with pytest.raises(CatalogueError, match="version 1 does not follow version 2"):
        await publishes(old)
    skipped = Path(shutil.copytree(folder, folder.parent / "skipped"))
    for version in (3, 4):
        raise_version(skipped, version)
        sign_package(skipped, KEY, PARTY, now=NOW - 40)
    with pytest.raises(CatalogueError, match="version 4 does not follow version 2"):
        await publishes(skipped)
    edited = Path(shutil.copytree(old, folder.parent / "edited"))
    (edited / "signed.jwt").unlink()
    edit(edited, SCHOOL, "maxDays: 180", "maxDays: 179")
    edit(edited, SCHOOL, "ends: [14, 30, 90, 180]", "ends: [14, 30, 90, 179]")
    (edited / DEBTS).unlink()
    sign_package(edited, KEY, PARTY, now=NOW - 30)
    with pytest.raises(CatalogueError) as refused:
        await publishes(edited)
    assert f"{SCHOOL}: a published purpose is never edited" in refused.value.findings
    assert f"{DEBTS}: a published purpose is recalled, not taken out" in refused.value.findings
    assert await known() == [2, 1]


def test_production_takes_only_signed_rules(tmp_path: Path) -> None:
    names = ("receipt", "identity", "directory", "gezag", "person")
    settings = settings_in(tmp_path, {name: new_signing_key() for name in names})
    unsigned = settings.model_copy(update={"catalogue_key": None})
    with pytest.raises(SettingsError, match="CATALOGUE_KEY"):
        make_registry(unsigned, Watch())
