# What errors say: each `expr` must fail with a message that holds all of `says`. Evaluated one by one from outside, for no
# expression can read a message: `nix-instantiate --eval --strict nixpkgs/lib/tests/errors.nix -A <name>.expr`.
let
  lib = import ../.;

  inherit (lib)
    evalModules
    mkForce
    mkOption
    types
    ;

  configOf = modules: (evalModules { inherit modules; }).config;

  optionsOf = modules: (evalModules { inherit modules; }).options;

  # A configuration of an option `a` with a type, and definitions from files.
  defined =
    type: definitions:
    configOf (
      [
        {
          _file = "declares.nix";
          options.a = mkOption { inherit type; };
        }
      ]
      ++ lib.imap1 (index: a: {
        _file = "file${toString index}.nix";
        config = { inherit a; };
      }) definitions
    );

  twice =
    first: second:
    optionsOf [
      {
        _file = "first.nix";
        options.a = first;
      }
      {
        _file = "second.nix";
        options.a = second;
      }
    ];

  service = {
    options.services.nginx.enable = lib.mkEnableOption "nginx";
    options.services.nginx.port = mkOption { type = types.port; };
  };
in
{
  wrongType = {
    expr = defined types.int [ "text" ];
    says = [
      "A definition for option `a' is not of type `signed integer'. Definition values:"
      "- In `file1.nix': \"text\""
      "while evaluating the option `a'"
    ];
  };

  wrongTypeOfASet = {
    expr = defined (types.attrsOf types.int) [ 1 ];
    says = [
      "A definition for option `a' is not of type `attribute set of signed integer'. TypeError: Definition values:"
      "- In `file1.nix': 1"
    ];
  };

  wrongTypeInside = {
    expr = defined (types.attrsOf (types.listOf types.int)) [ { b = [ "text" ]; } ];
    says = [ "A definition for option `a.b.\"[definition 1-entry 1]\"' is not of type `signed integer'" ];
  };

  conflict = {
    expr = defined types.int [
      1
      2
    ];
    says = [
      "The option `a' has conflicting definition values:"
      "- In `file1.nix': 1"
      "- In `file2.nix': 2"
      "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions."
    ];
  };

  notDefined = {
    expr = defined types.int [ ];
    says = [ "The option `a' was accessed but has no value defined. Try setting the option." ];
  };

  unknownOption = {
    expr = configOf [
      service
      {
        _file = "user.nix";
        services.nginx.enabel = true;
      }
    ];
    says = [
      "The option `services.nginx.enabel' does not exist. Definition values:"
      "- In `user.nix': true"
      "Did you mean `services.nginx.enable' or `services.nginx.port'?"
    ];
  };

  unknownOptionInASubmodule = {
    expr = (defined (types.attrsOf (types.submodule service)) [ { web.services.nginx.ports = 80; } ]).a.web;
    says = [
      "The option `a.web.services.nginx.ports' does not exist"
      "Did you mean `a.web.services.nginx.port' or `a.web.services.nginx.enable'?"
    ];
  };

  noOptionAtAll = {
    expr = configOf [ { a = 1; } ];
    says = [
      "The option `a' does not exist."
      "It seems as if you're trying to declare an option by placing it into `config' rather than `options'!"
    ];
  };

  noOptionInASubmodule = {
    expr = defined (types.submodule { config.x = 1; }) [ { } ];
    says = [
      "The option `a.x' does not exist."
      "However there are no options defined in `a'."
    ];
  };

  declaredTwice = {
    expr = twice (mkOption { default = 1; }) (mkOption { default = 2; });
    says = [ "The option `a' in `first.nix' is already declared in `second.nix'." ];
  };

  declaredWithTwoTypes = {
    expr = (twice (mkOption { type = types.int; }) (mkOption { type = types.str; })).a.type;
    says = [ "The option `a' in `first.nix' is already declared in `second.nix'." ];
  };

  optionsBelowAnOption = {
    expr = (twice (mkOption { type = types.int; }) { inner.deep = mkOption { }; }).a;
    says = [
      "The option `a' in module `first.nix' would be a parent of the following options, but its type `signed integer' does not support nested options."
      "- option(s) with prefix `a.inner' in module `second.nix'"
    ];
  };

  typeInsteadOfAnOption = {
    expr = optionsOf [
      {
        _file = "first.nix";
        options.a.b = types.int;
      }
    ];
    says = [
      "In module first.nix: expected an option declaration at option path `a.b` but got an attribute set with type option-type"
      "you must wrap the type in a `mkOption` call"
    ];
  };

  declarationThatIsNoSet = {
    expr = optionsOf [ { options.a = 1; } ];
    says = [
      "An option declaration for `a' has type"
      "`int' rather than an attribute set."
      "Did you mean to define this outside of `options'?"
    ];
  };

  definitionThatIsNoSet = {
    expr = configOf [
      service
      {
        _file = "user.nix";
        services.nginx = true;
      }
    ];
    says = [
      "In module `user.nix', you're trying to define a value of type `bool'"
      "rather than an attribute set for the option"
      "`services.nginx'!"
    ];
  };

  readOnly = {
    expr =
      (configOf [
        {
          _file = "declares.nix";
          options.a = mkOption {
            readOnly = true;
            default = 1;
          };
        }
        {
          _file = "user.nix";
          a = 2;
        }
      ]).a;
    says = [
      "The option `a' is read-only, but it's set multiple times. Definition values:"
      "- In `declares.nix': 1"
      "- In `user.nix': 2"
    ];
  };

  conditionOfAnotherKind = {
    expr = defined types.int [ (lib.mkIf 1 1) ];
    says = [
      "‘mkIf’ called with a non-Boolean condition"
      "while evaluating definitions from `file1.nix':"
    ];
  };

  failedAssertion = {
    expr = defined types.int [ (lib.mkAssert false "too small" 1) ];
    says = [ "Failed assertion: too small" ];
  };

  strangerInAModule = {
    expr = configOf [
      {
        key = "stranger";
        config = { };
        servicse.x = 1;
      }
    ];
    says = [
      "has an unsupported attribute `servicse'. This is caused by introducing a top-level `config' or `options' attribute."
      "(namely: servicse)"
    ];
  };

  notAModule = {
    expr = configOf [ { imports = [ { _type = "flake"; } ]; } ];
    says = [
      "Expected a module, but found a value of type"
      "\"flake\""
      "Perhaps you forgot to select an attribute name?"
    ];
  };

  configurationAsAModule = {
    expr = configOf [ (evalModules { modules = [ ]; }) ];
    says = [
      "\"configuration\""
      "please only import the modules that make up the configuration"
    ];
  };

  nestedImports = {
    expr = configOf [ { imports = [ [ { } ] ]; } ];
    says = [ "Module imports can't be nested lists. Perhaps you meant to remove one level of lists?" ];
  };

  moduleThatIsNoSet = {
    expr = configOf [ (_: 1) ];
    says = [ "module <unknown-file> (:anon-1) does not look like a module." ];
  };

  wrongClass = {
    expr =
      (evalModules {
        class = "nixos";
        modules = [
          {
            _class = "darwin";
            _file = "mac.nix";
          }
        ];
      }).config;
    says = [ "The module `mac.nix` (class: \"darwin\") cannot be imported into a module evaluation that expects class \"nixos\"." ];
  };

  missingArgument = {
    expr = configOf [ ({ pkgz, ... }: { options.a = mkOption { default = pkgz; }; }) ];
    says = [
      "while evaluating the module argument `pkgz' in \":anon-1\":"
      "noting that argument `pkgz` is not externally provided, so querying `_module.args` instead, requiring `config`"
      "attribute 'pkgz' missing"
    ];
  };

  importsFromTheConfiguration = {
    expr = configOf [
      (
        { config, ... }:
        {
          imports = lib.optional config.x { };
          options.x = mkOption { default = true; };
        }
      )
    ];
    says = [
      "infinite recursion encountered"
      "if you get an infinite recursion here, you probably reference `config` in `imports`."
    ];
  };

  disabledModuleWithoutAKey = {
    expr = configOf [
      {
        _file = "user.nix";
        disabledModules = [ { } ];
      }
    ];
    says = [ "Module `user.nix` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute." ];
  };

  disabledModuleOfAnotherKind = {
    expr = configOf [
      {
        _file = "user.nix";
        disabledModules = [ (x: x) ];
      }
    ];
    says = [ "one of the disabledModules items in `user.nix` is none of that, but is of type lambda." ];
  };

  removedOption = {
    expr =
      (configOf [
        (lib.mkRemovedOptionModule [ "old" ] "Use the new one.")
        {
          options.assertions = mkOption { type = types.listOf types.unspecified; };
          config.old = 1;
        }
      ]).old;
    says = [ "The option `old' can no longer be used since it's been removed. Use the new one." ];
  };

  renamedToNothing = {
    expr = (configOf [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) ]).old;
    says = [ "Renaming error: option `new' does not exist." ];
  };

  uniqueDefinitions = {
    expr = defined (types.unique { message = "There can be one."; } types.int) [
      1
      1
    ];
    says = [
      "The option `a' is defined multiple times while it's expected to be unique."
      "There can be one."
    ];
  };

  nullAndNotNull = {
    expr = defined (types.nullOr types.int) [
      1
      null
    ];
    says = [
      "The option `a` is defined both null and not null, in"
      "`file1.nix'"
      "`file2.nix'"
    ];
  };

  kindsThatDoNotMerge = {
    expr = defined types.anything [
      1
      "text"
    ];
    says = [ "The option `a' has conflicting option types in" ];
  };

  mixedTags = {
    expr = defined (types.attrTag {
      x = mkOption { type = types.int; };
      y = mkOption { type = types.int; };
    }) [
      { x = 1; }
      { y = 1; }
    ];
    says = [ "The option `a` is defined both as" ];
  };

  tagThatIsNoOption = {
    expr = defined (types.attrTag { x = types.int; }) [ { x = 1; } ];
    says = [ "In attrTag, each tag value must be an option, but tag x was a bare type, not wrapped in mkOption." ];
  };

  adHocCheck = {
    expr = defined (types.attrsOf types.int // { check = _: true; }) [ { } ];
    says = [
      "The option `a' has a type `attribute set of signed integer' that uses"
      "Please use `lib.types.addCheck` instead"
    ];
  };

  submoduleClasses = {
    expr =
      (twice (mkOption {
        type = types.submoduleWith {
          modules = [ ];
          class = "one";
        };
      }) (mkOption {
        type = types.submoduleWith {
          modules = [ ];
          class = "two";
        };
      })).a.type.functor.payload.class;
    says = [ "A submoduleWith option is declared multiple times with conflicting class values" ];
  };

  coercedSubmodule = {
    expr = types.coercedTo (types.submodule { }) (x: x) types.int;
    says = [ "coercedTo: coercedType must not have submodules (it’s a submodule)" ];
  };

  missingPackageArgument = {
    expr = lib.callPackageWith { stdenv = 1; } ({ stdnv }: stdnv) { };
    says = [
      "lib.customisation.callPackageWith: Function called without required argument \"stdnv\" at"
      "did you mean \"stdenv\"?"
    ];
  };

  missingPath = {
    expr = lib.getAttrFromPath [ "a" "b" ] { };
    says = [ "cannot find attribute 'a.b'" ];
  };

  notAnInteger = {
    expr = lib.toInt "seven";
    says = [ "toInt: Could not convert \"seven\" to int." ];
  };

  mainProgramInAFolder = {
    expr = lib.getExe' { type = "derivation"; } "bin/x";
    says = [ "lib.meta.getExe': The second argument \"bin/x\" is a nested path with a \"/\" character" ];
  };

  subpathUpwards = {
    expr = lib.path.append /a "../b";
    says = [
      "lib.path.append: Second argument is not a valid subpath string:"
      "contains a `..` component, which is not allowed in subpaths"
    ];
  };

  fileSetOfAString = {
    expr = lib.fileset.toList "/etc";
    says = [ "lib.fileset.toList: Argument (\"/etc\") is a string-like value, but it should be a file set or a path instead." ];
  };

  fileSetAsAValue = {
    expr = lib.fileset.union ./. ./.;
    says = [ "lib.fileset: Directly evaluating a file set is not supported." ];
  };

  ambiguousSystem = {
    expr = lib.systems.elaborate "x86_64";
    says = [ "system string 'x86_64' with 1 component is ambiguous" ];
  };

  wrongAddress = {
    expr = lib.network.ipv6.fromString "1::2::3";
    says = [ "1::2::3 is not a valid IPv6 address" ];
  };

  overriddenTwice = {
    expr = defined types.int [
      (mkForce 1)
      (mkForce 2)
    ];
    says = [ "The option `a' has conflicting definition values:" ];
  };
}
