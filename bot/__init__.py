"""Doors and the composition root: command line, settings, database, channels, delivery, schedule."""
