"""Sign in: a password, or a mailed code."""
