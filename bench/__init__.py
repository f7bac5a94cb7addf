# SPDX-License-Identifier: EUPL-1.2
"""The measured promises: each figure beside its yardstick in one run, interleaved, printed as ratios with spreads.

Absolute figures depend on the machine; only ratios of one run count. Nothing here is imported by a server.
"""
