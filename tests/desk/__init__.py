# SPDX-License-Identifier: EUPL-1.2
"""Tests of the desk's server, with a real installation behind it."""
