"""Challenges of ceremonies: each is put once and taken once."""
