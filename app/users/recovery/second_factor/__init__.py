"""A lost second step: a wait of three days that everybody hears of, and that one press ends (row 2.8)."""
