# SPDX-License-Identifier: EUPL-1.2
"""Where a database may be: on this machine, or over a network that nobody can read along on (promise P33).

A PostgreSQL elsewhere is reached by TLS that checks its certificate and its name (`sslmode=verify-full`), said in the
address itself: no variable of the surroundings, no service file and no default decides it.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

POSTGRESQL = ("postgresql:", "postgresql+asyncpg:")
KNOWN = ("host", "port", "ssl", "sslmode", "passfile")
ELSEWHERE = ("PGHOST", "PGHOSTADDR", "PGSERVICE")
"""Variables by which the driver finds a server that the address does not name."""
SAFE = "verify-full"


def safe_address(url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The address of a database. ValueError says what to do; it never holds the address, which may hold a password.

    environment: the process's own, which can name a server too.
    """
    if not url.startswith(POSTGRESQL):
        return url
    try:
        parts = urlsplit(url)
        told = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        hosts = [host for host in (parts.hostname, *(value for key, value in told if key == "host")) if host]
    except ValueError as error:
        raise ValueError("the address of the database cannot be read") from error
    unknown = sorted({key for key, _ in told} - set(KNOWN))
    if unknown:
        raise ValueError(f"the address of the database knows {', '.join(KNOWN)} after its ?, and no other word")
    modes = [value for key, value in told if key in ("ssl", "sslmode")]
    if not hosts and any(environment.get(name) for name in ELSEWHERE):
        raise ValueError(f"name the database's host in its address: {', '.join(ELSEWHERE)} do not say how safe it is")
    if modes != [SAFE] and not all(_here(one) for host in hosts for one in host.split(",")):
        raise ValueError(f"a database over a network needs ?sslmode={SAFE} in its address, once")
    return url


def _here(host: str) -> bool:
    """Whether it is a socket of this machine, or this machine by its loopback."""
    name = host.rpartition(":")[0] if host.count(":") == 1 else host.strip("[]")
    if name.startswith("/") or name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
