"""Processes that see only what they were given: namespaces and mounts, planned as values, then carried out."""
