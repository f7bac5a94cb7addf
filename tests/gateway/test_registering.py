# SPDX-License-Identifier: EUPL-1.2
"""A client is registered by hand, and a bad registration registers nothing."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from formats import jose
from gateway.registering import Client, RegistrationError, read_registration

OIN = "00000001234567890000"
KEY = jose.public(jose.new_signing_key())
GOOD: dict[str, Any] = {
    "client_id": f"oin:{OIN}:desk",
    "kind": "caseworker",
    "client_name": {"nl": "Werkplek", "en": "Desk"},
    "team": f"urn:oin:{OIN}:team:jeugdteam-zuid",
    "actions": ["read", "ask"],
    "redirect_uris": ["https://desk.example/callback"],
    "jwks": {"keys": [KEY]},
}
PERSON: dict[str, Any] = {
    "client_id": "app:portal",
    "kind": "person",
    "client_name": {"nl": "Kluisje", "en": "Kluisje"},
    "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback"],
    "native": True,
}


def _read(given: dict[str, Any], environment: str = "production") -> Client:
    return read_registration(given, environment=environment)


def _jwk(key: Any, **more: Any) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "kid": "k", **more}]}


def test_a_good_registration_is_a_client() -> None:
    client = _read(GOOD)
    assert client.organisation == f"urn:oin:{OIN}"
    assert client.actions == ("ask", "read")
    assert not client.public
    assert client.check_grant_type("authorization_code")
    assert client.check_grant_type("refresh_token")
    assert not client.check_grant_type("client_credentials")
    assert client.check_endpoint_auth_method("private_key_jwt", "token")
    assert not client.check_endpoint_auth_method("none", "token")
    system = _read({**GOOD, "kind": "system", "redirect_uris": [], "actions": ["learn"]})
    assert system.check_grant_type("client_credentials")
    assert not system.check_grant_type("authorization_code")
    assert not system.check_response_type("code")
    assert _read({**GOOD, "jwks": _jwk(RSAKey.generate_key(2048, private=True))}).keys


@pytest.mark.fapi(20)
def test_a_native_client_may_come_back_on_any_port_of_this_machine_and_nowhere_else() -> None:
    client = _read(PERSON)
    for good in (
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:80/callback",
    ):
        assert client.check_redirect_uri(good)
    for bad in (
        "http://127.0.0.1:1/other",
        "http://127.0.0.1:1/callback?x",
        "http://localhost:1/callback",
        "http://127.0.0.2:1/callback",
        "https://127.0.0.1:1/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1:1@evil.example/callback",
        "http://127.0.0.1:123456/callback",
        "http://127.0.0.1:1/callback\n",
    ):
        assert not client.check_redirect_uri(bad), bad
    web = _read(GOOD)
    assert not web.check_redirect_uri("https://desk.example:443/callback")
    assert web.get_default_redirect_uri() is None


def test_loopback_without_native_is_for_the_demo() -> None:
    local = {**GOOD, "redirect_uris": ["http://127.0.0.1:9000/callback"]}
    assert _read(local, "demo").check_redirect_uri("http://127.0.0.1:9000/callback")
    assert not _read(local, "demo").check_redirect_uri("http://127.0.0.1:9001/callback")
    with pytest.raises(RegistrationError, match="https"):
        _read(local)


BAD: list[dict[str, Any]] = [
    {"unknown": 1},
    {"kind": "robot"},
    {"kind": ["caseworker"]},
    {"client_id": "desk"},
    {"client_id": f"oin:{OIN}:Desk"},
    {"client_id": "app:desk"},
    {"client_id": "cw_abc"},
    {"team": "urn:oin:00000009999999990000:team:jeugdteam-zuid"},
    {"team": f"urn:oin:{OIN}"},
    {"team": None},
    {"actions": []},
    {"actions": ["learn"]},
    {"actions": ["write"]},
    {"client_name": "Desk"},
    {"client_name": {"nl": "Desk"}},
    {"client_name": {"nl": "x" * 81, "en": "Desk"}},
    {"client_name": {"nl": "a\u202eb", "en": "Desk"}},
    {"redirect_uris": []},
    {"redirect_uris": "https://desk.example/"},
    {"redirect_uris": ["http://desk.example/callback"]},
    {"redirect_uris": ["https://desk.example/callback#x"]},
    {"redirect_uris": ["https://*.example/callback"]},
    {"redirect_uris": ["https://a@desk.example/"]},
    {"redirect_uris": ["javascript:alert(1)"]},
    {"redirect_uris": ["http://127.0.0.1.evil.example/"], "native": True},
    {"jwks": None},
    {"jwks": {"keys": []}},
    {"jwks": {"keys": [KEY, KEY]}},
    {"jwks": {"keys": [{**KEY, "kid": str(n)} for n in range(3)]}},
    {"jwks": {"keys": [jose.new_signing_key()]}},
    {"jwks": {"keys": [{name: value for name, value in KEY.items() if name != "kid"}]}},
    {"jwks": _jwk(RSAKey.generate_key(1024, private=True))},
    {"jwks": _jwk(ECKey.generate_key("P-384", private=True))},
    {"jwks": _jwk(OctKey.generate_key(256), k="AAAA")},
    {"jwks": {"keys": [{**KEY, "use": "enc"}]}},
    {"jwks": {"keys": [{**KEY, "x": "AAAA"}]}},
]


@pytest.mark.parametrize("changed", BAD, ids=lambda changed: str(changed)[:60])
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.fapi(20, 34, 36)
def test_a_bad_registration_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(RegistrationError):
        _read(GOOD | changed)


@pytest.mark.parametrize(
    "changed",
    [{"team": GOOD["team"]}, {"actions": ["ask"]}, {"jwks": GOOD["jwks"]}, {"client_id": GOOD["client_id"]}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_persons_device_has_no_credentials_and_no_team(changed: dict[str, Any]) -> None:
    with pytest.raises(RegistrationError):
        _read(PERSON | changed)
