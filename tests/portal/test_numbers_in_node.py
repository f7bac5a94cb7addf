# SPDX-License-Identifier: EUPL-1.2
"""What the page holds back is what the helper would warn of: device/numbers.ts and chatbot/numbers.py say the same."""

import json
import random
import subprocess

from chatbot.numbers import found_in, is_bsn, is_iban
from tests.portal.packages import installed, node

LINES = ("112", "113", "0800-0113", "0800-0432", "0800-2000", "14 0123")
NUMBER = 400
ASKS = """
const { hasOwnNumber } = await import(process.argv[1])
const texts = JSON.parse(await new Promise((done) => { let all = ''; process.stdin.on('data', (d) => (all += d)).on('end', () => done(all)) }))
console.log(JSON.stringify(texts.map((text) => hasOwnNumber(text, ['14 0123']))))
"""


def texts() -> list[str]:
    """Numbers of every kind, right and one figure off, apart and together, and what is none."""
    chance = random.Random(113)
    found = ["noor@voorbeeld.example", "noor @ voorbeeld.nl", "noor@voorbeeld", "bel 112", "bel 0800-0432", "bel 14 0123", "kx-42",
             "ik ben 16", "op 12-1-2027", "１１１２２２３３３", "١١١٢٢٢٣٣٣", "111.222.333", "1 1 1 2 2 2 3 3 3", "+31 6 1234 5678",
             "0031612345678", "06–12345678", "06\u00ad12345678", "NL91ABNA0417164300", "nl91 abna 0417 1643 00 en nog wat", ""]  # fmt: skip
    for _ in range(NUMBER):
        digits = "".join(chance.choice("0123456789") for _ in range(chance.choice((8, 9, 9, 9, 10))))
        while len(digits) == 9 and chance.random() < 0.97 and not is_bsn(digits):  # most of nine are right ones
            digits = str(int(digits) % 999_999_990 + 1).zfill(9)
        apart = chance.choice(("", " ", "-", ".", "  ", "x")).join(
            digits[at : at + 3] for at in range(0, len(digits), 3)
        )
        found.append(f"{chance.choice(('', 'mijn nummer is ', 'dit: '))}{apart}{chance.choice(('', ' dank', '?'))}")
    return found


def test_both_say_the_same() -> None:
    asked = texts()
    script = str(installed() / "src" / "device" / "numbers.ts")
    command = [node(), "--input-type=module", "--eval", ASKS, "--", script]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True)
    told = dict(zip(asked, json.loads(done.stdout), strict=True))
    ours = {text: bool(found_in(text, LINES)) for text in asked}
    assert {text for text in asked if told[text] != ours[text]} == set()
    assert 0.1 < sum(ours.values()) / len(ours) < 0.9
    assert is_bsn("111222333")
    assert is_iban("nl91abna0417164300")
