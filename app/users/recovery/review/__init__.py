"""After a recovery: everything that opens the account, each kept or removed (row 2.7)."""
