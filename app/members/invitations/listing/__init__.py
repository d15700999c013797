"""Invitations as the team's list shows them."""
