"""Sources from elsewhere: files, archives and repositories become objects of the store."""
