"""/t/{slug}/members: who is in the team, searched, sorted, and taken along as a file."""
