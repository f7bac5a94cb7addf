# SPDX-License-Identifier: EUPL-1.2
"""Stories and tables. Room by room, then journeys, contracts, house and faults."""
