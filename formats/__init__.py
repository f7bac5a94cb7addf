# SPDX-License-Identifier: EUPL-1.2
"""formats: every signed or sealed thing that travels, as bytes.

Knows alone: how a token, a statement, a grant, a log entry and a proof are spelt and checked.
Never does: I/O, asking the time (rules take `now`), deciding who may see what.
Called by every component (signed half) and by kluisje (all of it); calls joserfc and cryptography only.
No server room imports `sealing`, `attachment` or `slots`: only they seal or open records.
Contract: docs/formats/*.md, one page per format; frozen examples in tests/vectors/.
"""
