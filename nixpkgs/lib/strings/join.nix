# Put strings together.
{ lib }:
let
  inherit (builtins)
    attrValues
    concatMap
    concatStringsSep
    filter
    head
    length
    map
    mapAttrs
    replaceStrings
    stringLength
    substring
    tail
    ;
  inherit (lib.lists) imap1;

  concatStrings = concatStringsSep "";

  optionalString = condition: string: if condition then string else "";

  makeSearchPath =
    folder: paths:
    concatStringsSep ":" (map (path: path + "/" + folder) (filter (path: path != null) paths));

  makeSearchPathOutput =
    output: folder: packages:
    makeSearchPath folder (map (lib.getOutput output) packages);

  fixedWidthString =
    width: filler: string:
    let
      size = stringLength string;
    in
    assert lib.assertMsg (size <= width)
      "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString size})";
    if size == width then
      string
    else
      filler + fixedWidthString (width - stringLength filler) filler string;
in
{
  inherit (builtins)
    appendContext
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    readFile
    replaceStrings
    storeDir
    stringLength
    substring
    tail
    typeOf
    unsafeDiscardStringContext
    ;

  /**
    Strings of a list with a separator between them, as `concatStringsSep`.

    Inputs: `separator`, then the list.

    Type: `join :: String -> [String] -> String`

    Example: `join ", " [ "foo" "bar" ]` => `"foo, bar"`
  */
  join = concatStringsSep;

  /**
    Strings of a list as one string.

    Inputs: the list.

    Type: `concatStrings :: [String] -> String`

    Example: `concatStrings [ "foo" "bar" ]` => `"foobar"`
  */
  inherit concatStrings;

  /**
    Map a list to strings, and concatenate these.

    Inputs: `f`, then the list.

    Type: `concatMapStrings :: (a -> String) -> [a] -> String`

    Example: `concatMapStrings (x: "a" + x) [ "foo" "bar" ]` => `"afooabar"`
  */
  concatMapStrings = f: list: concatStrings (map f list);

  /**
    Map a list to strings by position, counted from 1, and element; concatenate these.

    Inputs: `f` gets position and element; the list.

    Type: `concatImapStrings :: (Int -> a -> String) -> [a] -> String`

    Example: `concatImapStrings (i: x: "${toString i}-${x}") [ "foo" "bar" ]` => `"1-foo2-bar"`
  */
  concatImapStrings = f: list: concatStrings (imap1 f list);

  /**
    Map a list to strings, and put a separator between these.

    Inputs: `separator`, `f`, and the list.

    Type: `concatMapStringsSep :: String -> (a -> String) -> [a] -> String`

    Example: `concatMapStringsSep "-" toUpper [ "foo" "bar" ]` => `"FOO-BAR"`
  */
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);

  /**
    Map a list to strings by position, counted from 1, and element; put a separator between these.

    Inputs: `separator`; `f` gets position and element; the list.

    Type: `concatImapStringsSep :: String -> (Int -> a -> String) -> [a] -> String`

    Example: `concatImapStringsSep "-" (i: x: toString (x / i)) [ 6 6 6 ]` => `"6-3-2"`
  */
  concatImapStringsSep =
    separator: f: list:
    concatStringsSep separator (imap1 f list);

  /**
    Map the attributes of a set to strings, and put a separator between these.

    Inputs: `separator`; `f` gets name and value; the set.

    Type: `concatMapAttrsStringSep :: String -> (String -> a -> String) -> AttrsOf a -> String`

    Example: `concatMapAttrsStringSep "\n" (name: value: "${name}: foo-${value}") { a = "0.1"; b = "0.2"; }` => `"a: foo-0.1\nb: foo-0.2"`
  */
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (attrValues (mapAttrs f set));

  /**
    Lines, each ended by a newline.

    Inputs: the list of lines.

    Type: `concatLines :: [String] -> String`

    Example: `concatLines [ "foo" "bar" ]` => `"foo\nbar\n"`
  */
  concatLines = lines: optionalString (lines != [ ]) (concatStringsSep "\n" lines + "\n");

  /**
    A list with a separator between its elements.

    Inputs: `separator`, then the list.

    Type: `intersperse :: a -> [a] -> [a]`

    Example: `intersperse "/" [ "usr" "local" "bin" ]` => `[ "usr" "/" "local" "/" "bin" ]`
  */
  intersperse =
    separator: list:
    if list == [ ] || length list == 1 then
      list
    else
      tail (
        concatMap (element: [
          separator
          element
        ]) list
      );

  /**
    A string with every occurrence of another replaced.

    Inputs: `from`, `to`, and the string.

    Type: `replaceString :: String -> String -> String -> String`

    Example: `replaceString "world" "Nix" "Hello, world!"` => `"Hello, Nix!"`
  */
  replaceString = from: to: replaceStrings [ from ] [ to ];

  /**
    A string repeated.

    Inputs: `count`, then the string.

    Type: `replicate :: Int -> String -> String`

    Example: `strings.replicate 3 "v"` => `"vvv"`
  */
  replicate = count: string: concatStrings (lib.lists.replicate count string);

  /**
    A string when a condition holds, else the empty one.

    Inputs: `condition`, then the string.

    Type: `optionalString :: Bool -> String -> String`

    Example: `optionalString true "some-string"` => `"some-string"`
  */
  inherit optionalString;

  /**
    A search path as programs expect it in the environment: a folder below each of some paths.

    Inputs: the folder, then the paths; null is left out.

    Type: `makeSearchPath :: String -> [String | Null] -> String`

    Example: `makeSearchPath "bin" [ "/root" "/usr" ]` => `"/root/bin:/usr/bin"`
  */
  inherit makeSearchPath;

  /**
    A search path over one output of each package.

    Inputs: the output's name, the folder below it, and the packages.

    Type: `makeSearchPathOutput :: String -> String -> [Derivation] -> String`

    Example: `makeSearchPathOutput "dev" "bin" [ { outPath = "/out"; dev = "/dev"; } ]` => `"/dev/bin"`
  */
  inherit makeSearchPathOutput;

  /**
    A search path for shared libraries.

    Inputs: the packages.

    Type: `makeLibraryPath :: [Derivation | String] -> String`

    Example: `makeLibraryPath [ "/usr" "/usr/local" ]` => `"/usr/lib:/usr/local/lib"`
  */
  makeLibraryPath = makeSearchPathOutput "lib" "lib";

  /**
    A search path for header files.

    Inputs: the packages.

    Type: `makeIncludePath :: [Derivation | String] -> String`

    Example: `makeIncludePath [ "/usr" ]` => `"/usr/include"`
  */
  makeIncludePath = makeSearchPathOutput "dev" "include";

  /**
    A search path for programs.

    Inputs: the packages.

    Type: `makeBinPath :: [Derivation | String] -> String`

    Example: `makeBinPath [ "/usr" ]` => `"/usr/bin"`
  */
  makeBinPath = makeSearchPathOutput "bin" "bin";

  /**
    A string filled up on its left; too long a string is an error.

    Inputs: `width`, `filler`, and the string.

    Type: `fixedWidthString :: Int -> String -> String -> String`

    Example: `fixedWidthString 5 "0" "15"` => `"00015"`
  */
  inherit fixedWidthString;

  /**
    A number with zeros in front.

    Inputs: `width`, then the number.

    Type: `fixedWidthNumber :: Int -> Int -> String`

    Example: `fixedWidthNumber 5 15` => `"00015"`
  */
  fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);

  /**
    A string with the context of another: what the other depends on, it then depends on too.

    Inputs: the string with the context, then the string that gets it.

    Type: `addContextFrom :: String -> String -> String`

    Example: `addContextFrom "foo" "bar"` => `"bar"`
  */
  addContextFrom = source: target: substring 0 0 source + target;
}
