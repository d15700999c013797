"""People: how they come to exist, prove who they are and stay signed in."""
