"""Many invited at once, worked through by the worker."""
