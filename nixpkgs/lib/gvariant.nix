# GVariant values in the text form that GLib reads, for dconf.
#
# A value is `{ _type = "gvariant"; type; value; __toString; }`, where `type` is GLib's type string.
{ lib }:
let
  inherit (builtins)
    all
    concatStringsSep
    filter
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    map
    typeOf
    ;
  inherit (lib) escape replaceString;

  type = {
    arrayOf = element: "a${element}";
    maybeOf = element: "m${element}";
    tupleOf = elements: "(${concatStringsSep "" elements})";
    dictionaryEntryOf = name: value: "{${name}${value}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
  };

  withText = type: text: value: {
    _type = "gvariant";
    inherit type value;
    __toString = text;
  };

  # Written with its type in front.
  typed = text: type: withText type (self: "@${self.type} ${text self.value}");

  plain = type: typed toString type;

  commas = values: concatStringsSep "," (map toString values);

  isGVariant = value: value._type or "" == "gvariant";

  intConstructors = [
    {
      name = "mkInt32";
      type = type.int32;
      min = -2147483648;
      max = 2147483647;
    }
    {
      name = "mkUint32";
      type = type.uint32;
      min = 0;
      max = 4294967295;
    }
    {
      name = "mkInt64";
      type = type.int64;
      # Every integer of Nix fits.
      min = null;
      max = null;
    }
    {
      name = "mkUint64";
      type = type.uint64;
      min = 0;
      max = null;
    }
    {
      name = "mkInt16";
      type = type.int16;
      min = -32768;
      max = 32767;
    }
    {
      name = "mkUint16";
      type = type.uint16;
      min = 0;
      max = 65535;
    }
    {
      name = "mkUchar";
      type = type.uchar;
      min = 0;
      max = 255;
    }
  ];

  unclearInteger =
    value:
    let
      fits =
        constructor:
        (constructor.min == null || constructor.min <= value)
        && (constructor.max == null || value <= constructor.max);
      line = constructor: "- `lib.gvariant.${constructor.name}` for `${constructor.type}`";
    in
    throw ''
      The GVariant type for number “${toString value}” is unclear.
      Please wrap the value with one of the following, depending on the value type in GSettings schema:
      ${concatStringsSep "\n" (map line (filter fits intConstructors))}
    '';

  mkValue =
    value:
    if isBool value then
      mkBoolean value
    else if isFloat value then
      mkDouble value
    else if isString value then
      mkString value
    else if isList value then
      mkArray value
    else if isGVariant value then
      value
    else if isInt value then
      unclearInteger value
    else if isAttrs value then
      throw "Cannot construct GVariant value from an attribute set. If you want to construct a dictionary, you will need to create an array containing items constructed with `lib.gvariant.mkDictionaryEntry`."
    else
      throw "The GVariant type of “${typeOf value}” can't be inferred.";

  mkArray =
    elements:
    let
      values = map mkValue elements;
      elementType = (head values).type;
    in
    if elements == [ ] then
      throw "Please create empty array with mkEmptyArray."
    else if all (value: value.type == elementType) values then
      typed (inner: "[${commas inner}]") (type.arrayOf elementType) values
    else
      throw "Elements in a list should have same type.";

  mkMaybe =
    elementType:
    withText (type.maybeOf elementType) (
      self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}"
    );

  mkBoolean = withText type.boolean (self: lib.boolToString self.value);

  mkDouble = withText type.double (self: toString self.value);

  mkString = withText type.string (
    self: "'${replaceString "\n" "\\n" (escape [ "'" "\\" ] self.value)}'"
  );
in
{
  /**
    The type strings: constants such as `int32` and `string`, and the functions `arrayOf`, `maybeOf`,
    `tupleOf` and `dictionaryEntryOf`.

    Type: `type :: AttrSet`

    Example: `gvariant.type.arrayOf gvariant.type.string` => `"as"`
  */
  inherit type;

  /**
    Whether a value was made by this library.

    Inputs: any value.

    Type: `isGVariant :: Any -> Bool`

    Example: `gvariant.isGVariant (gvariant.mkInt32 1)` => `true`
  */
  inherit isGVariant;

  /**
    The functions for integers, with the type and the range of each.

    Type: `intConstructors :: [{ name :: String; type :: String; min :: Int | Null; max :: Int | Null; }]`
  */
  inherit intConstructors;

  /**
    A value of the type that its Nix type suggests: booleans, floating point numbers, strings, lists of one
    type, and values that have a type already. Of what type an integer is has to be said.

    Inputs: the value.

    Type: `mkValue :: Any -> GVariant`

    Example: `toString (gvariant.mkValue [ "a" "b" ])` => `"@as ['a','b']"`
  */
  inherit mkValue;

  /**
    An array; `mkEmptyArray` is for one without elements.

    Inputs: the elements, all of one type.

    Type: `mkArray :: [Any] -> GVariant`

    Example: `toString (gvariant.mkArray [ true ])` => `"@ab [true]"`
  */
  inherit mkArray;

  /**
    An array without elements.

    Inputs: the type of the elements.

    Type: `mkEmptyArray :: String -> GVariant`

    Example: `toString (gvariant.mkEmptyArray gvariant.type.string)` => `"@as []"`
  */
  mkEmptyArray = elementType: typed (_: "[]") (type.arrayOf elementType) [ ];

  /**
    A value that carries its type.

    Inputs: the value.

    Type: `mkVariant :: Any -> GVariant`

    Example: `toString (gvariant.mkVariant "a")` => `"<'a'>"`
  */
  mkVariant = value: withText type.variant (self: "<${toString self.value}>") (mkValue value);

  /**
    An entry of a dictionary, which is an array of entries.

    Inputs: the name, then the value.

    Type: `mkDictionaryEntry :: Any -> Any -> GVariant`

    Example: `toString (gvariant.mkDictionaryEntry "a" true)` => `"@{sb} {'a',true}"`
  */
  mkDictionaryEntry =
    name: value:
    let
      entryName = mkValue name;
      entryValue = mkValue value;
    in
    typed (_: "{${entryName},${entryValue}}") (
      type.dictionaryEntryOf entryName.type entryValue.type
    ) { inherit name value; };

  /**
    A value or nothing.

    Inputs: the type of the value, then the value or null.

    Type: `mkMaybe :: String -> (GVariant | Null) -> GVariant`

    Example: `toString (gvariant.mkMaybe gvariant.type.string null)` => `"@ms nothing"`
  */
  inherit mkMaybe;

  /**
    Nothing.

    Inputs: the type of what is not there.

    Type: `mkNothing :: String -> GVariant`

    Example: `toString (gvariant.mkNothing gvariant.type.string)` => `"@ms nothing"`
  */
  mkNothing = elementType: mkMaybe elementType null;

  /**
    A value that might have been nothing.

    Inputs: the value.

    Type: `mkJust :: Any -> GVariant`

    Example: `toString (gvariant.mkJust "a")` => `"just 'a'"`
  */
  mkJust =
    value:
    let
      inner = mkValue value;
    in
    mkMaybe inner.type inner;

  /**
    A tuple.

    Inputs: the list of its elements.

    Type: `mkTuple :: [Any] -> GVariant`

    Example: `toString (gvariant.mkTuple [ "a" true ])` => `"@(sb) ('a',true)"`
  */
  mkTuple =
    elements:
    let
      values = map mkValue elements;
    in
    typed (inner: "(${commas inner})") (type.tupleOf (map (value: value.type) values)) values;

  /**
    A boolean.

    Type: `mkBoolean :: Bool -> GVariant`

    Example: `toString (gvariant.mkBoolean true)` => `"true"`
  */
  inherit mkBoolean;

  /**
    A string.

    Type: `mkString :: String -> GVariant`

    Example: `toString (gvariant.mkString "it's")` => `"'it\\'s'"`
  */
  inherit mkString;

  /**
    The path of an object on D-Bus.

    Type: `mkObjectpath :: String -> GVariant`

    Example: `toString (gvariant.mkObjectpath "/a")` => `"objectpath '/a'"`
  */
  mkObjectpath = withText type.string (self: "objectpath '${escape [ "'" ] self.value}'");

  /**
    An integer of 8 bits without sign.

    Type: `mkUchar :: Int -> GVariant`

    Example: `toString (gvariant.mkUchar 1)` => `"@y 1"`
  */
  mkUchar = plain type.uchar;

  /**
    An integer of 16 bits.

    Type: `mkInt16 :: Int -> GVariant`

    Example: `toString (gvariant.mkInt16 1)` => `"@n 1"`
  */
  mkInt16 = plain type.int16;

  /**
    An integer of 16 bits without sign.

    Type: `mkUint16 :: Int -> GVariant`

    Example: `toString (gvariant.mkUint16 1)` => `"@q 1"`
  */
  mkUint16 = plain type.uint16;

  /**
    An integer of 32 bits, which is what a number without a type in front is.

    Type: `mkInt32 :: Int -> GVariant`

    Example: `toString (gvariant.mkInt32 1)` => `"1"`
  */
  mkInt32 = withText type.int32 (self: toString self.value);

  /**
    An integer of 32 bits without sign.

    Type: `mkUint32 :: Int -> GVariant`

    Example: `toString (gvariant.mkUint32 1)` => `"@u 1"`
  */
  mkUint32 = plain type.uint32;

  /**
    An integer of 64 bits.

    Type: `mkInt64 :: Int -> GVariant`

    Example: `toString (gvariant.mkInt64 1)` => `"@x 1"`
  */
  mkInt64 = plain type.int64;

  /**
    An integer of 64 bits without sign.

    Type: `mkUint64 :: Int -> GVariant`

    Example: `toString (gvariant.mkUint64 1)` => `"@t 1"`
  */
  mkUint64 = plain type.uint64;

  /**
    A floating point number.

    Type: `mkDouble :: Float -> GVariant`

    Example: `toString (gvariant.mkDouble 0.5)` => `"0.500000"`
  */
  inherit mkDouble;
}
