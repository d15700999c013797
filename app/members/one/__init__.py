"""/t/{slug}/members/{user_id}: one member, and what may be done about them."""
