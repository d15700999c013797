"""Sign up: a name and an address, the mailbox proven, then a credential."""
