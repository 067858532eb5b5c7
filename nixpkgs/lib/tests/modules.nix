# lib.modules: declaring and defining options, properties, imports, submodules.
{ lib }:
let
  inherit (lib)
    evalModules
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    types
    ;

  configOf = modules: (evalModules { inherit modules; }).config;

  optionsOf = modules: (evalModules { inherit modules; }).options;

  # An option `a` of a type, with the given definitions.
  valueOf = type: definitions: (configOf ([ { options.a = mkOption { inherit type; }; } ] ++ map (a: { config.a = a; }) definitions)).a;

  int = mkOption { type = types.int; };
in
{
  # Properties

  defaultCounts = {
    expr = (configOf [ { options.a = mkOption { default = 1; }; } ]).a;
    expected = 1;
  };

  definitionOverridesDefault = {
    expr = (configOf [ { options.a = mkOption { default = throw "not evaluated"; }; config.a = 2; } ]).a;
    expected = 2;
  };

  priorities = {
    expr = [
      (valueOf types.int [ 1 (mkDefault 2) ])
      (valueOf types.int [ 1 (mkForce 2) (mkDefault 3) ])
      (valueOf types.int [ (lib.mkVMOverride 1) (mkForce 2) ])
      (valueOf types.int [ (lib.mkImageMediaOverride 1) 2 ])
      (valueOf types.int [ (lib.mkOptionDefault 1) (mkDefault 2) ])
      (valueOf types.int [ (lib.mkOverride 99 1) 2 ])
    ];
    expected = [ 1 2 1 1 2 1 ];
  };

  overriddenValuesAreNotEvaluated = {
    expr = valueOf types.int [ (mkForce 1) (mkDefault (throw "not evaluated")) ];
    expected = 1;
  };

  defaultMergesWithItsPriority = {
    expr =
      (configOf [
        {
          options.a = mkOption {
            type = types.listOf types.int;
            default = [ 1 ];
          };
          config.a = lib.mkOptionDefault [ 2 ];
        }
      ]).a;
    expected = [ 1 2 ];
  };

  defaultBeatsWhatIsWeaker = {
    expr =
      (configOf [
        {
          options.a = mkOption { default = 1; };
          config.a = lib.mkOverride 2000 2;
        }
      ]).a;
    expected = 1;
  };

  defaultWhenNoConditionHolds = {
    expr =
      (configOf [
        {
          options.a = mkOption { default = 1; };
          config.a = mkIf false 2;
        }
      ]).a;
    expected = 1;
  };

  nestedProperties = {
    expr = valueOf types.int [
      (mkMerge [
        (mkIf true (mkMerge [ (mkForce 1) (mkIf false 2) ]))
        (mkIf false (throw "not evaluated"))
      ])
      3
    ];
    expected = 1;
  };

  orderOfDefinitions = {
    expr = valueOf (types.listOf types.str) [ [ "c" ] (lib.mkAfter [ "d" ]) (lib.mkBefore [ "b" ]) (lib.mkOrder 100 [ "a" ]) ];
    expected = [ "a" "b" "c" "d" ];
  };

  orderInsideOfPriority = {
    expr = valueOf types.lines [ (mkForce (lib.mkAfter "b")) (mkForce "a") "c" ];
    expected = "a\nb";
  };

  conditionOnTheConfiguration = {
    expr =
      (configOf [
        (
          { config, ... }:
          {
            options.on = mkOption { default = true; };
            options.a = mkOption { default = 0; };
            config = mkIf config.on { a = 1; };
          }
        )
      ]).a;
    expected = 1;
  };

  conditionOfAnotherKind = {
    expr = valueOf types.int [ (mkIf 1 1) ];
    throws = true;
  };

  failedAssertion = {
    expr = valueOf types.int [ (lib.mkAssert false "no" 1) ];
    throws = true;
  };

  definitionFromAFile = {
    expr =
      (optionsOf [
        {
          options.a = int;
          config.a = lib.mkDefinition {
            file = "elsewhere.nix";
            value = 1;
          };
        }
      ]).a.files;
    expected = [ "elsewhere.nix" ];
  };

  mkFixStrictnessIsNothing = {
    expr = lib.mkFixStrictness 1;
    expected = 1;
  };

  mapDefinitionValueKeepsProperties = {
    expr = lib.modules.mapDefinitionValue (x: x + 1) (mkMerge [ (mkIf true (mkForce 1)) (lib.mkBefore 2) 3 ]);
    expected = mkMerge [ (mkIf true (mkForce 2)) (lib.mkBefore 3) 4 ];
  };

  # Options

  whatIsKnownOfAnOption = {
    expr =
      let
        option =
          (optionsOf [
            {
              _file = "one.nix";
              options.a = mkOption {
                type = types.int;
                default = 1;
              };
            }
            {
              _file = "two.nix";
              config.a = mkForce 2;
            }
          ]).a;
      in
      [
        option.value
        option.isDefined
        option.highestPrio
        option.definitions
        (map (def: { inherit (def) file value; }) option.definitionsWithLocations)
        option.declarations
        option.loc
        "${option}"
        option.valueMeta
      ];
    expected = [
      2
      true
      50
      [ 2 ]
      [ { file = "two.nix"; value = 2; } ]
      [ "one.nix" ]
      [ "a" ]
      "a"
      { }
    ];
  };

  optionWithoutAnything = {
    expr =
      let
        option = (optionsOf [ { options.a = int; } ]).a;
      in
      [
        option.isDefined
        option.highestPrio
        option.definitions
      ];
    expected = [ false 9999 [ ] ];
  };

  positionOfADeclaration = {
    expr = (lib.head (optionsOf [ ./modules-data/declares.nix ]).answer.declarationPositions).line;
    expected = 5;
  };

  apply = {
    expr =
      (configOf [
        {
          options.a = mkOption {
            type = types.int;
            apply = x: x * 2;
          };
          config.a = 2;
        }
      ]).a;
    expected = 4;
  };

  readOnlyOnce = {
    expr =
      (configOf [
        {
          options.a = mkOption { readOnly = true; };
          config.a = 2;
        }
      ]).a;
    expected = 2;
  };

  readOnlyTwice = {
    expr =
      (configOf [
        {
          options.a = mkOption {
            readOnly = true;
            default = 1;
          };
          config.a = 2;
        }
      ]).a;
    throws = true;
  };

  declaredTwice = {
    expr =
      let
        option = (optionsOf [
          { options.a = mkOption { type = types.enum [ 1 ]; }; }
          { options.a = mkOption { type = types.enum [ 2 ]; description = "d"; }; config.a = 2; }
        ]).a;
      in
      [
        option.value
        option.description
        (lib.length option.declarations)
      ];
    expected = [ 2 "d" 2 ];
  };

  declaredTwiceWithADefault = {
    expr =
      (configOf [
        { options.a = mkOption { default = 1; }; }
        { options.a = mkOption { default = 2; }; }
      ]).a;
    throws = true;
  };

  onlyWhatIsUsedIsEvaluated = {
    expr =
      (configOf [
        {
          options.a = int;
          options.b = mkOption { type = throw "not evaluated"; };
          config.a = 1;
        }
      ]).a;
    expected = 1;
  };

  deepConditionIsLazy = {
    expr =
      (configOf [
        (
          { config, ... }:
          {
            options.a.b.c = mkOption { default = 0; };
            options.d = mkOption { default = false; };
            config.a = mkIf config.d { b.c = throw "not evaluated"; };
          }
        )
      ]).a.b.c;
    expected = 0;
  };

  # Modules

  formsOfModules = {
    expr =
      (configOf [
        { options.a = mkOption { type = types.listOf types.str; }; }
        { a = [ "set" ]; }
        ({ lib, ... }: { a = lib.mkAfter [ "function" ]; })
        ./modules-data/defines.nix
        (toString ./modules-data/defines-more.nix)
        (mkIf true { a = lib.mkOrder 2000 [ "property" ]; })
        { config = mkMerge [ { a = lib.mkOrder 3000 [ "merged" ]; } ]; }
      ]).a;
    expected = [ "string" "file" "set" "function" "property" "merged" ];
  };

  importsAreLoadedOnce = {
    expr =
      (configOf [
        { options.a = mkOption { type = types.listOf types.str; }; }
        {
          imports = [
            ./modules-data/defines.nix
            ./modules-data/defines.nix
            {
              key = "same";
              a = [ "x" ];
            }
          ];
        }
        {
          key = "same";
          a = [ "x" ];
        }
      ]).a;
    expected = [ "file" "x" ];
  };

  argumentsFromTheConfiguration = {
    expr =
      (configOf [
        ({ custom, ... }: { options.a = mkOption { default = custom; }; })
        { _module.args.custom = 5; }
      ]).a;
    expected = 5;
  };

  specialArguments = {
    expr =
      let
        result = evalModules {
          specialArgs.extra = ./modules-data/defines.nix;
          modules = [
            ({ extra, specialArgs, ... }: {
              imports = [ extra ];
              options.a = mkOption { };
              options.n = mkOption { default = lib.attrNames specialArgs; };
            })
          ];
        };
      in
      [
        result.config.a
        result.config.n
        (lib.attrNames result._module.specialArgs)
      ];
    expected = [ [ "file" ] [ "extra" ] [ "extra" ] ];
  };

  disabledModules = {
    expr =
      (evalModules {
        specialArgs.modulesPath = ./modules-data;
        modules = [
          { options.a = mkOption { default = [ "default" ]; }; }
          ./modules-data/defines.nix
          ./modules-data/defines-more.nix
          {
            disabledModules = [
              "defines.nix"
              ./modules-data/defines-more.nix
            ];
          }
        ];
      }).config.a;
    expected = [ "default" ];
  };

  classesThatFit = {
    expr =
      (evalModules {
        class = "one";
        modules = [
          { options.a = mkOption { default = 1; }; }
          {
            _class = "one";
            a = 2;
          }
        ];
      }).config.a;
    expected = 2;
  };

  classesThatDoNot = {
    expr =
      (evalModules {
        class = "one";
        modules = [ { _class = "two"; } ];
      }).config;
    throws = true;
  };

  meta = {
    expr =
      (configOf [
        {
          options.meta.x = mkOption { };
          meta.x = 1;
        }
      ]).meta.x;
    expected = 1;
  };

  fromData = {
    expr =
      (configOf [
        {
          options.a = mkOption { };
          options.b = mkOption { };
        }
        (lib.modules.importJSON (builtins.toFile "x.json" ''{ "a": 1 }''))
        (lib.modules.importTOML (builtins.toFile "x.toml" "b = 2"))
      ]);
    expected = {
      a = 1;
      b = 2;
    };
  };

  # A definition is known by its file, and by its place there.
  applied = {
    expr =
      (optionsOf [
        { options.a = mkOption { type = types.listOf types.str; }; }
        (lib.modules.importApply ./modules-data/applied.nix "x")
      ]).a.definitionsWithLocations;
    expected = [
      {
        file = toString ./modules-data/applied.nix;
        value = [ "x" ];
        pos = {
          file = toString ./modules-data/applied.nix;
          line = 4;
          column = 3;
        };
      }
    ];
  };

  extended = {
    expr =
      let
        base = evalModules {
          modules = [ { options.a = mkOption { default = 1; }; } ];
          specialArgs.x = 1;
        };
        more = base.extendModules {
          modules = [ ({ x, y, ... }: { a = x + y; }) ];
          specialArgs.y = 2;
        };
      in
      [
        base.config.a
        more.config.a
      ];
    expected = [ 1 3 ];
  };

  typeOfAnEvaluation = {
    expr =
      let
        inner = evalModules { modules = [ { options.x = mkOption { default = 1; }; } ]; };
      in
      (configOf [
        {
          options.a = mkOption { inherit (inner) type; };
          config.a = { };
        }
      ]).a;
    expected = { x = 1; };
  };

  graphOfImports = {
    expr =
      let
        strip = node: {
          inherit (node) disabled;
          file = baseNameOf node.file;
          imports = map strip node.imports;
        };
      in
      map strip
        (evalModules {
          modules = [
            ./modules-data/imports.nix
            { disabledModules = [ ./modules-data/defines.nix ]; }
          ];
        }).graph;
    expected = [
      {
        disabled = false;
        file = "imports.nix";
        imports = [
          {
            disabled = true;
            file = "defines.nix";
            imports = [ ];
          }
        ];
      }
      {
        disabled = false;
        file = "<unknown-file>";
        imports = [ ];
      }
    ];
  };

  deprecatedArguments = {
    expr = [
      (evalModules {
        modules = [ ({ x, ... }: { options.a = mkOption { default = x; }; }) ];
        args.x = 1;
      }).config.a
      (evalModules {
        modules = [
          { options.a = mkOption { default = 2; }; }
          { unknown = 1; }
        ];
        check = false;
      }).config.a
      (lib.fixMergeModules [
        ({ x, ... }: { options.a = mkOption { default = x; }; })
        { unknown = 1; }
      ] { x = 3; }).config.a
    ];
    expected = [ 1 2 3 ];
  };

  # Freeform

  freeformTakesTheRest = {
    expr = configOf [
      {
        freeformType = types.attrsOf types.int;
        options.a = mkOption { default = "text"; };
      }
      {
        b = 1;
        c = mkIf false 2;
      }
    ];
    expected = {
      a = "text";
      b = 1;
    };
  };

  freeformInside = {
    expr = configOf [
      {
        freeformType = types.attrsOf (types.attrsOf types.int);
        options.a.b = mkOption { default = "text"; };
      }
      { a.c = 1; }
    ];
    expected.a = {
      b = "text";
      c = 1;
    };
  };

  freeformOfAnotherType = {
    expr =
      (configOf [
        { freeformType = types.attrsOf types.int; }
        { a = "text"; }
      ]).a;
    throws = true;
  };

  withoutCheck = {
    expr = configOf [
      { options.a = mkOption { default = 1; }; }
      {
        _module.check = false;
        unknown = 2;
      }
    ];
    expected = { a = 1; };
  };

  unknownOption = {
    expr = configOf [ { unknown = 2; } ];
    throws = true;
  };

  # Names that older code reaches for

  partsOfTheModuleSystem = {
    expr = [
      (lib.modules.dischargeProperties (mkMerge [ 1 (mkIf true 2) ]))
      (lib.modules.pushDownProperties (mkIf true { a = 1; }))
      (lib.modules.unifyModuleSyntax "f" "k" { a = 1; }).config
      (lib.modules.applyModuleArgsIfFunction "k" ({ x, ... }: x) {
        x = 1;
        config = { };
      })
      (map (module: module.config) (
        (lib.modules.collectModules "" [ { imports = [ { a = 1; } ]; } ] { config = { }; }).modules
      ))
      (lib.modules.mergeModules [ ] [
        {
          _file = "f";
          options.a = int;
          config.a = 1;
        }
      ]).matchedOptions.a.value
      (map (def: removeAttrs def [ "pos" ])
        (lib.modules.mergeModules' [ ] [ { _file = "f"; options.a = int; } ] [
          {
            file = "f";
            config = {
              a = 1;
              b = 2;
            };
          }
        ]).unmatchedDefns
      )
      (lib.modules.evalOptionValue [ "a" ] (int // { declarations = [ ]; }) [
        {
          file = "f";
          value = 1;
        }
      ]).value
      (lib.modules.fixupOptionType [ "a" ] (mkOption { })).type.name
      (lib.modules.mergeOptionDecls [ "a" ] [
        {
          _file = "f";
          pos = null;
          options = int;
        }
      ]).declarations
    ];
    expected = [
      [ 1 2 ]
      [ { a = mkIf true 1; } ]
      { a = 1; }
      1
      [ { } { a = 1; } ]
      1
      [ { file = "f"; value = 2; prefix = [ "b" ]; } ]
      1
      "unspecified"
      [ "f" ]
    ];
  };

  # Renaming

  renamed = {
    expr =
      let
        result = configOf [
          (lib.mkRenamedOptionModule [ "old" ] [ "new" ])
          {
            options.new = mkOption { type = types.int; };
            options.warnings = mkOption { type = types.listOf types.str; };
            config.old = mkForce 1;
          }
          { new = 2; }
        ];
      in
      [
        result.new
        (lib.length result.warnings)
      ];
    expected = [ 1 1 ];
  };

  renamedOptionIsNotNeeded = {
    expr =
      (configOf [
        (lib.mkRenamedOptionModule [ "old" ] [ "new" ])
        { options.new = mkOption { default = 1; }; }
      ]).new;
    expected = 1;
  };

  renamedLongAgoAndLately = {
    expr =
      let
        warningsSince =
          sinceRelease:
          lib.length
            (configOf [
              (lib.mkRenamedOptionModuleWith {
                from = [ "old" ];
                to = [ "new" ];
                inherit sinceRelease;
              })
              {
                options.new = mkOption { type = types.int; };
                options.warnings = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                };
                config.old = 1;
              }
            ]).warnings;
      in
      map warningsSince [ 1809 9911 ];
    expected = [ 1 0 ];
  };

  alias = {
    expr =
      let
        result = configOf [
          (lib.mkAliasOptionModule [ "other" "name" ] [ "a" ])
          { options.a = mkOption { type = types.int; }; }
          { other.name = 3; }
        ];
      in
      [
        result.a
        result.other.name
      ];
    expected = [ 3 3 ];
  };

  aliasUnderItsOldName = {
    expr = lib.isFunction (lib.mkAliasOptionModuleMD [ "a" ] [ "b" ]);
    expected = true;
  };

  renamedUnderACondition = {
    expr =
      (configOf [
        (lib.doRename {
          from = [ "old" ];
          to = [ "new" "x" "v" ];
          visible = true;
          warn = false;
          use = value: value;
          withPriority = false;
          condition = false;
        })
        {
          options.new = mkOption {
            type = types.attrsOf (types.submodule { options.v = mkOption { default = 0; }; });
            default = { };
          };
          config.old = 1;
        }
      ]).new;
    expected = { };
  };

  removed = {
    expr =
      let
        result =
          definitions:
          configOf (
            [
              (lib.mkRemovedOptionModule [ "gone" ] "Use another.")
              { options.assertions = mkOption { type = types.listOf types.unspecified; }; }
            ]
            ++ definitions
          );
      in
      [
        (map (check: check.assertion) (result [ ]).assertions)
        (map (check: check.assertion) (result [ { gone = 1; } ]).assertions)
      ];
    expected = [ [ true ] [ false ] ];
  };

  changedAndMerged = {
    expr =
      let
        warnings = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
        changed = configOf [
          (lib.mkChangedOptionModule [ "old" ] [ "new" ] (config: "value ${toString config.old}"))
          {
            options = {
              inherit warnings;
              new = mkOption { type = types.str; };
            };
            config.old = 1;
          }
        ];
        merged = configOf [
          (lib.mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "c" ] (config: config.a))
          {
            options = {
              inherit warnings;
              c = mkOption { type = types.int; };
            };
            config.a = 7;
          }
        ];
      in
      [
        changed.new
        (lib.length changed.warnings)
        merged.c
      ];
    expected = [ "value 1" 1 7 ];
  };

  aliasedDefinitions = {
    expr =
      let
        result = configOf [
          (
            { options, ... }:
            {
              options = lib.genAttrs [ "from" "to" "wrapped" "unset" "kept" ] (_: mkOption { type = types.listOf types.int; default = [ ]; });
              config = {
                from = mkMerge [ (lib.mkAfter [ 2 ]) [ 1 ] ];
                to = lib.mkAliasDefinitions options.from;
                wrapped = lib.mkAliasAndWrapDefinitions (d: mkMerge [ d [ 3 ] ]) options.from;
                kept = lib.modules.mkAliasAndWrapDefsWithPriority lib.id options.from;
                unset = lib.modules.mkAliasIfDef options.from [ 4 ];
              };
            }
          )
        ];
      in
      [
        result.to
        (lib.sort lib.lessThan result.wrapped)
        result.kept
        result.unset
      ];
    expected = [ [ 1 2 ] [ 1 2 3 ] [ 1 2 ] [ 4 ] ];
  };

  derivedDefinition = {
    expr =
      (optionsOf [
        (
          { options, ... }:
          {
            options.a = mkOption { type = types.int; };
            options.b = mkOption { type = types.str; };
            config.a = mkDefault 1;
            config.b = lib.mkDerivedConfig options.a toString;
          }
        )
      ]).b.highestPrio;
    expected = 1000;
  };

  prioritiesOfAttributes = {
    expr =
      lib.modules.mergeAttrDefinitionsWithPrio
        (optionsOf [
          {
            options.a = mkOption { type = types.attrsOf types.int; };
            config.a = mkMerge [
              {
                x = mkForce 1;
                y = 2;
              }
              { x = 3; }
            ];
          }
        ]).a;
    expected = {
      x = {
        value = 1;
        highestPrio = 50;
      };
      y = {
        value = 2;
        highestPrio = 100;
      };
    };
  };
}
