"""/t/{slug}/members/bulk: one act about several members, with a summary before."""
