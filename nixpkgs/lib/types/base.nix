# What an option type consists of, and how types are made out of others.
{ lib }:
let
  inherit (import ./merge.nix { inherit lib; })
    checkCoherence
    headError
    v2Check
    v2Merge
    ;

  isType = type: value: value._type or "" == type;

  isOptionType = isType "option-type";

  setType = type: value: value // { _type = type; };

  defaultTypeMerge =
    a: b:
    let
      payload = a.binOp a.payload b.payload;
    in
    if a.name != b.name then
      null
    else if a.payload == null && b.payload == null then
      a.type
    else
      assert a.payload != null && b.payload != null;
      if payload == null then null else a.type payload;

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };

  addCheck =
    type: extraCheck:
    let
      check = value: type.check value && extraCheck value;
    in
    if type.merge ? v2 then
      type
      // {
        check = v2Check check;
        merge = v2Merge (
          { loc, defs }:
          let
            result = checkCoherence loc type (type.merge.v2 { inherit loc defs; });
          in
          result
          // {
            headError =
              if result.headError != null then result.headError else headError extraCheck defs;
          }
        );
      }
    else
      type // { inherit check; };
in
{
  /**
    Whether a value carries a type tag.

    Inputs: the tag, then the value.

    Type: `isType :: String -> Any -> Bool`

    Example: `isType "option" { _type = "option"; }` => `true`
  */
  inherit isType;

  /**
    A set with a type tag.

    Inputs: the tag, then the set.

    Type: `setType :: String -> AttrSet -> AttrSet`

    Example: `setType "thing" { a = 1; }` => `{ _type = "thing"; a = 1; }`
  */
  inherit setType;

  /**
    Whether a value is an option type.

    Inputs: any value.

    Type: `isOptionType :: Any -> Bool`

    Example: `isOptionType types.int` => `true`
  */
  inherit isOptionType;

  /**
    The type merge of most types: types of one name are merged by their functor, others do not merge.

    Inputs: two functors.

    Type: `defaultTypeMerge :: Functor -> Functor -> (OptionType | Null)`

    Example: `defaultTypeMerge types.int.functor types.str.functor` => `null`
  */
  inherit defaultTypeMerge;

  /**
    The functor of a type without parameters.

    Inputs: the type's name.

    Type: `defaultFunctor :: String -> Functor`

    Example: `(defaultFunctor "int").payload` => `null`
  */
  inherit defaultFunctor;

  /**
    Make an option type.

    Inputs, all but `name` optional:

    - `name` identifies the type when types are merged; `description`, by default the name, is for
      people, and `descriptionClass` says how it fits into a longer phrase: noun, conjunction («a or
      b»), composite («list of a») or nonRestrictiveClause («a, meaning b»).
    - `check` says whether a value has the type. It looks at the outermost level only, for looking
      deeper would evaluate too much.
    - `merge` makes one value out of definitions: `loc: defs: value`, or a set with `v2`, a function
      from `{ loc; defs; }` to `{ headError; value; valueMeta; }`.
    - `emptyValue` is `{ value = …; }` when the type has a value that means nothing is there.
    - `getSubOptions`, from a prefix, gives the options inside for the manual; `getSubModules` are
      modules inside or null, and `substSubModules` makes the type anew with other modules.
    - `functor` describes the type for merging; `typeMerge` merges with another functor, or is null.
    - `deprecationMessage` is shown where an option has the type.
    - `nestedTypes` are the types that this one was made of.

    Type: `mkOptionType :: AttrSet -> OptionType`

    Example: `(mkOptionType { name = "even"; check = x: mod x 2 == 0; }).description` => `"even"`
  */
  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? lib.options.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? _: { },
      getSubModules ? null,
      substSubModules ? _: null,
      typeMerge ? defaultTypeMerge functor,
      functor ? defaultFunctor name,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        check
        deprecationMessage
        descriptionClass
        emptyValue
        functor
        getSubModules
        getSubOptions
        merge
        name
        nestedTypes
        substSubModules
        typeMerge
        ;
    };

  /**
    A type's description as a part of a phrase, in parentheses where it would be ambiguous.

    Inputs: `fits` says of a description class whether it needs no parentheses; then the type.

    Type: `optionDescriptionPhrase :: (String | Null -> Bool) -> OptionType -> String`

    Example: `types.optionDescriptionPhrase (class: class == "noun") (types.nullOr types.int)` => `"(null or signed integer)"`
  */
  optionDescriptionPhrase =
    fits: type:
    if fits (type.descriptionClass or null) then type.description else "(${type.description})";

  /**
    A type with a further condition.

    Inputs: the type, then the condition, which gets each definition's value.

    Type: `addCheck :: OptionType -> (Any -> Bool) -> OptionType`

    Example: `(types.addCheck types.int (x: x > 3)).check 2` => `false`
  */
  inherit addCheck;

  /**
    One type out of two, as when an option is declared twice. Types that do not merge give a set of
    type `merge-error`.

    Inputs: two option types.

    Type: `mergeTypes :: OptionType -> OptionType -> (OptionType | AttrSet)`

    Example: `(types.mergeTypes (types.enum [ "a" ]) (types.enum [ "b" ])).check "b"` => `true`
  */
  mergeTypes =
    a: b:
    let
      merged = a.typeMerge b.functor;
    in
    assert isOptionType a && isOptionType b;
    if merged == null then setType "merge-error" { error = "Cannot merge types"; } else merged;

  /**
    The types themselves, for code that has the name twice.

    Type: `types :: AttrsOf OptionType`
  */
  inherit (lib) types;
}
