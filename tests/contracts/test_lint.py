# SPDX-License-Identifier: EUPL-1.2
"""The contracts against the NLGov REST API Design Rules (Spectral, pinned) and the OpenAPI specification."""

import subprocess

import pytest
from openapi_spec_validator import validate

from tests.contracts.documents import CONTRACTS, OPENAPI, committed, ruleset, spectral


@pytest.mark.parametrize("component", CONTRACTS)
def test_is_valid_openapi(component: str) -> None:
    validate(committed(component))


def test_follows_the_api_design_rules() -> None:
    files = [str(OPENAPI / f"{component}.yaml") for component in CONTRACTS]
    command = [str(spectral()), "lint", "-F", "warn", "--fail-on-unmatched-globs", "-r", str(ruleset()), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
