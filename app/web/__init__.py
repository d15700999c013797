"""The HTTP kernel: knows no slice."""
