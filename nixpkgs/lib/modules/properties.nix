# Properties: what can be said about a definition besides its value.
{ lib }:
let
  inherit (import ./resolve.nix { inherit lib; }) defaultPriority plainOrder plainPriority;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };

  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };

  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  mkAliasAndWrapDefinitions =
    wrap: option: mkIf option.isDefined (wrap (mkMerge option.definitions));

  mapDefinitionValue =
    f: definition:
    let
      type = definition._type or null;
    in
    if type == "merge" then
      definition // { contents = map (mapDefinitionValue f) definition.contents; }
    else if type == "if" || type == "override" || type == "order" then
      definition // { content = mapDefinitionValue f definition.content; }
    else if type == "definition" then
      definition // { value = mapDefinitionValue f definition.value; }
    else
      f definition;
in
{
  /**
    The priority of a definition that does not say otherwise. Lower numbers win.

    Type: `defaultOverridePriority :: Int`

    Example: `modules.defaultOverridePriority` => `100`
  */
  defaultOverridePriority = plainPriority;

  /**
    The place of a definition that does not say otherwise. Lower numbers come first.

    Type: `defaultOrderPriority :: Int`

    Example: `modules.defaultOrderPriority` => `1000`
  */
  defaultOrderPriority = plainOrder;

  /**
    A definition that counts only when a condition holds. The condition may depend on the
    configuration, because options are found without evaluating it.

    Inputs: `condition`, then the definition.

    Type: `mkIf :: Bool -> a -> Property`

    Example: `(mkIf true 1).content` => `1`
  */
  inherit mkIf;

  /**
    A definition that is an error unless a condition holds.

    Inputs: `assertion`, the error's `message`, and the definition.

    Type: `mkAssert :: Bool -> String -> a -> Property`

    Example: `(mkAssert true "never" 1).condition` => `true`
  */
  mkAssert =
    assertion: message:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

  /**
    Several definitions in place of one.

    Inputs: the list of definitions.

    Type: `mkMerge :: [a] -> Property`

    Example: `(mkMerge [ 1 2 ]).contents` => `[ 1 2 ]`
  */
  inherit mkMerge;

  /**
    A definition that is said to come from a certain file.

    Inputs: `{ file; value; }`.

    Type: `mkDefinition :: { file :: String; value :: a; } -> Property`

    Example: `(mkDefinition { file = "a.nix"; value = 1; }).file` => `"a.nix"`
  */
  mkDefinition = { file, value, ... }@definition: definition // { _type = "definition"; };

  /**
    A definition of a certain priority. Of all definitions of an option only those with the lowest
    number count.

    Inputs: the priority, then the definition.

    Type: `mkOverride :: Int -> a -> Property`

    Example: `(mkOverride 50 "x").priority` => `50`
  */
  inherit mkOverride;

  /**
    A definition with the priority of an option's default.

    Type: `mkOptionDefault :: a -> Property`

    Example: `(mkOptionDefault "x").priority` => `1500`
  */
  mkOptionDefault = mkOverride defaultPriority;

  /**
    A definition that every plain definition overrides: for modules that suggest a value.

    Type: `mkDefault :: a -> Property`

    Example: `(mkDefault "x").priority` => `1000`
  */
  mkDefault = mkOverride 1000;

  /**
    A definition of a profile for installation media: it overrides the host's, but not `mkForce`.

    Type: `mkImageMediaOverride :: a -> Property`

    Example: `(mkImageMediaOverride "x").priority` => `60`
  */
  mkImageMediaOverride = mkOverride 60;

  /**
    A definition that overrides plain ones.

    Type: `mkForce :: a -> Property`

    Example: `(mkForce "x").priority` => `50`
  */
  mkForce = mkOverride 50;

  /**
    A definition for a virtual machine of the configuration: it overrides all others.

    Type: `mkVMOverride :: a -> Property`

    Example: `(mkVMOverride "x").priority` => `10`
  */
  mkVMOverride = mkOverride 10;

  /**
    Deprecated: returns its argument.

    Type: `mkFixStrictness :: a -> a`
  */
  mkFixStrictness = lib.warn "lib.mkFixStrictness has no effect and will be removed. It returns its argument unmodified, so you can just remove any calls." (
    value: value
  );

  /**
    A definition with a place among the others, for options that keep the order of their definitions.

    Inputs: the place, then the definition.

    Type: `mkOrder :: Int -> a -> Property`

    Example: `(mkOrder 500 [ 1 ]).priority` => `500`
  */
  inherit mkOrder;

  /**
    A definition that comes before the plain ones.

    Type: `mkBefore :: a -> Property`

    Example: `(mkBefore [ 1 ]).priority` => `500`
  */
  mkBefore = mkOrder 500;

  /**
    A definition that comes after the plain ones.

    Type: `mkAfter :: a -> Property`

    Example: `(mkAfter [ 1 ]).priority` => `1500`
  */
  mkAfter = mkOrder 1500;

  /**
    Apply a function to the value inside of a definition; the properties around it stay.

    Inputs: `f`, then the definition.

    Type: `mapDefinitionValue :: (a -> b) -> (a | Property) -> (b | Property)`

    Example: `(modules.mapDefinitionValue (x: x + 1) (mkForce 1)).content` => `2`
  */
  inherit mapDefinitionValue;

  /**
    All definitions of an option, with their properties except the priority, as a definition for
    another option.

    Inputs: the option, from the module argument `options`.

    Type: `mkAliasDefinitions :: Option -> Property`

    Example: `(mkAliasDefinitions { isDefined = true; definitions = [ 1 ]; }).content.contents` => `[ 1 ]`
  */
  mkAliasDefinitions = mkAliasAndWrapDefinitions (definition: definition);

  /**
    Like `mkAliasDefinitions`, but the definitions are put into something first.

    Inputs: `wrap` gets one definition that stands for all; the option.

    Type: `mkAliasAndWrapDefinitions :: (Property -> a) -> Option -> Property`

    Example: `(mkAliasAndWrapDefinitions (d: { a = d; }) { isDefined = true; definitions = [ 1 ]; }).content.a.contents` => `[ 1 ]`
  */
  inherit mkAliasAndWrapDefinitions;

  /**
    Like `mkAliasAndWrapDefinitions`, but the definitions also keep the option's priority.

    Inputs: `wrap` gets one definition that stands for all; the option.

    Type: `mkAliasAndWrapDefsWithPriority :: (Property -> a) -> Option -> Property`

    Example: `(modules.mkAliasAndWrapDefsWithPriority id { isDefined = true; highestPrio = 50; definitions = [ 1 ]; }).content.contents` => `[ (mkForce 1) ]`
  */
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or plainPriority;
    in
    mkIf option.isDefined (wrap (mkMerge (map (mkOverride priority) option.definitions)));

  /**
    Deprecated: use `mkIf option.isDefined`.

    Type: `mkAliasIfDef :: Option -> a -> Property`
  */
  mkAliasIfDef = lib.warn "Usage of 'mkAliasIfDef' has been deprecated. Use 'mkIf option.isDefined' instead." (
    option: mkIf option.isDefined
  );

  /**
    A definition computed from another option's value, with the priority that the other option's
    definitions have.

    Inputs: the other option, from the module argument `options`; `f` gets its value.

    Type: `mkDerivedConfig :: Option -> (a -> b) -> Property`

    Example: `(mkDerivedConfig { highestPrio = 50; value = 1; } (x: x + 1)).content` => `2`
  */
  mkDerivedConfig =
    option: f: mkOverride (option.highestPrio or plainPriority) (f option.value);
}
