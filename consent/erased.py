# SPDX-License-Identifier: EUPL-1.2
"""Who was erased, kept beside the checkpoint outside the database: a restored database does not know of it.

Ids and times alone, added line by line and flushed to the disk. `restoring` erases them again here, and `python -m serve
restored-vault` in the vault.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from formats.spelling import FormatError, check_id, check_int, parse_json

REMEMBERED = 35 * 24 * 3600
"""As long as backups are kept: older erasures are in none of them."""


def beside(kept: Path) -> Path:
    """The list that belongs to a kept checkpoint."""
    return kept.with_name(f"{kept.name}.erased")


def remember(kept: Path, vlt: str, at: int) -> None:
    """Adds somebody who was erased. It happens once in a life, so it may take a flush."""
    with beside(kept).open("ab") as file:
        file.write(f'{{"vlt":"{vlt}","at":{at}}}\n'.encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


def erased_since(kept: Path, before: int) -> Mapping[str, int]:
    """vlt -> when, of those erased after `before`. A line that was cut off counts for nothing."""
    found: dict[str, int] = {}
    path = beside(kept)
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            told = parse_json(line)
            vlt, at = check_id(told["vlt"]), check_int(told["at"])
        except (FormatError, KeyError):
            continue
        if at > before:
            found[vlt] = at
    return found
