"""The QA kit: people in a named state, and time that passes for one of them. Never in production (docs/qa.md)."""
