# Groups of maintainers. None, as there are no maintainers of single packages: see maintainers.nix.
{ ... }: { }
