"""/t/{slug}/roles: what members may do, in sets that have a name."""
