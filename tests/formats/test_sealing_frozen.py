# SPDX-License-Identifier: EUPL-1.2
"""The frozen tokens of `sealing.json` open, their twins do not: the same file is read in every language."""

import pytest

from formats.jose import public
from formats.keyring import EpochKeys, read_keyring
from formats.sealing import (
    open_deposit,
    open_envelope,
    open_keyring,
    open_record,
    open_share,
    open_single,
    open_slot,
)
from formats.spelling import FormatError, H, b64u, unb64u
from tests.vectors import frozen

pytestmark = pytest.mark.promise("P21")
FROZEN = frozen("sealing")


def frozen_open(case, token):
    keys, place = FROZEN["keys"], case["place"]
    epoch = EpochKeys(FROZEN["drw"], 1, keys["dk"], keys["box"])
    gives = {name: public(key) for name, key in keys["authors"].items()}
    match case["typ"]:
        case "vault-rec+jwe":
            return open_record(token, epoch, lambda iss, at: gives[iss], **place).token
        case "vault-dep+jwe":
            return open_deposit(token, epoch, lambda iss, at: gives[iss], **place).token
        case "vault-one+jwe":
            return open_single(token, keys["enc"], lambda iss, at: gives[iss], h=H(token), **place).token
        case "vault-key+jwe":
            signed = {"dkc": FROZEN["dkc"], "box": public(keys["box"])}
            return list(open_envelope(token, keys["enc"], env=[H(token)], **signed, **place).dk.values())
        case "vault-ring+jwe":
            ring = open_keyring(token, unb64u(keys["rk"]), **place)
            assert read_keyring(case["gives"], vlt=ring.vlt, seq=ring.seq) == ring
            return ring.as_json()
        case "vault-slot+jwe":
            return b64u(open_slot(token, unb64u(keys["secret"]), **place))
        case "vault-share+jwe":
            return b64u(open_share(token, keys["enc"], **place))
    raise AssertionError


@pytest.mark.parametrize("case", FROZEN["sealed"], ids=lambda case: case["typ"])
def test_frozen_tokens_open(case):
    assert frozen_open(case, case["token"]) == case["gives"]


@pytest.mark.parametrize("case", FROZEN["refused"], ids=lambda case: f"{case['typ']} {case['why']}")
def test_frozen_twins_are_refused(case):
    with pytest.raises(FormatError):
        frozen_open(case, case["token"])
