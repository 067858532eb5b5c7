# Numbers, booleans, and values of any kind.
{ lib }:
let
  inherit (builtins)
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isInt
    toJSON
    typeOf
    ;
  inherit (lib.options)
    getFiles
    mergeEqualOption
    mergeOneOption
    showFiles
    showOption
    ;
  inherit (lib.strings) isStringLike;
  inherit (lib.types)
    addCheck
    attrsOf
    either
    mkOptionType
    ;

  noun =
    name: description: rest:
    mkOptionType (
      {
        inherit name description;
        descriptionClass = "noun";
      }
      // rest
    );

  int = noun "int" "signed integer" {
    check = isInt;
    merge = mergeEqualOption;
  };

  float = noun "float" "floating point number" {
    check = isFloat;
    merge = mergeEqualOption;
  };

  number = either int float;

  # A number type of narrower range.
  narrow =
    base: check: name: description:
    addCheck base check // { inherit name description; };

  inclusive = show: lowest: highest: "${show lowest} and ${show highest} (both inclusive)";

  mustBeRange =
    function: lowest: highest:
    lib.assertMsg (lowest <= highest) "${function}: lowest must be smaller than highest";

  clause = type: type // { descriptionClass = "nonRestrictiveClause"; };

  ints =
    let
      range = inclusive toString;

      between =
        lowest: highest:
        assert mustBeRange "ints.between" lowest highest;
        narrow int (
          value: lowest <= value && value <= highest
        ) "intBetween" "integer between ${range lowest highest}";

      sized =
        lowest: highest: name: description:
        between lowest highest
        // {
          inherit name;
          description = "${description}; between ${range lowest highest}";
        };

      unsigned =
        bits: size:
        sized 0 (size - 1) "unsignedInt${toString bits}" "${toString bits} bit unsigned integer";

      signed =
        bits: size:
        sized (0 - size / 2) (
          size / 2 - 1
        ) "signedInt${toString bits}" "${toString bits} bit signed integer";
    in
    {
      inherit between;
      positive = clause (narrow int (x: x > 0) "positiveInt" "positive integer, meaning >0");
      unsigned = clause (narrow int (x: x >= 0) "unsignedInt" "unsigned integer, meaning >=0");
      s8 = signed 8 256;
      s16 = signed 16 65536;
      s32 = signed 32 4294967296;
      u8 = unsigned 8 256;
      u16 = unsigned 16 65536;
      u32 = unsigned 32 4294967296;
    };

  kindOf =
    value: if isAttrs value && isStringLike value then "stringCoercibleSet" else typeOf value;

  # How definitions of any kind are merged, by kind; what is not listed must be equal.
  mergeByKind = {
    set = (attrsOf anything).merge;
    # Packages: two of them cannot be one.
    stringCoercibleSet = mergeOneOption;
    lambda =
      loc: defs: argument:
      anything.merge (loc ++ [ "<function body>" ]) (
        map (def: {
          inherit (def) file;
          value = def.value argument;
        }) defs
      );
  };

  anything = noun "anything" "anything" {
    merge =
      loc: defs:
      let
        kind = foldl' (
          common: def:
          if kindOf def.value == common then
            common
          else
            throw "The option `${showOption loc}' has conflicting option types in ${showFiles (getFiles defs)}"
        ) (kindOf (head defs).value) defs;
      in
      (mergeByKind.${kind} or mergeEqualOption) loc defs;
  };
in
{
  /**
    A value that is passed on as it is, without looking at it; one definition only.

    Type: `raw :: OptionType`

    Example: `types.raw.check (throw "not looked at")` => `true`
  */
  raw = noun "raw" "raw value" { merge = mergeOneOption; };

  /**
    Any value. Sets are merged recursively and functions by their results; other values must be equal.

    Type: `anything :: OptionType`

    Example: `types.anything.check null` => `true`
  */
  inherit anything;

  /**
    Any value, merged by its kind as `mergeDefaultOption` does. Options without a type have this one.

    Type: `unspecified :: OptionType`

    Example: `types.unspecified.check null` => `true`
  */
  unspecified = noun "unspecified" "unspecified value" { };

  /**
    A boolean; definitions must agree.

    Type: `bool :: OptionType`

    Example: `types.bool.check true` => `true`
  */
  bool = noun "bool" "boolean" {
    check = isBool;
    merge = mergeEqualOption;
  };

  /**
    A boolean that is true when any definition is.

    Type: `boolByOr :: OptionType`

    Example: `types.boolByOr.merge [ ] [ { value = false; } { value = true; } ]` => `true`
  */
  boolByOr = noun "boolByOr" "boolean (merged using or)" {
    check = isBool;
    merge = _: foldl' (result: def: result || def.value) false;
  };

  /**
    An integer; definitions must agree.

    Type: `int :: OptionType`

    Example: `types.int.check 3` => `true`
  */
  inherit int;

  /**
    Integers of a range: `between lowest highest`, `positive`, `unsigned`, and by size `u8`, `u16`,
    `u32`, `s8`, `s16`, `s32`.

    Type: `ints :: AttrSet`

    Example: `(types.ints.between 1 10).check 11` => `false`
  */
  inherit ints;

  /**
    A port number.

    Type: `port :: OptionType`

    Example: `types.port.check 65536` => `false`
  */
  port = ints.u16;

  /**
    A floating point number; definitions must agree.

    Type: `float :: OptionType`

    Example: `types.float.check 0.5` => `true`
  */
  inherit float;

  /**
    An integer or a floating point number.

    Type: `number :: OptionType`

    Example: `types.number.check 3` => `true`
  */
  inherit number;

  /**
    Numbers of a range: `between lowest highest`, `nonnegative`, `positive`.

    Type: `numbers :: AttrSet`

    Example: `(types.numbers.between 0.5 1).check 0.7` => `true`
  */
  numbers = {
    between =
      lowest: highest:
      assert mustBeRange "numbers.between" lowest highest;
      narrow number (
        value: lowest <= value && value <= highest
      ) "numberBetween" "integer or floating point number between ${inclusive toJSON lowest highest}";

    nonnegative = clause (
      narrow number (
        x: x >= 0
      ) "numberNonnegative" "nonnegative integer or floating point number, meaning >=0"
    );

    positive = clause (
      narrow number (
        x: x > 0
      ) "numberPositive" "positive integer or floating point number, meaning >0"
    );
  };
}
