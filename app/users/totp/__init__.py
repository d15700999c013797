"""Authenticator apps: set up, replaced, removed, and their codes judged."""
