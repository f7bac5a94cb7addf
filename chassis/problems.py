# SPDX-License-Identifier: EUPL-1.2
"""Problems: every refusal as RFC 9457 problem+json, with one list of slugs for all components.

Rules raise plain errors; the edge raises or maps to `Problem`. A problem never repeats what was sent: it names the
place (`at`, a JSON pointer or parameter name) and a code. Each slug has its heading in docs/problems.md.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

PREFIX = "urn:problem-type:kluisje:"

# slug -> (HTTP status, title). The list of standards.md, "Problems".
SLUGS: Mapping[str, tuple[int, str]] = {
    "invalid-input": (400, "The input is not valid"),
    "bad-spelling": (400, "A token, id or JSON text is not spelled as the format asks"),
    "place-mismatch": (400, "The sealed header names another place"),
    "bad-signature": (400, "The signature is not good"),
    "over-asking": (400, "The question asks more than its purpose lists"),
    "share-code-not-good": (400, "The share code is not good"),
    "not-as-asked": (400, "The grant goes beyond its question"),
    "key-not-ready": (400, "The organisation's key is not 72 hours in the log"),
    "not-authenticated": (401, "It is not clear who is calling"),
    "step-up-needed": (403, "This needs a passkey touch"),
    "not-allowed": (403, "Not allowed"),
    "insufficient-scope": (403, "The token does not cover this"),
    "grant-ended": (403, "The grant has ended"),
    "purpose-differs": (403, "The purpose differs from the grant's"),
    "permit-refused": (403, "The permit is refused"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "The answer can only be JSON"),
    "too-slow": (408, "The request took too long"),
    "chain-moved": (409, "The chain has moved on"),
    "epoch-closed": (409, "The epoch is closed"),
    "version-exists": (409, "That version exists"),
    "permit-used": (409, "The permit was used before"),
    "replayed": (409, "The question was asked before"),
    "request-closed": (409, "The question is no longer open to that"),
    "recovery-waiting": (409, "The recovery is waiting"),
    "too-large": (413, "Too large"),
    "unsupported-type": (415, "The content type is not supported"),
    "too-many": (429, "Too many calls"),
    "headers-too-large": (431, "The headers are too large"),
    "internal": (500, "Something went wrong on our side"),
    "unavailable": (503, "Not available now"),
}

MOST_ERRORS = 20


@dataclass(frozen=True)
class At:
    """One fault in the input: `where` is body, query, path or header; `at` its place; `code` what is wrong."""

    where: str
    at: str
    code: str


class Problem(Exception):
    """A refusal on its way out.

    slug: one of SLUGS. detail: one plain sentence that says what to do. errors: faults in the input, at most 20 are
    told. headers: extra answer headers (`Retry-After`, `WWW-Authenticate`).
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        errors: Sequence[At] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status, self.title = SLUGS[slug]
        self.detail = detail
        self.errors = tuple(errors)[:MOST_ERRORS]
        self.headers = dict(headers or {})

    def members(self) -> dict[str, Any]:
        """The problem as JSON members; `instance` is fresh at each call and links an answer to our log line."""
        body: dict[str, Any] = {
            "type": PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{uuid.uuid4()}",
        }
        if self.errors:
            body["errors"] = [{"in": e.where, "at": e.at, "code": e.code} for e in self.errors]
        return body

    def body(self) -> bytes:
        """The problem as UTF-8 JSON bytes."""
        return orjson.dumps(self.members())


def unavailable(detail: str = "Try again in a few seconds. Nothing was changed or handed out.") -> Problem:
    """503 with `Retry-After: 2`: a part, its database or the log is away, so nothing is handed out."""
    return Problem("unavailable", detail, headers={"Retry-After": "2"})


def not_found() -> Problem:
    """404, the same for unknown, not yours and refused: the bytes differ only in `instance`."""
    return Problem("not-found", "There is nothing here for you. Check the address and who you are signed in as.")
