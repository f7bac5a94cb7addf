# SPDX-License-Identifier: EUPL-1.2
"""The examples of the page, as files: a block that names its file (```js connect.mjs) is that file, byte for byte.

So the page cannot rot: what it shows is what the tests run.
"""

import re
from pathlib import Path

from tests.town import ROOT

PAGE = ROOT / "docs" / "for-municipalities" / "connect.md"
_BLOCK = re.compile(r"^```[a-z]+ ([a-z.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> dict[str, str]:
    """The named blocks of the page: file name -> text. ValueError for a name that occurs twice."""
    found = _BLOCK.findall(PAGE.read_text("utf-8"))
    if len({name for name, _ in found}) != len(found):
        raise ValueError("an example stands on the page twice")
    return dict(found)


def write_examples(folder: Path) -> None:
    """Writes them all into a folder."""
    for name, text in examples().items():
        (folder / name).write_text(text, "utf-8")
