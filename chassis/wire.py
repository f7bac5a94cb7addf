# SPDX-License-Identifier: EUPL-1.2
"""The shape of everything on the wire: one base model, pages and cursors (standards.md, "Shape" and "Lists")."""

import re
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic.alias_generators import to_camel

from chassis.problems import At, Problem
from formats.spelling import FormatError, b64u, unb64u


class Wire(BaseModel):
    """Base of all members in and out: lowerCamelCase, unknown members refused, no silent conversion."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        frozen=True,
        serialize_by_alias=True,
    )


def decimal(least: int, most: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """For `Annotated[int, *decimal(…)]`: a number in a path or query, which is text there. Decimal digits in one
    spelling only; a library would also take `+5`, `5.0`, `1_0` and digits of other scripts."""

    def read(text: Any) -> int:
        if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
            raise ValueError("number")
        if str(int(text)) != text or not least <= int(text) <= most:
            raise ValueError("number")
        return int(text)

    return BeforeValidator(read), WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


PageSize = Annotated[int, *decimal(1, 100)]

Jws = Annotated[str, Field(min_length=5, max_length=1_500_000, json_schema_extra={"format": "jws"})]
"""A signed thing: compact JWS, checked by `formats` before any library sees it."""

Jwe = Annotated[str, Field(min_length=9, max_length=1_500_000, json_schema_extra={"format": "jwe"})]
"""A sealed thing: compact JWE; servers read its header and nothing else."""

Digest = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
"""b64u(SHA-256): 43 characters, the last of which has two bits that are zero: one spelling only."""


# Characters that can disguise a text someone will read: controls, direction marks, what has no width.
_HIDDEN = r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_DISGUISE = re.compile(f"[{_HIDDEN}]").search


def readable(most: int) -> tuple[Any, AfterValidator]:
    """For `Annotated[str, *readable(…)]`: 1 to `most` characters that somebody will read, none that disguises."""

    def check(text: str) -> str:
        if _DISGUISE(text):
            raise ValueError("text")
        return text

    extra: dict[str, JsonValue] = {"pattern": f"^[^{_HIDDEN}]*$"}
    return Field(min_length=1, max_length=most, json_schema_extra=extra), AfterValidator(check)


Note = Annotated[str, *readable(280)]
"""A sentence of one person to another, shown as a quote: at most 280 characters, nothing that disguises."""


def exactly_one(schema: dict[str, Any]) -> None:
    """For `json_schema_extra` of a model whose members exclude each other: one of them, and not null."""
    for name, kind in schema["properties"].items():
        schema["properties"][name] = next(one for one in kind["anyOf"] if one != {"type": "null"})
    schema["minProperties"] = schema["maxProperties"] = 1


def make_cursor(bound_to: str, position: list[Any]) -> str:
    """An opaque `pageCursor`: the position after the last item, bound to caller and filter by `bound_to`."""
    return b64u(orjson.dumps([bound_to, position]))


def read_cursor(cursor: str | None, bound_to: str) -> list[Any] | None:
    """The position in a cursor, or None at the first page.

    Raises Problem invalid-input when it is not one of ours for this list. A cursor gives no right: the query behind
    it always names the caller's own rows, so a made-up one shows nothing more.
    """
    if cursor is None:
        return None
    try:
        bound, position = orjson.loads(unb64u(cursor))
    except (FormatError, ValueError, TypeError):
        bound, position = None, None
    if bound != bound_to or not isinstance(position, list):
        raise Problem("invalid-input", "Use the cursor of the page before.", [At("query", "pageCursor", "cursor")])
    return position
