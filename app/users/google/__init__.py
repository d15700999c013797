"""Signing in with Google, and what links a Google account to one here."""
