"""The database that each tenant has of its own: made, told and dropped beside the portal's (decisions 12)."""
