# SPDX-License-Identifier: EUPL-1.2
"""Made `slots.json`. Kept to show where the frozen values came from; a second run makes other shares and
refuses to overwrite.

The `pass` and `words` answers are cross-checked in `tests/formats/test_slots.py`; other languages read the
file.
"""

import json
from pathlib import Path

from formats.slots import pass_secret, slot_key, split_secret, write_code
from formats.spelling import b64u

TARGET = Path(__file__).with_name("slots.json")
SLOT = "5b7c1d1e-0a4f-4a3b-9c2d-8e1f20314253"


def main() -> None:
    secrets = [
        bytes(20),
        b"\xff" * 20,
        bytes(range(20)),
        bytes.fromhex("8d0f0b7f6f2f9f1e5d3c1b0a99887766554433ab"),
    ]
    kdf = {"alg": "argon2id", "v": 19, "m": 65536, "t": 3, "p": 1, "salt": b64u(bytes(range(16)))}
    pepper, typed = bytes(range(100, 132)), " Boom  ROOS vis maan tak zee uil "
    secret = pass_secret(typed, kdf, pepper)
    code = write_code(secrets[2])
    made = {
        "about": "formats.md section 9; bytes are base64url; words: null is refused; shares: any k join.",
        "codes": [{"secret": b64u(one), "code": write_code(one)} for one in secrets],
        "refused_codes": [
            "",
            code[:-1],
            code + "0",
            code[:-1] + ("1" if code[-1] != "1" else "2"),
            code.replace("-", "_"),
            code.replace("-", "\u00a0"),
            "U" + code[1:],
            "*" + code[1:],
            code.replace("0", "\u0660", 1),
            code.replace("0", "\uff10", 1),
            "\u017f" + code[1:],
            "\u0131" + code[1:],
            code.replace("-", "\t"),
            code + "\n",
        ],
        "words": [
            {"typed": "boom roos", "normal": "boom roos"},
            {"typed": "  Boom   ROOS ", "normal": "boom roos"},
            {"typed": "\uff42\uff4f\uff4f\uff4d roos", "normal": "boom roos"},
            {"typed": "boom\u00a0roos", "normal": "boom roos"},
            {"typed": "\u212aas", "normal": "kas"},
            {"typed": "fi\ufb01", "normal": "fifi"},
            {"typed": "", "normal": None},
            {"typed": "  ", "normal": None},
            {"typed": "boom-roos", "normal": None},
            {"typed": "b\u00f3\u00f3m", "normal": None},
            {"typed": "boo\u0301m", "normal": None},
            {"typed": "boom\troos", "normal": None},
            {"typed": "boom\n", "normal": None},
            {"typed": "boom1", "normal": None},
            {"typed": "\u0130s", "normal": None},
            {"typed": "boom\u200broos", "normal": None},
        ],
        "pass": {
            "typed": typed,
            "kdf": kdf,
            "pepper": b64u(pepper),
            "secret": b64u(secret),
            "slot": SLOT,
            "key": b64u(slot_key(secret, SLOT, "pass")),
        },
        "shares": [
            {"k": k, "secret": b64u(one), "shares": [b64u(share) for share in split_secret(one, k, n)]}
            for k, n, one in [(2, 3, bytes(range(32))), (3, 5, b"\xff" * 32), (2, 2, bytes(32))]
        ],
    }
    with TARGET.open("x", encoding="utf-8") as file:
        json.dump(made, file, ensure_ascii=True, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
