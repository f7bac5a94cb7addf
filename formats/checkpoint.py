# SPDX-License-Identifier: EUPL-1.2
"""The log's entries, signed checkpoints, witnesses, and the proof that an entry is in the log.

Notes after C2SP signed-note and tlog-checkpoint, cosignatures after tlog-cosignature (`cosignature/v1`),
proofs after tlog-proof, without extension lines. `policy` reads which keys are trusted; a note is judged by a
`LogPolicy`.
"""

import binascii
import calendar
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from formats.spelling import FormatError, check_int
from formats.tree import EMPTY_ROOT, MAX_SIZE, verify_consistency
from formats.value import value

LOG, WITNESS = 1, 4  # signature types of C2SP signed-note
MAX_NOTE = 16_384  # characters
_DASH = "\u2014 "
_NAME = re.compile(r"[!-*,-~]{1,255}").fullmatch  # visible ASCII without "+"
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_HOST = r"[a-z0-9.-]{1,200}(?::[0-9]{1,5})?"
_ORIGIN = re.compile(rf"log\.{_HOST}/([0-9]{{4}})h([12])(?:r([1-9][0-9]{{0,5}}))?").fullmatch


def entry(nonce: bytes, event: bytes) -> bytes:
    """The 32 bytes that the tree holds for an event; without the nonce they say nothing about it."""
    if len(nonce) != 32:
        raise FormatError("nonce")
    return sha256(b"vault-log/v1\0" + nonce + event).digest()


# -- shards --------------------------------------------------------------------------------------------------


def origin_at(host: str, at: int, restores: int = 0) -> str:
    """The origin of the shard that takes events of this moment (seconds; half years in UTC), after that many
    restores."""
    day = time.gmtime(check_int(at))
    name = f"log.{host}/{day.tm_year:04}h{1 if day.tm_mon <= 6 else 2}" + (f"r{restores}" if restores else "")
    shard_span(name)
    return name


@lru_cache(maxsize=64)  # arithmetic on a name; a name that is refused is not kept
def shard_span(origin: str) -> tuple[int, int]:
    """From and until (seconds) of the half year that an origin names."""
    found = _ORIGIN(origin) if isinstance(origin, str) else None
    if not found or int(found[1]) < 1970:
        raise FormatError("origin")
    year, half = int(found[1]), int(found[2])
    ends = (year, 7) if half == 1 else (year + 1, 1)
    return calendar.timegm((year, 6 * half - 5, 1, 0, 0, 0)), calendar.timegm((*ends, 1, 0, 0, 0))


def restores_of(origin: str) -> int:
    """After how many restores the shard that an origin names was begun."""
    found = _ORIGIN(origin)
    return int(found[3] or 0) if found else 0


# -- keys ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vkey:
    """A public key for notes: name, type (`LOG` or `WITNESS`) and the 32 bytes of an Ed25519 key."""

    name: str
    kind: int
    key: bytes
    id: bytes = field(init=False)
    native: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _NAME(self.name) or self.kind not in (LOG, WITNESS):
            raise FormatError("vkey")
        begin = sha256(self.name.encode("ascii") + b"\n" + bytes([self.kind]) + self.key).digest()[:4]
        object.__setattr__(self, "id", begin)
        try:
            object.__setattr__(self, "native", Ed25519PublicKey.from_public_bytes(self.key))
        except ValueError:
            raise FormatError("vkey") from None

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_b64(bytes([self.kind]) + self.key)}"


def read_vkey(text: str) -> Vkey:
    """`name+id4hex+base64(type ‖ key)`, split at the first two `+`; the id must be the key's."""
    parts = text.split("+", 2) if isinstance(text, str) else []
    data = _unb64(parts[2]) if len(parts) == 3 else b""
    if len(data) != 33:
        raise FormatError("vkey")
    found = Vkey(parts[0], data[0], data[1:])
    if parts[1] != found.id.hex():
        raise FormatError("vkey")
    return found


class NoteKey:
    """A private key for notes, made from 32 secret bytes; prints without them."""

    __slots__ = ("_key", "vkey")

    def __init__(self, name: str, kind: int, seed: bytes) -> None:
        if len(seed) != 32:
            raise FormatError("key")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.vkey = Vkey(name, kind, self._key.public_key().public_bytes_raw())

    def line(self, message: bytes, before: bytes = b"") -> str:
        """A signature line: the signature over `message`, with `before` in front of it."""
        return f"{_DASH}{self.vkey.name} {_b64(self.vkey.id + before + self._key.sign(message))}\n"


# -- notes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose log signature was checked, with the witnesses (vkey -> time of cosigning) found good
    on it."""

    origin: str
    size: int
    root: bytes
    note: str
    witnesses: Mapping[Vkey, int]


def sign_note(key: NoteKey, size: int, root: bytes) -> str:
    """The log's signed checkpoint; its origin is the key's name."""
    if key.vkey.kind != LOG:
        raise FormatError("key")
    shard_span(key.vkey.name)
    text = f"{key.vkey.name}\n{check_int(size)}\n{_b64(root)}\n"
    _body(text)
    return text + "\n" + key.line(text.encode("ascii"))


def cosign_note(note: str, key: NoteKey, at: int) -> str:
    """The note with a witness's line added. The witness has checked the log's signature and that the log only
    grew."""
    text, lines = _split(note)
    _body(text)
    if key.vkey.kind != WITNESS:
        raise FormatError("key")
    line = key.line(f"cosignature/v1\ntime {check_int(at)}\n{text}".encode("ascii"), at.to_bytes(8, "big"))
    return text + "\n" + "".join(lines) + line


def verify_note(note: str, logs: Iterable[Vkey], witnesses: Iterable[Vkey] = ()) -> Checkpoint:
    """A checkpoint signed by one of `logs` under its own origin. Unknown lines are ignored; a known one that
    fails is refused; two lines of one witness count once, with the later time."""
    text, lines = _split(note)
    origin, size, root = _body(text)
    shard_span(origin)
    trusted = [key for key in logs if key.kind == LOG and key.name == origin]
    trusted += [key for key in witnesses if key.kind == WITNESS]
    known = {(key.name, key.id): key for key in trusted}
    signed, seen = False, dict[Vkey, int]()
    for line in lines:
        name, _, encoded = line[len(_DASH) : -1].partition(" ")
        data = _unb64(encoded)
        if not _NAME(name) or len(data) < 5:
            raise FormatError("note")
        key = known.get((name, data[:4]))
        if key is None:
            continue
        if key.kind == LOG:
            _check(key, data[4:], text)
            signed = True
        else:
            at = int.from_bytes(data[4:12], "big")
            _check(key, data[12:], f"cosignature/v1\ntime {check_int(at)}\n{text}")
            seen[key] = max(at, seen.get(key, 0))
    if not signed:
        raise FormatError("note")
    return Checkpoint(origin, size, root, note, seen)


def check_growth(old: Checkpoint, new: Checkpoint, hashes: Sequence[bytes]) -> None:
    """Refuses unless `new` is the same log as `old`, grown: nothing was changed or taken out."""
    if old.origin != new.origin:
        raise FormatError("origin")
    verify_consistency(old.size, old.root, new.size, new.root, hashes)


def _check(key: Vkey, signature: bytes, text: str) -> None:
    try:
        key.native.verify(signature, text.encode("ascii"))
    except InvalidSignature:
        raise FormatError("note") from None


def _split(note: str) -> tuple[str, list[str]]:
    if not isinstance(note, str) or len(note) > MAX_NOTE:
        raise FormatError("note")
    text, gap, signatures = note.partition("\n\n")
    lines = signatures.splitlines(keepends=True) if gap else []
    if not lines or not all(line.startswith(_DASH) and line.endswith("\n") for line in lines):
        raise FormatError("note")
    return text + "\n", lines


def _body(text: str) -> tuple[str, int, bytes]:
    lines = text.split("\n")
    if len(lines) != 4 or not _NAME(lines[0]):
        raise FormatError("note")
    size, root = read_decimal(lines[1]), _unb64(lines[2])
    if len(root) != 32 or (size == 0 and root != EMPTY_ROOT):
        raise FormatError("note")
    return lines[0], size, root


# -- proofs --------------------------------------------------------------------------------------------------

_PROOF = "c2sp.org/tlog-proof@v1"


@value
class Proof:
    """What a tlog-proof text says, nothing checked but its form."""

    index: int
    hashes: tuple[bytes, ...]
    note: str


def make_proof(index: int, hashes: Sequence[bytes], note: str) -> str:
    """The proof that leaf `index` is in the tree of this checkpoint: `hashes` leaf to root."""
    return "\n".join((_PROOF, f"index {check_int(index)}", *(_b64(one) for one in hashes), "", note))


# 44 characters of canonical base64 hold 32 bytes: one padding, and the two spare bits before it are zero.
_HEAD = re.compile(
    r"c2sp\.org/tlog-proof@v1\nindex ([0-9]{1,19})\n((?:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n){0,63})\n"
).match


def read_proof(text: str) -> Proof:
    """A tlog-proof taken apart; sizes and hash lengths are checked before anything is computed."""
    if not isinstance(text, str) or len(text) > MAX_NOTE + 4_096:
        raise FormatError("proof")
    head = _HEAD(text)
    if head is None:
        raise FormatError("proof")
    hashes = tuple(map(binascii.a2b_base64, head[2].splitlines()))
    return Proof(read_decimal(head[1]), hashes, text[head.end() :])


def read_decimal(text: str) -> int:
    """A size or index: decimal, no leading zero, below 2^63."""
    if not _DECIMAL(text) or int(text) > MAX_SIZE:
        raise FormatError("number")
    return int(text)


def _b64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        raise FormatError("base64") from None
    if _b64(data) != text:
        raise FormatError("base64")
    return data
