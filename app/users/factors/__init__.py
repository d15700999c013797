"""What opens an account, taken away: shared by whoever may do it, the person, an operator, or "This was not me"."""
