# SPDX-License-Identifier: EUPL-1.2
"""The gateway's owner administers clients on the command line; what cannot be done is said, and nothing is changed."""

import json
from pathlib import Path

import pytest

import serve
from chassis.clock import Clock
from formats import jose
from formats.organisation import sign_organisation
from formats.spelling import DAY
from tests import databases
from tests.gateway.office import OIN, TEAM, key_file, settings_for
from tests.gateway.test_administering import DIRECTORY, SIGNER
from tests.gateway.test_administering import members_of as _members


def test_the_owner_does_all_of_it_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings_for(tmp_path, "http://127.0.0.1:8000", directory_key=key_file(tmp_path / "d", jose.public(SIGNER)))
    for name, value in given.items():
        monkeypatch.setenv(f"KLUISJE_GATEWAY_{name.upper()}", str(value))
    databases.migrated("gateway", tmp_path / "gateway.sqlite3")
    client, now = f"oin:{OIN}:desk", Clock().now()
    statement = sign_organisation(
        SIGNER, iss=DIRECTORY, sub=TEAM, enc=jose.new_sealing_key(), sig=jose.new_signing_key(), iat=now, exp=now + DAY
    )
    file, keys = tmp_path / "client.json", tmp_path / "keys.json"
    file.write_text(json.dumps({"registration": _members(), "organisation": statement}))
    keys.write_text(json.dumps({"keys": [jose.public(jose.new_signing_key())]}))
    for command, said in (
        (["register-client", str(file)], "is registered"),
        (["clients"], "in use"),
        (["replace-client-keys", client, str(keys)], "the one before it for 30 days"),
        (["clients"], "until "),
        (["suspend-client", client], "from its next call on"),
        (["clients"], "suspended"),
        (["resume-client", client], "in use again"),
        (["end-client", client], "for good"),
        (["clients"], "ended"),
    ):
        assert serve.main(command) == 0
        assert said in capsys.readouterr().out.splitlines()[-1], command
    for command in (["suspend-client", client], ["suspend-client", "oin:unknown"], ["register-client", str(file)],
                    ["register-client", str(tmp_path / "nothing")], ["replace-client-keys", client, str(keys)],
                    ["resume-sign-in", f"{TEAM}#cw_nobody"], ["resume-sign-in", client]):  # fmt: skip
        assert serve.main(command) == 1
        assert "Not done" in capsys.readouterr().err
