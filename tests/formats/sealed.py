# SPDX-License-Identifier: EUPL-1.2
"""One of each sealed thing, with its keys, and the tools to damage and to forge them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, OctKey

from formats.authorship import sign_record
from formats.jose import new_sealing_key, new_signing_key, public
from formats.keyring import new_epoch, new_keyring
from formats.sealing import (
    open_deposit,
    open_envelope,
    open_keyring,
    open_record,
    open_share,
    open_single,
    open_slot,
    seal_deposit,
    seal_envelope,
    seal_keyring,
    seal_record,
    seal_share,
    seal_single,
    seal_slot,
)
from formats.spelling import FormatError, H, new_id, parse_json, unb64u

VLT, DRW, RID, GNT, SLOT = (new_id() for _ in range(5))
NOOR, SCHOOL = new_signing_key(), new_signing_key()
NOORS, SCHOOLS = f"vault:{VLT}", "urn:oin:00000001823288444000:team:zuid"
FATIMA, OTHER = new_sealing_key(), new_sealing_key()
EPOCH = new_epoch(DRW, 3)
RK, SECRET, SHARE = bytes(range(32)), bytes(range(20)), bytes(range(33))
PLACE = {"vlt": VLT, "drw": DRW, "rid": RID}


def author(iss, at):
    return public({NOORS: NOOR, SCHOOLS: SCHOOL}[iss])


def note(key=NOOR, **change):
    plain = {"iss": NOORS, **PLACE, "ver": 1, "sch": "urn:x:1", "prv": None, "iat": 1_900_000_000}
    return sign_record(key, **{**plain, "body": {"text": "12 dagen ziek"}, **change})


JWS, REPORT = note(), note(SCHOOL, iss=SCHOOLS)
RING = new_keyring(VLT).with_drawer("school", new_epoch(new_id(), 1))


@dataclass(frozen=True)
class Kind:
    """One row of formats.md section 3: a token, how it is opened, where it lies, and what else it could be
    confused with.
    """

    token: str
    open: Callable
    place: dict
    elsewhere: dict
    key: object


def _single():
    token = seal_single(JWS, public(FATIMA), gnt=GNT)
    place = {**PLACE, "ver": 1, "gnt": GNT}
    return Kind(token, lambda t, h=None, **p: open_single(t, FATIMA, author, h=h or named(t), **p), place, {}, FATIMA)


def _envelope():
    token = seal_envelope(EPOCH, public(FATIMA), vlt=VLT, gnt=GNT)
    signed = {"dkc": EPOCH.dkc, "box": EPOCH.box_public}
    place = {"vlt": VLT, "drw": DRW, "ep": 3, "gnt": GNT}
    return Kind(
        token,
        lambda t, **p: open_envelope(t, FATIMA, env=[named(t)], **signed, **p),
        place,
        {"ep": [2, 4, True]},
        FATIMA,
    )


KINDS = {
    "record": Kind(
        seal_record(JWS, EPOCH),
        lambda t, **p: open_record(t, EPOCH, author, **p),
        {**PLACE, "ver": 1},
        {},
        EPOCH.dk,
    ),
    "deposit": Kind(
        seal_deposit(REPORT, EPOCH.box_public),
        lambda t, **p: open_deposit(t, EPOCH, author, **p),
        PLACE,
        {},
        EPOCH.box,
    ),
    "single": _single(),
    "envelope": _envelope(),
    "keyring": Kind(
        seal_keyring(RING, RK),
        lambda t, **p: open_keyring(t, RK, **p),
        {"vlt": VLT, "least": 2},
        {"least": [3]},
        None,
    ),
    "slot": Kind(
        seal_slot(RK, SECRET, vlt=VLT, slot=SLOT, kind="code"),
        lambda t, **p: open_slot(t, SECRET, **p),
        {"vlt": VLT, "slot": SLOT, "kind": "code"},
        {"kind": ["prf", "pass", "trustees", "other"]},
        None,
    ),
    "share": Kind(
        seal_share(SHARE, public(FATIMA), vlt=VLT, slot=SLOT),
        lambda t, **p: open_share(t, FATIMA, **p),
        {"vlt": VLT, "slot": SLOT},
        {},
        FATIMA,
    ),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def named(token):
    """The hash by which a statement names a token; what is no text is in no statement."""
    return H(token) if isinstance(token, str) else "x"


def header_of(token):
    return parse_json(unb64u(token.split(".")[0]))


def forge(header, plaintext, key):
    """Any header over any text, by the library alone: what someone who holds the key can make."""
    known = [
        "A256KW",
        "dir",
        "A256GCMKW",
        "PBES2-HS512+A256KW",
        "ECDH-ES",
        "ECDH-ES+A128KW",
        "ECDH-ES+A192KW",
        "ECDH-ES+A256KW",
    ]
    registry = JWERegistry(
        algorithms=[*known, "A128GCM", "A192GCM", "A256GCM", "A256CBC-HS512", "DEF"],
        strict_check_header=False,
    )
    registry.check_header = lambda header, check_more=False: None  # also what no library would write
    usable = OctKey.import_key(unb64u(key["k"])) if key["kty"] == "oct" else ECKey.import_key(public(key))
    return encrypt_compact(dict(header), plaintext, usable, registry=registry)


def opens(kind, token):
    kind.open(token, **kind.place)
    return True


def refused(sealed, token, **elsewhere):
    with pytest.raises(FormatError):
        sealed.open(token, **{**sealed.place, **elsewhere})


def pk_header(**change):
    header = header_of(KINDS["single"].token)
    header.pop("epk")
    return {name: value for name, value in {**header, **change}.items() if value is not None}


def kw_header(**change):
    header = header_of(KINDS["record"].token)
    return {name: value for name, value in {**header, **change}.items() if value is not None}
