"""Backup codes: ten at a time, each good for one second step."""
