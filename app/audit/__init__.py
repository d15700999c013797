"""The history: what people did, and what matters for security, written in the transaction of the act."""
