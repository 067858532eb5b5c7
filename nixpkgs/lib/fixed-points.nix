# Self-referential sets, and how to extend them.
{ lib }:
let
  fix =
    f:
    let
      result = f result;
    in
    result;

  extends =
    overlay: f: final:
    let
      previous = f final;
    in
    previous // overlay final previous;

  composeExtensions =
    first: second: final: previous:
    let
      added = first final previous;
    in
    added // second final (previous // added);

  makeExtensibleWithCustomName =
    name: f:
    let
      self = f self // {
        __unfix__ = f;
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      };
    in
    self;
in
{
  /**
    `makeExtensible` with another name for `extend`.

    Inputs: the name; `f` from the final set to the set.

    Type: `makeExtensibleWithCustomName :: String -> (AttrSet -> AttrSet) -> AttrSet`

    Example: `((makeExtensibleWithCustomName "more" (self: { a = 1; })).more (final: previous: { b = 2; })).b` => `2`
  */
  inherit makeExtensibleWithCustomName;

  /**
    The value that a function returns when it gets that very value: how a set refers to itself.

    Inputs: `f`, which must not evaluate its argument before it returns a structure.

    Type: `fix :: (a -> a) -> a`

    Example: `fix (self: { a = 1; b = self.a + 1; })` => `{ a = 1; b = 2; }`
  */
  inherit fix;

  /**
    `fix` for a function that returns a set; the set keeps the function as `__unfix__`, so that it
    can be extended later.

    Inputs: `f` from the final set to the set.

    Type: `fix' :: (AttrSet -> AttrSet) -> AttrSet`

    Example: `(fix' (self: { a = 1; })).__unfix__ { }` => `{ a = 1; }`
  */
  fix' =
    f:
    let
      result = f result // {
        __unfix__ = f;
      };
    in
    result;

  /**
    Apply a function again and again until its result no longer changes.

    Inputs: `f`, and the value to start with.

    Type: `converge :: (a -> a) -> a -> a`

    Example: `converge (x: x / 2) 16` => `0`
  */
  converge =
    f: value:
    let
      next = f value;
    in
    if next == value then value else lib.converge f next;

  /**
    Lay an overlay over a function from the final set to a set.

    Inputs: `overlay` is `final: previous: attributes`; `f` is what it is laid over. The result takes
    `final` and is meant for `fix`.

    Type: `extends :: (AttrSet -> AttrSet -> AttrSet) -> (AttrSet -> AttrSet) -> AttrSet -> AttrSet`

    Example: `fix (extends (final: previous: { b = previous.a + 1; }) (final: { a = 1; }))` => `{ a = 1; b = 2; }`
  */
  inherit extends;

  /**
    One overlay out of two; the second sees what the first did.

    Inputs: two overlays.

    Type: `composeExtensions :: Overlay -> Overlay -> Overlay`

    Example: `composeExtensions (f: p: { a = 1; }) (f: p: { b = p.a; }) { } { }` => `{ a = 1; b = 1; }`
  */
  inherit composeExtensions;

  /**
    One overlay out of many; each sees what the earlier ones did.

    Inputs: the list of overlays.

    Type: `composeManyExtensions :: [Overlay] -> Overlay`

    Example: `composeManyExtensions [ (f: p: { a = 1; }) (f: p: { b = p.a; }) ] { } { }` => `{ a = 1; b = 1; }`
  */
  composeManyExtensions = lib.foldr composeExtensions (_final: _previous: { });

  /**
    A self-referential set with a function `extend`, which lays an overlay over it and gives a set
    that can be extended again.

    Inputs: `f` from the final set to the set.

    Type: `makeExtensible :: (AttrSet -> AttrSet) -> AttrSet`

    Example: `((makeExtensible (self: { a = 1; })).extend (final: previous: { a = previous.a + 1; })).a` => `2`
  */
  makeExtensible = makeExtensibleWithCustomName "extend";

  /**
    An overlay out of anything that can mean one: a set of attributes, a function of the previous set,
    or an overlay proper.

    Inputs: the set or function.

    Type: `toExtension :: (Overlay | (AttrSet -> AttrSet) | AttrSet) -> Overlay`

    Example: `toExtension (previous: { b = previous.a; }) { } { a = 1; }` => `{ b = 1; }`
  */
  toExtension =
    value:
    if !lib.isFunction value then
      _final: _previous: value
    else
      final: previous:
      let
        result = value previous;
      in
      if lib.isFunction result then value final previous else result;
}
