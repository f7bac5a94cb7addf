# SPDX-License-Identifier: EUPL-1.2
"""What is at which address, how long it may be kept, and that everybody gets the same bytes."""

import gzip
import json
from pathlib import Path

import pytest

from tests.portal.house import API, ask, portal


def test_hashed_files_stay_for_good_all_else_is_asked_anew(tmp_path: Path) -> None:
    app = portal(tmp_path)
    hashed = ask(app, "/assets/index-abcdefgh.js")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["content-type"] == "text/javascript; charset=utf-8"
    for path in ("/", "/sw.js", "/bundle.json", "/portal.json", "/theme.css", "/over"):
        assert ask(app, path).headers["cache-control"] == "no-cache", path


def test_an_unchanged_file_is_not_sent_again(tmp_path: Path) -> None:
    app = portal(tmp_path)
    tag = ask(app, "/").headers["etag"]
    again = ask(app, "/", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    assert ask(app, "/", if_none_match='"other"').status == 200


def test_it_packs_for_who_can_unpack(tmp_path: Path) -> None:
    app, path = portal(tmp_path), "/assets/index-abcdefgh.js"
    plain, packed = ask(app, path), ask(app, path, accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body)
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_there_is_one_page_and_nothing_that_is_not_listed(tmp_path: Path) -> None:
    app = portal(tmp_path)
    for path in ("/drawers", "/demo", "/index.html", "/assets/other.js", "/../settings.py", "/.well-known/x.json"):
        assert ask(app, path).status == 404, path


def test_it_only_hands_out(tmp_path: Path) -> None:
    app = portal(tmp_path)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = ask(app, "/", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    head = ask(app, "/", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(ask(app, "/").body)
    assert ask(app, "/", host="evil.example").status == 400
    assert ask(app, "/" + "a" * 3000).status == 414


def test_two_people_get_the_same_bytes(tmp_path: Path) -> None:
    """Nothing that tells people apart changes an answer, and no answer sets anything that would."""
    app = portal(tmp_path)
    for path in ("/", "/portal.json", "/assets/index-abcdefgh.js", "/theme.css", "/over", "/bye"):
        one = ask(app, path)
        other = ask(app, path, cookie="who=noor", authorization="DPoP x", accept_language="en", user_agent="other")
        assert one == other
        assert "set-cookie" not in one.headers


def test_portal_json_says_which_installation_this_is(tmp_path: Path) -> None:
    told = json.loads(ask(portal(tmp_path), "/portal.json").body)
    assert set(told) == {"name", "phone", "provider", "client", "desk", "pins", "before"}
    assert told["desk"] is None
    assert (told["pins"]["origin"], told["client"], told["phone"]) == (API, "app:portal", "14 0123")


def test_goodbye_clears_what_the_browser_knew(tmp_path: Path) -> None:
    app = portal(tmp_path)
    for path in ("/bye", "/en/bye"):
        assert ask(app, path).headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert "clear-site-data" not in ask(app, "/").headers


@pytest.mark.parametrize("path", ["/over", "/hulp", "/privacy", "/toegankelijkheid"])
def test_pages_of_text_are_in_dutch_and_english(tmp_path: Path, path: str) -> None:
    app = portal(tmp_path)
    dutch = ask(app, path).body.decode()
    assert '<html lang="nl">' in dutch
    assert dutch.count("<h1>") == 1
    other = dutch.split('hreflang="en"')[0].rsplit('href="', 1)[1].split('"')[0]
    english = ask(app, other).body.decode()
    assert '<html lang="en">' in english
    assert "$" not in dutch + english


def test_the_help_page_has_the_numbers_first(tmp_path: Path) -> None:
    for path in ("/hulp", "/en/help"):
        text = ask(portal(tmp_path), path).body.decode()
        places = [text.index(f'tel:{number}"') for number in ("112", "113", "08000113", "08000432", "08002000")]
        assert places == sorted(places)
        assert 'href="tel:140123">14 0123<' in text


def test_a_name_is_shown_as_text(tmp_path: Path) -> None:
    text = ask(portal(tmp_path, name="Jan & \"Co\" 'A'"), "/privacy").body.decode()
    assert "Jan &amp; &quot;Co&quot; &#x27;A&#x27;" in text


def test_the_demo_page_is_text_and_only_in_a_demo(tmp_path: Path) -> None:
    page = tmp_path / "demo.txt"
    page.write_text("# Demo\n<b>Noor</b>\n-> Open\n    python -m demo.fatima ask CODE\n")
    origins = {"origin": "http://localhost:1", "api": "http://127.0.0.1:1"}
    shown = ask(portal(tmp_path, environment="demo", demo_page=page, **origins), "/demo", host="localhost:1").body
    assert b"&lt;b&gt;Noor" in shown
    assert b'<a href="/">Open</a>' in shown
    assert b"<pre>python -m demo.fatima ask CODE</pre>" in shown
    with pytest.raises(ValueError, match="demo_page"):
        portal(tmp_path, demo_page=page)
