# SPDX-License-Identifier: EUPL-1.2
"""`authorization_details` (RFC 9396) of our one type, `vault_access`: read, spelled out, and what they cover. Pure.

`read` stands alone with exactly one grant, so no token opens a second one. There are no scopes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from formats.spelling import FormatError, check_id, check_text, parse_json

TYPE = "vault_access"
ACTIONS = ("ask", "read", "deposit", "learn")
_MEMBERS = {"type", "actions", "grant_id", "purpose", "reason", "locations"}


class NotGood(Exception):
    """The details are malformed or ask what this client may not. One reason outside: no oracle."""


@dataclass(frozen=True)
class Details:
    """What a token covers. grant: the one grant it names, or None. reason: why it is opened now, or None."""

    actions: tuple[str, ...]
    grant: str | None = None
    purpose: str | None = None
    reason: str | None = None

    def members(self, location: str) -> dict[str, Any]:
        """As RFC 9396 members, in the order of gateway.md section 1."""
        found: dict[str, Any] = {"type": TYPE, "actions": list(self.actions)}
        for name, value in (("grant_id", self.grant), ("purpose", self.purpose), ("reason", self.reason)):
            if value is not None:
                found[name] = value
        return {**found, "locations": [location]}

    @property
    def act(self) -> str | None:
        """The act of the grant it leans on (`read` or `deposit`), or None when it names no grant."""
        if self.grant is None:
            return None
        return "read" if "read" in self.actions else "deposit"

    def cover(self, actions: Collection[str], grant: str | None) -> bool:
        """Whether one of these actions is covered, and for this grant (None: the call names no grant)."""
        if set(actions).isdisjoint(self.actions):
            return False
        return grant is None or self.grant is None or self.grant == grant


def read_details(text: str | None, *, allowed: Collection[str], location: str) -> Details:
    """The parameter `authorization_details` of a request. allowed: the client's registered actions.

    Raises NotGood: absent, not exactly one element, unknown member, action not registered, a shape we never give.
    """
    try:
        found = parse_json(b'{"list":' + (text or "").encode() + b"}")
        elements = found["list"]
        if len(found) != 1 or not isinstance(elements, list) or len(elements) != 1:
            raise NotGood
        return of_members(elements[0], allowed=allowed, location=location)
    except (FormatError, UnicodeEncodeError, KeyError, TypeError) as error:
        raise NotGood from error


def of_members(given: Any, *, allowed: Collection[str], location: str) -> Details:
    """One element of `authorization_details`. Raises NotGood, FormatError, TypeError."""
    if not isinstance(given, dict) or not set(given) <= _MEMBERS or given.get("type") != TYPE:
        raise NotGood
    actions = given.get("actions")
    if not isinstance(actions, list) or not actions or len(set(actions)) != len(actions):
        raise NotGood
    if not all(action in ACTIONS and action in allowed for action in actions):
        raise NotGood
    if given.get("locations", [location]) != [location]:
        raise NotGood
    grant, purpose, reason = given.get("grant_id"), given.get("purpose"), given.get("reason")
    if grant is not None:
        check_id(grant)
    if purpose is not None:
        check_text(purpose, 200)
    if reason is not None:
        check_text(reason, 280)
    if "read" in actions:
        if actions != ["read"] or grant is None:
            raise NotGood
    elif reason is not None or (grant is not None and "deposit" not in actions):
        raise NotGood
    return Details(tuple(actions), grant, purpose, reason)
