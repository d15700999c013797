"""The second step of signing in, and the switch that asks for it."""
