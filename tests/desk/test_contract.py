# SPDX-License-Identifier: EUPL-1.2
"""The desk's contract is what it serves, and true: schemathesis makes calls from it and reads every answer by it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

import serve
from demo.colleague import Colleague
from tests.contracts.documents import ROOT, committed
from tests.desk.bureau import Bureau

pytestmark = pytest.mark.asyncio(loop_scope="session")
NIGHTLY = bool(os.environ.get("KLUISJE_NIGHTLY"))
# Not `positive_data_acceptance`: a text that no key signed is right by its schema and refused all the same; what is
# accepted is told by test_day.py and test_members.py. Not `negative_data_rejection`: over plain http the cookie has
# another name than the contract's, so a call "without" it is signed in; nobody's calls are in test_access.py. Nor the
# checks of stateful runs: ids here belong to nobody.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
)
CONFIG = """
[phases.stateful]
enabled = false
[generation]
mode = "all"
database = "none"
no-shrink = true
"""


async def test_what_is_served_is_what_is_committed(bureau: Bureau) -> None:
    answer = await bureau.street.http.get(f"{bureau.desk.origin}/desk/v1/openapi.json")
    assert answer.json() == committed("desk"), "run `make contracts` and read the difference"
    assert answer.headers["access-control-allow-origin"] == "*", "the contract is for everybody; nothing else is"


@pytest.mark.promise("P18")
@pytest.mark.parametrize("name", ["keeper", pytest.param("administrator", marks=pytest.mark.nightly)])
async def test_the_contract_is_true(bureau: Bureau, tmp_path: Path, name: str) -> None:
    who: Colleague = {"keeper": bureau.karim, "administrator": bureau.ans}[name]
    [cookie] = [one.value for one in who.http._client.cookies.jar if one.name == "kluisje-desk"]
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    base = f"{bureau.desk.origin}/desk/v1"
    command = [
        str(Path(sys.executable).parent / "st"), "--config-file", str(tmp_path / "schemathesis.toml"),
        "run", f"{base}/openapi.json", "--url", base, "--checks", CHECKS, "--seed", "7",
        "--max-examples", "40" if NIGHTLY else "3", "--exclude-operation-id", "deleteSession",
        "-H", f"Cookie: kluisje-desk={cookie}", "-H", "Kluisje-Desk: 1", "-H", f"Origin: {bureau.desk.origin}",
    ]  # fmt: skip
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await done.communicate()
    assert done.returncode == 0, told.decode()[-12_000:]
    assert (await who.call("GET", "/session")).status == 200, "still signed in"
    assert await bureau.house.parts[serve.DESK].ready()
