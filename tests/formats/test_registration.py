# SPDX-License-Identifier: EUPL-1.2
"""A client is registered as the directory signed it, or not at all."""

from typing import Any

import pytest

from formats.organisation import verify_organisation
from formats.registration import sign_registration, verify_registration
from formats.spelling import DAY
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.formats.test_organisation import TOKEN as STATEMENT
from tests.vectors.cast import DIRECTORY, NOW, TEAM, VLT, key, pub

MEMBERS: dict[str, Any] = {
    "client_id": f"oin:{TEAM[8:28]}:desk",
    "kind": "caseworker",
    "client_name": {"nl": "Jeugdteam Zuid", "en": "Youth team South"},
    "team": TEAM,
    "actions": ["ask", "read"],
    "redirect_uris": ["https://desk.example/callback"],
    "jwks": {"keys": [pub("client")]},
}
ORG = verify_organisation(STATEMENT, pub("directory")).sid
TOKEN = sign_registration(key("directory"), iss=DIRECTORY, org=ORG, client=MEMBERS, iat=NOW, exp=NOW + 30 * DAY)
WRONG = [
    ("registration", "iss", f"vault:{VLT}"), ("registration", "iss", None), ("registration", "org", "x"),
    ("registration", "org", None), ("registration", "client", None), ("registration", "client", []),
    ("registration", "client.client_id", None), ("registration", "client.team", None),
    ("registration", "client.team", TEAM[:28]), ("registration", "iat", NOW + 31 * DAY),
    ("registration", "exp", NOW), ("registration", "exp", None), ("registration", "more", 1),
]  # fmt: skip


def test_the_directorys_statement_of_a_client_is_read() -> None:
    found = verify_registration(TOKEN, pub("directory"))
    assert (found.iss, found.org, dict(found.client)) == (DIRECTORY, ORG, MEMBERS)
    assert (found.iat, found.exp) == (NOW, NOW + 30 * DAY)
    assert verify_registration(twin(TOKEN), pub("directory")).sid == found.sid
    with pytest.raises(TypeError):
        found.client["team"] = TEAM + "x"  # type: ignore[index]


def test_every_forgery_is_refused() -> None:
    for _, forged in forgeries(TOKEN, key("directory"), key("mallory")):
        refused(verify_registration, forged, pub("directory"))
    refused(verify_registration, STATEMENT, pub("directory"))  # a statement of a team is no statement of a client


@pytest.mark.parametrize(("_", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(_: str, path: str, value: Any) -> None:
    header, claims = parts_of(TOKEN)
    refused(verify_registration, signed(header, edited(claims, path, value), key("directory")), pub("directory"))
