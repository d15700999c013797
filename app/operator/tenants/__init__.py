"""What operators' consoles do about tenants."""
