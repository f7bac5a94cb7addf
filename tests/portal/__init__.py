# SPDX-License-Identifier: EUPL-1.2
"""The portal's server: which bytes it serves, under which headers, and when it refuses to start."""
