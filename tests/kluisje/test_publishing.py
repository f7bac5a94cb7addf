# SPDX-License-Identifier: EUPL-1.2
"""The directory signs who a team is, from what the team brought and nothing else."""

import pytest

from formats.jose import new_signing_key, public
from formats.organisation import verify_organisation
from formats.registration import verify_registration
from formats.spelling import FormatError
from kluisje.keyring import new_team_keys
from kluisje.publishing import YEAR, publish_client, publish_team, same_keys
from tests.kluisje.world import NOW, PARTY

DIRECTORY = "urn:oin:00000008888888880000"


def test_a_team_is_published_with_its_own_keys() -> None:
    key, team = new_signing_key(), new_team_keys(PARTY, "oin:00000001234567890000:desk")
    token = publish_team(key, DIRECTORY, team.public(), now=NOW)
    found = verify_organisation(token, public(key))
    assert (found.iss, found.sub, found.iat) == (DIRECTORY, PARTY, NOW)
    assert same_keys(token, public(key), team.public())
    other = new_team_keys(PARTY, "oin:00000001234567890000:desk")
    assert not same_keys(token, public(key), other.public())
    assert not same_keys(token, public(key), team.public() | {"party": PARTY + "-2"})
    with pytest.raises(FormatError):
        same_keys(token, public(new_signing_key()), team.public())


def test_what_is_not_a_team_is_not_published() -> None:
    key, team = new_signing_key(), new_team_keys(PARTY, "x").public()
    for wrong in ({"party": "vault:x"}, {"enc": team["sig"]}, {"sig": team["enc"]}, {"more": 1}):
        with pytest.raises(FormatError):
            publish_team(key, DIRECTORY, team | wrong, now=NOW)
    with pytest.raises(FormatError):
        publish_team(key, DIRECTORY, team, now=NOW, lasts=0)


def test_a_client_is_published_for_the_team_of_a_statement_that_counts() -> None:
    key, team = new_signing_key(), new_team_keys(PARTY, "oin:00000001234567890000:desk")
    statement = publish_team(key, DIRECTORY, team.public(), now=NOW)
    client = {"client_id": "oin:00000001234567890000:desk", "team": PARTY}
    found = verify_registration(publish_client(key, statement, client, now=NOW), public(key))
    assert (found.iss, found.org) == (DIRECTORY, verify_organisation(statement, public(key)).sid)
    assert dict(found.client) == client
    with pytest.raises(FormatError):
        publish_client(key, statement, client | {"team": PARTY + "-2"}, now=NOW)
    with pytest.raises(FormatError):
        publish_client(key, statement, client, now=NOW + YEAR)
    with pytest.raises(FormatError):
        publish_client(new_signing_key(), statement, client, now=NOW)
