# SPDX-License-Identifier: EUPL-1.2
"""Filing what sources brought: a deposit becomes a record of her own drawer, in one step.

Her device opens it, checks who signed it, that it arrived when it says and that it is what its record type
asks, and seals the same signed text under the drawer's own key. What does not check stays where it is.
Source: formats.md section 3, "Filing" and "No backdating".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.authorship import Record, check_arrival
from formats.deposit import deposit_place
from formats.sealing import open_deposit, seal_record
from formats.spelling import FormatError
from kluisje.device import Device
from kluisje.directory import Directory
from kluisje.drawers import Drawers
from kluisje.keyring import PersonKeys
from kluisje.proofs import Line, NotProven


@dataclass(frozen=True, slots=True)
class Filed:
    """What a visit did with deposits: records filed, and ids of those that do not check (left where they
    are)."""

    records: tuple[Record, ...]
    doubtful: tuple[str, ...]


class Filing:
    """Files the deposits of one opened vault."""

    def __init__(self, device: Device, keys: PersonKeys, drawers: Drawers, directory: Directory) -> None:
        self._device, self._keys, self._drawers, self._directory = device, keys, drawers, directory

    async def file(self, lines: Iterable[Line]) -> Filed:
        """Files each deposit that checks against its line in the log (`lines`)."""
        # By the very line that let it in: a source that lost the answer brings it again, and each try is a line.
        arrived = {(rid, line.index): line.at for line in lines if line.outcome == "deposit" for rid in _records(line)}
        waiting = [one async for one in self._device.items("vault", "/deposits")]
        filed: list[Record] = []
        doubtful: list[str] = []
        for one in reversed(waiting):
            rid = deposit_place(one["jwe"]).rid
            try:
                filed.append(await self._file(one, arrived[rid, int(one["logIndex"])]))
            except (FormatError, KeyError, NotProven):
                doubtful.append(rid)
        for drw in {record.drw for record in filed}:
            await self._drawers.sign_head(drw, await self._drawers.history(drw, fresh=True))
        return Filed(tuple(filed), tuple(doubtful))

    async def _file(self, deposit: Mapping[str, Any], arrived: int) -> Record:
        place = deposit_place(deposit["jwe"])
        epoch = self._keys.keyring.epoch(place.drw, deposit["epoch"])
        where = {"vlt": self._device.vlt, "drw": place.drw, "rid": place.rid}
        record = await self._directory.opened(lambda author: open_deposit(deposit["jwe"], epoch, author, **where))
        check_arrival(record, arrived, self._directory.author)
        if await self._directory.misfits(record.sch, record.body):
            raise FormatError("body")
        jwe = seal_record(record.token, epoch)
        await self._device.vault("POST", f"/deposits/{place.rid}/filings", json={"jwe": jwe})
        return record


def _records(line: Line) -> list[str]:
    return [str(rid) for one in line.event.claims["drw"] for rid in one["rid"] or ()]
