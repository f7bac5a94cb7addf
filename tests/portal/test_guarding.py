# SPDX-License-Identifier: EUPL-1.2
"""The headers of portal.md, "Guarding the page", word for word."""

from pathlib import Path

from portal import guarding
from tests.portal.house import API, MAP, ask, portal

POLICY = (
    f"default-src 'none'; script-src 'self' '{MAP}' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' {API}; "
    "img-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types sw"
)
EVERYWHERE = {
    "integrity-policy": "blocked-destinations=(script)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "permissions-policy": guarding.PERMISSIONS,
}


def test_the_page_has_exactly_this_policy(tmp_path: Path) -> None:
    assert ask(portal(tmp_path), "/").headers["content-security-policy"] == POLICY


def test_every_answer_is_guarded_refusals_too(tmp_path: Path) -> None:
    app = portal(tmp_path)
    for path in ("/", "/assets/index-abcdefgh.js", "/portal.json", "/theme.css", "/over", "/bye", "/not.there"):
        answer = ask(app, path)
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE, path
    for refused in (ask(app, "/", method="POST"), ask(app, "/", host="evil.example")):
        assert {name: refused.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


def test_pages_of_text_may_run_nothing(tmp_path: Path) -> None:
    for path in ("/over", "/en/help", "/bye"):
        assert "script-src" not in ask(portal(tmp_path), path).headers["content-security-policy"]
        assert ask(portal(tmp_path), path).headers["content-security-policy"].startswith("default-src 'none'; ")


def test_no_hsts_on_plain_http_of_the_demo(tmp_path: Path) -> None:
    app = portal(tmp_path, environment="demo", origin="http://localhost:8400", api="http://127.0.0.1:8400")
    answer = ask(app, "/", host="localhost:8400")
    assert answer.status == 200
    assert "strict-transport-security" not in answer.headers
    assert "connect-src 'self' http://127.0.0.1:8400;" in answer.headers["content-security-policy"]


def test_only_passkeys_are_permitted() -> None:
    granted = [rule for rule in guarding.PERMISSIONS.split(", ") if not rule.endswith("=()")]
    assert granted == ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"]
