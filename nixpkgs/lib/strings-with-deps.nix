# Texts that depend on each other, put into an order: how activation scripts are assembled.
{ ... }:
let
  inherit (builtins)
    concatStringsSep
    foldl'
    isAttrs
    map
    ;

  # Adds an entry, after what it depends on, to what was collected; a name is collected once.
  visit =
    predefined: state: entry:
    let
      dependencies = foldl' (visit predefined) state entry.deps;
    in
    if isAttrs entry then
      dependencies // { texts = dependencies.texts ++ [ entry.text ]; }
    else if state.seen ? ${entry} then
      state
    else
      visit predefined (state // { seen = state.seen // { ${entry} = null; }; }) predefined.${entry};

  textClosureList =
    predefined: entries:
    (foldl' (visit predefined) {
      seen = { };
      texts = [ ];
    } entries).texts;
in
{
  /**
    The texts of some entries and of all that they depend on, each after what it needs.

    Inputs: `predefined` is a set of entries `{ text; deps; }`, whose `deps` are a list like the second
    argument; then a list of names in it and of entries.

    Type: `textClosureList :: AttrsOf Entry -> [String | Entry] -> [String]`

    Example: `textClosureList { a = fullDepEntry "aaaa" [ "b" ]; b = noDepEntry "bbbb"; } [ "a" ]` => `[ "bbbb" "aaaa" ]`
  */
  inherit textClosureList;

  /**
    The texts of `textClosureList` as lines of one string.

    Inputs: `f` is applied to each text; then as for `textClosureList`.

    Type: `textClosureMap :: (String -> String) -> AttrsOf Entry -> [String | Entry] -> String`

    Example: `textClosureMap id { a = noDepEntry "aaaa"; } [ "a" ]` => `"aaaa"`
  */
  textClosureMap =
    f: predefined: entries:
    concatStringsSep "\n" (map f (textClosureList predefined entries));

  /**
    An entry that depends on nothing.

    Inputs: the text.

    Type: `noDepEntry :: String -> Entry`

    Example: `noDepEntry "a"` => `{ text = "a"; deps = [ ]; }`
  */
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };

  /**
    An entry with dependencies.

    Inputs: the text, then the dependencies.

    Type: `fullDepEntry :: String -> [String] -> Entry`

    Example: `fullDepEntry "a" [ "b" ]` => `{ text = "a"; deps = [ "b" ]; }`
  */
  fullDepEntry = text: deps: { inherit text deps; };

  /**
    An entry that has dependencies and no text of its own.

    Inputs: the dependencies.

    Type: `packEntry :: [String] -> Entry`

    Example: `packEntry [ "b" ]` => `{ text = ""; deps = [ "b" ]; }`
  */
  packEntry = deps: {
    text = "";
    inherit deps;
  };

  /**
    `fullDepEntry` with the dependencies first.

    Inputs: the dependencies, then the text.

    Type: `stringAfter :: [String] -> String -> Entry`

    Example: `stringAfter [ "b" ] "a"` => `{ text = "a"; deps = [ "b" ]; }`
  */
  stringAfter = deps: text: { inherit text deps; };
}
