# SPDX-License-Identifier: EUPL-1.2
"""Numbers of oneself get a warning and never come back; help lines pass. All numbers here are made up."""

import itertools

import pytest

from chatbot.numbers import found_in, is_bsn, is_iban, lines_of
from tests.chatbot.shelf import asks, small

LINES = lines_of(("0800-0432", "113", "0800-0113", "0800-2000", "112", "14 0123", "030 286 0000"))
BSN = "123456782"  # passes the eleven test


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        (BSN, ("bsn",)),
        ("mijn bsn is 123456782.", ("bsn",)),
        ("123 456 782", ("bsn",)),
        ("123.456.782", ("bsn",)),
        ("1234.56.782", ("bsn",)),
        ("123-456-782", ("bsn",)),
        ("1 2 3 4 5 6 7 8 2", ("bsn",)),
        ("１２３４５６７８２", ("bsn",)),  # full width
        ("١٢٣٤٥٦٧٨٢", ("bsn",)),  # Arabic-Indic digits
        ("1234\u200b56782", ("bsn",)),
        ("123–456–782", ("bsn",)),
        ("bsn:123456782x", ("bsn",)),
        ("12 123456782", ("bsn",)),  # beside another number
        ("123456789", ()),  # no BSN
        ("000000000", ()),
        ("1234567820", ()),  # ten digits
        ("12345678", ()),
        ("0612345678", ("phone",)),
        ("06-12345678", ("phone",)),
        ("06 12 34 56 78", ("phone",)),
        ("(030) 123 45 67", ("phone",)),
        ("+31 6 12345678", ("phone",)),
        ("0031612345678", ("phone",)),
        ("+32 470 12 34 56", ("phone",)),
        ("NL91ABNA0417164300", ("iban",)),
        ("nl91 abna 0417 1643 00 en nog iets", ("iban",)),
        ("NL91 ABNA 0417 1643 01", ("phone",)),  # mistyped, and still warned about
        ("DE89 3704 0044 0532 0130 00", ("iban",)),
        ("noor@voorbeeld.nl", ("mail",)),
        ("noor.de.vries+x@mail.voorbeeld.nl!", ("mail",)),
        ("noor @ voorbeeld.nl", ("mail",)),
        ("@noor", ()),
        ("a@b", ()),
        ("noor@voorbeeld.nl 0612345678 123456782", ("bsn", "mail", "phone")),
        ("bel 112", ()),
        ("0800-0432", ()),
        ("08000432 of 0800 0432", ()),
        ("bel 113 of 0800-0113", ()),
        ("14 0123", ()),
        ("030-2860000", ()),  # in the settings
        ("ik ben 15 en heb 3 vragen in 2026", ()),
        ("2026-11-22", ()),
        ("", ()),
    ],
)
def test_what_is_found(typed: str, kinds: tuple[str, ...]) -> None:
    assert found_in(typed, LINES) == kinds


def test_the_eleven_test_is_one_in_eleven() -> None:
    numbers = [f"{n:09}" for n in range(100_000_000, 100_011_000)]
    assert abs(sum(map(is_bsn, numbers)) - 1000) <= 1
    for wrong in itertools.islice((n for n in numbers if not is_bsn(n)), 500):
        assert found_in(wrong) == ()


def test_an_account_number_with_one_wrong_digit_is_none() -> None:
    good = "NL91ABNA0417164300".lower()
    assert is_iban(good)
    for at in range(8, len(good)):
        assert not is_iban(good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :])


@pytest.mark.parametrize(
    "typed", ["mijn bsn is 123456782", "stop delen 06-12345678", "noor@voorbeeld.nl", "NL91 ABNA 0417 1643 00"]
)
@pytest.mark.parametrize("locale", ["nl", "en"])
def test_it_is_warned_about_and_never_comes_back(typed: str, locale: str) -> None:
    answer = asks(typed, locale)  # type: ignore[arg-type]
    assert answer.rule == "numbers"
    assert answer.say == small().words.say[locale].numbers  # type: ignore[index]
    told = repr(answer)
    for part in (*typed.split(), "123456782", "12345678", "voorbeeld", "0417"):
        if any(c.isdigit() for c in part) or "@" in part:
            assert part not in told


@pytest.mark.parametrize("typed", ["wie is 0800-0432", "hoe stop ik met delen 14 0123", "bel ik 112"])
def test_help_lines_are_no_numbers_of_oneself(typed: str) -> None:
    assert asks(typed).rule != "numbers"
