"""Portico, the front door of a multi-tenant platform."""
