# SPDX-License-Identifier: EUPL-1.2
"""A person with a vault: the same steps as on the portal's screens, for scripts, tests and the demo.

    noor = Person(http, pins, door)
    codes = await noor.makes_a_vault()               # write both on paper
    await noor.keeps("school", {"absence_days": 12})
    [question] = await noor.requests()
    await noor.allows(question)
    await noor.stops(question)
    await noor.who_looked()

Everything is sealed and opened here; the keys never leave this object. Raises Refused, Unavailable
(`kluisje.http`), NotProven (`kluisje.proofs`) when something is not what it claims to be, and Locked before
the vault is opened.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.attachment import AttachmentEntry
from formats.authorship import Record
from formats.grant import Grant
from formats.spelling import FormatError
from kluisje.attachments import Progress
from kluisje.browsing import Door
from kluisje.device import Device, Known, Remembered
from kluisje.directory import Directory
from kluisje.exporting import Exporting
from kluisje.filing import Filed
from kluisje.http import Http
from kluisje.importing import import_file
from kluisje.proofs import Line, Pins
from kluisje.requests import Asked, When
from kluisje.signing_in import PersonTokens
from kluisje.stopping import Stopped, find_grant
from kluisje.unlocking import Making, Opened, begin, check_newest, find_keys, make
from kluisje.watching import Asked as AskedWhy
from kluisje.watching import Owed, Watching

CLIENT = "app:kluisje"


class Locked(Exception):
    """The vault is not open on this device: only signing in, stopping and pausing work."""


class Person:
    """One person on one device.

    door: where the sign-in goes (`kluisje.browsing`). client_id: this application as the installation knows
    it. remembered: what this device knows from earlier (`kluisje.device`). lang: the language in which texts
    are shown and signed for.
    """

    def __init__(
        self,
        http: Http,
        pins: Pins,
        door: Door,
        *,
        client_id: str = CLIENT,
        remembered: Remembered | None = None,
        lang: str = "nl",
    ) -> None:
        self._pins, self._lang = pins, lang
        self.remembered = remembered or Remembered()
        tokens = PersonTokens(http, f"{pins.origin}/person", client_id, door)
        self.device = Device(http, pins.origin, tokens, self.remembered)
        self.directory = Directory(http, f"{pins.origin}/consent/v1", pins)
        self._watching = Watching(self.device, pins)
        self._opened: Opened | None = None
        self._making: Making | None = None

    @property
    def vlt(self) -> str:
        """The vault's pseudonym, once signed in."""
        return self.device.vlt

    @property
    def _open(self) -> Opened:
        if self._opened is None:
            raise Locked("open the vault first: opens(code), or makes_a_vault()")
        return self._opened

    # -- making and opening ----------------------------------------------------------------------------------

    async def signs_in(self) -> str:
        """Signs in; answers the vault's pseudonym. Enough to stop and to pause."""
        return await self.device.sign_in()

    async def makes_a_vault(self) -> tuple[str, ...]:
        """Makes the vault of who signs in, and opens it. Answers two codes for paper: each of them opens it
        on any device, and nobody can make another. Called again after Unavailable it goes on where it was."""
        await self._signed_in()
        if self._making is None:
            self._making = await begin(self.device, self._pins)
        opened = Opened(self.device, self._making.keys, self._pins, self.directory, self._lang)
        await make(self.device, opened, self._making)
        codes = tuple(code for code, _ in self._making.slots)
        self._opened, self._making = opened, None
        return codes

    async def opens(self, code: str) -> None:
        """Opens the vault on this device with a code from paper. NotProven when the chain or the keyring is
        not hers; Refused when the code opens no slot."""
        await self._signed_in()
        keys = await find_keys(self.device, code)
        opened = Opened(self.device, keys, self._pins, self.directory, self._lang)
        await check_newest(opened)
        self._opened = opened

    async def _signed_in(self) -> str:
        return self.vlt or await self.signs_in()

    def locks(self) -> None:
        """Forgets the keys. What was opened before is gone from this object."""
        self._opened = None

    async def visits(self) -> Filed:
        """What her device does at each visit: files what sources brought, closes what ended meanwhile, renews
        what runs out. Answers what came, and what did not check."""
        opened = self._open
        await opened.stopping.tidy()
        return await opened.filing.file(await self._watching.lines())

    # -- keeping ---------------------------------------------------------------------------------------------

    async def keeps(
        self,
        drawer: str,
        body: Mapping[str, Any],
        schema: str | None = None,
        attachments: Sequence[Path] = (),
        *,
        progress: Progress | None = None,
    ) -> Record:
        """Puts a record in a drawer, by category (`school`); the drawer is made if need be. schema: the
        record type's URI, or the only one that these members fit."""
        return await self._open.drawers.keep(drawer, body, schema, attachments, progress=progress)

    async def changes(
        self,
        record: Record,
        body: Mapping[str, Any],
        attachments: Sequence[Path] = (),
        *,
        progress: Progress | None = None,
    ) -> Record:
        """Writes the next version of an own record; its attachments stay, and these come to it."""
        return await self._open.drawers.keep(record.drw, body, None, attachments, instead_of=record, progress=progress)

    async def drops(self, record: Record) -> None:
        """Takes a record away, with all its versions and attachments."""
        await self._open.drawers.drop(record)

    async def looks_in(self, drawer: str) -> list[Record]:
        """The records of one of her drawers, opened, newest first."""
        return await self._open.drawers.read(drawer)

    async def version(self, record: Record, ver: int) -> Record:
        """An older version of a record."""
        return await self._open.drawers.version(record, ver)

    async def fetches(
        self, record: Record, entry: AttachmentEntry, target: Path, *, progress: Progress | None = None
    ) -> None:
        """Writes an attachment (one of `record.att`) to a file, verified."""
        await self._open.drawers.fetch(record, entry, target, progress)

    @property
    def drawers(self) -> dict[str, str]:
        """Her drawers: id -> category."""
        return {drawer.id: drawer.cat for drawer in self._open.keys.keyring.drawers}

    # -- asked and answered ----------------------------------------------------------------------------------

    async def share_code(self) -> str:
        """A new code that lets one team ask her once, within seven days."""
        return str((await self.device.consent("POST", "/share-codes")).json()["code"])

    async def requests(self, *, every: bool = False) -> list[Asked]:
        """Questions that wait for her answer (`every`: those that are over too), with signature and asker
        checked."""
        return await self._open.requests.inbox(every=every)

    async def allows(
        self,
        request: object,
        *,
        only: Collection[str] | None = None,
        until: When | None = None,
        once: bool = False,
        from_now_on: bool = False,
        answers: Mapping[str, bool] | None = None,
    ) -> Grant:
        """A yes to a question (or its id): to all of it, or to less. ValueError when it would not answer the
        question."""
        requests = self._open.requests
        asked = request if isinstance(request, Asked) else await requests.find(_id(request))
        return await requests.allow(asked, only=only, until=until, once=once, from_now_on=from_now_on, answers=answers)

    async def offers(
        self, request: object, *, only: Collection[str], until: When | None = None, note: str | None = None
    ) -> None:
        """A counter-offer. Nothing is shared until the asker accepts it by asking again, and she says yes to
        that."""
        asked = await self._open.requests.find(_id(request))
        await self._open.requests.offer(asked, only=only, until=until, note=note)

    async def says_no(self, request: object) -> None:
        """A no. The asker sees what it would see without any answer."""
        await self._open.requests.refuse(_id(request))

    async def stops(self, grant: object) -> Stopped | None:
        """Stops a grant: given as Grant, as its id, or as the question that it answered. While the vault is
        locked the sign-in is enough: then the answer is None, and the next visit signs."""
        if self._opened is None:
            await self.device.consent("POST", f"/grants/{_id(grant)}/stops", json={"statement": None})
            return None
        try:
            found = grant if isinstance(grant, Grant) else find_grant(self._opened.chain, _id(grant))
        except FormatError:
            await self._opened.chain.load()  # perhaps another device of hers said yes
            found = find_grant(self._opened.chain, _id(grant))
        return await self._opened.stopping.stop(found)

    async def pauses(self, grant: object | None = None) -> str:
        """Closes everything, or one grant, until it is opened again. Nobody is told. Answers its id."""
        path = "/pauses" if grant is None else f"/grants/{_id(grant)}/pauses"
        return str((await self.device.consent("POST", path)).json()["id"])

    async def opens_again(self, pause: str, grant: object | None = None) -> None:
        """Opens a pause. A renewal signed just now shows that her code was used, so the vault must be open.
        Refused `step-up-needed` when she has no drawer to renew: then there is nothing that anybody could
        read."""
        await self._open.stopping.open_again(
            f"/pauses/{pause}" if grant is None else f"/grants/{_id(grant)}/pauses/{pause}"
        )

    # -- devices ---------------------------------------------------------------------------------------------

    async def devices(self) -> list[Known]:
        """The devices that called in her name within a year, newest first."""
        return [
            Known(one["id"], one["firstAt"], one["seenAt"], one["stoppedAt"], one["own"])
            async for one in self.device.items("consent", "/devices")
        ]

    async def stops_device(self, lost: Known) -> bool:
        """Stops a device that was lost: its next call is refused. The sign-in is enough. Answers whether the
        drawers have new keys too, which needs the vault open; if not, `renews_keys` makes them later."""
        await self.device.stop_device(lost.id)
        if self._opened is None:
            return False
        await self.renews_keys()
        return True

    async def renews_keys(self) -> None:
        """Opens the next epoch of every drawer: whoever took keys from a lost device reads nothing that is
        kept from now on. What was kept before stays under the keys it has."""
        for drawer in self._open.keys.keyring.drawers:
            await self._open.stopping.rotate(drawer.id, ())

    # -- leaving ---------------------------------------------------------------------------------------------

    async def exports(self, target: Path, *, readable: bool = False, progress: Progress | None = None) -> Path:
        """Takes everything along in one file; `readable` adds opened copies. Broken off, it goes on where it
        was."""
        drawers = self._open.drawers if readable else None
        return await Exporting(self.device, drawers).write(target, readable=readable, progress=progress)

    async def imports(self, file: Path, code: str, *, progress: Progress | None = None) -> None:
        """Brings an export into the empty vault of who signs in, under the same pseudonym; `code` opens the
        export. From another installation she moves in: no grant of there counts here. Broken off, it goes on where it
        was. NotProven when the file is not whole or is another vault's; Refused when there is a vault already, or with
        what is wrong in the file."""
        await self._signed_in()
        await import_file(self.device, file, code, progress)

    async def erases_everything(self) -> tuple[str, str]:
        """Asks both to erase all: consent first, then the vault. Both wait 72 hours after a fresh sign-in
        without a passkey. Answers the ids by which it can be taken back."""
        consent = (await self.device.consent("POST", "/erasures", json={})).json()
        vault = (await self.device.vault("POST", "/erasures", json={})).json()
        return str(consent["id"]), str(vault["id"])

    async def keeps_everything(self, erasures: tuple[str, str]) -> None:
        """Takes back an erasure that still waits."""
        consent, vault = erasures
        await self.device.vault("DELETE", f"/erasures/{vault}")
        await self.device.consent("DELETE", f"/erasures/{consent}")

    # -- what happened ---------------------------------------------------------------------------------------

    async def who_looked(self) -> list[Line]:
        """Who looked, tried to, or brought something: oldest first, every line of the log checked on this
        device."""
        return [line for line in await self._watching.lines() if line.is_look]

    async def looked_before(self, there: Pins) -> list[Line]:
        """Who looked at an installation where she was before, oldest first, each line checked on this device with the
        pins of there."""
        return [line for line in await self._watching.lines_before(there) if line.is_look]

    async def history(self) -> list[Line]:
        """All lines of the log about this vault, her own statements among them, oldest first."""
        return await self._watching.lines()

    async def strangers(self) -> list[Line]:
        """Lines by which somebody else's key was tied to this vault. Anything here is an alarm."""
        return await self._watching.strangers()

    async def asks_why(self, line: Line, text: str) -> AskedWhy:
        """ "Waarom keek je?" about one line of who_looked(): the team has seven days. Once per line."""
        return await self._watching.asks(line.n, text)

    async def asked_why(self) -> list[AskedWhy]:
        """What she asked, newest first, with the teams' signed answers."""
        return await self._watching.questions()

    async def owed(self) -> list[Owed]:
        """What teams owe her after a grant ended: erased, kept until when, or nothing said yet."""
        return await self._watching.owed()

    async def receipts(self) -> list[dict[str, object]]:
        """Her consent receipts as JSON-LD, newest first, each checked."""
        return await self._watching.receipts()


def _id(thing: object) -> str:
    """The id of a question or grant: a text, or what carries it as `id` or `jti`."""
    found = thing if isinstance(thing, str) else getattr(thing, "id", None) or getattr(thing, "jti", None)
    if not isinstance(found, str):
        raise TypeError("a question, a grant, or an id")
    return found
