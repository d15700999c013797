"""/tenants/{slug}/leave: going out of a team by oneself."""
