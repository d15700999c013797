"""Limits of what one person may make."""

from app.ratelimit import Bucket

TEAMS_MADE = Bucket("teams made", 10, 24 * 3600)
"""Teams made by one person: each gets a database."""
