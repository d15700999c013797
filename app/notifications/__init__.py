"""The bell: what a person is told in the portal itself."""
