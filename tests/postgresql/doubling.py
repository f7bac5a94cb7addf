# SPDX-License-Identifier: EUPL-1.2
"""Two processes of each part behind a balancer of connections: between them every call goes to and fro."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from tests.databases import PARTS
from tests.faults.chaos import Wire
from tests.ports import free_ports
from tests.town import Servers


@contextmanager
def doubled(made: Servers) -> Iterator[None]:
    """Gives each part with a database a second process, and its callers a balancer of both. Before they start; the town is in
    parts, on PostgreSQL."""
    with ExitStack() as wires:
        behind: dict[str, int] = {}
        front = made.processes.pop("front")  # what starts last
        for part, port in zip(PARTS, free_ports(len(PARTS)), strict=True):
            one = made.processes[part]
            wire = Wire(one.port, port)
            wires.callback(wire.close)
            behind[part] = wire.port
            hosts = [f"127.0.0.1:{at}" for at in (one.port, port, wire.port)]
            one.environment |= {f"KLUISJE_{part.upper()}_HOSTS": json.dumps(hosts)}
            environment = one.environment | {"KLUISJE_PORT": str(port)}
            log = one.log.with_name(f"{part}-2.log")
            made.processes[f"{part}-2"] = replace(
                one, command=[*one.command], environment=environment, port=port, log=log
            )
            front.command[:] = [word.replace(f"{part}={one.port}", f"{part}={wire.port}") for word in front.command]
        for name in ("gateway", "gateway-2"):
            between = {f"KLUISJE_{part.upper()}": f"https://127.0.0.1:{behind[part]}" for part in ("vault", "consent")}
            made.processes[name].environment |= between
        # Who signs people in is elsewhere, and one.
        front.command.append(f"demo-login={made.processes['gateway'].port}")
        made.processes["front"] = front
        yield
