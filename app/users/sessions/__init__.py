"""Sessions: made at sign-in, read on each request, ended."""
