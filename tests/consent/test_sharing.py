# SPDX-License-Identifier: EUPL-1.2
"""Share codes as people type them."""

import pytest

from consent.sharing import new_code, read_code


def test_a_code_is_read_back_however_it_is_typed() -> None:
    for _ in range(200):
        code = new_code()
        plain = code.replace("-", "")
        assert read_code(code) == plain[:12]
        assert read_code(f" {code.lower()} ") == plain[:12]
        assert read_code(plain.replace("0", "o").replace("1", "l")) == plain[:12]


def test_one_wrong_character_is_no_code() -> None:
    code = new_code().replace("-", "")
    for place in range(12):
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            typed = code[:place] + letter + code[place + 1 :]
            assert (read_code(typed) is None) == (typed != code), place


@pytest.mark.parametrize("typed", ["", "7QK4-93MZ-A0TW", "7QK4-93MZ-A0TW-VV", "ééé4-93MZ-A0TW-V", "*~$=-UUUU-UUUU-U"])
def test_what_has_another_form_is_no_code(typed: str) -> None:
    assert read_code(typed) is None
