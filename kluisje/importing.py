# SPDX-License-Identifier: EUPL-1.2
"""Moving in: what an export file holds, brought into an empty vault under the same pseudonym.

The vault takes it because SIG, which lies in the export's own keyring, signs its challenge. Order: the chain,
slots and keyring, then per drawer its records in the order of its history with their attachments, then the
histories themselves, which the vault recomputes. Broken off, it can be begun again: what is there already
stays. Grants stay behind. Source: vault.md section 4.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from formats.dpop import make_proof
from formats.record import RECORD
from formats.spelling import FormatError, b64u, parse_json, unb64u
from formats.statement import CARD
from kluisje.archive import Archive
from kluisje.attachments import Progress
from kluisje.device import Device
from kluisje.keyring import PersonKeys, Slot
from kluisje.moving import move_in
from kluisje.proofs import NotProven

_PIECE = re.compile(r"vault/drawers/([^/]+)/attachments/([^/]+)/([^/.]+)\.(\d+)").fullmatch


def open_archive_keys(archive: Archive, code: str) -> PersonKeys:
    """The keys in an export, opened with a code from paper. NotProven when the code opens no slot of it."""
    ring = archive.read("vault/keyring.jwe").decode("ascii")
    vlt = str(archive.about["vlt"])
    for name in archive.names("vault/slots/"):
        slot = parse_json(archive.read(name))
        if slot.get("type") == "code":
            try:
                return PersonKeys.open(vlt, Slot(slot["id"], "code", slot["jwe"]), code, ring, least=1)
            except FormatError:
                continue
    raise NotProven("wrong-code", "this code does not open the export")


async def import_file(device: Device, file: Path, code: str, progress: Progress | None = None) -> None:
    """Brings an export file into the empty vault of who is signed in; one of another installation moves in here first,
    chain and all. NotProven when it is another vault's, or not whole."""
    with Archive(file) as archive:
        keys = open_archive_keys(archive, code)
        if archive.about["vlt"] != await device.look_again():
            if archive.about["origin"] == device.origin:
                raise NotProven("archive", "this export is of another vault")
            await move_in(device, archive, keys)
        await Importing(device, archive).bring(keys, progress)


class Importing:
    """Brings one archive into the vault of who is signed in."""

    def __init__(self, device: Device, archive: Archive) -> None:
        self._device, self._archive = device, archive

    async def bring(self, keys: PersonKeys, progress: Progress | None = None) -> None:
        """Brings everything and completes it. Refused when there is a vault already or something is missing.

        progress: drawers brought, drawers in all."""
        running = await self._begin(keys)
        for name in self._archive.names("vault/slots/"):
            slot = parse_json(self._archive.read(name))
            given = {member: slot[member] for member in ("type", "kdf", "jwe")}
            await self._device.vault("PUT", f"/slots/{slot['id']}", json=given)
        await self._device.vault("PUT", "/keyring", json={"jwe": self._text("vault/keyring.jwe")})
        histories = [name for name in self._archive.names("vault/drawers/") if name.endswith("/heads.jsonl")]
        drawers = []
        for done, name in enumerate(histories, 1):
            drw, changes = name.split("/")[2], self._archive.lines(name)
            await self._drawer(drw, changes)
            drawers.append({"drawer": drw, "items": changes})
            if progress is not None:
                progress(done, len(histories))
        await self._device.vault("POST", f"/imports/{running}/completions", json={"drawers": drawers})

    async def _begin(self, keys: PersonKeys) -> str:
        path = f"/vaults/{self._device.vlt}/imports"
        url = f"{self._device.origin}/vault/v1{path}"
        challenge = (await self._device.vault("POST", "/challenges")).json()["challenge"]
        proof = make_proof(keys.keyring.sig, "POST", url, challenge, now=self._device.http.clock())
        chain = [one["statement"] for one in self._archive.lines("consent/statements.jsonl")]
        chain += await self._card_of_the_move(len(chain))
        given = {"chain": chain, "challenge": challenge, "proof": proof}
        return str((await self._device.vault("POST", "/imports", json=given)).json()["id"])

    async def _card_of_the_move(self, seq: int) -> list[str]:
        """The card with which she moved in here, if the statement behind those of the file is one."""
        async for one in self._device.items("consent", "/statements"):
            if one["seq"] <= seq:
                return [str(one["statement"])] if (one["seq"], one["typ"]) == (seq, CARD) else []
        return []

    async def _drawer(self, drw: str, changes: list[dict[str, Any]]) -> None:
        """The records that live, in the order in which they came, each after its attachments."""
        live: dict[tuple[str, int], str] = {}
        for change in changes:
            if change["op"] == "del":
                live = {place: t for place, t in live.items() if place[0] != change["rid"]}
            else:
                live[change["rid"], change["ver"]] = change["t"]
        present = set(self._archive.names("vault/"))
        for rid, ver in sorted(live):
            if ver == 1 or (rid, 1) not in live:
                await self._attachments(drw, rid)
            name = f"vault/drawers/{drw}/records/{rid}/{ver}.jwe"
            jwe = self._text(name if name in present else f"vault/deposits/{rid}.jwe")
            if name in present and parse_json(unb64u(jwe.partition(".")[0])).get("typ") != RECORD:
                raise NotProven("archive", "a record is none")
            await self._device.vault("PUT", f"/drawers/{drw}/records/{rid}/versions/{ver}", json={"jwe": jwe})

    async def _attachments(self, drw: str, rid: str) -> None:
        blobs: dict[str, dict[int, str]] = {}
        for name in self._archive.names(f"vault/drawers/{drw}/attachments/{rid}/"):
            if found := _PIECE(name):
                blobs.setdefault(found[3], {})[int(found[4])] = name
        for attachment, pieces in blobs.items():
            await self._attachment(f"/drawers/{drw}/records/{rid}/attachments/{attachment}", pieces)

    async def _attachment(self, path: str, pieces: Mapping[int, str]) -> None:
        digest, length = sha256(), 0
        for k in sorted(pieces):
            piece = self._archive.read(pieces[k])
            digest.update(piece)
            length += len(piece)
        about = {"length": length, "hash": b64u(digest.digest())}
        told = (await self._device.vault("PUT", path, json=about)).json()
        for k in told["wanted"]:
            await self._device.vault("PUT", f"{path}/pieces/{k}", content=self._archive.read(pieces[k]))
        if not told["complete"]:
            await self._device.vault("POST", f"{path}/completions")

    def _text(self, name: str) -> str:
        return self._archive.read(name).decode("ascii")
