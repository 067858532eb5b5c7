"""The subcommands of `nix`, one file each; see `neve.cli.nix`."""
