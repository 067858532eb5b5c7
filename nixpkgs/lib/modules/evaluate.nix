# Evaluate a set of modules.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    map
    removeAttrs
    seq
    ;
  inherit (lib)
    attrByPath
    head
    init
    last
    optional
    recursiveUpdate
    remove
    reverseList
    setAttrByPath
    types
    warnIf
    ;
  inherit (lib.modules) mkDefault;
  inherit (lib.options) mkOption showDefs showOption;
  inherit (import ./collect.nix { inherit lib; }) collectModules moduleGraph;
  inherit (import ./merge.nix { inherit lib; }) mergeModules;

  messages = import ./messages.nix { inherit lib; };

  # The options by which modules speak to the module system itself.
  moduleOptions = {
    args = {
      # Lazy, for an argument may be expensive and is often not used.
      type = types.lazyAttrsOf types.raw;
      description = ''
        Arguments for every module, besides those that all modules have:

        - `lib`: the library;
        - `config`: the values of all options;
        - `options`: the options that the modules declare;
        - `specialArgs`, and every argument in it.

        Those cannot be changed here. As arguments in `_module.args` come out of the
        configuration, they cannot decide what a module imports: what `imports` uses, for
        instance the path `modulesPath` of NixOS, has to be in `specialArgs`.

        Submodules do not get the arguments of the module around them, only `name`, the name
        of the attribute that they are the value of.
      '';
    };

    check = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether to check whether all option definitions have matching declarations.";
    };

    freeformType = mkOption {
      type = types.nullOr types.optionType;
      internal = true;
      default = null;
      description = ''
        The type by which definitions without an option are merged; the result becomes part of
        the configuration. With `null` such definitions are errors, unless
        {option}`_module.check` is off.
      '';
    };

    specialArgs = mkOption {
      readOnly = true;
      internal = true;
      description = ''
        Arguments for every module that the caller gives and no module can change. They can
        be used in `imports`.
      '';
    };
  };

  # The manual shows the arguments once, at the root.
  optionsAtRoot._module = moduleOptions // {
    args = mkOption moduleOptions.args;
  };
  optionsInside._module = moduleOptions // {
    args = mkOption (moduleOptions.args // { internal = true; });
  };

  internalKey = "lib/modules.nix";

  recursionHint = "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect.";

  # The error for definitions without an option.
  noSuchOption =
    {
      options,
      prefix,
      unmatched,
    }:
    let
      def = head unmatched;
      path = showOption (prefix ++ def.prefix);
      parent = init def.prefix;
      siblings = attrNames (attrByPath parent { } options);
      candidates = if parent == [ ] then remove "_module" siblings else siblings;
      shown =
        addErrorContext
          "while evaluating the error message for definitions for `${path}', which is an option that does not exist"
          (addErrorContext "while evaluating a definition from `${def.file}'" (showDefs [ def ]));
      suggestion = messages.didYouMean (prefix ++ parent) (last def.prefix) candidates;
      declaredNothing = attrNames options == [ "_module" ];
    in
    throw "The option `${path}' does not exist. Definition values:${shown}${suggestion}${
      if declaredNothing then messages.nothingDeclared prefix else ""
    }";

  # The same in one line, for a list of them.
  describeUndeclared =
    {
      def,
      options,
      prefix,
    }:
    let
      parent = init def.prefix;
      siblings = attrNames (attrByPath parent { } options);
    in
    "${showOption (prefix ++ def.prefix)} in ${messages.positionOf def}${
      messages.nearestOption (prefix ++ parent) (last def.prefix) siblings
    }";

  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      args ? { },
      check ? true,
    }@evalArgs:
    let
      allModules =
        modules
        ++ optional (evalArgs ? args) { config._module.args = args; }
        ++ optional (evalArgs ? check) { config._module.check = mkDefault check; };

      warned =
        warnIf (evalArgs ? args)
          "The args argument to evalModules is deprecated. Please set config._module.args instead."
          warnIf
          (evalArgs ? check)
          "The check argument to evalModules is deprecated. Please set config._module.check instead.";

      moduleArgs = {
        inherit lib options specialArgs;
        _class = class;
        _prefix = prefix;
        config = addErrorContext recursionHint config;
      }
      // specialArgs;

      # Made anew for every evaluation, also when one extends another.
      internalModule = {
        _file = internalKey;
        key = internalKey;
        options = if prefix == [ ] then optionsAtRoot else optionsInside;
        config._module = {
          args = {
            inherit extendModules;
            moduleType = type;
            # Each definition that there is no option for, as a text: for who wants to go on without them.
            undeclaredDefinitions = map (
              def: describeUndeclared { inherit def options prefix; }
            ) merged.unmatchedDefns;
          };
          inherit specialArgs;
        };
      };

      modulesPath = specialArgs.modulesPath or "";

      merged = mergeModules prefix (
        [ internalModule ] ++ reverseList (collectModules class modulesPath allModules moduleArgs)
      );

      options = merged.matchedOptions;

      inherit (merged.config._module) freeformType;

      freeform = freeformType.merge prefix (
        map (def: {
          inherit (def) file;
          value = setAttrByPath def.prefix def.value;
        }) merged.unmatchedDefns
      );

      config =
        if freeformType == null || merged.unmatchedDefns == [ ] then
          merged.config
        else
          # What has an option is no part of `freeform`.
          recursiveUpdate freeform merged.config;

      checked = seq (
        if config._module.check && freeformType == null && merged.unmatchedDefns != [ ] then
          noSuchOption {
            inherit options prefix;
            unmatched = merged.unmatchedDefns;
          }
        else
          null
      );

      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
        }@extendArgs:
        evalModules (
          evalArgs
          // {
            modules = allModules ++ modules;
            specialArgs = evalArgs.specialArgs or { } // specialArgs;
            prefix = extendArgs.prefix or evalArgs.prefix or [ ];
          }
        );

      type = types.submoduleWith { inherit class modules specialArgs; };
    in
    warned {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      graph = moduleGraph class modulesPath allModules moduleArgs;
      inherit class extendModules type;
    };
in
{
  inherit evalModules;
}
