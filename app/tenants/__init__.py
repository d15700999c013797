"""Tenants: companies and teams, who belongs to them, and what they may do."""
