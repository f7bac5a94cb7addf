# SPDX-License-Identifier: EUPL-1.2
"""What the gateway keeps: no record, no BSN, no name; and what of a call never reaches a line, a URL or an error."""

import json
import re
import subprocess
import sys

import pytest
from sqlalchemy import LargeBinary

from gateway import tables
from tests import databases
from tests.gateway.street import Street, a_case
from tests.town import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_there_is_no_column_for_a_record_or_a_person() -> None:
    columns = [column for table in tables.metadata.tables.values() for column in table.columns]
    assert len(columns) > 30
    assert [str(one) for one in columns if isinstance(one.type, LargeBinary)] == ["journal.line"]
    unwanted = re.compile(r"record|sealed|jwe|envelope|bsn|birth|name|secret|token\b|password")
    assert [str(one) for one in columns if unwanted.search(one.name)] == []


async def test_the_gateway_loads_nothing_that_seals_or_opens() -> None:
    """Built into a process of its own, with all that it imports, it has no code that could."""
    program = "import gateway.app, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: ASYNC221
    loaded = json.loads(done.stdout)
    assert "formats.permit" in loaded or "formats.grant" in loaded
    sealing = {"formats.sealing", "formats.attachment", "formats.slots", "formats.authorship", "formats.keyring"}
    assert [one for one in loaded if one in sealing or one.partition(".")[0] in ("kluisje", "vault", "consent")] == []


@pytest.mark.promise("P22")
async def test_a_reason_reaches_no_line_and_no_answer(street: Street, capfd: pytest.CaptureFixture[str]) -> None:
    """Why a record is opened stands in the token alone: in no line of a log or outbox, and in no error."""
    mark = "kanarie9Qm"
    case = await a_case(street)
    details = case.fatima.details("read", grant_id=case.grant.id, reason=f"Afspraak {mark}")
    assert (await street.call(case.fatima, "GET", case.path, details)).status_code == 200
    await case.noor.stops(case.question)
    refused = await street.call(case.fatima, "GET", case.path, details)
    assert refused.status_code == 403
    assert mark not in refused.text + str(refused.headers)
    printed = capfd.readouterr()
    assert mark not in printed.out + printed.err
    for part in ("gateway", "consent", "vault"):
        file = street.town.folder / "data" / f"{part}.sqlite3"
        lines = [line for (line,) in databases.rows(file, "SELECT line FROM journal")]
        assert lines
        assert not [line for line in lines if mark.encode() in line]
