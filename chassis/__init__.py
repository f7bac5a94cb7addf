# SPDX-License-Identifier: EUPL-1.2
"""What every service stands on: settings, database, calls between parts, problems, callers, journal, clock.

Knows HTTP, SQL and time; knows nothing of citizens, grants or records.
Imported by every component; imports `formats` only for spelling, signatures (jose) and DPoP.
"""
