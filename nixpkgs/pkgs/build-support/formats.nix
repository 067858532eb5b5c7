# Configuration file formats for `settings` options: each has a `type` of values and a function that writes them.
{ lib, self }:
let
  inherit (lib) types;

  # A value nested to any depth out of the scalars that a format knows.
  nested =
    description: scalars:
    let
      value =
        types.nullOr (
          types.oneOf (
            scalars
            ++ [
              (types.attrsOf value)
              (types.listOf value)
            ]
          )
        )
        // {
          inherit description;
        };
    in
    value;
  scalars = [
    types.bool
    types.int
    types.float
    types.str
    types.path
  ];

  # One or several of a type, as formats with repeated keys have them.
  atomOrList =
    {
      atom,
      listsAsDuplicateKeys,
      listToValue,
    }:
    if listsAsDuplicateKeys then
      types.either atom (types.listOf atom)
      // {
        description = "${atom.description} or a list of them for duplicate keys";
      }
    else if listToValue != null then
      types.either atom (types.nonEmptyListOf atom)
      // {
        description = "${atom.description} or a non-empty list of them";
      }
    else
      atom;

  iniAtom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
    ]
  ) // {
    description = "INI atom (null, bool, int, float or string)";
  };

  joinLists =
    listToValue: section:
    lib.mapAttrs (
      _: value: if listToValue != null && builtins.isList value then listToValue value else value
    ) section;

  generatorArgs =
    args:
    builtins.removeAttrs args [
      "listToValue"
      "atomsCoercedToLists"
    ];

  makeIni =
    generator: wrapType:
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      atomsCoercedToLists ? false,
      ...
    }@args:
    let
      atom = atomOrList {
        atom = iniAtom;
        inherit listsAsDuplicateKeys listToValue;
      };
      section = types.attrsOf atom // {
        description = "section of an INI file (attrs of ${atom.description})";
      };
    in
    {
      type = wrapType section;
      lib.types.atom = iniAtom;
      generate = name: value: self.writeText name (generator (generatorArgs args) listToValue value);
    };

  jsonTo =
    program: packages: name: value:
    self.runCommandLocal name
      {
        nativeBuildInputs = packages;
        value = builtins.toJSON value;
        passAsFile = [ "value" ];
      }
      program;
in
lib.fix (formats: {
  inherit (formats.json { }) type;

  json =
    { }:
    {
      type = nested "JSON value" scalars;
      generate = jsonTo ''jq . "$valuePath" > "$out"'' [ self.jq ];
    };

  yaml =
    { }:
    {
      type = nested "YAML value" scalars;
      generate =
        name: value:
        self.writers.writeYAML name value;
    };
  yaml_1_1 = formats.yaml;
  yaml_1_2 = formats.yaml;

  toml =
    { }:
    {
      type = types.attrsOf (nested "TOML value" scalars) // {
        description = "TOML value";
      };
      generate =
        name: value:
        self.writers.writeTOML name (lib.filterAttrsRecursive (_: entry: entry != null) value);
    };

  ini =
    args:
    makeIni (
      options: listToValue: value:
      lib.generators.toINI options (lib.mapAttrs (_: joinLists listToValue) value)
    ) types.attrsOf args;

  iniWithGlobalSection =
    args:
    makeIni
      (
        options: listToValue: value:
        lib.generators.toINIWithGlobalSection options {
          globalSection = joinLists listToValue (value.globalSection or { });
          sections = lib.mapAttrs (_: joinLists listToValue) (value.sections or { });
        }
      )
      (
        section:
        types.submodule {
          options = {
            globalSection = lib.mkOption {
              type = section;
              default = { };
              description = "Settings before the first section.";
            };
            sections = lib.mkOption {
              type = types.attrsOf section;
              default = { };
              description = "Settings by section.";
            };
          };
        }
      )
      args;

  gitIni =
    {
      listsAsDuplicateKeys ? false,
      ...
    }:
    let
      atom = atomOrList {
        atom = iniAtom;
        listToValue = null;
        inherit listsAsDuplicateKeys;
      };
    in
    {
      type = types.attrsOf (types.attrsOf (types.either atom (types.attrsOf atom)));
      generate = name: value: self.writeText name (lib.generators.toGitINI value);
    };

  systemd =
    let
      ini = formats.ini { listsAsDuplicateKeys = true; };
    in
    ini
    // {
      generate =
        name: value:
        self.writeText name (
          lib.generators.toINI { listsAsDuplicateKeys = true; } (
            lib.mapAttrs (_: lib.filterAttrs (_: entry: entry != null)) value
          )
        );
    };

  keyValue =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }@args:
    {
      type = types.attrsOf (atomOrList {
        atom = iniAtom;
        inherit listsAsDuplicateKeys listToValue;
      });
      generate =
        name: value:
        self.writeText name (
          lib.generators.toKeyValue (generatorArgs args) (joinLists listToValue value)
        );
    };

  lua =
    {
      asBindings ? false,
      multiline ? true,
      columnWidth ? 100,
      indentWidth ? 2,
      indentUsingTabs ? false,
    }:
    {
      type = nested "Lua value" scalars;
      generate =
        name: value:
        self.writeText name (
          lib.generators.toLua { inherit asBindings multiline; } value
        );
    };

  elixirConf = _: throw "formats.elixirConf is not supported: Debian's Elixir packages are not configured this way";
})
