# SPDX-License-Identifier: EUPL-1.2
"""Sealing and opening: compact JWE, one recipient, A256GCM. With its neighbours the only code that can read a
record.

Every sealed thing says in its header where it belongs, and the header is authenticated with the text. Opening
compares it, member by member, with the place that was asked for and with what lies inside; only then is the
author's signature looked at. Whatever is wrong, the answer is one and the same FormatError: opening never
tells which check failed.

    record   DK           single    grantee's ENC      keyring  RK              slot   a slot's key
    deposit  BOX          envelope  grantee's ENC      share    trustee's ENC      team key  member's ENC

Sources: RFC 7516, RFC 7518 sections 4.4, 4.6 and 5.3; formats.md section 3.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from formats.authorship import Author, Record, peek_record, verify_record
from formats.deposit import DEPOSIT
from formats.envelope import ENVELOPE, KEYRING, SHARE, SLOT, ring_place
from formats.jose import Jwk, private_ec
from formats.jwe import (
    hash_of,
    header_for,
    open_at,
    private_key,
    public_key,
    seal_compact,
    secret_key,
)
from formats.keyring import EpochKeys, Keyring, keyring_key, read_keyring
from formats.padding import pad, read_padded
from formats.record import AUTHORED, SINGLE, TO_KEY, WRAPPED
from formats.record import RECORD as SEALED_RECORD
from formats.slots import slot_key
from formats.spelling import (
    FormatError,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_team,
    dump_json,
    parse_json,
    public_ec,
)
from formats.team import TEAM_KEY, check_subject

RK_BYTES, SHARE_BYTES = 32, 33


@contextmanager
def _opening() -> Iterator[None]:
    """Every way it can be wrong becomes the same exception, without a cause to read."""
    try:
        yield
    except FormatError:
        raise FormatError("this does not open here") from None


# -- records -------------------------------------------------------------------------------------------------


def seal_record(jws: str, epoch: EpochKeys) -> str:
    """An author's JWS under DK: a record. Filing a deposit and sealing old records again take the same
    JWS.
    """
    record = peek_record(jws)
    if record.drw != epoch.drw:
        raise FormatError("place")
    header = _record_header(SEALED_RECORD, epoch.dk["kid"], record.vlt, record.drw, record.rid, record.ver)
    return seal_compact(header, jws.encode("ascii"), secret_key(epoch.secret))


@_opening()
def open_record(jwe: str, epoch: EpochKeys, author: Author, *, vlt: str, drw: str, rid: str, ver: int) -> Record:
    """The record at this place, sealed in this epoch, with its author's signature verified."""
    if drw != epoch.drw:
        raise FormatError("place")
    header = _record_header(SEALED_RECORD, epoch.dk["kid"], vlt, drw, rid, ver)
    return _read(open_at(jwe, header, secret_key(epoch.secret)), author, vlt, drw, rid, ver)


def seal_deposit(jws: str, box: Jwk) -> str:
    """A source's JWS (always version 1) to the public BOX of a drawer's newest epoch. Nobody who seals it can
    open it.
    """
    record, key = peek_record(jws), public_key(box)
    if record.ver != 1:
        raise FormatError("version")
    header = _record_header(DEPOSIT, box["kid"], record.vlt, record.drw, record.rid, 1)
    return seal_compact(header, jws.encode("ascii"), key)


@_opening()
def open_deposit(jwe: str, epoch: EpochKeys, author: Author, *, vlt: str, drw: str, rid: str) -> Record:
    """The deposit at this place, sealed to this epoch's BOX, with its author's signature verified."""
    if drw != epoch.drw or epoch.box is None:
        raise FormatError("place")
    header = _record_header(DEPOSIT, epoch.box["kid"], vlt, drw, rid, 1)
    return _read(open_at(jwe, header, private_key(epoch.box)), author, vlt, drw, rid, 1)


def seal_single(jws: str, enc: Jwk, *, gnt: str) -> str:
    """One record, at this version, to a grantee's public ENC: no drawer key goes along."""
    record, key = peek_record(jws), public_key(enc)
    header = _record_header(SINGLE, enc["kid"], record.vlt, record.drw, record.rid, record.ver)
    return seal_compact(header | {"gnt": check_id(gnt)}, jws.encode("ascii"), key)


@_opening()
def open_single(
    jwe: str, enc: Jwk, author: Author, *, vlt: str, drw: str, rid: str, ver: int, gnt: str, h: str
) -> Record:
    """The single that the grant `gnt` names with hash `h`, opened with the grantee's private ENC."""
    key = private_key(enc)
    if hash_of(jwe) != h:
        raise FormatError("hash")
    header = _record_header(SINGLE, enc["kid"], vlt, drw, rid, ver) | {"gnt": check_id(gnt)}
    return _read(open_at(jwe, header, key), author, vlt, drw, rid, ver)


def _record_header(typ: str, kid: str, vlt: str, drw: str, rid: str, ver: int) -> dict[str, Any]:
    alg = WRAPPED if typ == SEALED_RECORD else TO_KEY
    return header_for(alg, typ, kid, cty=AUTHORED, vlt=vlt, drw=drw, rid=rid, ver=ver)


def _read(jws: bytes, author: Author, vlt: str, drw: str, rid: str, ver: int) -> Record:
    try:
        token = jws.decode("ascii")
    except UnicodeDecodeError:
        raise FormatError("token") from None
    inside = peek_record(token)
    if (inside.vlt, inside.drw, inside.rid, inside.ver) != (vlt, drw, rid, ver):
        raise FormatError("place")
    return verify_record(token, author)


# -- envelopes: the keys of one epoch, to one grantee --------------------------------------------------------


def seal_envelope(epoch: EpochKeys, enc: Jwk, *, vlt: str, gnt: str) -> str:
    """DK and BOX of an epoch to a grantee's public ENC. Of a closed epoch whose BOX was destroyed: DK alone.

    Its H goes into `env` of the grant or epoch statement; without that it opens nothing."""
    key = public_key(enc)
    header = _envelope_header(enc["kid"], vlt, epoch.drw, epoch.ep, gnt)
    keys = [dict(epoch.dk)] if epoch.box is None else [dict(epoch.dk), dict(epoch.box)]
    return seal_compact(header, dump_json({"keys": keys}), key)


@_opening()
def open_envelope(
    jwe: str, enc: Jwk, *, vlt: str, drw: str, ep: int, gnt: str, env: Collection[str], dkc: str, box: Jwk
) -> EpochKeys:
    """The keys of one epoch, as the person signed them: the envelope is named in `env` (of the grant or the
    epoch statement), and what lies inside fits the statement's `dkc` and `box`.
    """
    key = private_key(enc)
    if hash_of(jwe) not in env:
        raise FormatError("hash")
    members = parse_json(open_at(jwe, _envelope_header(enc["kid"], vlt, drw, ep, gnt), key))
    check_members(members, ("keys",))
    keys = check_list(members["keys"], 2)
    if not keys or None in keys:
        raise FormatError("keys")
    epoch = EpochKeys(drw, ep, keys[0], keys[1] if len(keys) == 2 else None)
    if epoch.dkc != dkc or (epoch.box is not None and epoch.box_public != public_ec(box, "enc")):
        raise FormatError("keys")
    return epoch


def _envelope_header(kid: str, vlt: str, drw: str, ep: int, gnt: str) -> dict[str, Any]:
    return header_for(TO_KEY, ENVELOPE, kid, cty="jwk-set+json", vlt=vlt, drw=drw, ep=ep, gnt=gnt)


# -- the person's own: keyring, slot, share ------------------------------------------------------------------


def seal_keyring(keyring: Keyring, rk: bytes) -> str:
    """The keyring under RK. It is stored before any statement uses a key that is new in it."""
    header = header_for(WRAPPED, KEYRING, "ring", vlt=keyring.vlt, seq=keyring.seq)
    return seal_compact(header, dump_json(pad(keyring.as_json())), secret_key(keyring_key(rk)))


@_opening()
def open_keyring(jwe: str, rk: bytes, *, vlt: str, least: int) -> Keyring:
    """The keyring of a vault. `least`: the highest `seq` this device knows, from itself or any statement's
    `ring`.
    """
    seq = check_int(ring_place(jwe).seq, least)
    header = header_for(WRAPPED, KEYRING, "ring", vlt=vlt, seq=seq)
    payload = open_at(jwe, header, secret_key(keyring_key(rk)))
    return read_keyring(read_padded(payload), vlt=vlt, seq=seq)


def seal_slot(rk: bytes, secret: bytes, *, vlt: str, slot: str, kind: str) -> str:
    """RK under the key that `secret` gives for slot `slot` (its id); see `formats/slots.py` for the four
    types.
    """
    if len(rk) != RK_BYTES:
        raise FormatError("key")
    return seal_compact(_slot_header(vlt, slot, kind), rk, secret_key(slot_key(secret, slot, kind)))


@_opening()
def open_slot(jwe: str, secret: bytes, *, vlt: str, slot: str, kind: str) -> bytes:
    """RK. A wrong secret fails the key wrap's own check."""
    rk = open_at(jwe, _slot_header(vlt, slot, kind), secret_key(slot_key(secret, slot, kind)))
    if len(rk) != RK_BYTES:
        raise FormatError("key")
    return rk


def _slot_header(vlt: str, slot: str, kind: str) -> dict[str, Any]:
    return header_for(WRAPPED, SLOT, slot, vlt=vlt, slot=kind)


def seal_share(share: bytes, enc: Jwk, *, vlt: str, slot: str) -> str:
    """One trustee's share (33 bytes) to their public ENC; later, by the trustee, to the public key of the new
    device.
    """
    key = public_key(enc)
    if len(share) != SHARE_BYTES:
        raise FormatError("share")
    return seal_compact(_share_header(enc["kid"], vlt, slot), share, key)


@_opening()
def open_share(jwe: str, enc: Jwk, *, vlt: str, slot: str) -> bytes:
    """The 33 bytes of a share, opened with the private key it was sealed to."""
    key = private_key(enc)
    share = open_at(jwe, _share_header(enc["kid"], vlt, slot), key)
    if len(share) != SHARE_BYTES:
        raise FormatError("share")
    return share


def _share_header(kid: str, vlt: str, slot: str) -> dict[str, Any]:
    return header_for(TO_KEY, SHARE, kid, **{"vlt": vlt, "for": check_id(slot)})


# -- a team's key: one copy for each member ------------------------------------------------------------------


def seal_team_key(enc: Jwk, sig: Jwk, to: Jwk, *, iss: str, seq: int, sub: str) -> str:
    """A team's private ENC and SIG to a member's public ENC. `seq`: the list that names the member.

    Who seals it is not in it: a copy counts only because a signed list names the key inside."""
    key = public_key(to)
    keys = [private_ec(enc, "enc"), private_ec(sig, "sig")]
    return seal_compact(_team_header(to["kid"], iss, seq, sub), dump_json({"keys": keys}), key)


@_opening()
def open_team_key(
    jwe: str, enc: Jwk, *, iss: str, seq: int, sub: str, jkt: str
) -> tuple[dict[str, str], dict[str, str]]:
    """(ENC, SIG) of a team, opened with the member's private ENC. `jkt`: the team's key as list `seq` of the
    checked chain names it; another key than that one is refused, whoever sealed it."""
    key = private_key(enc)
    members = parse_json(open_at(jwe, _team_header(enc["kid"], iss, seq, sub), key))
    check_members(members, ("keys",))
    keys = check_list(members["keys"], 2)
    if len(keys) != 2:
        raise FormatError("keys")
    team_enc, team_sig = private_ec(keys[0], "enc"), private_ec(keys[1], "sig")
    if team_enc["kid"] != check_hash(jkt):
        raise FormatError("keys")
    return team_enc, team_sig


def _team_header(kid: str, iss: str, seq: int, sub: str) -> dict[str, Any]:
    place: dict[str, Any] = {"iss": check_team(iss), "seq": seq, "sub": check_subject(sub)}
    return header_for(TO_KEY, TEAM_KEY, kid, cty="jwk-set+json", **place)
