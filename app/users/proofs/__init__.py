"""Secrets sent by mail, and what they prove."""
