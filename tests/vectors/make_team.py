# SPDX-License-Identifier: EUPL-1.2
"""Made `team.json`, `team_lists.json` and `team_key.json`: member lists, their chain, and a sealed team key with
its twins. It never overwrites. Run: `python -m tests.vectors.make_team`."""

from typing import Any

from formats.jose import new_sealing_key, new_signing_key
from formats.sealing import seal_team_key
from formats.slots import member_words
from formats.spelling import b64u, dump_json, parse_json, sid, unb64u
from tests.formats import test_team as team
from tests.vectors.cast import TEAM, key, pub
from tests.vectors.make_sealing import forge
from tests.vectors.make_signed import of, signed_format, write


def main() -> None:
    signed_format(
        "team",
        "Member lists of a team, each with the key it is checked with.",
        [(name, token, signer) for name, (token, signer) in team.ALL.items()],
        {name: of(team.WRONG, name) for name in team.ALL},
    )
    first, second, third = team.LISTS
    write(
        "team_lists",
        "The lists of one team in order; first_key signed the first, each later one by the key before it.",
        iss=TEAM,
        first_key=pub("administrator"),
        lists=team.LISTS,
        sids=[sid(one) for one in team.LISTS],
        words=[
            {"iss": TEAM, "sub": sub, "sig": sig, "enc": enc, "words": member_words(TEAM, sub, sig, enc)}
            for sub, sig, enc in team.COMPARED
        ],
        refused=[
            {"why": "no list", "lists": []},
            {"why": "without the first", "lists": [second, third]},
            {"why": "a gap", "lists": [first, third]},
            {"why": "one twice", "lists": [first, first]},
            {"why": "backwards", "lists": [second, first]},
        ],
    )
    place: dict[str, Any] = team.PLACE | {"jkt": team.JKT}
    token, parts = team.SEALED, team.SEALED.split(".")
    header = parse_json(unb64u(parts[0]))
    header.pop("epk")
    inside = dump_json({"keys": [key("team", "enc"), key("team")]})
    refused: list[dict[str, Any]] = []

    def twin(why: str, bad: str, **other: Any) -> None:
        refused.append({"why": why, "place": place | other, "token": bad})

    for at, name in enumerate(("header", "wrapped key", "iv", "ciphertext", "tag")):
        raw = bytearray(unb64u(parts[at]))
        raw[len(raw) // 2] ^= 1
        twin(f"a flipped bit in the {name}", ".".join([*parts[:at], b64u(bytes(raw)), *parts[at + 1 :]]))
    planted = seal_team_key(new_sealing_key(), new_signing_key(), pub("sanne", "enc"), **team.PLACE)
    twin("base64 padding", token + "==")
    twin("a key that no list names", planted)
    twin("another list", token, seq=3)
    twin("another member", token, sub=team.FATIMA)
    twin("another team", token, iss=TEAM + "x")
    to = key("sanne", "enc")
    twin("another typ", forge(header | {"typ": "vault-key+jwe"}, inside, to))
    twin("a member more", forge(header | {"vlt": "x"}, inside, to))
    twin("a member less", forge({name: header[name] for name in header if name != "sub"}, inside, to))
    twin("compressed", forge(header | {"zip": "DEF"}, inside, to))
    twin("A128GCM", forge(header | {"enc": "A128GCM"}, inside, to))
    for why, keys in (
        ("one key", [key("team", "enc")]),
        ("three keys", [key("team", "enc"), key("team"), key("team")]),
        ("a public key", [key("team", "enc"), pub("team")]),
        ("the other way round", [key("team"), key("team", "enc")]),
    ):
        twin(why, forge(header, dump_json({"keys": keys}), to))
    twin("something beside the keys", forge(header, dump_json(parse_json(inside) | {"more": 1}), to))
    write(
        "team_key",
        "A team's key, sealed to a member's `enc`: each of `sealed` opens at its place, each of `refused` does not.",
        enc=to,
        sealed=[{"place": place, "gives": [key("team", "enc"), key("team")], "token": token}],
        refused=refused,
    )


if __name__ == "__main__":
    main()
