"""Passkeys: made, used to sign in and to prove oneself again, renamed, removed."""
