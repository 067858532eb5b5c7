"""Neve: an independent implementation of Nix and NixOS."""
