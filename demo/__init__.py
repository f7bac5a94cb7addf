# SPDX-License-Identifier: EUPL-1.2
"""The synthetic town: invented people, their papers, and the journey of `make demo`.

Exists only with environment=demo. Makes its own keys in its folder; nobody real is in it.
"""
