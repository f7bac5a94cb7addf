# SPDX-License-Identifier: EUPL-1.2
"""`make image`: builds the image for real, and plays the main journey in it: user 10001, a root that cannot be written, no folder
for temporary files.

For Debian and root, with `buildah` and `debootstrap`; no engine and no image registry are asked: the base is Debian's own Python.
What runs is the image's entrypoint in its root and with its environment, without the engine's limits and networks.
"""

import asyncio
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kluisje.http import Refused
from tests.faults.promises import PromiseBroken
from tests.town import Players, Process, servers

ROOT = Path(__file__).resolve().parents[1]
USER = "10001:10001"
RELEASE, PACKAGES = "bookworm", "python3,python3-venv,ca-certificates"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts: where packages come through a proxy with an authority of its own, pip in the image needs it too."""


class Image:
    """The image and a container of it, under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def buildah(self, *arguments: str | Path) -> str:
        """One command; what it printed."""
        store = ("--storage-driver", "vfs", "--root", self._folder / "store", "--runroot", self._folder / "run")
        command = ("buildah", *store, *arguments)
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def build(self) -> None:
        """The base, then the image of the Dockerfile, from what git knows of this tree."""
        base, tree = self._folder / "base", self._folder / "tree"
        subprocess.run(("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, base), check=True)
        (base / "usr/bin/python").symlink_to("python3")
        shutil.copy(AUTHORITIES, base / AUTHORITIES.relative_to("/"))
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, base)
        self.buildah("commit", "--quiet", container, "localhost/base")
        subprocess.run(("git", "clone", "--quiet", ROOT, tree), check=True)
        how = ("--isolation", "chroot", "--network", "host", "--format", "docker", "--build-arg", "BASE=localhost/base")
        self.buildah("bud", "--quiet", *how, "-t", "localhost/kluisje", tree)

    def mounted(self) -> tuple[Path, dict[str, Any]]:
        """The root of a container of it, and what the image says of how it runs."""
        container = self.buildah("from", "localhost/kluisje")
        told = self.buildah("inspect", "--type", "image", "localhost/kluisje")
        return Path(self.buildah("mount", container)), json.loads(told)["Docker"]["config"]


@contextmanager
def container(root: Path, config: dict[str, Any], process: Process, shared: Path) -> Iterator[None]:
    """The image's entrypoint, up until the end: in its root, which is read-only but for `shared`, as its user."""
    if config["User"] != USER or not config.get("Healthcheck"):
        raise PromiseBroken("P34", f"the image runs as {config['User']!r}, or has no health check")
    given = {name: value.replace(f"{ROOT}/", "/app/") for name, value in process.environment.items()}
    own = [*config["Env"], *(f"{name}={value}" for name, value in given.items() if name.startswith("KLUISJE_"))]
    inside = root / shared.relative_to("/")
    inside.mkdir(parents=True, exist_ok=True)
    command = ("exec", "chroot", f"--userspec={USER}", root, "/usr/bin/env", "-i", *own, "sh", "-c",
               f"cd {config['WorkingDir']} && ! touch x 2>/dev/null && exec {shlex.join(config['Entrypoint'])}")  # fmt: skip
    steps = (
        ("mount", "--bind", root, root), ("mount", "-o", "remount,ro,bind", root),
        ("mount", "--bind", shared, inside), ("mount", "-t", "tmpfs", "none", root / "dev"),
        ("mknod", "-m", "666", root / "dev/urandom", "c", "1", "9"), ("mknod", "-m", "666", root / "dev/null", "c", "1", "3"),
        ("mount", "-o", "remount,ro", root / "dev"), command,
    )  # fmt: skip
    script = " && ".join(shlex.join(map(str, step)) for step in steps)
    with process.log.open("ab") as log:
        running = subprocess.Popen(("unshare", "-m", "sh", "-c", script), stdout=log, stderr=log)
    process.running = running  # type: ignore[assignment]
    try:
        process.wait()
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(30)
    if code:
        raise PromiseBroken("P34", f"it ended with {code}: {process.log.read_text('utf-8')[-2000:]}")


async def journey(players: Players) -> None:
    """Noor keeps, Fatima asks, Noor allows, Fatima reads, Noor stops, nobody reads; every line is verified."""
    noor, fatima = await players.citizen("Noor"), await players.caseworker()
    await noor.keeps("school", {"absence_days": 12})
    asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(asked)
    assert [one.body["absence_days"] for one in await fatima.reads(asked)] == [12]
    await noor.stops(asked)
    with pytest.raises(Refused, match="grant-ended"):
        await fatima.reads(asked)
    assert len(await noor.who_looked()) == 2
    await players.close()


def main() -> int:
    """Builds and plays; 2 where it cannot."""
    missing = [name for name in ("buildah", "debootstrap", "unshare") if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        print(
            f"The image is not built: be root on Debian, and install {', '.join(missing) or 'nothing'}.",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="kluisje-image-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o755)
        image = Image(folder)
        image.build()
        root, config = image.mounted()
        made = servers(folder / "town", "one")
        subprocess.run(("chown", "-R", USER, folder / "town"), check=True)
        with container(root, config, made.processes["all"], folder / "town"):
            asyncio.run(journey(Players(made)))
    print("The image was built; in it, as its user and on a read-only root, the journey was played.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
