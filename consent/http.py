# SPDX-License-Identifier: EUPL-1.2
"""What the api files share: whose path it is, who calls, pages, and how a new thing is answered.

The registry is the component's own object; each call works on it with its own traceparent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response

from chassis import callers, wire
from chassis.callers import Part, Person
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.wire import make_cursor, read_cursor
from consent.refusals import Absent, NotAllowed
from consent.registry import Registry
from consent.store import Before

T = TypeVar("T")

AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already; nothing changed."}}
LARGE: Mapping[str, Any] = {"x-most-bytes": RECORD_BYTES}
SERVICE: dict[str, Any] = {"security": [{"service": []}]}
PUBLIC: dict[str, Any] = {"security": []}

PageSize = Annotated[wire.PageSize, Query(alias="pageSize")]
Cursor = Annotated[str | None, Query(alias="pageCursor", max_length=500)]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a person about her own vault."""

    registry: Registry
    vlt: str
    person: Person


def of_call(request: Request) -> Registry:
    """The registry for this call."""
    registry: Registry = request.app.state.registry
    return registry.traced(request.headers.get("traceparent"))


Here = Annotated[Registry, Depends(of_call)]


def own(vlt: Id, registry: Here, person: Annotated[Person, Depends(callers.person)]) -> Call:
    """The caller's own vault. Another's is absent."""
    if person.vlt != vlt:
        raise Absent
    return Call(registry, vlt, person)


Mine = Annotated[Call, Depends(own)]
Caller = Annotated[Person, Depends(callers.person)]


def gateway(part: Annotated[Part, Depends(callers.part)]) -> Part:
    """The gateway: no other part may say who calls."""
    return only_gateway(part)


def only_gateway(part: object) -> Part:
    """Refuses whoever is not the gateway (also for the hot route, which has no dependencies)."""
    if not isinstance(part, Part) or part.name != "gateway":
        raise NotAllowed
    return part


Gateway = Depends(gateway)


def created(response: Response, new: bool, where: str) -> None:
    """201 with its Location for what is new, 200 for what was there."""
    if new:
        response.headers["Location"] = where
    else:
        response.status_code = 200


def next_page(
    request: Request, response: Response, bound_to: str, items: Sequence[T], size: int, place: Callable[[T], list[Any]]
) -> str | None:
    """The cursor behind the last of a full page, also as `Link`; None when this was the last page."""
    if len(items) < size:
        return None
    cursor = make_cursor(bound_to, place(items[-1]))
    query = "".join(f"&{key}={value}" for key, value in request.query_params.items() if key == "team")
    response.headers["Link"] = f'<{request.scope["path"]}?pageSize={size}&pageCursor={cursor}{query}>; rel="next"'
    return cursor


def before(cursor: str | None, bound_to: str) -> Before:
    """The place of a page that is ordered by time and id."""
    match read_cursor(cursor, bound_to):
        case None:
            return None
        case [int(at), str(identifier)]:
            return at, identifier
    return _foreign(bound_to)


def below(cursor: str | None, bound_to: str) -> int | None:
    """The place of a page that is ordered by one number."""
    match read_cursor(cursor, bound_to):
        case None:
            return None
        case [int(number)]:
            return number
    _foreign(bound_to)
    return None


def after(cursor: str | None, bound_to: str) -> str:
    """The place of a page that is ordered by name."""
    match read_cursor(cursor, bound_to):
        case None:
            return ""
        case [str(name)]:
            return name
    _foreign(bound_to)
    return ""


def _foreign(bound_to: str) -> Before:
    """Raises the problem of a cursor that is not one of ours for this list."""
    read_cursor("", bound_to)
    return None
