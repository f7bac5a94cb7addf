# SPDX-License-Identifier: EUPL-1.2
"""Entries, origins, keys, signed notes, witnesses, proofs."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from formats.checkpoint import (
    LOG,
    MAX_NOTE,
    WITNESS,
    NoteKey,
    Vkey,
    check_growth,
    cosign_note,
    entry,
    make_proof,
    origin_at,
    read_decimal,
    read_proof,
    read_vkey,
    shard_span,
    sign_note,
    verify_note,
)
from formats.tree import EMPTY_ROOT, consistency_plan, proof, root
from tests.formats.refusals import refused
from tests.formats.test_tree import grown
from tests.vectors.cast import NOW, ORIGIN, log_key, secret, witness_key

LOG_KEY = log_key()
ROOT = secret("a root")
NOTE = sign_note(LOG_KEY, 7, ROOT)
A, B = witness_key("delft"), witness_key("breda")


def lines(note: str) -> list[str]:
    return note.split("\n")


def test_an_entry_hides_its_event_behind_the_nonce() -> None:
    assert entry(bytes(32), b"e").hex() == "abb447133208c1e6d0f4b5a7047f663bd1d7ab5e48c833ae466d282385779db8"
    assert entry(bytes(32), b"e") != entry(bytes(31) + b"\1", b"e") != entry(bytes(32), b"f")
    for wrong in (31, 33):
        refused(entry, bytes(wrong), b"e")


# -- shards --------------------------------------------------------------------------------------------------


def second(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (second(2026, 1, 1), "log.a.example/2026h1"),
        (second(2026, 6, 30, 23, 59, 59), "log.a.example/2026h1"),
        (second(2026, 7, 1), "log.a.example/2026h2"),
        (second(2026, 12, 31, 23, 59, 59), "log.a.example/2026h2"),
        (second(2028, 2, 29), "log.a.example/2028h1"),
        (second(2038, 1, 19, 3, 14, 8), "log.a.example/2038h1"),
    ],
)
def test_each_moment_has_one_shard(at: int, name: str) -> None:
    assert origin_at("a.example", at) == name
    starts, ends = shard_span(name)
    assert starts <= at < ends
    assert origin_at("a.example", ends) != name != origin_at("a.example", starts - 1)
    assert shard_span(origin_at("a.example", ends))[0] == ends


def test_a_restored_log_has_a_new_origin_of_the_same_half_year() -> None:
    assert origin_at("a.example", NOW, 2) == "log.a.example/2026h2r2"
    assert shard_span("log.a.example/2026h2r2") == shard_span("log.a.example/2026h2")


@pytest.mark.parametrize(
    "name",
    ["", "log.a/2026h3", "log.a/2026h0", "log.a/26h1", "log.a/2026h1r0", "log.a/2026h1r01", "log.a/2026h1x",
    "a/2026h1",
     "log.A/2026h1", "log./2026h1", "log.a/2026h1\n", "log.a/1969h1", "log.a b/2026h1", "log.a/٢٠٢٦h1", None],
)  # fmt: skip
def test_a_name_that_is_no_origin(name: object) -> None:
    refused(shard_span, name)


# -- keys ----------------------------------------------------------------------------------------------------


def test_vkeys_are_read_as_written() -> None:
    for made in (LOG_KEY, A):
        assert read_vkey(str(made.vkey)) == made.vkey
        name, key_id, rest = str(made.vkey).split("+", 2)
        assert (name, key_id, len(rest)) == (made.vkey.name, made.vkey.id.hex(), 44)


def test_the_vkey_of_the_go_checksum_database() -> None:
    # sum.golang.org, public since 2019: the id is right only if name, type and key are hashed as C2SP says.
    found = read_vkey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert (found.name, found.kind, found.id.hex()) == ("sum.golang.org", LOG, "033de0ae")


def test_a_vkey_that_is_wrong_in_one_way() -> None:
    good = str(LOG_KEY.vkey)
    name, key_id, rest = good.split("+", 2)
    for wrong in (
        "", name, f"{name}+{key_id}", f"x{good}", f"{name}+00000000+{rest}",
        f"{name}+{key_id.upper()}x+{rest}",
        f"{name}+{key_id}+{rest[:-4]}", f"{good}=", f"{name} +{key_id}+{rest}", f"+{key_id}+{rest}",
        f"{good}\n", None,
    ):  # fmt: skip
        refused(read_vkey, wrong)
    for name, kind in (("a+b", LOG), ("a b", LOG), ("é", LOG), ("a", 2)):
        refused(Vkey, name, kind, bytes(32))
    for make in (Vkey, NoteKey):
        refused(make, "a", LOG, bytes(31))


def test_a_private_key_prints_without_its_secret() -> None:
    for text in (secret(ORIGIN).hex(), b64encode(secret(ORIGIN)).decode()):
        assert text not in repr(LOG_KEY) + str(LOG_KEY)


# -- notes ---------------------------------------------------------------------------------------------------


def test_a_checkpoint_reads_as_c2sp_writes_it() -> None:
    text = lines(NOTE)
    assert text[:4] == [ORIGIN, "7", b64encode(ROOT).decode(), ""]
    assert text[4].startswith(f"\u2014 {ORIGIN} ")
    assert text[5:] == [""]
    found = verify_note(NOTE, [LOG_KEY.vkey])
    assert (found.origin, found.size, found.root, found.note, found.witnesses) == (ORIGIN, 7, ROOT, NOTE, {})
    assert verify_note(sign_note(LOG_KEY, 0, EMPTY_ROOT), [LOG_KEY.vkey]).size == 0


def test_another_log_or_key_is_refused() -> None:
    for other in (NoteKey(ORIGIN, LOG, secret("other")), log_key("log.consent.example/2027h1")):
        refused(verify_note, NOTE, [other.vkey])
    refused(verify_note, NOTE, [])
    refused(verify_note, NOTE, [], [LOG_KEY.vkey])  # a log key among the witnesses signs for no log


def test_a_log_signs_only_as_its_own_origin() -> None:
    other = log_key("log.consent.example/2027h1")
    text = NOTE.split("\n\n")[0] + "\n"
    crossed = text + "\n" + other.line(text.encode())
    refused(verify_note, crossed, [LOG_KEY.vkey, other.vkey])
    refused(sign_note, NoteKey("elsewhere", LOG, bytes(32)), 1, ROOT)
    refused(sign_note, A, 1, ROOT)
    refused(sign_note, NoteKey(ORIGIN, WITNESS, bytes(32)), 1, ROOT)
    for size, wrong in ((-1, ROOT), (1, ROOT[:-1])):
        refused(sign_note, LOG_KEY, size, wrong)


def resigned(text: str) -> str:
    """A body of any shape, truly signed by the log."""
    return text + "\n" + LOG_KEY.line(text.encode())


B64 = b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{B64}\n", f"{ORIGIN}\n+7\n{B64}\n", f"{ORIGIN}\n-1\n{B64}\n",
        f"{ORIGIN}\n7.0\n{B64}\n", f"{ORIGIN}\n\n{B64}\n",
        f"{ORIGIN}\n{2**63}\n{B64}\n", f"{ORIGIN}\n7\n{B64[:-4]}\n", f"{ORIGIN}\n7\n{B64}\nextension\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\n{B64} \n", f" {ORIGIN}\n7\n{B64}\n", f"{ORIGIN}\n0\n{B64}\n",
        f"{ORIGIN}\n7\n{B64[:-1]}\n",
        f"{ORIGIN}\r\n7\r\n{B64}\r\n", f"{ORIGIN}\n7\n{B64[:-2]}B=\n",
    ],
)  # fmt: skip
def test_a_body_that_is_no_checkpoint_is_refused_though_truly_signed(text: str) -> None:
    refused(verify_note, resigned(text), [LOG_KEY.vkey])


def test_a_note_that_is_wrong_in_one_way() -> None:
    text, signature = NOTE.split("\n\n")
    bad = signature.replace("A", "B", 1) if "A" in signature[len(ORIGIN) + 4 :] else signature.replace("a", "b", 1)
    name, _, encoded = signature.strip().rpartition(" ")
    for wrong in (
        "", text, text + "\n", text + "\n\n", NOTE[:-1], NOTE + "\n", NOTE + " ", NOTE.replace("\u2014", "-"),
        NOTE.replace("\u2014 ", "\u2014"), f"{text}\n\n{bad}", f"{text}\n\n{name} {encoded[:-4]}\n",
        f"{text}\n\n{name}\n",
        NOTE + "garbage\n", NOTE + "\u2014 x\n", NOTE + "\u2014 x AAAA\n", NOTE + "\u2014 a+b AAAAAAAA\n",
        NOTE.replace("\n7\n", "\n8\n"), "\ufeff" + NOTE, NOTE + "\u2014 x\x00 AAAAAAAA\n", NOTE.replace("\n",
        "\r\n"),
        NOTE + "\u2014 x AAAAAAAA\n" * MAX_NOTE, None, NOTE.encode(),
    ):  # fmt: skip
        refused(verify_note, wrong, [LOG_KEY.vkey])


def test_unknown_lines_are_ignored_known_ones_that_fail_are_refused() -> None:
    extra = NOTE + "\u2014 someone AAAAAAAA\n"
    assert verify_note(extra, [LOG_KEY.vkey]).size == 7
    other_id = NoteKey(ORIGIN, LOG, secret("other")).line(NOTE.split("\n\n")[0].encode())
    assert verify_note(NOTE + other_id, [LOG_KEY.vkey]).size == 7  # same name, other key: unknown
    broken = NOTE + LOG_KEY.line(b"something else")
    refused(verify_note, broken, [LOG_KEY.vkey])


# -- witnesses -----------------------------------------------------------------------------------------------


def test_witnesses_cosign() -> None:
    both = cosign_note(cosign_note(NOTE, A, NOW), B, NOW + 60)
    found = verify_note(both, [LOG_KEY.vkey], [A.vkey, B.vkey])
    assert found.witnesses == {A.vkey: NOW, B.vkey: NOW + 60}
    assert verify_note(both, [LOG_KEY.vkey], [B.vkey]).witnesses == {B.vkey: NOW + 60}
    assert verify_note(both, [LOG_KEY.vkey]).witnesses == {}


def test_two_lines_of_one_witness_count_once_with_the_later_time() -> None:
    twice = cosign_note(cosign_note(NOTE, A, NOW + 60), A, NOW)
    assert verify_note(twice, [LOG_KEY.vkey], [A.vkey]).witnesses == {A.vkey: NOW + 60}


def test_a_cosignature_binds_time_and_checkpoint() -> None:
    good = cosign_note(NOTE, A, NOW)
    line = good.split("\n")[-2] + "\n"
    other = sign_note(LOG_KEY, 8, ROOT)
    refused(verify_note, other + line, [LOG_KEY.vkey], [A.vkey])
    text = NOTE.split("\n\n")[0] + "\n"
    late = A.line(f"cosignature/v1\ntime {NOW}\n{text}".encode(), (NOW + 1).to_bytes(8, "big"))
    refused(verify_note, NOTE + late, [LOG_KEY.vkey], [A.vkey])
    plain = A.line(text.encode())
    refused(verify_note, NOTE + plain, [LOG_KEY.vkey], [A.vkey])
    beyond = A.line(f"cosignature/v1\ntime {2**60}\n{text}".encode(), (2**60).to_bytes(8, "big"))
    refused(verify_note, NOTE + beyond, [LOG_KEY.vkey], [A.vkey])
    refused(cosign_note, NOTE, LOG_KEY, NOW)
    for wrong in ("", NOTE.replace("log.", "l\u00f6g."), NOTE.replace("\n7\n", "\n07\n")):
        refused(cosign_note, wrong, A, NOW)


def test_a_witness_alone_makes_no_checkpoint() -> None:
    text = NOTE.split("\n\n")[0] + "\n"
    alone = text + "\n" + A.line(f"cosignature/v1\ntime {NOW}\n{text}".encode(), NOW.to_bytes(8, "big"))
    refused(verify_note, alone, [LOG_KEY.vkey], [A.vkey])
    assert A.vkey.kind == WITNESS


def test_a_log_only_grows() -> None:
    store = grown(20)

    def at(size: int, key: NoteKey = LOG_KEY) -> object:
        return verify_note(sign_note(key, size, root(size, store.get)), [key.vkey])

    hashes = proof(consistency_plan(12, 20), store.get)
    check_growth(at(12), at(20), hashes)  # type: ignore[arg-type]
    refused(check_growth, at(20), at(12), hashes)
    refused(check_growth, at(12), at(20), hashes[:-1])
    refused(check_growth, at(12), at(20, log_key("log.consent.example/2027h1")), hashes)


# -- proofs --------------------------------------------------------------------------------------------------


def test_a_proof_reads_as_c2sp_writes_it() -> None:
    text = make_proof(3, [secret("a"), secret("b")], NOTE)
    a, b = (b64encode(secret(name)).decode() for name in "ab")
    assert text == f"c2sp.org/tlog-proof@v1\nindex 3\n{a}\n{b}\n\n{NOTE}"
    found = read_proof(text)
    assert (found.index, found.hashes, found.note) == (3, (secret("a"), secret("b")), NOTE)
    assert read_proof(make_proof(0, [], NOTE)).hashes == ()


def test_a_proof_that_is_wrong_in_one_way() -> None:
    good = make_proof(3, [secret("a")], NOTE)
    for wrong in (
        "", "c2sp.org/tlog-proof@v1", good.replace("@v1", "@v2"), good.replace("index", "indux"), f"\n{good}",
        good.replace("index 3", "index 03"), good.replace("index 3", "index -3"), good.replace("x 3", "x  3"),
        good.replace("index 3\n", ""), good.replace("index 3", f"index {2**63}"), good.replace("\n", "\r\n"),
        good.replace("index 3", "index 3\nextra AAAA"), make_proof(3, [secret("a")] * 64, NOTE),
        make_proof(3, [secret("a")[:-1]], NOTE), make_proof(3, [], "x" * 30_000), None,
    ):  # fmt: skip
        refused(read_proof, wrong)
    refused(make_proof, -1, [], NOTE)
    value = b64encode(secret("a")).decode()
    stray = value[:42] + chr(ord(value[42]) + 1) + "="
    for wrong in ("A" * 44, stray, value[:-1] + "A", "." + value[1:], value + "=", " " + value):
        refused(read_proof, good.replace(value, wrong))


def test_decimals_have_one_spelling() -> None:
    assert [read_decimal(text) for text in ("0", "7", str(2**63 - 1))] == [0, 7, 2**63 - 1]
    for wrong in ("", "00", "01", "-1", "+1", " 1", "1 ", "1\n", "1_0", "1e3", "٣", str(2**63), "9" * 30):
        refused(read_decimal, wrong)
