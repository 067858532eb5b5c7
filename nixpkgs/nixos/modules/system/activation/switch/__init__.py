"""`switch-to-configuration`: make a system the one that runs, and restart what has changed."""
