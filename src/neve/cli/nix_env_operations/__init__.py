"""The operations of `nix-env`: each file has a table of options and functions for what they choose."""
