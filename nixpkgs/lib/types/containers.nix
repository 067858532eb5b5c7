# Lists of values.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    head
    isAttrs
    isList
    length
    map
    sort
    typeOf
    zipAttrsWith
    ;
  inherit (lib) imap1;
  inherit (lib.modules)
    defaultOrderPriority
    defaultOverridePriority
    mkDefinition
    mkOrder
    mkOverride
    ;
  inherit (lib.options) showDefs showOption;
  inherit (lib.types)
    addCheck
    attrListWith
    isType
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (import ../modules/resolve.nix { inherit lib; }) mergeElement;
  inherit (import ./merge.nix { inherit lib; })
    elemTypeFunctor
    headError
    v2Check
    v2Merge
    ;

  isElementPhrase = class: class == "noun" || class == "composite";

  # The definition with its properties taken off: `mkOrder` counts here, `mkOverride` is kept around
  # the value, for it is dealt with where the value is merged.
  peel =
    value:
    let
      type = value._type or null;
      inner = peel value.content;
    in
    # Lazy: what is overridden in the end is never evaluated.
    if type == "order" then
      {
        inherit (inner) override value;
        order = value.priority;
      }
    else if type == "override" then
      {
        inherit (inner) order;
        override = value.priority;
        value = mkOverride value.priority inner.value;
      }
    else
      {
        inherit value;
        order = defaultOrderPriority;
        override = defaultOverridePriority;
      };

  # One entry of an attribute list, from a set with one attribute, perhaps in `mkOrder`.
  entryOfSet =
    loc: description: file: written:
    let
      isOrdered = isType "order" written;
      set = if isOrdered then written.content else written;
      key = head (attrNames set);
      entry = peel set.${key} // { inherit file key; };
      problem =
        if !isAttrs set then
          "Each list element must be an attribute set, but got ${typeOf set}"
        else
          "Each list element must be a single-key attribute set, but got ${toString (length (attrNames set))} keys";
      shown = showDefs [
        {
          inherit file;
          value = written;
        }
      ];
    in
    if !isAttrs set || length (attrNames set) != 1 then
      throw "A definition for option `${showOption loc}' is not of type `${description}'. ${problem}.${shown}"
    else if isOrdered then
      entry // { order = written.priority; }
    else
      entry;

  entriesOf =
    loc: description: def:
    if isList def.value then
      map (entryOfSet loc description def.file) def.value
    else
      map (
        key:
        peel def.value.${key}
        // {
          inherit (def) file;
          inherit key;
        }
      ) (attrNames def.value);

  # For each key the entries that no other entry of the key overrides, in order.
  winningEntries =
    entries:
    let
      lowest = foldl' (
        priorities: entry:
        if entry.override < (priorities.${entry.key} or defaultOverridePriority) then
          priorities // { ${entry.key} = entry.override; }
        else
          priorities
      ) { } entries;
      wins = entry: entry.override == lowest.${entry.key} or defaultOverridePriority;
    in
    sort (a: b: a.order < b.order) (filter wins entries);
in
{
  /**
    A list of values of a type; the lists of all definitions are put together.

    Inputs: the elements' type.

    Type: `listOf :: OptionType -> OptionType`

    Example: `(types.listOf types.int).check 1` => `false`
  */
  listOf =
    elemType:
    mkOptionType {
      name = "listOf";
      description = "list of ${optionDescriptionPhrase isElementPhrase elemType}";
      descriptionClass = "composite";
      check = v2Check isList;
      merge = v2Merge (
        { loc, defs }:
        let
          element =
            definition: def: index: value:
            mergeElement
              (
                loc
                ++ [ "[definition ${toString definition}-entry ${toString index}]" ]
              )
              elemType
              [ (def // { inherit value; }) ];
          elements = filter (element: element.isDefined) (
            concatLists (imap1 (index: def: imap1 (element index def) def.value) defs)
          );
        in
        {
          headError = headError isList defs;
          value = map (element: element.value) elements;
          valueMeta.list = map (element: element.valueMeta) elements;
        }
      );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: lib.types.listOf (elemType.substSubModules modules);
      functor = elemTypeFunctor "listOf" { inherit elemType; } // {
        type = payload: lib.types.listOf payload.elemType;
      };
      nestedTypes = { inherit elemType; };
    };

  /**
    A list that must not be empty.

    Inputs: the elements' type.

    Type: `nonEmptyListOf :: OptionType -> OptionType`

    Example: `(types.nonEmptyListOf types.int).check [ ]` => `false`
  */
  nonEmptyListOf =
    elemType:
    let
      list = addCheck (lib.types.listOf elemType) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${optionDescriptionPhrase (class: class == "noun") list}";
      emptyValue = { };
      substSubModules = modules: lib.types.nonEmptyListOf (elemType.substSubModules modules);
    };

  /**
    A list of sets with one attribute: names with values, in an order, where a name can occur more
    than once. A definition is such a list or, for short, one set.

    Inputs: the values' type.

    Type: `attrListOf :: OptionType -> OptionType`

    Example: `(types.attrListOf types.int).check { a = 1; }` => `true`
  */
  attrListOf = elemType: attrListWith { inherit elemType; };

  /**
    `attrListOf` whose value can be a set.

    Inputs: the values' `elemType`; `asAttrs` whether the value is a set instead of a list; then
    `mergeAttrValues`, from a name and the list of its values, makes the set's value.

    Type: `attrListWith :: { elemType :: OptionType; asAttrs ? Bool; mergeAttrValues ? Function; } -> OptionType`

    Example: `(types.attrListWith { elemType = types.int; asAttrs = true; }).check [ { a = 1; } ]` => `true`
  */
  attrListWith =
    {
      elemType,
      asAttrs ? false,
      mergeAttrValues ? _name: values: values,
    }:
    let
      description = "attribute list of ${optionDescriptionPhrase isElementPhrase elemType}";
      check = value: isList value || isAttrs value;
    in
    mkOptionType {
      name = "attrListOf";
      inherit description;
      descriptionClass = "composite";
      check = v2Check check;
      merge = v2Merge (
        { loc, defs }:
        let
          merge =
            entry:
            entry
            // mergeElement (loc ++ [ entry.key ]) elemType [ { inherit (entry) file value; } ];
          entries = filter (entry: entry.isDefined) (
            map merge (winningEntries (concatMap (entriesOf loc description) defs))
          );
          list = map (entry: { ${entry.key} = entry.value; }) entries;
        in
        {
          headError = headError check defs;
          value = if asAttrs then zipAttrsWith mergeAttrValues list else list;
          valueMeta = {
            attrList = map (entry: entry.valueMeta) entries;
            attrListValue = list;
            # For handing the entries on to another option.
            definitions = map (
              entry:
              mkDefinition {
                inherit (entry) file;
                value = mkOrder entry.order { ${entry.key} = entry.value; };
              }
            ) entries;
          };
        }
      );
      emptyValue.value = if asAttrs then { } else [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules:
        attrListWith {
          inherit asAttrs mergeAttrValues;
          elemType = elemType.substSubModules modules;
        };
      typeMerge = _: null;
      nestedTypes = { inherit elemType; };
    };
}
