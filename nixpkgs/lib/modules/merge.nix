# Bring declarations of options together with their definitions.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    map
    mapAttrs
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (lib) warn;
  inherit (lib.modules) setDefaultModuleLocation;
  inherit (lib.options)
    isOption
    mkOption
    showDefs
    showFiles
    showOption
    ;
  inherit (import ./definitions.nix { inherit lib; }) mergeDefinitions pushDown;
  inherit (import ./resolve.nix { inherit lib; }) mergeResolved resolveOption;

  messages = import ./messages.nix { inherit lib; };

  # Declarations of one option: `{ _file; pos; options; }`, where `options` is the option.

  positionOf =
    decl:
    if decl.pos != null then
      decl.pos
    else
      {
        file = decl._file;
        line = null;
        column = null;
      };

  # The modules inside of an option's type, which then know the file that declares the option.
  locatedSubModules =
    decl: modules: if modules == null then [ ] else map (setDefaultModuleLocation decl._file) modules;

  alreadyDeclared =
    loc: decl: declarations:
    throw "The option `${showOption loc}' in `${decl._file}' is already declared in ${showFiles declarations}.";

  addDeclaration =
    loc: merged: decl:
    let
      option = decl.options;
      type = merged.type.typeMerge option.type.functor;
      repeats = name: option ? ${name} && merged ? ${name};
    in
    if repeats "default" || repeats "example" || repeats "description" || repeats "apply" then
      alreadyDeclared loc decl merged.declarations
    else
      option
      // merged
      // {
        declarations = merged.declarations ++ [ decl._file ];
        declarationPositions = merged.declarationPositions ++ [ (positionOf decl) ];
        options = locatedSubModules decl (option.type.getSubModules or null) ++ merged.options;
        ${if repeats "type" then "type" else null} =
          if type == null then alreadyDeclared loc decl merged.declarations else type;
      };

  mergeOptionDecls =
    loc:
    foldl' (addDeclaration loc) {
      inherit loc;
      declarations = [ ];
      declarationPositions = [ ];
      options = [ ];
    };

  # The modules in `options` go into the type, where `mergeOptionDecls` has left those of one.
  fixupOptionType =
    _loc: option:
    if option.type.getSubModules or null == null then
      option // { type = option.type or lib.types.unspecified; }
    else
      option
      // {
        type = option.type.substSubModules option.options;
        options = [ ];
      };

  # Both of the above for a single declaration, as nearly all options have it.
  declareOption =
    loc: decl:
    let
      option = decl.options;
      subModules = option.type.getSubModules or null;
    in
    option
    // {
      inherit loc;
      declarations = [ decl._file ];
      declarationPositions = [ (positionOf decl) ];
      options = [ ];
      type =
        if subModules == null then
          option.type or lib.types.unspecified
        else
          option.type.substSubModules (locatedSubModules decl subModules);
    };

  declareMerged = loc: decls: fixupOptionType loc (mergeOptionDecls loc decls);

  setTwice =
    loc: option: defs:
    let
      default = {
        file = head option.declarations;
        value = lib.modules.mkOptionDefault option.default;
      };
      # Each as if it were the only one.
      alone = def: def // { value = (mergeDefinitions loc option.type [ def ]).mergedValue; };
      shown = map alone (lib.optional (option ? default) default ++ defs);
    in
    throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs shown}";

  # The option with its value and all that is known about its definitions.
  evalOptionValue =
    loc: option: defs:
    let
      resolved =
        if option.readOnly or false && length defs > (if option ? default then 0 else 1) then
          setTwice loc option defs
        else
          resolveOption option defs;
      merged = mergeResolved loc option.type resolved.values;
      value = if option ? apply then option.apply merged.value else merged.value;
    in
    option
    // {
      value = addErrorContext "while evaluating the option `${showOption loc}':" (
        if option.type.deprecationMessage == null then
          value
        else
          warn "The type `types.${option.type.name}' of option `${showOption loc}' defined in ${showFiles option.declarations} is deprecated. ${option.type.deprecationMessage}" value
      );
      inherit (resolved) highestPrio;
      definitions = map (def: def.value) resolved.values;
      files = map (def: def.file) resolved.values;
      definitionsWithLocations = resolved.values;
      isDefined = resolved.values != [ ];
      inherit (merged) valueMeta;
      __toString = _self: showOption loc;
    };

  # Trees of declarations and definitions. A module's part of the tree is `{ _file; options; }` on the
  # one side and `{ file; config; written ? config; }` on the other, `written` being where names have their places.

  # Merges sets of lists.
  concatByName = sets: if length sets == 1 then head sets else zipAttrsWith (_: concatLists) sets;

  declarationsByName =
    prefix: modules:
    concatByName (
      map (
        { _file, options, ... }:
        if isAttrs options then
          mapAttrs (name: option: [
            {
              inherit _file;
              options = option;
              pos = unsafeGetAttrPos name options;
            }
          ]) options
        else
          throw (messages.declarationNotASet prefix options)
      ) modules
    );

  definitionsByName =
    prefix: configs:
    concatByName (
      map (
        {
          file,
          config,
          written ? config,
        }:
        if isAttrs config then
          mapAttrs (name: value: [
            {
              inherit file value;
              # For messages: the line.
              pos = unsafeGetAttrPos name written;
            }
          ]) config
        else
          throw (messages.definitionNotASet prefix file config)
      ) configs
    );

  # The sets that definitions of a part of the tree consist of.
  configsOf = concatMap (
    def:
    if def.value ? _type then
      map (pushed: pushed // { inherit (def) file; }) (pushDown def.value)
    else
      [
        {
          inherit (def) file;
          config = def.value;
        }
      ]
  );

  notAnOption = loc: decl: throw (messages.notAnOption loc decl.options._type decl._file);

  hasType = decl: decl.options ? _type;

  # Options below an option with a submodule are options of the submodule.
  intoSubmodule =
    decl:
    if isOption decl.options then
      decl
    else
      decl
      // {
        options = mkOption {
          type = lib.types.submoduleWith {
            modules = [ { inherit (decl) options; } ];
            # As whoever declares the submodule wants it.
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  # Several declarations of which some are options.
  evalMixed =
    loc: decls: defs:
    let
      options = filter (
        decl: hasType decl && (decl.options._type == "option" || notAnOption loc decl)
      ) decls;
      nested = filter (decl: !isOption decl.options) decls;
    in
    if length options == length decls then
      evalOptionValue loc (declareMerged loc decls) defs
    else if options == [ ] then
      mergeTree loc decls (configsOf defs)
    else if all (decl: decl.options.type.name or null == "submodule") options then
      evalOptionValue loc (declareMerged loc (map intoSubmodule decls)) defs
    else
      throw (messages.noNestedOptions loc (head options) nested);

  # `{ matchedOptions; config; unmatchedDefns; }`: the options, their values, and the definitions for
  # which there is no option.
  mergeTree =
    prefix: modules: configs:
    let
      byName = if configs == [ ] then { } else definitionsByName prefix configs;

      declarations = declarationsByName prefix modules;

      # Options, and parts of the tree, which have `unmatchedDefns`.
      nodes = mapAttrs (
        name: decls:
        let
          loc = prefix ++ [ name ];
          defs = byName.${name} or [ ];
          decl = head decls;
        in
        if length decls != 1 then
          evalMixed loc decls defs
        else if !(decl.options ? _type) then
          mergeTree loc decls (configsOf defs)
        else if decl.options._type == "option" then
          evalOptionValue loc (declareOption loc decl) defs
        else
          notAnOption loc decl
      ) declarations;

      below = name: def: def // { prefix = [ name ] ++ def.prefix or [ ]; };

      # Only where something is defined can a definition be without an option. Options are not evaluated.
      unmatchedAt =
        name:
        if !(declarations ? ${name}) then
          map (below name) byName.${name}
        else if any hasType declarations.${name} then
          [ ]
        else
          map (below name) nodes.${name}.unmatchedDefns;
    in
    {
      matchedOptions = mapAttrs (_: node: node.matchedOptions or node) nodes;
      config = mapAttrs (_: node: if node ? unmatchedDefns then node.config else node.value) nodes;
      unmatchedDefns = concatMap unmatchedAt (attrNames byName);
    };

  mergeModules =
    prefix: modules:
    mergeTree prefix modules (
      configsOf (
        map (module: {
          file = module._file;
          value = module.config;
        }) modules
      )
    );
in
{
  inherit
    evalOptionValue
    fixupOptionType
    mergeModules
    mergeOptionDecls
    ;

  # As `mergeModules`, with the definitions given as `[ { file; config; } ]`.
  mergeModules' = mergeTree;
}
