# SPDX-License-Identifier: EUPL-1.2
"""`python -m kluisje`: the same as the command `kluisje`."""

import sys

from kluisje.cli import main

if __name__ == "__main__":
    sys.exit(main())
