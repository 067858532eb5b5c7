"""NixOS systems from the outside: generations, switching, and what a machine's hardware needs."""
