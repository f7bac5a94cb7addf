# SPDX-License-Identifier: EUPL-1.2
"""Share codes: her way to say "you may ask me", once, without a name or number.

Twelve Crockford characters (60 random bits) and a check character (modulo 37); one use, seven days. Only a keyed hash
is kept. Unknown, used and over give the same answer.
"""

import hmac
import secrets
from hashlib import sha256

from chassis.database import Connection
from consent import store_pauses
from consent.batch import Batch
from consent.entering import opened
from consent.purposes import DAY
from consent.refusals import Absent
from consent.registry import Registry
from consent.store import Row
from formats.spelling import b64u, new_id

LIFE = 7 * DAY
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _ALPHABET + "*~$=U"
_READ = str.maketrans("OIL", "011", "- ")
_LETTERS = 12


def new_code() -> str:
    """A fresh code as it is shown: `7QK4-93MZ-A0TW-V`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    return "-".join((letters[:4], letters[4:8], letters[8:], _check(letters)))


def read_code(text: str) -> str | None:
    """The code behind what was typed: any case, spaces and dashes, O for 0, I and L for 1. None: not a code."""
    plain = text.upper().translate(_READ)
    letters, check = plain[:_LETTERS], plain[_LETTERS:]
    if len(letters) != _LETTERS or any(letter not in _ALPHABET for letter in letters):
        return None
    return letters if check == _check(letters) else None


def code_hash(registry: Registry, letters: str) -> str:
    """What is kept of a code."""
    return b64u(hmac.new(registry.bsn_secret, b"vault-consent/v1/share\0" + letters.encode(), sha256).digest())


async def make_code(registry: Registry, vlt: str) -> tuple[str, str, int]:
    """A new code: id, the code itself (shown now and never again), when it is over. Raises Absent."""
    code, identifier = new_code(), new_id()
    letters = read_code(code)
    assert letters is not None
    hashed = code_hash(registry, letters)

    def work(connection: Connection, batch: Batch) -> int:
        opened(connection, vlt)
        until = batch.now + LIFE
        values = {"vlt": vlt, "id": identifier, "hash": hashed, "made_at": batch.now, "until": until}
        store_pauses.put_code(connection, values)
        return until

    return identifier, code, await registry.ledger.run(work)


async def codes(registry: Registry, vlt: str) -> list[Row]:
    """Her codes that are not over."""

    def work(connection: Connection, now: int) -> list[Row]:
        opened(connection, vlt)
        return list(store_pauses.codes(connection, vlt, now))

    return await registry.ledger.view(work)


async def drop_code(registry: Registry, vlt: str, identifier: str) -> None:
    """Takes a code back. Raises Absent."""

    def work(connection: Connection, batch: Batch) -> None:
        if not store_pauses.drop_code(connection, vlt, identifier):
            raise Absent

    await registry.ledger.run(work, stop=True)


def _check(letters: str) -> str:
    value = 0
    for letter in letters:
        value = value * 32 + _ALPHABET.index(letter)
    return _CHECK[value % 37]
