"""Tests: through HTTP and real PostgreSQL; tests/database.py says how a test gets its database."""
