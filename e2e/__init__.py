"""Journeys through a running Portico, in a real browser."""
