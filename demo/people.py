# SPDX-License-Identifier: EUPL-1.2
"""Who lives and works in the synthetic town. Nobody here exists; the numbers are from ranges for tests."""

from base64 import b64decode
from dataclasses import dataclass

BROWSER_BACK = "http://127.0.0.1/callback"
"""Where a sign-in in a browser ends: a listener of the client on its own machine (RFC 8252)."""

MUNICIPALITY, SCHOOL, DIRECTORY, IDENTITY = (
    f"urn:oin:{number:020}" for number in (1001234567000, 3000000001000, 4000000002000, 5000000003000)
)

LOGO = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAMAAABg3Am1AAAACVBMVEX///8VQnP/1lh6ubGcAAAATUlEQVR42u3PQQrAIBAEQdv/PzoE"
    "vAia2CF6mj5PsWwp6Xsg53d2vy5ACbrs/l2AEgyz+6ngIbsfCVCChexeHvnh6YDtoLYCAs6ANO8CXUoEGTd1GFIAAAAASUVORK5CYII="
)
"""A little house of 48 by 48 pixels: the logo of every team of the town."""


@dataclass(frozen=True)
class DemoTeam:
    """A team of the town. slug: its folder. actions, kind: of its client at the gateway."""

    slug: str
    party: str
    client: str
    kind: str
    role: str
    name: str
    actions: tuple[str, ...]


TEAMS = (
    DemoTeam(
        "jeugdteam-zuid",
        f"{MUNICIPALITY}:team:jeugdteam-zuid",
        "oin:00000001001234567000:desk",
        "caseworker",
        "youth-worker",
        "Jeugdteam Zuid",
        ("ask", "read"),
    ),
    DemoTeam(
        "jeugdteam-post",
        f"{MUNICIPALITY}:team:jeugdteam-post",
        "oin:00000001001234567000:post",
        "system",
        "youth-worker",
        "Jeugdteam Zuid, post",
        ("ask", "deposit", "learn"),
    ),
    DemoTeam(
        "de-vlier",
        f"{SCHOOL}:team:leerlingzorg",
        "oin:00000003000000001000:zorg",
        "caseworker",
        "care-coordinator",
        "De Vlier, leerlingzorg",
        ("ask", "read"),
    ),
    DemoTeam(
        "de-vlier-administratie",
        f"{SCHOOL}:team:administratie",
        "oin:00000003000000001000:administratie",
        "system",
        "school-office",
        "De Vlier, administratie",
        ("ask", "deposit", "learn"),
    ),
)
SYSTEMS = (("jeugdteam-zuid", "oin:00000001001234567000:zaaksysteem", ("ask", "learn")),)
"""Systems beside a team's desk, with the team's own signing keys: (team's folder, client id, actions)."""
CITIZENS = (
    ("Noor", "999990019", "2011-05-09"),
    ("Sam", "999990020", "2008-11-30"),
    ("Yara", "999990032", "2005-02-17"),
)
CASEWORKERS = (
    *((name, TEAMS[0]) for name in ("Fatima", "Karim", "Daan", "Ans", "Rachid", "Eva", "Mo", "Lin")),
    ("Joost", TEAMS[2]),
)
