"""Teams as lists show them."""
