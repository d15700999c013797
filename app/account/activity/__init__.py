"""/account/activity: when and where somebody signed in, or tried to."""
