# SPDX-License-Identifier: EUPL-1.2
"""Stock clients, as their makers ship them, against a running town: the examples of docs/for-municipalities/connect.md."""
