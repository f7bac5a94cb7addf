# SPDX-License-Identifier: EUPL-1.2
"""The wheel serves the portal, and nothing of Node is needed for it (portal.md, Done when 2)."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from chassis.clock import Clock
from demo.town import log_vkeys
from formats.jose import new_signing_key, public
from formats.spelling import b64u
from portal.bundle import STATIC, read_bundle
from tests.portal.house import pins
from tests.portal.packages import ROOT
from tests.ports import free_ports


def _wheel(folder: Path) -> Path:
    """Builds it from what is committed; a skip where what builds it cannot be fetched."""
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("this is no checkout: nothing says what belongs to it")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "portal/static/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    shutil.copytree(STATIC, source / "portal" / "static")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode and "setuptools" in done.stderr:
        pytest.skip(f"what builds a wheel is not here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr[-2000:]
    [made] = folder.glob("kluisje-*.whl")
    return made


def test_the_wheel_serves_the_portal_without_node(tmp_path: Path) -> None:
    """Installed beside nothing but its libraries, with no path to any program, it hands out the same bytes."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(_wheel(tmp_path)) as wheel:
        assert not [name for name in wheel.namelist() if name.startswith(("portal/web/src", "portal/web/node_modules"))]
        wheel.extractall(installed)
    [port] = free_ports(1)
    origin, api = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    keys = {name: [public(new_signing_key())] for name in ("directory", "identity", "consent")}
    vkeys = log_vkeys({"d": b64u(os.urandom(32))}, Clock().now())
    told = {"origin": api, "log": "".join(f"log {one}\n" for one in vkeys) + "quorum none\n"} | keys
    given = {"ORIGIN": origin, "API": api, "NAME": "Gemeente Voorbeeldstad", "PHONE": "14 0123", "PROVIDER": "DigiD"}
    given |= {"CONTACT": "privacy@voorbeeldstad.example", "PINS": str(pins(tmp_path, **told))}
    environment = {f"KLUISJE_PORTAL_{name}": value for name, value in given.items()}
    environment |= {"KLUISJE_PORTAL_ENVIRONMENT": "demo", "KLUISJE_PORT": str(port), "KLUISJE_HOST": "127.0.0.1"}
    environment |= {"PYTHONPATH": str(installed), "PATH": str(tmp_path)}
    log = tmp_path / "log"
    with log.open("wb") as into:
        command = [sys.executable, "-m", "serve", "portal"]
        served = subprocess.Popen(command, cwd=installed, env=environment, stdout=into, stderr=into)
    try:
        _waits(f"{origin}/bundle.json", served, log)
        for path, one in read_bundle().files.items():
            with urllib.request.urlopen(origin + path.replace("/index.html", "/"), timeout=10) as answer:
                assert answer.read() == one.body, path
        with urllib.request.urlopen(f"{origin}/portal.json", timeout=10) as answer:
            assert json.load(answer)["name"] == "Gemeente Voorbeeldstad"
    finally:
        served.terminate()
        served.wait(20)


def _waits(url: str, served: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; fails with its log when it ends, or after a minute."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends and served.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text("utf-8", "replace")[-2000:])
