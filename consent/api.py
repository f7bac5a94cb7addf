# SPDX-License-Identifier: EUPL-1.2
"""HTTP of a person's own device: `/consent/v1/vaults/{vlt}/…`. Who is calling is checked at the door; whose vault, here.

Another's `vlt` is 404, as if absent, before anything else is looked at. No decision and no SQL in this file.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from chassis import callers
from chassis.callers import Person
from chassis.clock import moment
from chassis.contract import RECORD_BYTES
from chassis.database import Connection
from chassis.identifiers import Id
from chassis.wire import PageSize, make_cursor, read_cursor
from consent import answering, entering, grant_store, leaving, looking, opening, request_store, sharing, showing
from consent import stopping
from consent.batch import Batch
from consent.question import out_of_reach
from consent.refusals import Absent
from consent.registry import Registry
from consent.schemas import (
    Answer,
    Answered,
    Asked,
    AskedPage,
    Challenge,
    ConsentReceipt,
    ConsentReceiptPage,
    Erasure,
    Given,
    GivenPage,
    LinePage,
    NewStatements,
    NewVault,
    Pause,
    PlainLinePage,
    Presence,
    Receipts,
    ShareCode,
    ShareCodes,
    StatementPage,
    Stop,
    Vault,
)

Cursor = Annotated[str | None, Query(alias="pageCursor", max_length=400)]
Size = Annotated[PageSize, Query(alias="pageSize")]
LARGE = {"x-most-bytes": RECORD_BYTES}


def own(vlt: Id, caller: Annotated[Person, Depends(callers.person)]) -> str:
    """The `vlt` of the path, if it is the caller's own. Raises Absent."""
    if caller.vlt != vlt:
        raise Absent
    return vlt


Own = Annotated[str, Depends(own)]
Caller = Annotated[Person, Depends(callers.person)]


def position(cursor: str | None, bound_to: str, *kinds: type) -> list[Any] | None:
    """The position in a cursor, of these kinds. Raises Problem invalid-input."""
    found = read_cursor(cursor, bound_to)
    if found is not None and [type(one) for one in found] != list(kinds):
        return read_cursor("", bound_to)  # a list, but not one of ours
    return found


def before_of(cursor: str | None, bound_to: str) -> tuple[int, str] | None:
    """The place of a page ordered by time and id."""
    found = position(cursor, bound_to, int, str)
    return None if found is None else (found[0], found[1])


def page[T](
    response: Response, path: str, bound_to: str, items: list[T], size: int, place: Callable[[T], list[Any]]
) -> str | None:
    """The cursor of the next page, also as `Link`; None when this was the last."""
    if len(items) < size:
        return None
    cursor = make_cursor(bound_to, place(items[-1]))
    response.headers["Link"] = f'<{path}?pageCursor={cursor}&pageSize={size}>; rel="next"'
    return cursor
