"""The provider: other applications sign people in through the platform."""
