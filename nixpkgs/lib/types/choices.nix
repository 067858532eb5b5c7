# Types that are one or another, or another type with a difference.
{ lib }:
let
  inherit (builtins)
    all
    elem
    elemAt
    foldl'
    head
    isBool
    isInt
    isString
    length
    map
    tail
    typeOf
    zipAttrsWith
    ;
  inherit (lib) functionArgs isFunction;
  inherit (lib.modules) mergeDefinitions;
  inherit (lib.options)
    getFiles
    mergeEqualOption
    mergeOneOption
    mergeUniqueOption
    showDefs
    showFiles
    showOption
    ;
  inherit (lib.trivial) boolToString;
  inherit (lib.types)
    attrsOf
    bool
    defaultFunctor
    either
    float
    int
    listOf
    mkOptionType
    nullOr
    oneOf
    optionDescriptionPhrase
    path
    str
    unique
    ;
  inherit (import ./merge.nix { inherit lib; })
    checkAndMerge
    elemTypeFunctor
    headError
    v2Check
    v2Merge
    ;

  isNoun = class: class == "noun";
  isNounOrConjunction = class: class == "noun" || class == "conjunction";
  isNounOrComposite = class: class == "noun" || class == "composite";

  # What a type around another passes on from it.
  fromInner = type: {
    inherit (type) getSubModules getSubOptions;
  };

  showChoice =
    value:
    if isString value then
      ''"${value}"''
    else if isInt value then
      toString value
    else if isBool value then
      boolToString value
    else
      "<${typeOf value}>";

  describeChoices =
    values:
    if values == [ ] then
      "impossible (empty enum)"
    else if length values == 1 then
      "value ${showChoice (head values)} (singular enum)"
    else
      "one of ${lib.concatMapStringsSep ", " showChoice values}";

  # The result of `either` for definitions that fit neither type. There is a value, with a warning,
  # because free-form types used to let such definitions pass.
  mergeNeither =
    a: b: loc: defs:
    let
      error.message = "The option `${showOption loc}` is neither a value of type `${a.description}` nor `${b.description}`, Definition values: ${showDefs defs}";
    in
    {
      headError = error;
      valueMeta.headError = error;
      value = lib.warn ''
        One or more definitions did not pass the type-check of the 'either' type.
        ${error.message}
        If `either`, `oneOf` or similar is used in freeformType, ensure that it is preceded by an 'attrsOf' such as: `freeformType = types.attrsOf (types.either t1 t2)`.
        Otherwise consider using the correct type for the option `${showOption loc}`. This will be an error in a future release.
      '' (mergeOneOption loc defs);
    };

  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      base = oneOf [
        bool
        int
        float
        str
        path
        (attrsOf value)
        (listOf value)
      ];
      value = (if nullable then nullOr base else base) // {
        description = "${typeName} value";
      };
    in
    value;
in
{
  /**
    A type of which there must be one definition only.

    Inputs: the type.

    Type: `uniq :: OptionType -> OptionType`

    Example: `(types.uniq types.int).check 1` => `true`
  */
  uniq = unique { message = ""; };

  /**
    A type of which there must be one definition only, with an explanation for the error.

    Inputs: `{ message; }`, then the type.

    Type: `unique :: { message :: String; } -> OptionType -> OptionType`

    Example: `(types.unique { message = "One is enough."; } types.int).check 1` => `true`
  */
  unique =
    { message }:
    type:
    mkOptionType (
      fromInner type
      // {
        name = "unique";
        inherit (type)
          check
          description
          descriptionClass
          emptyValue
          ;
        merge = mergeUniqueOption {
          inherit message;
          inherit (type) merge;
        };
        substSubModules =
          modules: lib.types.unique { inherit message; } (type.substSubModules modules);
        functor = elemTypeFunctor "unique" { elemType = type; } // {
          type = payload: lib.types.unique { inherit message; } payload.elemType;
        };
        nestedTypes.elemType = type;
      }
    );

  /**
    Null, or a value of a type; definitions must not be of both kinds.

    Inputs: the type.

    Type: `nullOr :: OptionType -> OptionType`

    Example: `(types.nullOr types.int).check null` => `true`
  */
  nullOr =
    elemType:
    mkOptionType (
      fromInner elemType
      // {
        name = "nullOr";
        description = "null or ${optionDescriptionPhrase isNounOrConjunction elemType}";
        descriptionClass = "conjunction";
        check = value: value == null || elemType.check value;
        merge =
          loc: defs:
          if all (def: def.value != null) defs then
            elemType.merge loc defs
          else if all (def: def.value == null) defs then
            null
          else
            throw "The option `${showOption loc}` is defined both null and not null, in ${showFiles (getFiles defs)}.";
        emptyValue.value = null;
        substSubModules = modules: lib.types.nullOr (elemType.substSubModules modules);
        functor = elemTypeFunctor "nullOr" { inherit elemType; } // {
          type = payload: lib.types.nullOr payload.elemType;
        };
        nestedTypes = { inherit elemType; };
      }
    );

  /**
    One of several values; declarations with different values are united.

    Inputs: the list of values.

    Type: `enum :: [a] -> OptionType`

    Example: `(types.enum [ "left" "right" ]).check "up"` => `false`
  */
  enum =
    values:
    mkOptionType {
      name = "enum";
      description = describeChoices values;
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: elem value values;
      merge = mergeEqualOption;
      functor = defaultFunctor "enum" // {
        type = payload: lib.types.enum payload.values;
        payload = { inherit values; };
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  /**
    A value of one of two types: of the first, if all definitions fit it.

    Inputs: the two types.

    Type: `either :: OptionType -> OptionType -> OptionType`

    Example: `(types.either types.int types.str).check "a"` => `true`
  */
  either =
    a: b:
    let
      functor = elemTypeFunctor "either" {
        elemType = [
          a
          b
        ];
      };
    in
    mkOptionType {
      name = "either";
      description =
        if a.descriptionClass or null == "nonRestrictiveClause" then
          "${a.description}, or ${optionDescriptionPhrase isNounOrConjunction b}"
        else
          "${optionDescriptionPhrase isNounOrConjunction a} or ${
            optionDescriptionPhrase (class: isNounOrConjunction class || class == "composite") b
          }";
      descriptionClass = "conjunction";
      check = v2Check (value: a.check value || b.check value);
      merge = v2Merge (
        { loc, defs }:
        let
          asFirst = checkAndMerge a loc defs;
          asSecond = checkAndMerge b loc defs;
        in
        if asFirst.headError == null then
          asFirst
        else if asSecond.headError == null then
          asSecond
        else
          mergeNeither a b loc defs
      );
      typeMerge =
        other:
        let
          first = a.typeMerge (elemAt other.payload.elemType 0).functor;
          second = b.typeMerge (elemAt other.payload.elemType 1).functor;
        in
        if other.name != "either" || first == null || second == null then
          null
        else
          functor.type first second;
      inherit functor;
      nestedTypes = {
        left = a;
        right = b;
      };
    };

  /**
    A value of one of several types: of the first that all definitions fit.

    Inputs: the list of types.

    Type: `oneOf :: [OptionType] -> OptionType`

    Example: `(types.oneOf [ types.int types.str types.bool ]).check null` => `false`
  */
  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head types) (tail types);

  /**
    A value of a type, or of another from which a function makes one.

    Inputs: the type that is converted, which must not have submodules; the function; the type of the
    result.

    Type: `coercedTo :: OptionType -> (a -> b) -> OptionType -> OptionType`

    Example: `(types.coercedTo types.int toString types.str).merge [ ] [ { value = 1; } ]` => `"1"`
  */
  coercedTo =
    coercedType: coerce: finalType:
    let
      check =
        value: (coercedType.check value && finalType.check (coerce value)) || finalType.check value;
      isCoerced =
        loc: def:
        if coercedType.merge ? v2 then
          (checkAndMerge coercedType loc [ def ]).headError == null
        else
          coercedType.check def.value;
    in
    assert lib.assertMsg (
      coercedType.getSubModules == null
    ) "coercedTo: coercedType must not have submodules (it’s a ${coercedType.description})";
    mkOptionType (
      fromInner finalType
      // {
        name = "coercedTo";
        description = "${optionDescriptionPhrase isNoun finalType} or ${optionDescriptionPhrase isNoun coercedType} convertible to it";
        check = v2Check check;
        merge = v2Merge (
          { loc, defs }:
          let
            finalDefs = map (
              def: def // { value = if isCoerced loc def then coerce def.value else def.value; }
            ) defs;
            result = checkAndMerge finalType loc finalDefs;
          in
          if finalType.merge ? v2 then result else result // { headError = headError check defs; }
        );
        inherit (finalType) emptyValue;
        substSubModules =
          modules: lib.types.coercedTo coercedType coerce (finalType.substSubModules modules);
        typeMerge = _: null;
        functor = defaultFunctor "coercedTo";
        nestedTypes = { inherit coercedType finalType; };
      }
    );

  /**
    A function whose result has a type. Of several functions the results are merged.

    Inputs: the type of the result.

    Type: `functionTo :: OptionType -> OptionType`

    Example: `(types.functionTo types.int).check (x: x)` => `true`
  */
  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${optionDescriptionPhrase isNounOrComposite elemType}";
      descriptionClass = "composite";
      check = isFunction;
      merge = loc: defs: {
        # An argument is optional when it is so for every function.
        __functionArgs = zipAttrsWith (_: all (hasDefault: hasDefault)) (
          map (def: functionArgs def.value) defs
        );
        __functor =
          _self: argument:
          (mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
            map (def: {
              inherit (def) file;
              value = def.value argument;
            }) defs
          )).mergedValue;
      };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: lib.types.functionTo (elemType.substSubModules modules);
      functor = elemTypeFunctor "functionTo" { inherit elemType; } // {
        type = payload: lib.types.functionTo payload.elemType;
      };
      nestedTypes = { inherit elemType; };
    };

  /**
    A value that a data format can hold: booleans, numbers, strings, paths, and lists and sets of such
    values.

    Inputs: `typeName` is the format, for messages; `nullable` whether it has null, true by default.

    Type: `serializableValueWith :: { typeName :: String; nullable ? Bool; } -> OptionType`

    Example: `(types.serializableValueWith { typeName = "X"; }).description` => `"X value"`
  */
  inherit serializableValueWith;

  /**
    A value that JSON can hold.

    Type: `json :: OptionType`

    Example: `types.json.check [ 1 null ]` => `true`
  */
  json = serializableValueWith { typeName = "JSON"; };

  /**
    A value that TOML can hold.

    Type: `toml :: OptionType`

    Example: `types.toml.check null` => `false`
  */
  toml = serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
}
