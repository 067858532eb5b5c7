"""The operations of `nix-store`: functions from its arguments to an exit status."""
