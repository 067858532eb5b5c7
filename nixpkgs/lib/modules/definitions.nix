# Definitions of options, for code that evaluates single options itself.
{ lib }:
let
  inherit (builtins)
    concatMap
    isAttrs
    mapAttrs
    zipAttrsWith
    ;
  inherit (import ./resolve.nix { inherit lib; })
    expand
    mergeResolved
    overriding
    resolve
    sortByOrder
    ;

  # Gives a property to every attribute. What is no set is left to fail later, with a better message.
  giveProperty =
    property: pushed:
    pushed
    // {
      config =
        if isAttrs pushed.config then
          mapAttrs (_: content: property // { inherit content; }) pushed.config
        else
          pushed.config;
    };

  # What `pushDownProperties` returns, each as `config` beside the set as it was `written`, which has the places of its
  # names.
  pushDown =
    config:
    if !(config ? _type) then
      [
        {
          inherit config;
          written = config;
        }
      ]
    else if config._type == "merge" then
      concatMap pushDown config.contents
    else if config._type == "if" then
      map (giveProperty {
        _type = "if";
        inherit (config) condition;
      }) (pushDown config.content)
    else if config._type == "override" then
      map (giveProperty {
        _type = "override";
        inherit (config) priority;
      }) (pushDown config.content)
    else
      [
        {
          inherit config;
          written = config;
        }
      ];

  pushDownProperties = config: map (pushed: pushed.config) (pushDown config);

  mergeDefinitions =
    loc: type: defs:
    let
      defsFinal' = resolve defs;
      defsFinal = defsFinal'.values;
      merged = mergeResolved loc type defsFinal;
      isDefined = defsFinal != [ ];
    in
    {
      inherit defsFinal' defsFinal isDefined;
      mergedValue = merged.value;
      checkedAndMerged = {
        headError = if type.merge ? v2 then merged.checked.headError else null;
        inherit (merged) value valueMeta;
      };
      optionalValue = if isDefined then { inherit (merged) value; } else { };
    };
in
{
  inherit pushDown pushDownProperties;

  /**
    The values of a definition, without `mkIf` and `mkMerge`: conditions that do not hold leave
    nothing.

    Inputs: the definition.

    Type: `dischargeProperties :: a -> [a]`

    Example: `modules.dischargeProperties (mkMerge [ 1 (mkIf false 2) ])` => `[ 1 ]`
  */
  dischargeProperties =
    value: map (def: if def ? _type then def else def.value) (expand { file = null; } value);

  /**
    Of definitions `{ file; value; }` those with the lowest priority number, without `mkOverride`.

    Inputs: the list of definitions.

    Type: `filterOverrides :: [Definition] -> [Definition]`

    Example: `filterOverrides [ { value = 1; } { value = mkForce 2; } ]` => `[ { value = 2; } ]`
  */
  filterOverrides = defs: (overriding defs).values;

  /**
    Like `filterOverrides`, with the priority: `{ values; highestPrio; }`.

    Inputs: the list of definitions.

    Type: `filterOverrides' :: [Definition] -> { values :: [Definition]; highestPrio :: Int; }`

    Example: `(modules.filterOverrides' [ { value = mkForce 2; } ]).highestPrio` => `50`
  */
  filterOverrides' = overriding;

  /**
    Definitions in the order that `mkOrder` gives them, without it.

    Inputs: the list of definitions.

    Type: `sortProperties :: [Definition] -> [Definition]`

    Example: `map (def: def.value) (sortProperties [ { value = 1; } { value = mkBefore 2; } ])` => `[ 2 1 ]`
  */
  sortProperties = sortByOrder;

  /**
    Merge definitions of a value of a type.

    Inputs: `loc`, the path that errors name; the type; the definitions `{ file; value; }`.

    Type: `mergeDefinitions :: [String] -> OptionType -> [Definition] -> AttrSet`

    The result holds `mergedValue`, `isDefined`, `optionalValue` (`{ value; }`, or `{ }` when nothing
    is defined), `defsFinal`, the definitions that count, without properties, `defsFinal'` with these
    as `values` and with `highestPrio`, and `checkedAndMerged` with `headError`, `value` and
    `valueMeta`.

    Example: `(mergeDefinitions [ "a" ] types.int [ { file = "x"; value = 1; } ]).mergedValue` => `1`
  */
  inherit mergeDefinitions;

  /**
    Merge the attributes of an option of type `attrsOf` or `lazyAttrsOf` one by one, and report each
    one's priority.

    Inputs: the option, from the module argument `options`.

    Type: `mergeAttrDefinitionsWithPrio :: Option -> AttrsOf { value :: a; highestPrio :: Int; }`
  */
  mergeAttrDefinitionsWithPrio =
    option:
    let
      byName = zipAttrsWith (_: defs: defs) (
        concatMap (
          def: map (mapAttrs (_: value: def // { inherit value; })) (pushDownProperties def.value)
        ) option.definitionsWithLocations
      );
    in
    assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
    mapAttrs (
      name: defs:
      let
        merged = mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType defs;
      in
      {
        value = merged.mergedValue;
        inherit (merged.defsFinal') highestPrio;
      }
    ) byName;
}
