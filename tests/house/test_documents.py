# SPDX-License-Identifier: EUPL-1.2
"""Let the build read the docs: what they name exists, and what exists is named."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chassis.problems import SLUGS

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)")
DOCUMENTS = sorted(
    path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if "node_modules" not in path.parts
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text("utf-8")):
        if not link.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / link).exists(), f"{document.name} names {link}"


def test_readme_is_one_screen_and_names_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 70
    assert "make demo" in text
    assert "make test" in text


def test_follow_one_request_names_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    steps = text.split("## Follow one request", 1)[1]
    named = LINK.findall(steps)
    assert len(named) >= 10
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_problem_has_its_heading_and_no_heading_is_left_over() -> None:
    headings = re.findall(r"^## (\S+)$", (ROOT / "docs" / "problems.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(SLUGS)


def test_every_problem_says_its_status() -> None:
    text = (ROOT / "docs" / "problems.md").read_text("utf-8")
    for slug, (status, _) in SLUGS.items():
        assert f"## {slug}\n{status}. " in text, slug


def test_every_setting_is_explained() -> None:
    """A new setting needs its line in docs/settings.md, or this fails; so does a line without its setting."""
    code = "import vault.settings as v, consent.settings as c, gateway.settings as g, portal.settings as p\n"
    code += "import chatbot.settings as b, desk.settings as d\n" + "\n".join(
        f"print(*('{prefix}' + n.upper() for n in {cls}.model_fields))"
        for prefix, cls in (
            ("KLUISJE_VAULT_", "v.VaultSettings"),
            ("KLUISJE_CONSENT_", "c.ConsentSettings"),
            ("KLUISJE_GATEWAY_", "g.GatewaySettings"),
            ("KLUISJE_CHATBOT_", "b.ChatbotSettings"),
            ("KLUISJE_PORTAL_", "p.PortalSettings"),
            ("KLUISJE_DESK_", "d.DeskSettings"),
        )
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    settings = set(done.stdout.split())
    written = set(
        re.findall(
            r"`(KLUISJE_(?:VAULT|CONSENT|GATEWAY|CHATBOT|PORTAL|DESK)_[A-Z_]+)`",
            (ROOT / "docs/settings.md").read_text("utf-8"),
        )
    )
    assert written == settings


def test_each_format_has_its_page_and_vectors() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "formats").glob("*.md")} - {"README"}
    assert pages, "no format has a page"
    index = (ROOT / "docs" / "formats" / "README.md").read_text("utf-8")
    for page in pages:
        assert f"({page}.md)" in index, f"docs/formats/README.md does not name {page}"


def test_publiccode_names_what_the_standard_asks() -> None:
    found = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description"):
        assert found.get(key), key
    assert found["legal"]["license"] == "EUPL-1.2"
    assert found["maintenance"]["contacts"]
    for lang in ("nl", "en"):
        told = found["description"][lang]
        assert len(told["shortDescription"]) <= 150
        assert 150 <= len(told["longDescription"]) <= 10_000
        assert told["features"]


def test_public_code_documents_are_there() -> None:
    for name in ("README", "CONTRIBUTING", "GOVERNANCE", "CODE_OF_CONDUCT", "SECURITY", "CHANGELOG"):
        assert (ROOT / f"{name}.md").is_file(), name
    assert (ROOT / "LICENSE").read_bytes() == (ROOT / "LICENSES" / "EUPL-1.2.txt").read_bytes()


def test_threats_name_a_promise_or_a_weakness() -> None:
    rows = [
        line for line in (ROOT / "docs" / "trust-model.md").read_text("utf-8").splitlines() if line.startswith("| ")
    ]
    for row in rows[1:]:
        assert re.search(r"P\d\d", row) or "weakness" in row, row


def test_the_licences_of_what_we_ship_are_open() -> None:
    """Every locked package has an open licence by its own metadata."""
    code = """
from importlib.metadata import distributions
for d in distributions():
    m = d.metadata
    words = " ".join([m.get("License-Expression") or "", m.get("License") or "", *m.get_all("Classifier", [])])
    print(m["Name"], "|", words.replace("\\n", " ")[:4000])
"""
    open_words = (
        "MIT",
        "BSD",
        "Apache",
        "ISC",
        "MPL",
        "Mozilla",
        "PSF",
        "Python Software",
        "LGPL",
        "EUPL",
        "Unlicense",
        "HPND",
        "CNRI",
        "GPL-3.0-or-later WITH",
        "0BSD",
        "Artistic",
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    strange = [line for line in done.stdout.splitlines() if not any(word in line for word in open_words)]
    assert not [line for line in strange if not line.startswith("kluisje ")], strange
