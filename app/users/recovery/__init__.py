"""Ways back in: a forgotten password, a locked account."""
