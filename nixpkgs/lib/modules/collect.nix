# Load modules and all that they import.
#
# A loaded module is `{ _file; _class; key; disabledModules; imports; options; config; }`; a node of
# the tree of imports is `{ key; module; modules; disabled; }`.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    catAttrs
    concatLists
    concatMap
    elem
    filter
    genericClosure
    isAttrs
    isList
    isString
    map
    mapAttrs
    removeAttrs
    substring
    ;
  inherit (lib) functionArgs imap1 isFunction;
  inherit (lib.options) showDefs unknownModule;
  inherit (lib.strings) isConvertibleWithToString;
  inherit (lib.modules) mkMerge;

  messages = import ./messages.nix { inherit lib; };

  explicitNames = [
    "_class"
    "_file"
    "config"
    "disabledModules"
    "freeformType"
    "imports"
    "key"
    "meta"
    "options"
  ];

  shorthandNames = [
    "_class"
    "_file"
    "disabledModules"
    "freeformType"
    "imports"
    "key"
    "require"
  ];

  withFreeformType =
    module: config:
    if module ? freeformType then
      mkMerge [
        config
        { _module = { inherit (module) freeformType; }; }
      ]
    else
      config;

  withMeta =
    module: config:
    if module ? meta then
      mkMerge [
        config
        { inherit (module) meta; }
      ]
    else
      config;

  # A module in its one canonical form. `file` and `key` are for modules that do not say theirs.
  unifyModuleSyntax =
    file: key: module:
    if module ? config || module ? options then
      let
        unsupported = removeAttrs module explicitNames;
      in
      if unsupported != { } then
        throw (messages.unsupportedAttrs key (attrNames unsupported))
      else
        {
          _file = toString (module._file or file);
          _class = module._class or null;
          key = toString (module.key or key);
          disabledModules = module.disabledModules or [ ];
          imports = module.imports or [ ];
          options = module.options or { };
          config = withFreeformType module (withMeta module (module.config or { }));
        }
    else if isAttrs module then
      {
        _file = toString (module._file or file);
        _class = module._class or null;
        key = toString (module.key or key);
        disabledModules = module.disabledModules or [ ];
        imports = module.require or [ ] ++ module.imports or [ ];
        options = { };
        config = withFreeformType module (removeAttrs module shorthandNames);
      }
    else
      throw (messages.notASet file key);

  # Arguments that the caller of `evalModules` does not pass come from `_module.args`. Each is lazy, so
  # that taking apart the argument set does not evaluate the configuration.
  applyModuleArgs =
    key: f:
    { config, ... }@args:
    let
      fromConfig = mapAttrs (
        name: _:
        addErrorContext ''while evaluating the module argument `${name}' in "${key}":'' (
          args.${name} or (addErrorContext "noting that argument `${name}` is not externally provided, so querying `_module.args` instead, requiring `config`"
            config._module.args.${name}
          )
        )
      ) (functionArgs f);
    in
    f (args // fromConfig);

  applyModuleArgsIfFunction =
    key: f: args:
    if isFunction f then applyModuleArgs key f args else f;

  # `class` is the expected one, for messages.
  loadModule =
    class: args: file: key: module:
    if isFunction module then
      unifyModuleSyntax file key (applyModuleArgs key module args)
    else if isAttrs module then
      let
        type = module._type or "module";
      in
      if type == "module" then
        unifyModuleSyntax file key module
      else if type == "if" || type == "override" then
        unifyModuleSyntax file key { config = module; }
      else
        throw (
          messages.notAModule {
            inherit class file type;
            prefix = args._prefix;
          }
        )
    else if isList module then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        showDefs [
          {
            inherit file;
            value = module;
          }
        ]
      }"
    else
      let
        path = toString module;
      in
      unifyModuleSyntax path path (applyModuleArgsIfFunction path (import module) args);

  # The tree of imports below a list of modules: `{ modules; disabled; }`.
  loadTree =
    class: args:
    let
      ofClass =
        module:
        if class == null || module._class == null || module._class == class then
          module
        else
          throw (messages.wrongClass module class);

      loadOne = loadModule class args;

      ownDisabled =
        module:
        if module.disabledModules == [ ] then
          [ ]
        else
          [
            {
              file = module._file;
              disabled = module.disabledModules;
            }
          ];

      load =
        parentFile: parentKey: modules:
        let
          nodes = imap1 (
            index: value:
            let
              module = addErrorContext (messages.whileLoading parentFile value) (
                ofClass (loadOne parentFile "${parentKey}:anon-${toString index}" value)
              );
              imported = addErrorContext (messages.whileImporting module) module.imports;
              imports = if imported == [ ] then nothing else load module._file module.key imported;
            in
            {
              inherit (module) key;
              inherit module;
              inherit (imports) modules;
              disabled = ownDisabled module ++ imports.disabled;
            }
          ) modules;
        in
        {
          modules = nodes;
          disabled = concatLists (catAttrs "disabled" nodes);
        };

      nothing = {
        modules = [ ];
        disabled = [ ];
      };
    in
    load unknownModule "";

  # The keys of disabled modules, from `[ { file; disabled; } ]`.
  disabledKeys =
    modulesPath:
    concatMap (
      { file, disabled }:
      map (
        item:
        if isString item then
          if substring 0 1 item == "/" then item else "${toString modulesPath}/${item}"
        else if isConvertibleWithToString item then
          if item ? key && item.key != toString item then
            throw (messages.disabledItem.ambiguous file item)
          else
            toString item
        else if item ? key then
          item.key
        else if isAttrs item then
          throw (messages.disabledItem.withoutKey file)
        else
          throw (messages.disabledItem.wrongType file item)
      ) disabled
    );
in
{
  inherit applyModuleArgsIfFunction unifyModuleSyntax;

  # All modules of `modules` and of what they import, each once, without the disabled ones.
  collectModules =
    class: modulesPath: modules: args:
    let
      tree = loadTree class args modules;
      keys = disabledKeys modulesPath tree.disabled;
      enabled =
        if tree.disabled == [ ] then nodes: nodes else filter (node: !elem node.key keys);
    in
    map (node: node.module) (genericClosure {
      startSet = enabled tree.modules;
      operator = node: enabled node.modules;
    });

  # The tree of imports for people: `[ { key; file; disabled; imports; } ]`. It is loaded anew, so that
  # an evaluation that does not ask for it need not keep the tree.
  moduleGraph =
    class: modulesPath: modules: args:
    let
      tree = loadTree class args modules;
      keys = disabledKeys modulesPath tree.disabled;
      show = node: {
        inherit (node) key;
        file = node.module._file;
        disabled = elem node.key keys;
        imports = map show node.modules;
      };
    in
    map show tree.modules;
}
