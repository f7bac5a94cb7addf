# SPDX-License-Identifier: EUPL-1.2
"""Which log keys and witnesses are trusted, and how many must have signed: a tlog-policy (C2SP).

```
log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> <number|any|all> <member>...
quorum <name|none>
```
A log is known under its origin, which is its key's name: one line per shard, the next half year's beforehand.
Remembered: checkpoints found good, by their text, bounded. A checkpoint is immutable; nothing about an entry
is kept.
"""

from collections.abc import Mapping
from functools import lru_cache

from formats.checkpoint import LOG, WITNESS, Checkpoint, Vkey, read_decimal, read_vkey, verify_note
from formats.spelling import FormatError

MAX_POLICY = 65_536  # characters
Group = tuple[int, tuple[str, ...]]


class LogPolicy:
    """Pinned log keys by origin, witnesses and groups by name, and the name of the quorum (None: no witness
    is asked)."""

    __slots__ = ("_verified", "groups", "logs", "quorum", "witnesses")

    def __init__(
        self,
        logs: Mapping[str, Vkey],
        witnesses: Mapping[str, Vkey] | None = None,
        groups: Mapping[str, Group] | None = None,
        quorum: str | None = None,
    ) -> None:
        self.logs, self.witnesses, self.groups = dict(logs), dict(witnesses or {}), dict(groups or {})
        self.quorum = quorum
        names = {**self.witnesses, **self.groups}
        if any(origin != key.name or key.kind != LOG for origin, key in self.logs.items()):
            raise FormatError("policy")
        if any(key.kind != WITNESS for key in self.witnesses.values()) or (quorum and quorum not in names):
            raise FormatError("policy")
        if len({key.key for key in self.witnesses.values()}) != len(self.witnesses):
            raise FormatError("policy")  # one key under two names would count twice
        if len(names) != len(self.witnesses) + len(self.groups) or not self.logs:
            raise FormatError("policy")
        self._verified = lru_cache(maxsize=512)(self._verify)

    def _verify(self, note: str) -> Checkpoint:
        return verify_note(note, self.logs.values(), self.witnesses.values())

    def checkpoint(self, note: str) -> Checkpoint:
        """A checkpoint signed by the pinned key of its origin. Its signatures are checked once, then
        remembered."""
        return self._verified(note)

    def witnessed(self, note: str) -> Checkpoint:
        """The same, and the quorum has cosigned it."""
        found = self.checkpoint(note)
        if self.quorum is not None and not self._satisfied(self.quorum, found):
            raise FormatError("quorum")
        return found

    def _satisfied(self, name: str, found: Checkpoint) -> bool:
        if name in self.witnesses:
            return self.witnesses[name] in found.witnesses
        least, members = self.groups[name]
        return sum(self._satisfied(member, found) for member in members) >= least


def read_policy(text: str) -> LogPolicy:
    """A tlog-policy file. Names are used after the line that makes them, so groups cannot go round in a
    circle."""
    if not isinstance(text, str) or len(text) > MAX_POLICY:
        raise FormatError("policy")
    logs: dict[str, Vkey] = {}
    witnesses: dict[str, Vkey] = {}
    groups: dict[str, Group] = {}
    quorums: list[str] = []
    member_of: set[str] = set()
    for line in text.splitlines():
        words = [] if line.lstrip().startswith("#") else line.split()
        names = {*witnesses, *groups, "none"}
        match words:
            case []:
                pass
            case ["log", vkey] | ["log", vkey, _]:
                key = read_vkey(vkey)
                if key.name in logs:
                    raise FormatError("policy")
                logs[key.name] = key
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name not in names:
                witnesses[name] = read_vkey(vkey)
            case ["group", name, least, *members] if name not in names and members:
                if len(set(members)) != len(members) or not names.issuperset(members) or "none" in members:
                    raise FormatError("policy")
                if member_of.intersection(members):  # counted in one group only, as C2SP asks
                    raise FormatError("policy")
                member_of.update(members)
                number = {"any": 1, "all": len(members)}.get(least) or read_decimal(least)
                if not 1 <= number <= len(members):
                    raise FormatError("policy")
                groups[name] = (number, tuple(members))
            case ["quorum", name] if name in names:
                quorums.append(name)
            case _:
                raise FormatError("policy")
    if len(quorums) != 1:
        raise FormatError("policy")
    return LogPolicy(logs, witnesses, groups, None if quorums[0] == "none" else quorums[0])
