"""Limits of what one person may make."""

from app.ratelimit import Bucket

TEAMS_MADE = Bucket("teams made", 10, 24 * 3600)
"""Teams made by one person: each gets a database."""

NAMES_ASKED = Bucket("team names asked", 120, 3600)
"""How often one person may ask whether a name is free: enough for whoever types, too little for a list of all names."""
