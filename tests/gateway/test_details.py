# SPDX-License-Identifier: EUPL-1.2
"""Details say what a token covers, and cover no more."""

import pytest

from gateway.details import ACTIONS, Details, NotGood, read_details

HERE = "https://gw.example/gateway/v1"
GRANT, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def test_details_are_read_and_written_alike() -> None:
    text = (
        '[{"type":"vault_access","actions":["read"],"grant_id":"' + GRANT + '","purpose":"urn:p","reason":"why",'
        '"locations":["' + HERE + '"]}]'
    )
    found = read_details(text, allowed=ACTIONS, location=HERE)
    assert found == Details(("read",), GRANT, "urn:p", "why")
    assert found.members(HERE) == {
        "type": "vault_access",
        "actions": ["read"],
        "grant_id": GRANT,
        "purpose": "urn:p",
        "reason": "why",
        "locations": [HERE],
    }


@pytest.mark.parametrize("text", [None, "", "[]", "nonsense", "[1]", "[null]", '[{"type":"vault_access"}]', "\ud800"])
def test_nonsense_is_not_good(text: str | None) -> None:
    with pytest.raises(NotGood):
        read_details(text, allowed=ACTIONS, location=HERE)


@pytest.mark.promise("P16")
@pytest.mark.parametrize(
    ("details", "actions", "grant", "covered"),
    [
        (Details(("read",), GRANT), ("read",), GRANT, True),
        (Details(("read",), GRANT), ("read",), OTHER, False),
        (Details(("read",), GRANT), ("deposit",), GRANT, False),
        (Details(("ask",)), ("ask", "learn"), None, True),
        (Details(("ask",)), ("read",), GRANT, False),
        (Details(("ask",)), ("ask", "read", "learn"), GRANT, True),
        (Details(("deposit",)), ("deposit",), GRANT, True),
        (Details(("deposit",), GRANT), ("deposit",), OTHER, False),
    ],
)
def test_what_details_cover(details: Details, actions: tuple[str, ...], grant: str | None, covered: bool) -> None:
    assert details.cover(actions, grant) is covered


def test_the_act_of_a_grant() -> None:
    assert Details(("ask",)).act is None
    assert Details(("read",), GRANT).act == "read"
    assert Details(("ask", "deposit"), GRANT).act == "deposit"
