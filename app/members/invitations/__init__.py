"""Inviting people into a team: one or many, what becomes of it, and the page where it is answered."""
