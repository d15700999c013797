"""What somebody is in a tenant."""
