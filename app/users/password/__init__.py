"""One's own password: change it, set a first one, do without."""
