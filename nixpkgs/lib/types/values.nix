# Plain sets, packages, paths and other particular values.
{ lib }:
let
  inherit (builtins)
    foldl'
    hasContext
    isAttrs
    isPath
    isString
    substring
    unsafeDiscardStringContext
    ;
  inherit (lib) isDerivation isStorePath toDerivation;
  inherit (lib.options) getValues mergeEqualOption mergeOneOption;
  inherit (lib.path) hasStorePathPrefix;
  inherit (lib.strings) isStringLike;
  inherit (lib.types)
    addCheck
    defaultFunctor
    mkOptionType
    pathWith
    unique
    ;

  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: foldl' (result: def: result // def.value) { };
    emptyValue.value = { };
  };

  package = mkOptionType {
    name = "package";
    descriptionClass = "noun";
    check = value: isDerivation value || isStorePath value;
    merge =
      loc: defs:
      let
        value = mergeOneOption loc defs;
      in
      if isPath value || (isString value && !hasContext value) then toDerivation value else value;
  };

  pathDescription =
    { inStore, absolute }:
    let
      kind =
        if absolute == null then
          "path"
        else if absolute then
          "absolute path"
        else
          "relative path";
      place =
        if inStore == null then
          ""
        else if inStore then
          " in the Nix store"
        else
          " not in the Nix store";
    in
    kind + place;

  isPathOf =
    { inStore, absolute }:
    value:
    let
      asPath = if isPath value then value else /. + unsafeDiscardStringContext value;
    in
    # A path value would be copied to the store as soon as it is used in a string.
    (if inStore == false then isString value else isStringLike value)
    && (inStore == null || inStore == hasStorePathPrefix asPath)
    && (absolute == null || absolute == (substring 0 1 (toString value) == "/"));
in
{
  /**
    A set whose definitions are merged with `//`, so that nothing inside is merged: later definitions
    win without a word. `attrsOf` is nearly always the better choice.

    Type: `attrs :: OptionType`

    Example: `types.attrs.check { }` => `true`
  */
  inherit attrs;

  /**
    A set of files, see `lib.fileset`; definitions are united.

    Type: `fileset :: OptionType`

    Example: `types.fileset.check "/etc"` => `false`
  */
  fileset = mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = lib.fileset.isFileset;
    merge = _: defs: lib.fileset.unions (getValues defs);
    emptyValue.value = lib.fileset.empty;
  };

  /**
    A package: a derivation, or an object of the store named by its path.

    Type: `package :: OptionType`

    Example: `types.package.check { type = "derivation"; }` => `true`
  */
  inherit package;

  /**
    A package of a login shell, which says with `shellPath` where the program is.

    Type: `shellPackage :: OptionType`

    Example: `types.shellPackage.check { type = "derivation"; shellPath = "/bin/sh"; }` => `true`
  */
  shellPackage = package // {
    check = value: isDerivation value && value ? shellPath;
  };

  /**
    A whole package set.

    Type: `pkgs :: OptionType`

    Example: `types.pkgs.check { _type = "pkgs"; }` => `true`
  */
  pkgs = addCheck (
    unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } attrs
    // {
      name = "pkgs";
      description = "Nixpkgs package set";
      descriptionClass = "noun";
    }
  ) (value: value._type or null == "pkgs");

  /**
    An absolute path, as a path, a string, or anything that becomes such a string.

    Type: `path :: OptionType`

    Example: `types.path.check "relative"` => `false`
  */
  path = pathWith { absolute = true; };

  /**
    A path in the store.

    Type: `pathInStore :: OptionType`

    Example: `types.pathInStore.check "/etc"` => `false`
  */
  pathInStore = pathWith { inStore = true; };

  /**
    An absolute path outside the store, given as a string: for secrets and other files that must not
    be copied.

    Type: `externalPath :: OptionType`

    Example: `types.externalPath.check "/run/key"` => `true`
  */
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };

  /**
    A path of which is known whether it is absolute and whether it is in the store; null leaves that
    open.

    Inputs: `{ inStore ? null; absolute ? null; }`.

    Type: `pathWith :: { inStore ? Bool | Null; absolute ? Bool | Null; } -> OptionType`

    Example: `(types.pathWith { absolute = false; }).check "a/b"` => `true`
  */
  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    let
      payload = { inherit inStore absolute; };
    in
    if inStore == true && absolute == false then
      throw "In pathWith, inStore means the path must be absolute"
    else
      mkOptionType {
        name = "path";
        description = pathDescription payload;
        descriptionClass = "noun";
        check = isPathOf payload;
        merge = mergeEqualOption;
        functor = defaultFunctor "path" // {
          type = lib.types.pathWith;
          inherit payload;
          binOp = a: b: if a == b then a else null;
        };
      };

  /**
    Code made with `lib.mkLuaInline`.

    Type: `luaInline :: OptionType`

    Example: `types.luaInline.check (mkLuaInline "1 + 1")` => `true`
  */
  luaInline = mkOptionType {
    name = "luaInline";
    description = "inline lua";
    descriptionClass = "noun";
    check = value: value._type or null == "lua-inline";
    merge = mergeEqualOption;
  };
}
