# SPDX-License-Identifier: EUPL-1.2
"""Attachments: a letter, a photo, sealed as a stream.

A record holds at most a megabyte of text; anything larger is an attachment. It is sealed with C2SP chunked
encryption (Cobblestone-256, c2sp.org/chunked-encryption) in chunks of 16 KiB, so that 100 MB passes through
without being held. The key lies inside the record that names the attachment (its `att` entry), which is
itself sealed: no server sees it.

    blob = salt24 | commitment32 | chunk ... chunk | short chunk

A chunk is 16,384 + 16 bytes, the last always shorter, possibly an empty one.

Every sealing makes a new key and salt: a file sealed twice shares nothing. Source: formats.md section 3,
"Attachment".
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from formats.padding import padded_length
from formats.spelling import FormatError, b64u, check_id, check_members, new_id, unb64u

C2SP = "chunked-encryption@v1+AES-256-GCM"
CHUNK = 16_384
TAG = 16
SALT = 24
HEAD = SALT + 32
_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
_MAX_LENGTH = 2**53 - 1
_REFUSED = "this attachment does not open here"

Octets = bytes | bytearray | memoryview


class Readable(Protocol):
    """A binary file: `read(n)` gives at most n bytes, nothing at the end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class AttachmentEntry:
    """What a record says of one attachment: the `att` entry `{id, key, len, h, c2sp}`. `key` is secret and
    never printed.
    """

    id: str
    key: bytes = field(repr=False)
    length: int
    h: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "key": b64u(self.key), "len": self.length, "h": self.h, "c2sp": C2SP}


def read_entry(value: object) -> AttachmentEntry:
    """An `att` entry from a record's JSON. FormatError unless its members are exactly those listed and
    well-formed.
    """
    if not isinstance(value, dict):
        raise FormatError(_REFUSED)
    check_members(value, ("id", "key", "len", "h", "c2sp"))
    length, key, h = value["len"], value["key"], value["h"]
    if type(length) is not int or not 0 <= length <= _MAX_LENGTH or value["c2sp"] != C2SP:
        raise FormatError(_REFUSED)
    if not isinstance(value["id"], str) or not isinstance(key, str) or not isinstance(h, str):
        raise FormatError(_REFUSED)
    if len(secret := unb64u(key)) != 32 or len(unb64u(h)) != 32:
        raise FormatError(_REFUSED)
    return AttachmentEntry(check_id(value["id"]), secret, length, h)


def context(vlt: str, drw: str, rid: str, att: str) -> bytes:
    """The place an attachment is bound to: vault, drawer, record, attachment. It opens nowhere else."""
    return b"\0".join([b"vault/v1/att", *(check_id(one).encode() for one in (vlt, drw, rid, att))])


def blob_length(length: int) -> int:
    """How many bytes the blob of a file of `length` bytes has: what the vault is asked to reserve."""
    padded = padded_length(length)
    return HEAD + padded + TAG * (padded // CHUNK + 1)


class AttachmentSealing:
    """One file on its way out. Iterate once to get the blob; then `entry` is what the record must hold.

    Length and hash are known only at the end, so a device that must announce both first (the vault's
    reservation) writes the blob to a temporary file. It never seals twice under one key: had the file changed
    in between, the key would be spent on two texts.
    """

    def __init__(
        self, plain: Readable | Iterable[Octets], *, vlt: str, drw: str, rid: str, att: str | None = None
    ) -> None:
        self._id = new_id() if att is None else att
        self._context = context(vlt, drw, rid, self._id)
        self._plain: Iterable[Octets] | None = _pieces(plain)
        self._entry: AttachmentEntry | None = None

    @property
    def entry(self) -> AttachmentEntry:
        if self._entry is None:
            raise ValueError("the whole blob must be read before its entry exists")
        return self._entry

    def __iter__(self) -> Iterator[bytes]:
        if self._plain is None:
            raise ValueError("a file is sealed once")
        plain, self._plain = self._plain, None
        key, salt, seen, digest = os.urandom(32), os.urandom(SALT), 0, hashlib.sha256()

        def padded() -> Iterator[Octets]:
            nonlocal seen
            for piece in plain:
                seen += len(piece)
                yield piece
            yield from _zeros(padded_length(seen) - seen)

        for piece in encrypt_chunks(key, salt, self._context, padded()):
            digest.update(piece)
            yield piece
        self._entry = AttachmentEntry(self._id, key, seen, b64u(digest.digest()))


def seal_attachment(
    plain: Readable | Iterable[Octets], *, vlt: str, drw: str, rid: str, att: str | None = None
) -> AttachmentSealing:
    """Seal a binary file or an iterable of byte pieces (any sizes) for one record. Nothing is read before the
    result is iterated.
    """
    return AttachmentSealing(plain, vlt=vlt, drw=drw, rid=rid, att=att)


def open_attachment(
    pieces: Iterable[Octets], entry: AttachmentEntry, *, vlt: str, drw: str, rid: str
) -> Iterator[bytes]:
    """The file behind a blob, piece by piece; `pieces` may be cut anywhere.

    Each piece that comes out has been verified as the right bytes at the right position. Only when the
    iterator ends without FormatError is the file whole: a reader writes to a temporary name until then.
    """
    return _open(pieces, entry, context(vlt, drw, rid, entry.id))


def _open(pieces: Iterable[Octets], entry: AttachmentEntry, place: bytes) -> Iterator[bytes]:
    digest, left, arrived, expected = hashlib.sha256(), entry.length, 0, blob_length(entry.length)

    def counted() -> Iterator[Octets]:
        nonlocal arrived
        for piece in pieces:
            arrived += len(piece)
            if arrived > expected:
                raise FormatError(_REFUSED)
            digest.update(piece)
            yield piece

    for chunk in decrypt_chunks(entry.key, place, counted()):
        if chunk[left:].strip(b"\0"):
            raise FormatError(_REFUSED)
        if left:
            yield chunk[:left]
        left = max(0, left - len(chunk))
    if arrived != expected or not hmac.compare_digest(b64u(digest.digest()), entry.h):
        raise FormatError(_REFUSED)


def open_range(
    fetch: Callable[[int, int], bytes],
    entry: AttachmentEntry,
    start: int,
    length: int,
    *,
    vlt: str,
    drw: str,
    rid: str,
) -> bytes:
    """Bytes `start` to `start + length` of the file, fetching only the chunks they lie in.

    `fetch(offset, count)` gives exactly `count` bytes of the blob (an HTTP Range). What comes out is verified
    for its position; the hash of the whole blob is not looked at, since the whole is not there. FormatError
    when the range does not lie inside the file.
    """
    if start < 0 or length < 1 or start + length > entry.length:
        raise FormatError(_REFUSED)
    padded = padded_length(entry.length)
    head = fetch(0, HEAD)
    gcm, nonce = _opener(entry.key, head, context(vlt, drw, rid, entry.id))
    first, last, out = start // CHUNK, (start + length - 1) // CHUNK, bytearray()
    for index in range(first, last + 1):
        size = min(CHUNK, padded - index * CHUNK) + TAG
        out += _decrypt(gcm, nonce, index, fetch(HEAD + index * (CHUNK + TAG), size))
    skipped = start - first * CHUNK
    return bytes(out[skipped : skipped + length])


def encrypt_chunks(key: bytes, salt: bytes, place: bytes, plain: Iterable[Octets]) -> Iterator[bytes]:
    """C2SP chunked encryption of exactly `plain`: head, then a sealed chunk at a time. One key and salt, one
    text, ever.
    """
    chunk_key, nonce, commitment = derive(key, salt, place)
    gcm = AESGCM(chunk_key)
    yield salt + commitment
    for index, block in enumerate(_blocks(plain, CHUNK)):
        yield gcm.encrypt(_chunk_nonce(nonce, index), block, None)


def decrypt_chunks(key: bytes, place: bytes, sealed: Iterable[Octets]) -> Iterator[bytes]:
    """The plaintext of `encrypt_chunks`, a verified chunk at a time. FormatError at the first wrong one, and
    when the end is missing.
    """
    blocks = _blocks(sealed, CHUNK + TAG, first=HEAD)
    gcm, nonce = _opener(key, next(blocks), place)
    for index, block in enumerate(blocks):
        yield _decrypt(gcm, nonce, index, block)


def derive(key: bytes, salt: bytes, place: bytes) -> tuple[bytes, bytes, bytes]:
    """(chunk key 32, base nonce 12, commitment 32) by HKDF-Expand-SHA-512."""
    if len(key) != 32 or len(salt) != SALT:
        raise FormatError(_REFUSED)
    out = HKDFExpand(SHA512(), 32 + 12 + 32, _LABEL + salt + place).derive(key)
    return out[:32], out[32:44], out[44:]


def _opener(key: bytes, head: Octets, place: bytes) -> tuple[AESGCM, bytes]:
    if len(head) != HEAD:
        raise FormatError(_REFUSED)
    chunk_key, nonce, commitment = derive(key, bytes(head[:SALT]), place)
    if not hmac.compare_digest(commitment, bytes(head[SALT:])):
        raise FormatError(_REFUSED)
    return AESGCM(chunk_key), nonce


def _decrypt(gcm: AESGCM, nonce: bytes, index: int, block: Octets) -> bytes:
    try:
        return gcm.decrypt(_chunk_nonce(nonce, index), block, None)
    except InvalidTag:  # also raised for fewer bytes than a tag
        raise FormatError(_REFUSED) from None


def _chunk_nonce(nonce: bytes, index: int) -> bytes:
    return (int.from_bytes(nonce) ^ index).to_bytes(12)


def _pieces(source: Readable | Iterable[Octets]) -> Iterable[Octets]:
    if isinstance(source, Iterable) and not hasattr(source, "read"):
        return source
    return iter(lambda: source.read(CHUNK * 4), b"")


def _zeros(count: int) -> Iterator[bytes]:
    block = bytes(CHUNK)
    while count > 0:
        yield block[:count]
        count -= CHUNK


def _blocks(pieces: Iterable[Octets], size: int, first: int = 0) -> Iterator[Octets]:
    """Cut `pieces` anew: one block of `first` bytes if asked, then blocks of exactly `size`, then always one
    shorter, possibly empty.

    A block is only valid until the next is asked for: where it can, it is a view into the piece it came in.
    """
    want, rest = first or size, bytearray()
    for piece in pieces:
        view, at = memoryview(piece).cast("B"), 0
        while len(rest) + len(view) - at >= want:
            until = at + want - len(rest)
            if rest:
                rest += view[at:until]
                yield rest
                rest = bytearray()
            else:
                yield view[at:until]
            at, want = until, size
        rest += view[at:]
    yield rest
