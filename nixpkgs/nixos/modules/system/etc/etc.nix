# The files of /etc.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;

  entries = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);

  # A file made of a text is written with the tree; it becomes a derivation of its own only where its
  # `source` is asked for.
  fileOf = text: name: pkgs.writeText name text // { inherit text; isTextOfEtc = true; };

  sourceType = types.path // {
    check = value: value.isTextOfEtc or false || types.path.check value;
  };

  entryType = types.submodule (
    {
      name,
      config,
      options,
      ...
    }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is there.";
        };
        target = mkOption {
          type = types.str;
          default = name;
          defaultText = "‹name›";
          example = "my.conf";
          description = "Where the file is, below {file}`/etc`.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "What is in the file.";
        };
        source = mkOption {
          type = sourceType;
          description = "The file or folder that it links to; with a `*` at its end, each file of a folder.";
        };
        mode = mkOption {
          type = types.str;
          default = "symlink";
          example = "0600";
          description = "With a mode, such as `0644`, a copy of the file is made that has it, otherwise a link.";
        };
        uid = mkOption {
          type = types.int;
          default = 0;
          description = "The number of the copy's owner.";
        };
        gid = mkOption {
          type = types.int;
          default = 0;
          description = "The number of the copy's group.";
        };
        user = mkOption {
          type = types.str;
          default = "+${toString config.uid}";
          defaultText = "+‹uid›";
          description = "The name of the copy's owner, or `+` and a number.";
        };
        group = mkOption {
          type = types.str;
          default = "+${toString config.gid}";
          defaultText = "+‹gid›";
          description = "The name of the copy's group, or `+` and a number.";
        };
      };
      config.source = mkIf (config.text != null) (
        lib.mkDerivedConfig options.text (
          text: fileOf text "etc-${lib.replaceStrings [ "/" ] [ "-" ] (lib.strings.sanitizeDerivationName name)}"
        )
      );
    }
  );

  plan = map (
    entry:
    (if entry.source.isTextOfEtc or false then { inherit (entry.source) text; } else { source = "${entry.source}"; })
    // {
      inherit (entry) target;
    }
    // lib.optionalAttrs (entry.mode != "symlink") {
      inherit (entry) mode user group;
    }
  ) entries;

  etc = import ../../../lib/run-python.nix { inherit pkgs; } {
    name = "etc";
    script = ./make_etc.py;
    inherit plan;
  };
in
{
  options.environment.etc = mkOption {
    type = types.attrsOf entryType;
    default = { };
    example = {
      "my.conf".text = "colour = blue";
      "secret.conf" = {
        text = "a = b";
        mode = "0400";
      };
    };
    description = "Files below {file}`/etc`, by name.";
  };

  config = {
    system.build.etc = etc;
    environment.etc.mtab.source = "/proc/mounts";
    system.build.etcActivationCommands = config.system.activationScripts.etc.text;
  };
}
