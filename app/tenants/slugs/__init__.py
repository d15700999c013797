"""Names of tenants in addresses."""
