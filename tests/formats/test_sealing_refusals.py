# SPDX-License-Identifier: EUPL-1.2
"""What was damaged, moved or signed by another: everything is the same refusal."""

import json

import pytest

from formats.jose import new_signing_key, public, sign, symmetric
from formats.keyring import EpochKeys
from formats.padding import pad
from formats.sealing import (
    open_deposit,
    open_record,
    seal_single,
)
from formats.spelling import FormatError, b64u, new_id, parse_json, unb64u
from tests.formats.sealed import (
    EPOCH,
    FATIMA,
    JWS,
    KINDS,
    NOOR,
    REPORT,
    SCHOOL,
    SCHOOLS,
    author,
    each_kind,
    forge,
    header_of,
    kw_header,
    note,
    refused,
)

pytestmark = pytest.mark.promise("P21")

# -- damage


@each_kind
def test_each_byte_of_a_sealed_thing_counts(kind):
    parts = [bytearray(unb64u(part)) for part in kind.token.split(".")]
    for part in parts:
        for at in range(len(part)):
            part[at] ^= 1 << at % 8
            refused(kind, ".".join(b64u(bytes(one)) for one in parts))
            part[at] ^= 1 << at % 8


@each_kind
def test_each_spelling_of_a_token_but_one_is_refused(kind):
    token = kind.token
    head, rest = token.split(".", 1)
    twins = [
        token + ".",
        "." + token,
        token + "=",
        token + "\n",
        " " + token,
        token.replace(".", ". ", 1),
        token[:-1],
        token + "A",
    ]
    twins += [
        token.replace(".", "..", 1),
        head + "=." + rest,
        head,
        "",
        rest,
        token.replace(".", "\u002e\u200b", 1),
    ]
    for at in (2, 3, 5):
        twins.append(token[:at] + "=" + token[at:])
    for other in [
        *twins,
        token.encode(),
        None,
        1,
        {"protected": head},
        json.dumps({"protected": head, "ciphertext": rest}),
    ]:
        refused(kind, other)


@each_kind
def test_each_byte_missing_or_doubled_is_refused(kind):
    for at in range(0, len(kind.token), 7):
        refused(kind, kind.token[:at] + kind.token[at + 1 :])
        refused(kind, kind.token[:at] + kind.token[at] + kind.token[at:])


# -- places


@each_kind
def test_asked_for_at_another_place_it_does_not_open(kind):
    for name, value in kind.place.items():
        others = kind.elsewhere.get(name, [True, value + 1, 0] if isinstance(value, int) else [new_id(), "", None])
        for other in others:
            refused(kind, kind.token, **{name: other})


@pytest.mark.parametrize("name", KINDS)
def test_one_kind_never_opens_as_another(name):
    for other, kind in KINDS.items():
        if other != name:
            refused(KINDS[name], kind.token)


@pytest.mark.parametrize(
    ("kind", "member"),
    [(k, m) for k in ("record", "deposit", "single") for m in ("vlt", "drw", "rid", "ver")],
)
def test_a_key_holder_cannot_move_a_text_to_another_place(kind, member):
    """Whoever holds the key can seal anything; but the author's own text says where it belongs."""
    sealed, other = KINDS[kind], 2 if member == "ver" else new_id()
    header = header_of(sealed.token) | {member: other}
    header.pop("epk", None)
    plaintext = (REPORT if kind == "deposit" else JWS).encode()
    place = {**sealed.place, member: other}
    if member == "drw" and kind != "single":  # then also the epoch's keys carry the other drawer's name
        epoch = EpochKeys(other, 3, symmetric(EPOCH.secret, f"{other}.e3"), EPOCH.box)
        header["kid"] = epoch.dk["kid"] if kind == "record" else epoch.box["kid"]
        token = forge(header, plaintext, epoch.dk if kind == "record" else epoch.box)
        opener = open_record if kind == "record" else open_deposit
        with pytest.raises(FormatError):
            opener(token, epoch, author, **place)
    elif kind == "deposit" and member == "ver":
        refused(sealed, forge(header, plaintext, sealed.key))
    else:
        token = forge(header, plaintext, sealed.key)
        with pytest.raises(FormatError):
            sealed.open(token, **place)


def test_keys_of_one_drawer_open_nothing_of_another():
    """A true record of another drawer, sealed again under the keys of this one."""
    other = new_id()
    for name, opener, key in (("record", open_record, EPOCH.dk), ("deposit", open_deposit, EPOCH.box)):
        header = header_of(KINDS[name].token) | {"drw": other}
        header.pop("epk", None)
        token = forge(header, note(drw=other).encode(), key)
        place = {**KINDS[name].place, "drw": other}
        with pytest.raises(FormatError):
            opener(token, EPOCH, author, **place)


def test_a_key_holder_cannot_turn_a_record_into_another_grants_single():
    token = seal_single(JWS, public(FATIMA), gnt=new_id())
    refused(KINDS["single"], token)


@pytest.mark.parametrize("kind", ["record", "deposit", "single"])
def test_only_the_authors_signature_counts(kind):
    for inside in (note(SCHOOL), note(new_signing_key()), note(NOOR, iss=SCHOOLS)):
        header = header_of(KINDS[kind].token)
        header.pop("epk", None)
        refused(KINDS[kind], forge(header, inside.encode(), KINDS[kind].key))


@pytest.mark.parametrize("kind", ["record", "deposit", "single"])
def test_what_lies_inside_must_be_a_padded_record(kind):
    claims = parse_json(unb64u(JWS.split(".")[1]))
    zeros = claims.pop("pad")
    header = header_of(KINDS[kind].token)
    header.pop("epk", None)
    insides = [
        sign(claims, "vault-rec+jwt", NOOR),
        sign({**claims, "pad": ""}, "vault-rec+jwt", NOOR),
        sign({**claims, "pad": zeros + "0"}, "vault-rec+jwt", NOOR),
        sign({**claims, "pad": zeros[1:] + "1"}, "vault-rec+jwt", NOOR),
        sign({"pad": zeros, **claims}, "vault-rec+jwt", NOOR),
        sign(pad(claims), "vault-note+jwt", NOOR),
    ]
    for inside in [
        *(one.encode() for one in insides),
        b"",
        b"{}",
        "é".encode(),
        b"\xff",
        JWS.encode() + b" ",
    ]:
        refused(KINDS[kind], forge(header, inside, KINDS[kind].key))


# -- one refusal


def test_opening_never_tells_what_was_wrong():
    record = KINDS["record"]
    said = set()
    for token, place in [
        (record.token, {**record.place, "rid": new_id()}),
        (record.token[:-2] + "AA", record.place),
        (forge(kw_header(), note(SCHOOL).encode(), EPOCH.dk), record.place),
        (forge(kw_header(zip="DEF"), JWS.encode(), EPOCH.dk), record.place),
        ("nonsense", record.place),
    ]:
        with pytest.raises(FormatError) as refusal:
            record.open(token, **place)
        said.add(str(refusal.value))
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__
    assert len(said) == 1
