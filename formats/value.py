# SPDX-License-Identifier: EUPL-1.2
"""Values that a read makes anew: dataclasses that mypy holds for frozen.

At run time nothing guards their members, because the guard costs 0.1 µs for each member at each making, and one read
makes over a hundred. What is remembered between calls (a grant, a checkpoint), and a permit, stay really frozen.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(made: type[T]) -> type[T]:
    """Makes a class such a value: slots, equality and hash by its members."""
    return dataclass(slots=True, unsafe_hash=True)(made)
