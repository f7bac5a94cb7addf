# SPDX-License-Identifier: EUPL-1.2
"""Noor finds her way back: with her passkey, the paper in her drawer, seven words, or three people she
trusts.
"""

import itertools
import random

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from formats.slots import (
    choose_words,
    dutch_words,
    hkdf,
    join_shares,
    new_code,
    new_kdf,
    normal_words,
    pass_secret,
    prf_input,
    read_code,
    slot_key,
    split_secret,
    write_code,
)
from formats.spelling import FormatError, b64u, unb64u
from tests.vectors import frozen

FROZEN = frozen("slots")
COUNTING = bytes(range(32))
ZERO_ID = "00000000-0000-4000-8000-000000000000"
PEPPER = bytes(range(100, 132))


# -- labels of formats.md, appendix B


def test_the_labels_give_the_published_answers():
    assert b64u(hkdf(COUNTING, info="vault/v1/keyring")) == "idcdC7IqE4xyPfl-WrKdYMmc75aRR3E9rQm-M1lF8k4"
    assert b64u(slot_key(COUNTING, ZERO_ID, "prf")) == "U5et6c6Ektc_2Oxpzu6dTR4JE4-GP_-XuSb3lgsqmYI"
    assert b64u(prf_input(ZERO_ID)) == "3x6obmtNhN_FjzXuSdZ_ToB73Iaj3j9bFyJgslSaTcc"


def test_every_slot_has_a_key_of_its_own():
    other = "00000000-0000-4000-8000-000000000001"
    keys = {slot_key(COUNTING, slot, kind) for slot in (ZERO_ID, other) for kind in ("prf", "code", "pass", "trustees")}
    assert len(keys) == 8
    with pytest.raises(FormatError):
        slot_key(COUNTING, ZERO_ID, "question")
    with pytest.raises(FormatError):
        slot_key(COUNTING, "my slot", "code")


# -- code


@pytest.mark.parametrize("case", FROZEN["codes"], ids=lambda case: case["code"][-1])
def test_a_code_is_written_and_read_as_frozen(case):
    assert write_code(unb64u(case["secret"])) == case["code"]
    assert read_code(case["code"]) == unb64u(case["secret"])


def test_a_code_is_read_however_it_is_typed():
    secret = new_code()
    code = write_code(secret)
    assert len(code) == 8 * 5 + 1
    assert len(secret) == 20
    for typed in (
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        f" {code} ",
        code.replace("0", "o").replace("1", "l"),
        code.replace("0", "O").replace("1", "i"),
        code.replace("1", "I").replace("1", "L"),
    ):
        assert read_code(typed) == secret


def test_all_check_symbols_are_read():
    seen = {}
    for number in range(37):
        secret = number.to_bytes(20)
        seen[write_code(secret)[-1]] = read_code(write_code(secret).lower()) == secret
    assert set(seen) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U")
    assert all(seen.values())


def test_one_wrong_symbol_or_two_exchanged_are_found():
    for secret in (bytes(20), b"\xff" * 20, new_code()):
        symbols = write_code(secret).replace("-", "")
        for at, wrong in itertools.product(range(32), "0123456789ABCDEFGHJKMNPQRSTVWXYZ"):
            if symbols[at] != wrong:
                with pytest.raises(FormatError):
                    read_code(symbols[:at] + wrong + symbols[at + 1 :])
        for a, b in itertools.combinations(range(32), 2):
            if symbols[a] != symbols[b]:
                swapped = list(symbols)
                swapped[a], swapped[b] = swapped[b], swapped[a]
                with pytest.raises(FormatError):
                    read_code("".join(swapped))


def test_letters_that_only_upper_casing_makes_ours_are_refused():
    """Dotless i and long s become I and S in upper case, on some devices."""
    secret = next(secret for secret in iter(new_code, None) if {"1", "S"} <= set(write_code(secret)[:-1]))
    code = write_code(secret)
    for typed in (code.replace("1", "\u0131"), code.replace("S", "\u017f")):
        with pytest.raises(FormatError):
            read_code(typed)


@pytest.mark.parametrize("typed", FROZEN["refused_codes"])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(FormatError):
        read_code(typed)


@pytest.mark.parametrize("length", [0, 19, 21])
def test_only_twenty_bytes_become_a_code(length):
    with pytest.raises(FormatError):
        write_code(bytes(length))


# -- pass


def test_the_word_list_holds_2048_words_that_can_be_told_apart():
    words = dutch_words()
    assert len(words) == len(set(words)) == 2048
    assert list(words) == sorted(words)
    assert all(word.isascii() and word.isalpha() and word.islower() and 2 <= len(word) <= 8 for word in words)
    heard = {word.replace("ei", "ij").replace("ou", "au").rstrip("d") + "t" * word.endswith("d") for word in words}
    assert len(heard) == 2048


def test_the_machine_chooses_seven_words():
    chosen = choose_words(dutch_words())
    assert len(chosen.split(" ")) == 7
    assert set(chosen.split(" ")) <= set(dutch_words())
    assert chosen != choose_words(dutch_words())
    assert 2048**7 == 2**77
    for poor in (["boom", "boom"], ["Boom", "roos"], ["twee woorden", "roos"]):
        with pytest.raises(FormatError):
            choose_words(poor)


@pytest.mark.parametrize("case", FROZEN["words"], ids=lambda case: case["typed"])
def test_words_are_the_same_on_every_device(case):
    if case["normal"] is None:
        with pytest.raises(FormatError):
            normal_words(case["typed"])
    else:
        assert normal_words(case["typed"]) == case["normal"]


def test_a_pass_gives_its_frozen_secret():
    case = FROZEN["pass"]
    secret = pass_secret(case["typed"], case["kdf"], unb64u(case["pepper"]))
    assert b64u(secret) == case["secret"]
    assert len(secret) == 64
    assert secret[32:] == unb64u(case["pepper"])
    assert b64u(slot_key(secret, case["slot"], "pass")) == case["key"]


def test_a_second_library_makes_the_same_secret():
    case = FROZEN["pass"]
    argon2 = Argon2id(salt=unb64u(case["kdf"]["salt"]), length=32, iterations=3, lanes=1, memory_cost=65_536)
    assert b64u(argon2.derive(normal_words(case["typed"]).encode()) + unb64u(case["pepper"])) == case["secret"]


@pytest.mark.parametrize(
    "change",
    [
        {"m": 1024},
        {"t": 1},
        {"p": 2},
        {"v": 16},
        {"alg": "argon2i"},
        {"salt": b64u(bytes(8))},
        {"salt": 1},
        {"t": True},
        {"m": "65536"},
        {"m": 65536.0},
        {"more": 1},
    ],
    ids=str,
)
def test_a_keeper_cannot_make_guessing_cheaper(change):
    with pytest.raises(FormatError):
        pass_secret("boom roos vis maan tak zee uil", {**new_kdf(), **change}, PEPPER)


def test_a_pass_needs_all_its_parameters_and_its_pepper():
    kdf = new_kdf()
    assert kdf != new_kdf()
    with pytest.raises(FormatError):
        pass_secret("boom roos", {name: kdf[name] for name in kdf if name != "salt"}, PEPPER)
    with pytest.raises(FormatError):
        pass_secret("boom roos", kdf, PEPPER[:31])


# -- trustees


def test_any_three_of_five_bring_the_secret_back_and_two_do_not():
    shares = split_secret(COUNTING, 3, 5)
    assert [share[-1] for share in shares] == [1, 2, 3, 4, 5]
    assert {len(share) for share in shares} == {33}
    for chosen in itertools.permutations(shares, 3):
        assert join_shares(chosen) == COUNTING
    assert join_shares(shares) == COUNTING
    for two in itertools.combinations(shares, 2):
        assert join_shares(two) != COUNTING


def test_shares_of_every_size():
    rng = random.Random(20260101)
    for k, n in [(2, 2), (2, 3), (5, 8), (7, 7), (2, 255), (16, 20)]:
        secret = rng.randbytes(32)
        assert join_shares(rng.sample(split_secret(secret, k, n), k)) == secret


def test_a_lone_share_says_nothing():
    # 2 of 2: every value of a share's byte is equally likely; over 20,000 bytes none is missing or favoured.
    counts = [0] * 256
    for _ in range(625):
        for byte in split_secret(bytes(32), 2, 2)[0][:32]:
            counts[byte] += 1
    assert min(counts) > 30
    assert max(counts) < 140


@pytest.mark.parametrize("case", FROZEN["shares"], ids=lambda case: f"{case['k']} of {len(case['shares'])}")
def test_frozen_shares_join(case):
    shares = [unb64u(share) for share in case["shares"]]
    for chosen in itertools.combinations(shares, case["k"]):
        assert b64u(join_shares(chosen)) == case["secret"]


def test_shares_are_polynomials_over_the_field_of_aes():
    """The same arithmetic by tables of powers of 3, as textbooks do it."""
    powers, x = [1], 1
    for _ in range(254):
        x ^= (x << 1) ^ (0x11B if x & 0x80 else 0)
        powers.append(x)
    logs = {power: at for at, power in enumerate(powers)}

    def divide_by(a, b):
        return powers[(logs[a] - logs[b]) % 255] if a else 0

    def times(a, b):
        return powers[(logs[a] + logs[b]) % 255] if a and b else 0

    assert times(0x57, 0x83) == 0xC1  # FIPS 197 section 4.2
    one, _, three = split_secret(COUNTING, 2, 3)  # a line: s = (y1 x3 + y3 x1) / (x1 + x3)
    line = bytes(divide_by(times(a, 3) ^ times(b, 1), 3 ^ 1) for a, b in zip(one[:32], three[:32], strict=True))
    assert line == COUNTING


def test_a_false_share_gives_another_secret():
    one, two, three = split_secret(COUNTING, 2, 3)
    assert join_shares([bytes([one[0] ^ 1]) + one[1:], three]) != COUNTING
    assert join_shares([one[:32] + two[32:], three]) != COUNTING


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [b"\1" * 33],
        [b"\1" * 33, b"\1" * 33],
        [b"\1" * 33, bytes(33)],
        [b"\1" * 33, b"\2" * 32],
        [b"\1" * 33, b"\2" * 34],
    ],
    ids=["none", "one", "one twice", "x is 0", "short", "long"],
)
def test_what_cannot_be_shares_is_refused(shares):
    with pytest.raises(FormatError):
        join_shares(shares)


@pytest.mark.parametrize(("k", "n"), [(1, 3), (0, 0), (4, 3), (2, 256), (2, 1)])
def test_shares_that_protect_nothing_are_not_made(k, n):
    with pytest.raises(FormatError):
        split_secret(COUNTING, k, n)
    with pytest.raises(FormatError):
        split_secret(COUNTING[:31], 2, 3)
