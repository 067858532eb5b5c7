# What the module system says when something is wrong.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    fromJSON
    head
    isPath
    isString
    length
    map
    sort
    typeOf
    ;
  inherit (lib) init last optional;
  inherit (lib.options) showOption unknownModule;
  inherit (lib.strings)
    escapeNixIdentifier
    escapeNixString
    levenshtein
    levenshteinAtMost
    optionalString
    trim
    ;

  escapeCode = fromJSON ''"\u001b"'';
  bold = text: "${escapeCode}[1m${text}${escapeCode}[0m";
  wrong = text: "${escapeCode}[1;35m${text}${escapeCode}[0m";
  right = text: "${escapeCode}[1;32m${text}${escapeCode}[0m";

  paragraphs = texts: concatStringsSep "\n\n" (map trim texts);

  # For large sets of names only near ones are measured.
  nearest =
    name: candidates:
    let
      near =
        if length candidates < 100 then
          candidates
        else
          lib.filter (levenshteinAtMost 2 name) candidates;
    in
    lib.take 3 (lib.sortOn (levenshtein name) near);

  # « `a'», « `a' or `b'», « `a', `b' or `c'»
  alternatives =
    names:
    if length names == 1 then
      head names
    else
      "${concatStringsSep ", " (init names)} or ${last names}";

  flakeHelp =
    class:
    let
      example = attr: "    ${wrong "inputs.someflake"}${right attr}";
    in
    concatStringsSep "\n" (
      [
        "Perhaps you forgot to select an attribute name?"
        "Instead of, for example,"
        (example "")
        "you need to write something like"
        (example ".modules.${if class == null then "someApp" else class}.default")
      ]
      ++ lib.optionals (class == "nixos" || class == "darwin") [
        "or"
        (example ".${class}Modules.default")
      ]
    );

  configurationHelp = ''
    If you really mean to import this configuration, instead please only import the modules that make up the configuration.
    You may have to create a `let` binding, file or attribute to give yourself access to the relevant modules.
    A configuration that was evaluated already cannot become a part of another one.
  '';
in
{
  inherit nearest;

  # A value of another type where a module belongs. `prefix` is where the modules are loaded into.
  notAModule =
    {
      class,
      file,
      prefix,
      type,
    }:
    let
      intoFile = optionalString (
        file != null && file != unknownModule
      ) ", while trying to load a module into ${toString file}";
      intoOption = optionalString (
        prefix != [ ]
      ) ", while trying to load a module into ${bold (showOption prefix)}";
    in
    paragraphs (
      [
        ''
          Expected a module, but found a value of type ${wrong (escapeNixString type)}${intoFile}${intoOption}.
          A module is typically loaded by adding it to the ${bold "imports = [ ... ];"} attribute of an existing module, or in the ${bold "modules = [ ... ];"} argument of various functions.
          Please make sure that each of the list items is a module, and not a different kind of value.
        ''
      ]
      ++ optional (type == "configuration") configurationHelp
      ++ optional (type == "flake") (flakeHelp class)
    );

  # A module of one class in an evaluation of another.
  wrongClass = module: class: ''
    The module `${module._file or module.key}` (class: ${escapeNixString module._class}) cannot be imported into a module evaluation that expects class ${escapeNixString class}.

    Help:
    - Ensure that you are importing the correct module.
    - Verify that the module's `_class`, ${escapeNixString module._class} matches the expected `class` ${escapeNixString class}.
    - If you are using a custom class, make sure it is correctly defined and used consistently across your modules.
  '';

  # Something with a type that is no option where an option is declared.
  notAnOption =
    loc: type: file:
    let
      name = escapeNixIdentifier (last loc);
      path = showOption loc;
    in
    concatStringsSep "\n\n" (
      [
        "In module ${file}: expected an option declaration at option path `${path}` but got an attribute set with type ${type}"
      ]
      ++ optional (type == "option-type") ''
        When declaring an option, you must wrap the type in a `mkOption` call. It should look somewhat like:
            ${optionalString (length loc > 1) "\n    # ${path}"}
            ${name} = lib.mkOption {
              description = ...;
              type = <the type you wrote for ${name}>;
              ...
            };
      ''
    );

  # Options below an option whose type has none.
  noNestedOptions =
    loc: option: nested:
    let
      line =
        decl: name:
        " - option(s) with prefix `${showOption (loc ++ [ name ])}' in module `${decl._file}'";
      lines = concatMap (decl: map (line decl) (attrNames decl.options)) nested;
    in
    "The option `${showOption loc}' in module `${option._file}' would be a parent of the following options, but its type `${
      option.options.type.description or "<no description>"
    }' does not support nested options.\n${concatStringsSep "\n" (sort (a: b: a < b) lines)}";

  # A declaration that is no set.
  declarationNotASet = prefix: value: ''
    An option declaration for `${concatStringsSep "." prefix}' has type
    `${typeOf value}' rather than an attribute set.
    Did you mean to define this outside of `options'?
  '';

  # A definition that is no set where options are inside.
  definitionNotASet =
    prefix: file: value:
    let
      path = concatStringsSep "." prefix;
    in
    ''
      In module `${file}', you're trying to define a value of type `${typeOf value}'
      rather than an attribute set for the option
      `${path}'!

      This usually happens if `${path}' has option
      definitions inside that are not matched. Please check how to properly define
      this option by e.g. referring to `man 5 configuration.nix'!
    '';

  # Context of errors about a module that a file imports.
  whileLoading =
    file: module:
    let
      name = if isPath module || isString module then "`${toString module}'" else "a module";
    in
    if file == unknownModule then "while loading ${name}:" else "while loading ${name}, which `${file}' imports:";

  # Context of errors about what a module imports.
  whileImporting = module: "while finding out what `${module._file}' imports:";

  # A module that is no set.
  notASet = file: key: "module ${file} (${key}) does not look like a module.";

  # Attributes that a module with `options` or `config` cannot have.
  unsupportedAttrs =
    key: names:
    "Module `${key}' has an unsupported attribute `${head names}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString names}) into the explicit `config' attribute.";

  # `file:line` of a definition.
  positionOf =
    def:
    let
      position = def.pos or null;
    in
    if position == null then def.file else "${position.file}:${toString position.line}";

  # The nearest name for an option that does not exist, in brackets.
  nearestOption =
    parent: name: candidates:
    let
      names = nearest name candidates;
    in
    optionalString (names != [ ]) " (did you mean ${showOption (parent ++ [ (head names) ])}?)";

  # Near names for an option that does not exist.
  didYouMean =
    parent: name: candidates:
    let
      quoted = map (candidate: "`${showOption (parent ++ [ candidate ])}'") (nearest name candidates);
    in
    optionalString (quoted != [ ]) "\n\nDid you mean ${alternatives quoted}?";

  # Definitions, but no option at all.
  nothingDeclared =
    prefix:
    if prefix == [ ] then
      ''


        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!
      ''
    else
      ''


        However there are no options defined in `${showOption prefix}'. Are you sure you've
        declared your options properly? This can happen if you e.g. declared your options in `types.submodule'
        under `config' rather than `options'.
      '';

  # Items of `disabledModules` that name no module.
  disabledItem = {
    ambiguous =
      file: module:
      "Module `${file}` contains a disabledModules item that is an attribute set that can be converted to a string (${toString module}) but also has a `.key` attribute (${module.key}) with a different value. This makes it ambiguous which module should be disabled.";
    withoutKey =
      file:
      "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. This means that the module system doesn't have any means to identify the module that should be disabled. Make sure that you've put the correct value in disabledModules: a string path relative to modulesPath, a path value, or an attribute set with a `key` attribute.";
    wrongType =
      file: module:
      "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. However, one of the disabledModules items in `${toString file}` is none of that, but is of type ${typeOf module}.";
  };
}
