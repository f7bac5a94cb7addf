# SPDX-License-Identifier: EUPL-1.2
"""`make demo` as its user meets it: the journey goes well twice in one folder, and everything is found back."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.ports import free_ports
from tests.town import ROOT


def test_the_demo_plays_and_finds_everything_back(tmp_path: Path) -> None:
    [port] = free_ports(1)
    command = [sys.executable, "-m", "demo", "--folder", str(tmp_path / "demo"), "--port", str(port)]
    first = subprocess.run([*command, "--once"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert first.returncode == 0, first.stderr
    assert "Noor made her vault" in first.stdout
    assert "refused: grant-ended" in first.stdout
    assert "each one verified" in first.stdout
    assert "Ans (administrator), Fatima and Karim" in first.stdout

    second = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    told = ""
    for line in second.stdout:
        told += line
        if "desk      http://localhost:" in line:
            with urllib.request.urlopen(line.split()[1] + "portal.json", timeout=10) as answer:
                assert json.load(answer)["desk"].endswith(":team:jeugdteam-zuid")
            break
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    second.stdout.close()
    assert "3 papers and" in told
    assert "the letter, byte for byte" in told
