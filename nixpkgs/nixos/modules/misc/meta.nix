# What modules say about themselves.
{ lib, ... }:
let
  inherit (lib) mkOption types;

  # Definitions side by side, each under the file that has it.
  byFile = mkOption {
    type = lib.mkOptionType {
      name = "listOf-by-file";
      description = "list of values, by the file that defines them";
      check = _: true;
      merge = _: lib.foldl' (all: def: all // { ${def.file} = lib.toList def.value; }) { };
    };
    internal = true;
    default = { };
    description = "Who looks after a module, by the module's file.";
  };
in
{
  options.meta = {
    maintainers = byFile;
    teams = byFile;
    doc = mkOption {
      type = types.unspecified;
      internal = true;
      default = null;
      description = "A chapter of the manual that a module brings along.";
    };
    buildDocsInSandbox = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether the options of a module can be documented apart from the configuration.";
    };
  };
}
