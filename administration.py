# SPDX-License-Identifier: EUPL-1.2
"""What the administrator of an installation does by hand: `python -m serve <command>` ends up here.

Each command prints what it did and answers the exit code; 1 when it says no. Parts are imported inside functions, as in
serve.py: who lists organisations loads no OAuth code.
"""

import asyncio
import json
import os
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from chassis.clock import Clock

DIRECTORY_COMMANDS = (
    "import-organisation",
    "organisations",
    "withdraw-key",
    "suspend-organisation",
    "resume-organisation",
    "resume-caseworker",
)
CLIENT_COMMANDS = (
    "register-client",
    "clients",
    "suspend-client",
    "resume-client",
    "end-client",
    "replace-client-keys",
    "resume-sign-in",
)


async def _with_consent(clock: Clock, work: Callable[[Any], Awaitable[int]]) -> int:
    """Runs `work` with consent's registry, started and stopped around it."""
    from consent.app import make_registry
    from consent.settings import ConsentSettings

    registry = make_registry(ConsentSettings(), clock)
    await registry.ledger.start()
    try:
        return await work(registry)
    finally:
        await registry.ledger.close()
        registry.database.close()


def verify_log(clock: Clock) -> int:
    """Recomputes the whole log; prints what was found. 0 when all is as it was written."""
    from consent.proving import verify_log as walk

    async def work(registry: Any) -> int:
        report = await registry.database.read(lambda c: walk(c, registry.ledger.vkey))
        print(f"{report.shards} shards, {report.lines} lines, {report.people} people, {report.erased} erased")
        for fault in report.faults:
            print(f"FAULT {fault}")
        return 1 if report.faults else 0

    return asyncio.run(_with_consent(clock, work))


def after_restore(clock: Clock) -> int:
    """Lets consent go on over a restored database (consent/restoring.py); 1 when there is nothing to do, or not so."""
    from chassis.settings import SettingsError
    from consent import restoring
    from consent.app import make_registry
    from consent.settings import ConsentSettings

    settings = ConsentSettings()
    kept = settings.kept_checkpoint
    if kept is None:
        raise SettingsError("KLUISJE_CONSENT_KEPT_CHECKPOINT says where the newest checkpoint was kept")
    registry = make_registry(settings, clock)

    async def work() -> int:
        try:
            paused, keys = await restoring.go_on(registry, kept)
        except restoring.NotDone as error:
            print(f"Not done: {error}.", file=sys.stderr)
            return 1
        finally:
            await registry.ledger.close()
            registry.database.close()
        print(f"{paused} vaults are paused; each is opened again by her own device.")
        print("The log goes on under another origin. Publish these keys, for vault, devices and organisations to pin:")
        print("\n".join(f"log {key}" for key in keys))
        return 0

    return asyncio.run(work())


def restored_vault(clock: Clock, kept: Path) -> int:
    """After a restore of the vault's database: erases again who was erased since, by consent's list beside its checkpoint."""
    from chassis.database import Database
    from consent.erased import REMEMBERED, beside, erased_since
    from vault.restoring import erase_again
    from vault.settings import VaultSettings

    if not (kept.exists() or beside(kept).exists()):
        print("Not done: name the file that KLUISJE_CONSENT_KEPT_CHECKPOINT names.", file=sys.stderr)
        return 1
    database, now = Database(VaultSettings().database), clock.now()
    try:
        found = asyncio.run(erase_again(database, list(erased_since(kept, now - REMEMBERED)), now))
    finally:
        database.close()
    print(f"{found} vaults will be gone with the next sweep, which a start begins with.")
    return 0


def restored_gateway(clock: Clock) -> int:
    """After a restore of the gateway's database: ends every sign-in, since it does not know which had ended."""
    from gateway import administering
    from gateway.settings import GatewaySettings

    office = administering.office_of(GatewaySettings(), clock)
    try:
        ended = asyncio.run(administering.end_every_sign_in(office))
    finally:
        office.database.close()
    print(f"{ended} sign-ins ended. Replace the token keys before you start: tokens live five minutes.")
    return 0


def administer_directory(what: str, clock: Clock, named: str, file: Path | None) -> int:
    """Runs one of the commands over the directory (consent/administering.py); 1 when it says no."""
    from consent import administering

    async def work(registry: Any) -> int:
        try:
            print(await administering.COMMANDS[what](registry, named, _object_in(file)))
        except (administering.NotDone, OSError, ValueError) as error:
            print(f"Not done: {error}.", file=sys.stderr)
            return 1
        return 0

    return asyncio.run(_with_consent(clock, work))


def _object_in(file: Path | None) -> dict[str, Any]:
    """The JSON object in a file; an empty one where there is no file."""
    content = {} if file is None else json.loads(file.read_text("utf-8"))
    if not isinstance(content, dict):
        raise ValueError("the file does not hold one JSON object")
    return content


def administer_clients(what: str, clock: Clock, named: str, file: Path | None, at_once: bool) -> int:
    """Runs one of the commands over the gateway's clients (gateway/administering.py); 1 when it says no."""
    from gateway import administering
    from gateway.registering import RegistrationError
    from gateway.settings import GatewaySettings

    office = administering.office_of(GatewaySettings(), clock)
    try:
        print(asyncio.run(administering.COMMANDS[what](office, named, _object_in(file), at_once)))
    except (RegistrationError, OSError, ValueError) as error:
        print(f"Not done: {error}.", file=sys.stderr)
        return 1
    finally:
        office.database.close()
    return 0


def register_receiver(file: Path) -> int:
    """Says where a team's signed events are pushed to, from its file (gateway/pushing.py)."""
    from chassis.database import Database
    from gateway.pushing import ReceiverError, register
    from gateway.settings import GatewaySettings

    own = GatewaySettings()
    database = Database(own.database)
    try:
        team = asyncio.run(register(database, json.loads(file.read_text("utf-8")), environment=own.environment))
    except ReceiverError as error:
        print(f"Not registered: {error}.", file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"Events of {team} go there from now on.")
    return 0


def check_catalogue(folder: Path) -> int:
    """Prints all that is wrong with the rules in a folder; 1 when there is something."""
    from consent.catalogue import CatalogueError, load

    try:
        found = load(folder)
    except CatalogueError as error:
        print("\n".join(error.findings), file=sys.stderr)
        return 1
    print(
        f"Version {found.version}: {len(found.purposes)} purposes, {len(found.schemas)} record types. Nothing is wrong."
    )
    return 0


def write_catalogue_pages(catalogue: Path, folder: Path) -> int:
    """Writes a page for each purpose of a catalogue to `folder`; pages of purposes that are gone go too."""
    from consent.catalogue import load
    from consent.catalogue_pages import pages

    made = pages(load(catalogue))
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, content in made.items():
        (folder / name).write_text(content, "utf-8")
    print(f"{folder}: {len(made)} pages")
    return 0


def _catalogue_pages(given: Namespace, _: Clock) -> int:
    used = Path(os.environ.get("KLUISJE_CONSENT_CATALOGUE", "catalogue"))
    return write_catalogue_pages(used, given.file or Path("docs/catalogue"))


def _directory(given: Namespace, clock: Clock) -> int:
    file = given.file if given.what == "import-organisation" else None
    return administer_directory(given.what, clock, str(given.file), file)


def _clients(given: Namespace, clock: Clock) -> int:
    file = given.file if given.what == "register-client" else given.second
    return administer_clients(given.what, clock, str(given.file), file, given.at_once)


COMMANDS: Mapping[str, Callable[[Namespace, Clock], int]] = {
    "verify-log": lambda _, clock: verify_log(clock),
    "after-restore": lambda _, clock: after_restore(clock),
    "restored-vault": lambda given, clock: restored_vault(clock, given.file or Path("kept.checkpoint")),
    "restored-gateway": lambda _, clock: restored_gateway(clock),
    **dict.fromkeys(DIRECTORY_COMMANDS, _directory),
    **dict.fromkeys(CLIENT_COMMANDS, _clients),
    "register-receiver": lambda given, _: register_receiver(given.file),
    "check-catalogue": lambda given, _: check_catalogue(given.file or Path("catalogue")),
    "catalogue-pages": _catalogue_pages,
}
"""Name -> what it does with the words of the command line (`what`, `file`, `second`, `at_once`)."""
