# Modules for options that were renamed, removed or changed.
{ lib }:
let
  inherit (builtins)
    any
    concatMap
    foldl'
    map
    trace
    ;
  inherit (lib)
    attrByPath
    getAttrFromPath
    oldestSupportedReleaseIsAtLeast
    optional
    optionalAttrs
    recursiveUpdate
    setAttrByPath
    types
    warnIf
    ;
  inherit (lib.modules)
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkIf
    mkMerge
    ;
  inherit (lib.options) mkOption showFiles showOption;

  # The value of an old option that nobody set.
  unset = "_mkMergedOptionModule";

  obsolete =
    from: to: "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      new = attrByPath to { } options;
      newValue = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      forward =
        if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
      type = new.type or (types.submodule { });
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = _: use (newValue config);
        }
        // optionalAttrs (type != null) { inherit type; }
      );

      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings =
            optional (warn && old.isDefined)
              "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
        })
        (forward (setAttrByPath to) old)
      ]);
    };

  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    let
      isSet = path: getAttrFromPath path config != unset;
      declaration =
        path:
        setAttrByPath path (mkOption {
          visible = false;
          default = unset;
        });
      warning =
        path:
        optional (isSet path)
          "The option `${showOption path}' defined in ${showFiles (getAttrFromPath path options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
    in
    {
      options = foldl' recursiveUpdate { } (map declaration from);
      config = {
        warnings = concatMap warning from;
      }
      // setAttrByPath to (mkMerge (optional (any isSet from) (merge config)));
    };

  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = value: value;
    };
in
{
  /**
    A module that declares an old option and forwards its definitions to a new one.

    Inputs:

    - `from`, `to`: the paths of the old option, which must not be declared, and of the new one, which
      must.
    - `visible`: whether the manual shows the old option.
    - `warn`: whether to add a message to the option `warnings` when the old one is defined.
    - `use`: what the old option's value is, from the new one's.
    - `withPriority`: whether definitions keep their priority, true by default.
    - `condition`: whether to forward at all, true by default. Forwarding into an option of type
      `attrsOf` makes an attribute there, even when the old option is not defined.

    Type: `doRename :: AttrSet -> Module`
  */
  inherit doRename;

  /**
    A module for a renamed option: the old name still works, with a warning.

    Inputs: the old path, then the new one.

    Type: `mkRenamedOptionModule :: [String] -> [String] -> Module`

    Example: `isFunction (mkRenamedOptionModule [ "a" ] [ "b" ])` => `true`
  */
  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = trace (obsolete from to);
    };

  /**
    Like `mkRenamedOptionModule`, but warns only once every supported release has the new name.

    Inputs: `{ from; to; sinceRelease; }`, the last as a number such as 2505.

    Type: `mkRenamedOptionModuleWith :: { from :: [String]; to :: [String]; sinceRelease :: Int; } -> Module`
  */
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      warn = oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename {
      inherit from to warn;
      visible = false;
      use = warnIf warn (obsolete from to);
    };

  /**
    A module for a removed option: defining it fails an assertion, and reading it is an error.

    Inputs: the path, then what users should do instead.

    Type: `mkRemovedOptionModule :: [String] -> String -> Module`
  */
  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    let
      option = getAttrFromPath path options;
    in
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply =
          _:
          throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });
      config.assertions = [
        {
          assertion = !option.isDefined;
          message = ''
            The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
            ${instructions}
          '';
        }
      ];
    };

  /**
    A module for old options out of which one new option's value is made, with a warning for each that
    is defined.

    Inputs: the list of old paths; the new path; `merge`, which gets the configuration and returns the
    new option's value.

    Type: `mkMergedOptionModule :: [[String]] -> [String] -> (AttrSet -> a) -> Module`
  */
  inherit mkMergedOptionModule;

  /**
    A module for an option whose value now has another form, with a warning when it is defined.

    Inputs: the old path; the new path; `change`, which gets the configuration and returns the new
    option's value.

    Type: `mkChangedOptionModule :: [String] -> [String] -> (AttrSet -> a) -> Module`
  */
  mkChangedOptionModule = from: mkMergedOptionModule [ from ];

  /**
    A module for an option with a second name.

    Inputs: the path of the second name, then that of the option.

    Type: `mkAliasOptionModule :: [String] -> [String] -> Module`
  */
  inherit mkAliasOptionModule;

  /**
    Deprecated name of `mkAliasOptionModule`.

    Type: `mkAliasOptionModuleMD :: [String] -> [String] -> Module`
  */
  mkAliasOptionModuleMD = lib.warn "mkAliasOptionModuleMD is deprecated and will be removed in 26.05; please use mkAliasOptionModule." mkAliasOptionModule;
}
