"""/account/security: what guards the account, and what to do next."""
