# Modules as values, and options and types as values.
{ lib }:
let
  inherit (builtins)
    attrNames
    head
    intersectAttrs
    isAttrs
    length
    map
    ;
  inherit (lib)
    isFunction
    last
    optionalAttrs
    toList
    ;
  inherit (lib.modules)
    evalModules
    fixupOptionType
    mergeOptionDecls
    mkForce
    mkOptionDefault
    setDefaultModuleLocation
    ;
  inherit (lib.options) mkOption showOption;
  inherit (lib.types)
    defaultFunctor
    deferredModuleWith
    isType
    mkOptionType
    optionDescriptionPhrase
    submoduleWith
    ;
  inherit (import ./merge.nix { inherit lib; }) headError v2Check v2Merge;

  isModule = value: isAttrs value || isFunction value || lib.types.path.check value;

  # For the manual, which evaluates modules without what they need.
  withoutCheck = {
    _file = "<built-in module that disables checks for the purpose of documentation generation>";
    config._module.check = mkForce false;
  };

  # What two declarations of a submodule agree on, where null leaves it to the other.
  agree =
    what: a: b:
    if a == null || a == b then
      b
    else if b == null then
      a
    else
      throw "A submoduleWith option is declared multiple times with conflicting ${what}";

  mergePayloads =
    a: b:
    let
      both = attrNames (intersectAttrs a.specialArgs b.specialArgs);
      classA = a.class or null;
      classB = b.class or null;
    in
    {
      modules = a.modules ++ b.modules;
      specialArgs =
        if both == [ ] then
          a.specialArgs // b.specialArgs
        else
          throw "A submoduleWith option is declared multiple times with the same specialArgs \"${toString both}\"";
      class = agree "class values \"${toString classA}\" and \"${toString classB}\"." classA classB;
      shorthandOnlyDefinesConfig =
        agree "shorthandOnlyDefinesConfig values" a.shorthandOnlyDefinesConfig
          b.shorthandOnlyDefinesConfig;
      description = agree "descriptions" a.description b.description;
    };
in
{
  /**
    A set that is a configuration of its own, with options that modules declare. The modules get the
    argument `name`, the name of the attribute that the set is the value of.

    Inputs: a module, or a list of modules.

    Type: `submodule :: (Module | [Module]) -> OptionType`

    Example: `(types.submodule { }).check { }` => `true`
  */
  submodule =
    modules:
    submoduleWith {
      modules = toList modules;
      shorthandOnlyDefinesConfig = true;
    };

  /**
    `submodule` with all that can be chosen.

    Inputs:

    - `modules`, `specialArgs` and `class` are those of `evalModules`.
    - `shorthandOnlyDefinesConfig`: whether a definition that is a set holds values only, so that
      `options`, `config` and `imports` in it are ordinary names. False by default.
    - `description`: replaces the type's description.

    Type: `submoduleWith :: AttrSet -> OptionType`

    Example: `(types.submoduleWith { modules = [ ]; description = "thing"; }).description` => `"thing"`
  */
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@attrs:
    let
      moduleOf =
        { file, value, ... }:
        if isAttrs value && shorthandOnlyDefinesConfig then
          {
            _file = file;
            config = value;
          }
        else
          {
            _file = file;
            imports = [ value ];
          };

      base = evalModules {
        inherit class specialArgs;
        # Modules may use the name in declarations; here there is none yet.
        modules = [ { _module.args.name = mkOptionDefault "‹name›"; } ] ++ modules;
      };

      documented =
        prefix:
        base.extendModules {
          inherit prefix;
          modules = [ withoutCheck ];
        };

      inherit (base._module) freeformType;
    in
    mkOptionType {
      name = "submodule";
      description =
        let
          freeform = (base.extendModules { modules = [ withoutCheck ]; })._module.freeformType;
        in
        if description != null then
          description
        else if freeform ? description then
          "open submodule of ${
            optionDescriptionPhrase (class: class == "noun" || class == "composite") freeform
          }"
        else
          "submodule";
      check = v2Check isModule;
      merge = v2Merge (
        { loc, defs }:
        let
          configuration = base.extendModules {
            modules = [ { _module.args.name = last loc; } ] ++ map moduleOf defs;
            prefix = loc;
          };
        in
        {
          headError = headError isModule defs;
          value = configuration.config;
          valueMeta = { inherit configuration; };
        }
      );
      emptyValue.value = base.config;
      getSubOptions =
        prefix:
        let
          configuration = documented prefix;
          freeform = configuration._module.freeformType;
        in
        configuration.options
        // optionalAttrs (freeform != null) {
          # The name is not shown.
          _freeformOptions = freeform.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules = modules: submoduleWith (attrs // { inherit modules; });
      functor = defaultFunctor "submodule" // {
        type = lib.types.submoduleWith;
        payload = {
          inherit
            class
            description
            modules
            shorthandOnlyDefinesConfig
            specialArgs
            ;
        };
        binOp = mergePayloads;
      };
      nestedTypes = optionalAttrs (freeformType != null) { inherit freeformType; };
    };

  /**
    A module that switches off the check for definitions without an option, for evaluations whose options
    are only described.

    Type: `noCheckForDocsModule :: Module`
  */
  noCheckForDocsModule = withoutCheck;

  /**
    A module that is imported somewhere else. Definitions are put together into one module.

    Type: `deferredModule :: OptionType`

    Example: `types.deferredModule.check { }` => `true`
  */
  deferredModule = deferredModuleWith { };

  /**
    `deferredModule` with modules that are always part of the value, and whose options are in the
    manual.

    Inputs: `{ staticModules ? [ ]; }`.

    Type: `deferredModuleWith :: { staticModules ? [Module]; } -> OptionType`

    Example: `(types.deferredModuleWith { staticModules = [ { } ]; }).merge [ ] [ ]` => `{ imports = [ { } ]; }`
  */
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (
            def: setDefaultModuleLocation "${def.file}, via option ${showOption loc}" def.value
          ) defs;
      };
      inherit (submoduleWith { modules = staticModules; }) getSubModules getSubOptions;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = lib.types.deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };

  /**
    An option that `mkOption` made and that was not evaluated.

    Type: `optionDeclaration :: OptionType`

    Example: `types.optionDeclaration.check (mkOption { })` => `true`
  */
  optionDeclaration = mkOptionType {
    name = "optionDeclaration";
    description = "option declaration";
    descriptionClass = "noun";
    check = value: isType "option" value && !(value ? value);
  };

  /**
    A type; several are merged as if an option was declared with each.

    Type: `optionType :: OptionType`

    Example: `types.optionType.check types.int` => `true`
  */
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = isType "option-type";
    merge =
      loc: defs:
      if length defs == 1 then
        (head defs).value
      else
        (fixupOptionType loc (
          mergeOptionDecls loc (
            map (
              { file, value, ... }:
              {
                _file = file;
                pos = null;
                options = mkOption { type = value; };
              }
            ) defs
          )
        )).type;
  };
}
