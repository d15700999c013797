"""Members of a tenant and how they come to be that."""
