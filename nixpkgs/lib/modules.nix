# The module system: options that modules declare and define; a file of `modules/` for each part.
#
# `modules/evaluate.nix` is where an evaluation begins: it collects modules (`collect.nix`), brings
# declarations and definitions together (`merge.nix`), and makes values (`resolve.nix`).
{ lib }:
let
  load = file: import file { inherit lib; };

  inherit (load ./modules/evaluate.nix) evalModules;

  merge = load ./modules/merge.nix;

  collect = load ./modules/collect.nix;

  definitions = load ./modules/definitions.nix;

  # Parts that other code used to reach for.
  deprecated =
    builtins.mapAttrs
      (
        name:
        lib.warn "lib.modules.${name} is internal to the module system and deprecated; evaluate modules with lib.evalModules."
      )
      {
        /**
          Deprecated: call a module that is a function, with arguments that `_module.args` completes.

          Type: `applyModuleArgsIfFunction :: String -> Module -> AttrSet -> AttrSet`
        */
        inherit (collect) applyModuleArgsIfFunction;

        /**
          Deprecated: a module in canonical form. The file and the key are for a module that has none.

          Type: `unifyModuleSyntax :: String -> String -> AttrSet -> AttrSet`
        */
        inherit (collect) unifyModuleSyntax;

        /**
          Deprecated: the values of a definition, without `mkIf` and `mkMerge`.

          Type: `dischargeProperties :: a -> [a]`
        */
        inherit (definitions) dischargeProperties;

        /**
          Deprecated: sets that together say what a set in properties says, each without properties at its
          outermost level.

          Type: `pushDownProperties :: a -> [AttrSet]`
        */
        inherit (definitions) pushDownProperties;

        /**
          Deprecated: the options of loaded modules below a path, with their values.

          Type: `mergeModules :: [String] -> [AttrSet] -> { matchedOptions; unmatchedDefns; ... }`
        */
        inherit (merge) mergeModules;

        /**
          Deprecated: `mergeModules` with the definitions apart, as `{ file; config; }`.

          Type: `mergeModules' :: [String] -> [AttrSet] -> [AttrSet] -> { matchedOptions; unmatchedDefns; ... }`
        */
        inherit (merge) mergeModules';

        /**
          Deprecated: load modules and what they import.

          Type: `collectModules :: String -> [Module] -> AttrSet -> { modules; graph; }`
        */
        collectModules = modulesPath: modules: args: {
          modules = collect.collectModules null modulesPath modules args;
          graph = collect.moduleGraph null modulesPath modules args;
        };
      };
in
load ./modules/properties.nix
// removeAttrs definitions [ "pushDown" ]
// load ./modules/rename.nix
// deprecated
// {
  /**
    Evaluate modules: find out which options they declare, and make the value of each out of what they
    define.

    Inputs:

    - `modules`: a list of modules, each a set, a function from arguments to one, or a file with either.
    - `prefix`: where the result belongs, for messages; a path, empty by default.
    - `specialArgs`: arguments for all modules, for use in `imports` too. `modulesPath` among them is
      the folder that strings in `disabledModules` are relative to. Other arguments are better put
      into the option `_module.args`.
    - `class`: when it is not null, modules that declare another `_class` are refused.
    - `args`, `check`: deprecated, for the options `_module.args` and `_module.check`.

    Type: `evalModules :: AttrSet -> Configuration`

    The result holds `config`, the values; `options`; `_module`, the options of the module system;
    `extendModules`, which evaluates again with more `modules` and `specialArgs` and another `prefix`;
    `type`, the submodule type of these modules; `class`; and `graph`, the tree of imports.

    Example: `(evalModules { modules = [ { options.a = mkOption { }; config.a = 1; } ]; }).config` => `{ a = 1; }`
  */
  inherit evalModules;

  /**
    Deprecated: `evalModules` without a check for definitions that have no option.

    Type: `fixMergeModules :: [Module] -> AttrSet -> Configuration`
  */
  fixMergeModules =
    modules: args:
    evalModules {
      inherit modules args;
      check = false;
    };

  /**
    An option with its value and what is known about its definitions. For types that contain options.

    Inputs: the option's path; the option, with `type` and `declarations`; the definitions
    `{ file; value; }`.

    Type: `evalOptionValue :: [String] -> Option -> [Definition] -> Option`
  */
  inherit (merge) evalOptionValue;

  /**
    An option whose type knows all modules that declarations put into it.

    Inputs: the option's path, which is not used; what `mergeOptionDecls` returns.

    Type: `fixupOptionType :: [String] -> Option -> Option`
  */
  inherit (merge) fixupOptionType;

  /**
    One option out of several declarations.

    Inputs: the option's path; the declarations `{ _file; pos; options; }`, where `options` is the option.

    Type: `mergeOptionDecls :: [String] -> [AttrSet] -> Option`
  */
  inherit (merge) mergeOptionDecls;

  /**
    A module that is said to come from a file, unless it says so itself.

    Inputs: the file, then the module.

    Type: `setDefaultModuleLocation :: String -> Module -> Module`

    Example: `setDefaultModuleLocation "a.nix" { }` => `{ _file = "a.nix"; imports = [ { } ]; }`
  */
  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  /**
    A module from a file that is a function of something else first. Errors name the file, but the
    module has no key: importing it twice applies it twice.

    Inputs: the file, then what its function gets.

    Type: `importApply :: Path -> a -> Module`
  */
  importApply = file: argument: lib.setDefaultModuleLocation file (import file argument);

  /**
    A module whose configuration is a JSON file.

    Inputs: the file.

    Type: `importJSON :: Path -> Module`
  */
  importJSON = file: {
    _file = file;
    config = lib.importJSON file;
  };

  /**
    A module whose configuration is a TOML file.

    Inputs: the file.

    Type: `importTOML :: Path -> Module`
  */
  importTOML = file: {
    _file = file;
    config = lib.importTOML file;
  };
}
