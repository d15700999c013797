"""The browsers a person signed in from: known, and maybe remembered for the second step."""
