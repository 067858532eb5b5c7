"""Tests with machines, as pytest runs them."""
