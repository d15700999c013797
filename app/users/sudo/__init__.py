"""Proving again who one is before an act that matters."""
