# SPDX-License-Identifier: EUPL-1.2
"""The story in `transcript.json`, read as a stranger would: everything opens, everything adds up, no twin
passes.

The file is frozen and for readers in every language. What is deterministic is computed again here.
"""

from collections import Counter

import pytest

from formats import (
    authority,
    catalogue,
    consent_receipt,
    organisation,
    person,
    receipt,
    request,
    sealing,
    slots,
)
from formats import statement as st
from formats.attachment import context, derive, encrypt_chunks, open_attachment, read_entry
from formats.authorship import check_succession, verify_record
from formats.chain import check_chain
from formats.dpop import check_proof
from formats.event import emp, read_event
from formats.grant import why_not
from formats.jose import public, symmetric
from formats.keyring import EpochKeys, keyring_key, read_keyring
from formats.padding import pad, padded_length
from formats.spelling import FormatError, H, b64u, dump_json, sid, thumbprint, unb64u
from tests.formats.refusals import refused
from tests.vectors import frozen

STORY = frozen("transcript")
LOG = STORY["log"]
SIGNED = {one["name"]: one for one in STORY["signed"]}
SEALED = {one["name"]: one for one in STORY["sealed"]}
KEYS = {jwk["kid"]: jwk for jwk in STORY["keys"].values()}
EPOCHS = {
    f"{one['drw']}.e{one['ep']}": EpochKeys(one["drw"], one["ep"], one["dk"], one["box"]) for one in STORY["epochs"]
}
BOXES = {epoch.box["kid"]: epoch for epoch in EPOCHS.values()}
AUTHORS = {STORY["parties"]["noor"]: "noor", STORY["parties"]["school"]: "school"}

READERS = {
    **dict.fromkeys((st.CARD, st.EPOCH, "vault-grant+jwt", st.REVOKE, st.ASSENT, st.HEAD), st.verify_statement),
    "vault-rec+jwt": lambda token, key: verify_record(token, lambda iss, at: key),
    "vault-org+jwt": organisation.verify_organisation,
    "vault-person+jwt": person.verify_person,
    "vault-closing+jwt": receipt.verify_closing,
    "vault-import+jwt": request.verify_import,
    "vault-request+jwt": request.verify_request,
    "vault-why+jwt": request.verify_why,
    "vault-gezag+jwt": authority.verify_gezag,
    "vault-able+jwt": authority.verify_able,
    "vault-catalogue+jwt": catalogue.verify_catalogue,
    "consent-receipt+jwt": consent_receipt.verify_consent_receipt,
    "secevent+jwt": receipt.verify_security_event,
    "receipt+jwt": receipt.verify_receipt,
}


def author(iss, at):
    return public(STORY["keys"][AUTHORS[iss]])


def read(one, token):
    return READERS[one["typ"]](token, public(KEYS[one["key"]]))


def open_sealed(one, token):
    """A sealed thing of the story, at its place, with the key it names; what lay inside, as the file says
    it.
    """
    place, by = one["place"], one["key"]
    match one["name"].split(" ")[0]:
        case "sealed":
            return sealing.open_record(token, EPOCHS[by], author, **place).token
        case "deposited":
            where = {name: place[name] for name in ("vlt", "drw", "rid")}
            return sealing.open_deposit(token, BOXES[by], author, **where).token
        case "single":
            return sealing.open_single(token, KEYS[by], author, **place, h=one["h"]).token
        case "envelope":
            signed = next(c for c in claims("vault-epoch+jwt") if (c["drw"], c["ep"]) == (place["drw"], place["ep"]))
            named = next(c for c in claims("vault-grant+jwt") if c["jti"] == place["gnt"])["drw"][0]["env"]
            found = sealing.open_envelope(token, KEYS[by], **place, env=named, dkc=signed["dkc"], box=signed["box"])
            return [dict(found.dk), dict(found.box)]
        case "keyring":
            rk = unb64u(STORY["rk"][by])
            return sealing.open_keyring(token, rk, vlt=place["vlt"], least=place["seq"]).as_json()
        case "slot":
            return b64u(sealing.open_slot(token, unb64u(STORY["slots"][place["kind"]]["secret"]), **place))
        case "share":
            return b64u(sealing.open_share(token, KEYS[by], **place))
    raise AssertionError


def claims(typ):
    return [one["claims"] for one in STORY["signed"] if one["typ"] == typ]


# -- keys and labels


def test_every_key_carries_its_thumbprint():
    assert all(jwk["kid"] == thumbprint(jwk) for jwk in KEYS.values())
    assert all(epoch.dkc == one["dkc"] for epoch, one in zip(EPOCHS.values(), STORY["epochs"], strict=True))


def test_the_labels_add_up():
    for name, rk in STORY["rk"].items():
        assert b64u(keyring_key(unb64u(rk))) == STORY["keyring_keys"][name]
    given = STORY["emp"]
    assert emp(unb64u(given["key"]), given["by"], given["subject"]) == given["emp"]
    for kind in ("code", "trustees"):
        slot = STORY["slots"][kind]
        assert b64u(slots.slot_key(unb64u(slot["secret"]), slot["id"], kind)) == slot["key"]
    assert slots.read_code(STORY["slots"]["code"]["written"]) == unb64u(STORY["slots"]["code"]["secret"])
    assert b64u(slots.prf_input(STORY["vlt"])) == STORY["slots"]["prf"]["first"]


# -- signed


def test_the_story_has_a_token_of_each_typ():
    assert {one["typ"] for one in STORY["signed"]} == set(READERS)


@pytest.mark.parametrize("one", STORY["signed"], ids=lambda one: one["name"])
def test_a_signed_thing_is_read_and_named(one):
    read(one, one["token"])
    payload = unb64u(one["token"].split(".")[1])
    assert dump_json(one["claims"]) == payload
    assert H(payload) == one["payload_h"]
    assert sid(one["token"]) == one["sid"]


@pytest.mark.parametrize("one", STORY["signed"], ids=lambda one: one["name"])
def test_the_other_valid_signature_is_the_same_thing(one):
    assert one["same"] != one["token"]
    read(one, one["same"])
    assert sid(one["same"]) == one["sid"]


def test_noors_chain_holds_and_its_twins_do_not():
    chain = check_chain(STORY["chain"])
    assert [one.typ for one in chain].count("vault-card+jwt") == 2
    assert len(check_chain(STORY["mums_chain"])) == 2
    for twin in STORY["chain_twins"]:
        order = [STORY["chain"][at] for at in twin["order"]]
        refused(check_chain, order + ([twin["then"]] if twin["then"] else []))


@pytest.mark.parametrize("row", STORY["decisions"], ids=lambda row: str(row["answer"]))
def test_why_not_answers_as_frozen(row):
    noor = public(STORY["keys"]["noor"])
    assert why_not(row["grant"], card_sig=noor, **row["asks"]) == row["answer"]


def test_each_statement_has_its_receipt_and_its_entry():
    logged = {one["index"]: one for one in LOG["events"]}
    for token in STORY["chain"]:
        found = next(c for c in claims("receipt+jwt") if c["sid"] == sid(token))
        assert logged[found["log"]["idx"]]["entry"] == found["log"]["entry"]
        assert read_event(logged[found["log"]["idx"]]["event"].encode()).claims["sid"] == sid(token)


def test_the_proof_of_possession_is_of_this_request():
    given = STORY["dpop"]
    question = {name: given[name] for name in ("method", "url", "now", "ath", "jkt")}
    assert check_proof(given["token"], **question).jkt == given["jkt"]
    for change in (
        {"method": "POST"},
        {"url": given["url"] + "/x"},
        {"ath": H("other")},
        {"now": given["now"] + 61},
    ):
        refused(check_proof, given["token"], **{**question, **change})


# -- sealed


@pytest.mark.parametrize("one", STORY["sealed"], ids=lambda one: one["name"])
def test_a_sealed_thing_opens_at_its_place(one):
    inside = one["inside"]
    expected = SIGNED[inside["of"]]["token"] if inside["name"] == "record" else inside["value"]
    assert open_sealed(one, one["token"]) == expected
    assert H(one["token"]) == one["h"]
    assert unb64u(one["token"].split(".")[0]).decode() == one["header"]


def test_records_are_padded_and_follow_each_other():
    for one in (one for one in STORY["signed"] if one["typ"] == "vault-rec+jwt"):
        payload = unb64u(one["token"].split(".")[1])
        assert len(payload) == padded_length(len(payload) - len(one["claims"]["pad"]))
        assert pad({name: value for name, value in one["claims"].items() if name != "pad"}) == one["claims"]
    first, second = (verify_record(SIGNED[name]["token"], author) for name in ("note 1", "note 2"))
    check_succession(first, second)


def test_keyrings_grow_by_one_and_are_read_as_json():
    rings = [one for one in STORY["sealed"] if one["inside"]["name"] == "keyring"]
    assert [one["place"]["seq"] for one in rings] == list(range(1, len(rings) + 1))
    for one in rings:
        assert (
            read_keyring(one["inside"]["value"], vlt=STORY["vlt"], seq=one["place"]["seq"]).seq == one["place"]["seq"]
        )


def test_any_two_friends_bring_the_secret_back():
    given = STORY["slots"]["trustees"]
    one, two, three = (unb64u(share) for share in given["shares"])
    for pair in ((one, two), (one, three), (three, two)):
        assert b64u(slots.join_shares(pair)) == given["secret"]
    handed_on = [
        unb64u(open_sealed(SEALED[f"share {n} handed on"], SEALED[f"share {n} handed on"]["token"])) for n in (1, 3)
    ]
    slot = SEALED["slot trustees"]
    assert b64u(sealing.open_slot(slot["token"], slots.join_shares(handed_on), **slot["place"])) == STORY["rk"]["rk"]


def test_the_letter_is_the_attachment_of_the_second_note():
    given = STORY["attachment"]
    found = read_entry(given["entry"])
    where = {name: given[name] for name in ("vlt", "drw", "rid")}
    blob, plain = unb64u(given["blob"]), unb64u(given["plain"])
    assert SIGNED["note 2"]["claims"]["att"] == [given["entry"]]
    assert b64u(context(**where, att=found.id)) == given["context"]
    made = derive(found.key, blob[:24], unb64u(given["context"]))
    assert [b64u(one) for one in made] == list(given["derived"].values())
    padded = plain + bytes(padded_length(len(plain)) - len(plain))
    assert b"".join(encrypt_chunks(found.key, blob[:24], unb64u(given["context"]), [padded])) == blob
    assert b"".join(open_attachment([blob], found, **where)) == plain
    for at in (0, 30, 100, len(blob) - 1):
        damaged = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        with pytest.raises(FormatError):
            b"".join(open_attachment([damaged], found, **where))


# -- twins


@pytest.mark.parametrize("twin", STORY["twins"], ids=lambda twin: f"{twin['of']}: {twin['why']}")
def test_a_damaged_twin_is_refused(twin):
    if twin["of"] in SIGNED:
        refused(read, SIGNED[twin["of"]], twin["token"])
    else:
        refused(open_sealed, {**SEALED[twin["of"]], "h": H(twin["token"])}, twin["token"])


def test_everything_has_twins():
    counts = Counter(twin["of"] for twin in STORY["twins"])
    assert set(counts) == SIGNED.keys() | SEALED.keys()
    assert min(counts.values()) >= 3


def test_a_drawer_key_of_the_story_is_what_it_says():
    for name, epoch in EPOCHS.items():
        assert dict(epoch.dk) == symmetric(epoch.secret, name)
