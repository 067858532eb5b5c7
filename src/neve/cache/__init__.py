"""Stores elsewhere: binary caches in folders, on web servers and in object stores, and copying between stores."""
