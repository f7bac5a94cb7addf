# SPDX-License-Identifier: EUPL-1.2
"""Ids on the wire: lower-case UUID v4, in one spelling only, so that no id has a twin (formats.md section 1)."""

from typing import Annotated

from pydantic import Field

UUID4 = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


# The pattern says all that `formats.spelling.check_id` asks, and is checked without Python: `$` of pydantic's engine is
# the very end, also before a line end.
Id = Annotated[str, Field(pattern=UUID4, min_length=36, max_length=36, json_schema_extra={"format": "uuid"})]
"""An id in a path or member. `vlt` vault, `drw` drawer, `rid` record, `gnt` grant, attachments and slots."""
