"""What those who run the platform need."""
