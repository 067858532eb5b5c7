# From the definitions of an option to its value. This is where an evaluation spends its time, so
# that the common cases come first: no definition, or definitions without any property.
#
# A definition is `{ file; value; pos ? …; }`, where the value may be wrapped in properties: `mkIf`, `mkMerge`,
# `mkOverride`, `mkOrder`, `mkDefinition`; `pos` is where its name is written, for messages.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    concatMap
    filter
    foldl'
    head
    isBool
    length
    sort
    ;
  inherit (lib.options) showDefs showOption;
  inherit (import ../types/merge.nix { inherit lib; }) checkCoherence;

  # The priority of a definition that does not say otherwise, of an option's default, and of nothing.
  plainPriority = 100;
  defaultPriority = 1500;
  noPriority = 9999;

  # The place of a definition that does not say otherwise.
  plainOrder = 1000;

  # The definitions that a value of `def` stands for once conditions and merges are gone.
  expand =
    def: value:
    if !(value ? _type) then
      [ (def // { inherit value; }) ]
    else if value._type == "if" then
      if value.condition == true then
        expand def value.content
      else if isBool value.condition then
        [ ]
      else
        throw "‘mkIf’ called with a non-Boolean condition"
    else if value._type == "merge" then
      concatMap (expand def) value.contents
    else if value._type == "definition" then
      [ value ]
    else
      [ (def // { inherit value; }) ];

  expandDefinition =
    def:
    addErrorContext "while evaluating definitions from `${def.file}':" (
      if def.value ? _type then expand def def.value else [ def ]
    );

  isWrapped = def: def.value ? _type;

  priorityOf =
    def: if def.value._type or null == "override" then def.value.priority else plainPriority;

  withoutOverride =
    def:
    if def.value._type or null == "override" then def // { value = def.value.content; } else def;

  lowerPriority =
    lowest: def:
    let
      own = priorityOf def;
    in
    if own < lowest then own else lowest;

  # Those definitions that no other one overrides, without their `mkOverride`.
  overriding =
    defs:
    let
      highestPrio = foldl' lowerPriority noPriority defs;
    in
    {
      values = map withoutOverride (filter (def: priorityOf def == highestPrio) defs);
      inherit highestPrio;
    };

  isOrdered = def: def.value._type or null == "order";

  withoutOrder =
    def:
    if isOrdered def then
      def
      // {
        value = def.value.content;
        inherit (def.value) priority;
      }
    else
      def;

  # Definitions sorted by `mkOrder`, and without it.
  sortByOrder =
    defs:
    sort (a: b: a.priority or plainOrder < b.priority or plainOrder) (map withoutOrder defs);

  orderIfNeeded = defs: if any isOrdered defs then sortByOrder defs else defs;

  # What `resolve` returns, out of expanded definitions.
  arrange =
    expanded:
    if expanded == [ ] then
      {
        values = [ ];
        highestPrio = noPriority;
      }
    else if any isWrapped expanded then
      let
        winning = overriding expanded;
      in
      {
        values = orderIfNeeded winning.values;
        inherit (winning) highestPrio;
      }
    else
      {
        values = expanded;
        highestPrio = plainPriority;
      };

  # `{ values; highestPrio; }`: the definitions that count, without properties, and their priority.
  resolve =
    defs:
    if length defs == 1 then
      let
        def = head defs;
      in
      addErrorContext "while evaluating definitions from `${def.file}':" (
        if def.value ? _type then
          arrange (expand def def.value)
        else
          {
            values = defs;
            highestPrio = plainPriority;
          }
      )
    else
      arrange (concatMap expandDefinition defs);

  # The default of an option as `resolve` would return it. It counts as if in `mkOptionDefault`.
  resolveDefault = option: {
    values =
      let
        defs = [
          {
            file = head option.declarations;
            value = option.default;
          }
        ];
      in
      if option.default ? _type then orderIfNeeded defs else defs;
    highestPrio = defaultPriority;
  };

  # `resolve` for an option: its default counts unless a definition overrides it.
  resolveOption =
    option: defs:
    if !(option ? default) then
      resolve defs
    else if defs == [ ] then
      resolveDefault option
    else
      let
        own = resolve defs;
        default = resolveDefault option;
      in
      if own.highestPrio < defaultPriority then
        own
      else if own.highestPrio > defaultPriority then
        default
      else
        {
          values = orderIfNeeded (default.values ++ own.values);
          inherit (own) highestPrio;
        };

  failsCheck =
    loc: type: details:
    throw "A definition for option `${showOption loc}' is not of type `${type.description}'. ${details}";

  # Types from elsewhere may take a definition apart without room for more.
  withoutPosition = def: if def ? pos then { inherit (def) file value; } else def;

  mergeFirstKind =
    loc: type: defs:
    let
      check = def: type.check def.value;
    in
    if if length defs == 1 then check (head defs) else all check defs then
      type.merge loc (if type.merge.showsPositions or false then defs else map withoutPosition defs)
    else
      failsCheck loc type "Definition values:${showDefs (filter (def: !check def) defs)}";

  # The value of resolved definitions: `{ value; valueMeta; }`, each evaluated when it is used.
  mergeResolved =
    loc: type: defs:
    let
      second = checkCoherence loc type (type.merge.v2 { inherit loc defs; });
    in
    {
      # For `mergeDefinitions`; only of a type whose merge is of the second kind.
      checked = second;

      value =
        if defs == [ ] then
          type.emptyValue.value
            or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
        else if type.merge ? v2 then
          if second.headError == null then
            second.value
          else
            failsCheck loc type "TypeError: ${second.headError.message}"
        else
          mergeFirstKind loc type defs;

      valueMeta =
        if type.merge ? v2 then second.valueMeta // { _internal = { inherit type; }; } else { };
    };

  # The same for an element of a list or set, from its definitions.
  mergeElement =
    loc: type: defs:
    let
      resolved = resolve defs;
      merged = mergeResolved loc type resolved.values;
    in
    {
      isDefined = resolved.values != [ ];
      inherit (merged) value valueMeta;
    };
in
{
  inherit
    defaultPriority
    expand
    mergeElement
    mergeResolved
    overriding
    plainOrder
    plainPriority
    resolve
    resolveOption
    sortByOrder
    ;
}
