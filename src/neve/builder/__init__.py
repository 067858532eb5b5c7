"""Making store paths exist: what to build or fetch in which order, builders, their logs and outputs."""
