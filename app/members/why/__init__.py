"""/t/{slug}/members/{user_id}/why: what somebody may do in the team, and why."""
