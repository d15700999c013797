"""The one page that may stand between signing in and where a person was going (row 2.13)."""
