# SPDX-License-Identifier: EUPL-1.2
"""docs/standards.md names each of the 36 API design rules with a check that exists, or with its reason."""

import re
from pathlib import Path

from tests.contracts.documents import ROOT

HERE = Path(__file__).parent
RULES = frozenset(
    re.findall(
        r"\S+",
        """naming-resources naming-collections nested-child interface-language doc-language resource-operations stateless
    no-trailing-slash path-segments-kebab-case query-keys-camel-case hide-implementation date-time/format
    date-time/timezone date-time/date-omit-time-portion http-methods http-safety http-response-code
    error-handling/problem-details error-handling/invalid-input error-handling/all-errors doc-openapi
    doc-openapi-contact publish-openapi uri-version semver version-header changelog deprecation-schedule
    transition-period transport/tls transport/security-headers transport/cors transport/no-sensitive-uris
    modules/signing modules/encryption modules/geospatial""",
    )
)


def rows() -> dict[str, str]:
    """rule -> its check, as the page says."""
    text = (ROOT / "docs/standards.md").read_text("utf-8")
    table = text.split("## NLGov REST API Design Rules 2.2.0")[1].split("\n## ")[0]
    found = re.findall(r"^\| ([a-z/-]+) \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    assert len(found) == len(dict(found)), "a rule stands there twice"
    return dict(found)


def test_each_rule_is_there() -> None:
    assert len(RULES) == 36
    assert rows().keys() == RULES


def test_each_check_exists() -> None:
    for rule, check in rows().items():
        named = re.findall(r"(\.\./\w+/)?(test_\w+\.py)::(test_\w+)", check)
        for folder, file, name in named:
            text = (HERE / folder / file).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"{rule}: {check}"
        assert named or check.strip().split(":")[0] in ("L", "reason", "not here"), f"{rule}: {check}"


def test_what_is_not_followed_says_why() -> None:
    text = (ROOT / "docs/standards.md").read_text("utf-8")
    reasons = text.split("## What we do not follow")[1].split("\n## ")[0]
    for rule, check in rows().items():
        if check.strip() == "reason":
            assert rule in reasons
