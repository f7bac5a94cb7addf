# SPDX-License-Identifier: EUPL-1.2
"""docker-compose.yml without a container engine: its commands with its environment, as processes of this machine.

What a container would see is looked up where the file says that it is mounted, and a service's name becomes a port of this
machine, as no engine gives us names and folders of our own; nothing else is changed. PostgreSQL takes the file's options and
its pg_hba.conf, so a part comes in with its certificate or not at all; nginx, where it is installed, runs the front door's
own configuration. Not tried this way: the image, its user, its read-only root, limits and networks.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import yaml

from demo.town import Town
from tests import certificates
from tests.databases import Cluster
from tests.ports import free_ports
from tests.town import ROOT, Process, Servers

PARTS = ("vault", "consent", "gateway", "chatbot", "portal")
INSIDE = 8443
SAID = {"KLUISJE_PORTAL_HOST": "localhost", "KLUISJE_ADDRESS": "127.0.0.1", "KLUISJE_DESK_ADDRESS": "127.0.0.1"}
"""What an administrator's `.env` says, where it matters here."""


@dataclass
class Started(Process):
    """A process of its own from its first line on: the very command."""

    folder: Path = ROOT

    def start(self) -> None:
        with self.log.open("ab") as log:
            given: dict[str, Any] = {"env": self.environment, "cwd": self.folder, "stdout": log, "stderr": log}
            self.running = subprocess.Popen(self.command, **given)  # type: ignore[assignment]


def read() -> dict[str, Any]:
    """The file, its variables filled in as an administrator's `.env` would."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{([A-Z_]+)[^}]*\}", lambda one: SAID.get(one[1], "said"), text))
    return found


def in_order(services: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """The services, those that can begin together side by side. Raises ValueError when they wait in a circle."""
    order: list[list[str]] = []
    left = {name: set(one.get("depends_on", ())) for name, one in services.items()}
    while left:
        done = {name for together in order for name in together}
        free = sorted(name for name, waits in left.items() if waits <= done)
        if not free:
            raise ValueError(f"nobody of {sorted(left)} can begin")
        order.append(free)
        left = {name: waits for name, waits in left.items() if name not in free}
    return order


@dataclass
class Composed:
    """An installation as the compose file says. folder: its `deploy/` and volumes. town: whose keys, people and settings."""

    folder: Path
    town: Town
    services: dict[str, dict[str, Any]]
    ports: dict[str, int]
    processes: dict[str, Process] = field(default_factory=dict)
    cluster: Cluster | None = None

    # -- what the administrator makes beforehand ---------------------------------------------------------------------

    def prepare(self) -> None:
        """`deploy/`: settings, keys and certificates of each service, from the town's."""
        deploy = self.folder / "deploy"
        names = [*self.services, "public"]
        certificates.make_certificates(deploy / "made", names)
        for name in names:
            own = deploy / "tls" / name
            own.mkdir(parents=True)
            for here, there in ((f"{name}.pem", "certificate.pem"), (f"{name}.key", "key.pem"), ("ca.pem", "ca.pem")):
                shutil.copy2(deploy / "made" / here, own / there)
        given = self.town.environment()
        for part in PARTS:
            own = {name for name in given if name.startswith(f"KLUISJE_{part.upper()}_")} - {"KLUISJE_VAULT_PROCESSES"}
            self._settings(part, {name: given[name] for name in own - set(self.services[part]["environment"])})
        shutil.copy2(given["KLUISJE_SERVICE_KEY"], deploy / "gateway" / "service_key.json")
        for shipped in ("postgresql", "front"):
            shutil.copytree(ROOT / "deploy" / shipped, deploy / shipped)

    def _settings(self, part: str, settings: Mapping[str, str]) -> None:
        """`<part>.env`, with every file of it in the folder that is mounted as /run/keys."""
        keys = self.folder / "deploy" / part
        keys.mkdir()
        lines = []
        for name, value in settings.items():
            path = Path(value)
            if value.startswith("/") and path.exists():
                copy = shutil.copytree if path.is_dir() else shutil.copy2
                copy(path, keys / path.name)
                value = f"/run/keys/{path.name}"
            if not value.startswith("sqlite:"):
                lines.append(f"{name}={value}\n")
        (self.folder / "deploy" / f"{part}.env").write_text("".join(lines))

    # -- what the engine would do ------------------------------------------------------------------------------------

    def environment(self, name: str) -> dict[str, str]:
        """What the service is given, and nothing of ours but where the program lies."""
        service, told = self.services[name], dict[str, str]()
        for file in service.get("env_file", ()):
            lines = (self.folder / file).read_text().splitlines()
            told |= dict(line.split("=", 1) for line in lines)
        told |= {key: str(value) for key, value in service["environment"].items()}
        here = {key: self.here(name, value) for key, value in told.items()}
        here |= {"KLUISJE_HOST": "127.0.0.1", "KLUISJE_PORT": str(self.ports[name])} if "KLUISJE_PORT" in told else {}
        return here | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

    def here(self, name: str, text: str) -> str:
        """The same text with this machine's folders for the container's, and ports for the names of services."""
        mounts = self._mounts(name)
        inside = "|".join(map(re.escape, mounts)) or "$^"
        text = re.sub(rf"(?<![\w/.])({inside})(?=[/\s;:,]|$)", lambda found: str(mounts[found[1]]), text)
        known = "|".join(self.services)
        address = rf'(?<=[/@" ])({known})(?::{INSIDE}(?![\w-])|(?=/kluisje_))'
        return re.sub(address, lambda found: f"127.0.0.1:{self.ports[found[1]]}", text)

    def _mounts(self, name: str) -> dict[str, Path]:
        """Inside -> here, the longest first."""
        found = {}
        for volume in self.services[name].get("volumes", ()):
            source, inside = volume.split(":")[:2]
            found[inside] = self.folder / (source if source.startswith(".") else f"volumes/{source}")
        for place in self.services[name].get("tmpfs", ()):
            found[place.split(":")[0]] = self.folder / "memory" / name / place.split(":")[0].strip("/")
        for place in found.values():
            if not place.exists() and not place.suffix:
                place.mkdir(parents=True)
        return dict(sorted(found.items(), key=lambda one: -len(one[0])))

    @property
    def front_is_nginx(self) -> bool:
        return shutil.which("nginx") is not None

    def start(self, before: Mapping[str, Callable[[], object]]) -> None:
        """Everything, in the order of `depends_on`: whoever waits for nobody else begins, and then is waited for. before:
        what the administrator does once, before a service starts."""
        for together in in_order(self.services):
            for name in together:
                before.get(name, lambda: None)()
                if name == "postgresql":
                    self._start_postgresql()
                elif name == "front":
                    self._start_front()
                elif self.services[name].get("restart") == "no":
                    self.runs(name)
                else:
                    self._start_part(name)
            for name in together:
                if "python" in self.services[name]["healthcheck"].get("test", ()):
                    self.until_healthy(name)

    def runs(self, name: str, *command: str, settings: Mapping[str, str] = {}) -> str:
        """A service that runs once, or another command in its place; what it said. Raises when it failed."""
        line = self._line(name, list(command) or self.services[name]["command"])
        environment = self.environment(name) | dict(settings)
        done = subprocess.run(line, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} {command}: {done.returncode} {done.stdout}{done.stderr}")
        return done.stdout

    @staticmethod
    def _line(name: str, command: Iterable[str]) -> list[str]:
        """The image's ENTRYPOINT before the command (Dockerfile)."""
        entry = re.search(r"^ENTRYPOINT (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        assert entry is not None
        program, *rest = json.loads(entry[1])
        assert program == "python"
        return [sys.executable, *rest, *command]

    def _start_part(self, name: str) -> None:
        line = self._line(name, self.services[name]["command"])
        log = self.folder / f"{name}.log"
        caller = certificates.context(self.folder / "deploy" / "made", "front")
        environment = self.environment(name)
        self.processes[name] = Started(line, environment, self.ports[name], log, tls=caller, folder=self.folder)
        self.processes[name].start()

    def _start_postgresql(self) -> None:
        """With the file's options; roles.sql as the image runs it at the first start."""
        service = self.services["postgresql"]
        given = service["command"][1:]
        options = dict(one.split("=", 1) for flag, one in zip(given[::2], given[1::2], strict=True) if flag == "-c")
        self.cluster = Cluster(listen_addresses="127.0.0.1", port=str(self.ports["postgresql"]), fsync="off")
        place = self.cluster.folder / "given"
        for inside, outside in self._mounts("postgresql").items():
            if inside in ("/run/tls", "/etc/kluisje"):
                shutil.copytree(outside, place / inside[1:])
                options = {key: value.replace(inside, str(place / inside[1:])) for key, value in options.items()}
        ident = place / "etc/kluisje/pg_ident.conf"
        if os.geteuid() == 0:  # whoever runs the tests is the container's `postgres` on the socket
            ident.write_text(ident.read_text() + "kluisje root postgres\n")
            subprocess.run(("chown", "-R", "postgres:postgres", str(place)), check=True)
        self.cluster.options |= options
        self.cluster.start()
        sql = next(one for one in service["volumes"] if "docker-entrypoint-initdb.d" in one).split(":")[0]
        self.cluster.roles(ROOT / sql)

    def _start_front(self) -> None:
        """nginx with the file's template where it is installed, else the tests' own front door; plain http for the demo's
        people on this machine, and TLS as it is on a second port."""
        log, port = self.folder / "front.log", self.ports["front"]
        nginx = shutil.which("nginx")
        if nginx is None:
            routes = [f"{part}={self.ports[part]}" for part in PARTS]
            line = [sys.executable, "-m", "tests.front", str(port), str(self.folder / "deploy" / "made"), *routes]
            environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
        else:
            template = self.folder / "deploy" / "front" / "front.conf.template"
            text = Template(template.read_text()).safe_substitute(self.services["front"]["environment"])
            text = self.here("front", text).replace(
                " resolve;", ";"
            )  # Debian's nginx is older; there are no names here
            listens = f"listen 127.0.0.1:{port}; listen 127.0.0.1:{self.ports['tls']} ssl;"
            text = text.replace(f"listen {INSIDE} ssl;", listens)
            made = Path(self.here("front", "/tmp/front.conf"))
            made.write_text(text)
            command = [self.here("front", word) for word in self.services["front"]["command"][1:]]
            line, environment = [nginx, "-e", "stderr", *command], {"PATH": os.environ["PATH"]}
        self.processes["front"] = Started(line, environment, port, log, folder=self.folder)
        self.processes["front"].start()
        self.processes["front"].wait("/health/live" if nginx else "/nothing")

    # -- how it is ---------------------------------------------------------------------------------------------------

    def healthy(self, name: str) -> bool:
        """What the service's own health check says."""
        test = self.services[name]["healthcheck"]["test"]
        if name == "postgresql":
            assert self.cluster is not None
            ready = [str(self.cluster.programs / test[1]), *test[2:], "-p", str(self.ports[name])]
            return subprocess.run(ready, check=False).returncode == 0
        assert test[:4] == ["CMD", "python", "-m", "serve"], test
        command = [sys.executable, *test[2:]]
        return subprocess.run(command, env=self.environment(name), cwd=self.folder, check=False).returncode == 0

    def until_healthy(self, name: str) -> None:
        """Its own check, once it answers at all: the check is a whole process each time."""
        self.processes[name].wait()
        ends = time.monotonic() + 60
        while not self.healthy(name):
            assert time.monotonic() < ends, f"{name} is not healthy: {self.processes[name].log.read_text()[-2000:]}"

    def ends(self, name: str) -> int:
        """Its stop signal, and its exit code within its grace; what the engine would kill counts as a failure."""
        service, process = self.services[name], self.processes[name].running
        assert process is not None
        process.send_signal(signal.Signals[service.get("stop_signal", "SIGTERM")])
        return process.wait(int(str(service["stop_grace_period"]).removesuffix("s")))

    def servers(self) -> Servers:
        """As the players of tests/town.py want it."""
        return Servers(self.town, "compose", self.processes)

    def remove(self) -> None:
        """Ends whatever is left."""
        for process in self.processes.values():
            process.stop()
        if self.cluster is not None:
            self.cluster.remove()


def composed(folder: Path, make_town: Callable[[str], Town]) -> Composed:
    """The installation of the compose file in `folder`, prepared and not started; without the desk, which an organisation
    runs. make_town: makes the town that is served at an address."""
    services = {name: one for name, one in read()["services"].items() if "profiles" not in one}
    names = [*services, "tls"]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    made = Composed(folder, make_town(f"http://127.0.0.1:{ports['front']}"), services, ports)
    made.prepare()
    return made
