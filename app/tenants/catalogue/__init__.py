"""What roles may allow, as rows."""
