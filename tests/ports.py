# SPDX-License-Identifier: EUPL-1.2
"""Ports for the servers of tests.

They lie below those that the machine gives to outgoing calls: one of these could be taken by any call of any test between
its choice and the start of the server.
"""

import random
import socket

LOWEST, HIGHEST = 12_000, 32_000
_dice = random.SystemRandom()


def free_ports(number: int) -> list[int]:
    """Ports nobody listens on now."""
    held: list[socket.socket] = []
    while len(held) < number:
        try:
            held.append(socket.create_server(("127.0.0.1", _dice.randrange(LOWEST, HIGHEST))))
        except OSError:  # somebody does
            continue
    ports: list[int] = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]
