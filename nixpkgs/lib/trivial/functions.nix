# Functions about functions, booleans, attribute sets and files.
{ ... }:
let
  inherit (builtins) foldl' fromJSON readFile;

  isFunctor = value: value ? __functor;

  functionArgs =
    f:
    if isFunctor f then f.__functionArgs or (builtins.functionArgs (f.__functor f)) else builtins.functionArgs f;

  isFunction = f: builtins.isFunction f || (isFunctor f && builtins.isFunction (f.__functor f));

  withArgs = args: f: {
    __functor = _self: f;
    __functionArgs = args;
  };
in
{
  inherit (builtins)
    deepSeq
    genericClosure
    isBool
    isFloat
    isInt
    pathExists
    readFile
    seq
    ;

  /**
    The arguments of a function of a set, each with whether it has a default. Unlike the builtin it takes
    functions made with `setFunctionArgs`.

    Inputs: the function.

    Type: `functionArgs :: (a -> b) -> AttrsOf Bool`

    Example: `functionArgs ({ a, b ? 1 }: a)` => `{ a = false; b = true; }`
  */
  inherit functionArgs;

  /**
    Whether a value can be called. Unlike the builtin it takes functions made with `setFunctionArgs`.

    Inputs: any value.

    Type: `isFunction :: Any -> Bool`

    Example: `isFunction { __functor = self: x: x; }` => `true`
  */
  inherit isFunction;

  /**
    The identity function.

    Inputs: `x` is any value.

    Type: `id :: a -> a`

    Example: `id 3` => `3`
  */
  id = x: x;

  /**
    A function that ignores its argument.

    Inputs: `x` is the result; the second argument is ignored and never evaluated.

    Type: `const :: a -> b -> a`

    Example: `const 1 (throw "ignored")` => `1`
  */
  const = x: _: x;

  /**
    Send a value through functions, the first of the list first.

    Inputs: the value to start with; the list of functions.

    Type: `pipe :: a -> [ (a -> b) (b -> c) ... ] -> c`

    Example: `pipe 2 [ (x: x + 2) (x: x * 10) ]` => `40`
  */
  pipe = foldl' (value: f: f value);

  /**
    The operator `++` as a function.

    Inputs: two lists.

    Type: `concat :: [a] -> [a] -> [a]`

    Example: `concat [ 1 ] [ 2 ]` => `[ 1 2 ]`
  */
  concat = x: y: x ++ y;

  /**
    The operator `||` as a function.

    Inputs: two booleans; the second is evaluated only when the first is false.

    Type: `or :: Bool -> Bool -> Bool`

    Example: `lib.or false true` => `true`
  */
  "or" = x: y: x || y;

  /**
    The operator `&&` as a function.

    Inputs: two booleans; the second is evaluated only when the first is true.

    Type: `and :: Bool -> Bool -> Bool`

    Example: `and true false` => `false`
  */
  and = x: y: x && y;

  /**
    Whether exactly one of two booleans is true. Anything but a boolean is an error.

    Inputs: two booleans.

    Type: `xor :: Bool -> Bool -> Bool`

    Example: `xor true false` => `true`
  */
  xor = x: y: if x then !y else y || false;

  /**
    A boolean as the word `true` or `false`; `toString` would give `1` and the empty string.

    Inputs: a boolean.

    Type: `boolToString :: Bool -> String`

    Example: `boolToString false` => `"false"`
  */
  boolToString = flag: if flag then "true" else "false";

  /**
    A boolean as the word `yes` or `no`.

    Inputs: a boolean.

    Type: `boolToYesNo :: Bool -> String`

    Example: `boolToYesNo true` => `"yes"`
  */
  boolToYesNo = flag: if flag then "yes" else "no";

  /**
    The operator `//` as a function: the attributes of the second set win.

    Inputs: two attribute sets.

    Type: `mergeAttrs :: AttrSet -> AttrSet -> AttrSet`

    Example: `mergeAttrs { a = 1; b = 2; } { b = 3; }` => `{ a = 1; b = 3; }`
  */
  mergeAttrs = x: y: x // y;

  /**
    A function with its first two arguments exchanged.

    Inputs: `f`, and then its second and its first argument.

    Type: `flip :: (a -> b -> c) -> b -> a -> c`

    Example: `flip (a: b: a - b) 1 10` => `9`
  */
  flip =
    f: a: b:
    f b a;

  /**
    A value, or a replacement for it when it is null.

    Inputs: `default` replaces null; `value` is returned otherwise.

    Type: `defaultTo :: a -> (a | Null) -> a`

    Example: `defaultTo 7 null` => `7`
  */
  defaultTo = default: value: if value == null then default else value;

  /**
    Apply a function to a value that may be null; null stays null.

    Inputs: `f`, and the value or null.

    Type: `mapNullable :: (a -> b) -> (a | Null) -> (b | Null)`

    Example: `map (mapNullable (x: x + 1)) [ null 22 ]` => `[ null 23 ]`
  */
  mapNullable = f: value: if value == null then value else f value;

  /**
    The Nix value that a JSON file holds.

    Inputs: a path.

    Type: `importJSON :: Path -> a`

    Example: `importJSON (builtins.toFile "x.json" "[ 1, null ]")` => `[ 1 null ]`
  */
  importJSON = path: fromJSON (readFile path);

  /**
    The Nix value that a TOML file holds.

    Inputs: a path.

    Type: `importTOML :: Path -> AttrSet`

    Example: `importTOML (builtins.toFile "x.toml" "a = 1")` => `{ a = 1; }`
  */
  importTOML = path: fromTOML (readFile path);

  /**
    A function that carries a description of its attribute set argument, which `functionArgs` then reports. The result
    is a set with `__functor`: `isFunction` accepts it, `builtins.isFunction` does not.

    Inputs: `f`; `args` says for each argument whether it has a default.

    Type: `setFunctionArgs :: (a -> b) -> AttrsOf Bool -> (a -> b)`

    Example: `functionArgs (setFunctionArgs (x: x) { a = true; })` => `{ a = true; }`
  */
  setFunctionArgs = f: args: withArgs args f;

  /**
    Give a function the described arguments of another.

    Inputs: `f` whose arguments are taken; `g` which is called.

    Type: `mirrorFunctionArgs :: (a -> b) -> (a -> c) -> (a -> c)`

    Example: `functionArgs (mirrorFunctionArgs ({ a, b ? 1 }: a) (x: x))` => `{ a = false; b = true; }`
  */
  mirrorFunctionArgs = f: withArgs (functionArgs f);

  /**
    A function stays as it is; any other value becomes a function that returns it.

    Inputs: any value.

    Type: `toFunction :: ((a -> b) | b) -> (a -> b)`

    Example: `toFunction 1 2` => `1`
  */
  toFunction = value: if isFunction value then value else _: value;
}
