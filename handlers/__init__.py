"""What the office does, one verb per module; the only place where the three inner packages meet."""
