# What functions that fetch sources have in common.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    head
    intersectAttrs
    length
    removeAttrs
    ;
  inherit (lib)
    const
    fakeHash
    fakeSha256
    fakeSha512
    functionArgs
    genAttrs
    setFunctionArgs
    ;

  # By the argument's name, a hash that no source has.
  placeholders = {
    hash = fakeHash;
    sha256 = fakeSha256;
    sha512 = fakeSha512;
  };

  hashNames = hashTypes: [ "hash" ] ++ hashTypes;

  normalizeHash =
    {
      hashTypes ? [ "sha256" ],
      required ? true,
    }:
    args:
    let
      names = hashNames hashTypes;
      given = attrNames (intersectAttrs (genAttrs names (const null)) args);
      name = head given;
      normalized = {
        outputHashAlgo = if name == "hash" then null else name;
        outputHash =
          if args.${name} == "" then
            placeholders.${name} or (throw "no “fake hash” defined for ${name}")
          else
            args.${name};
      };
    in
    if args ? outputHash then
      args
    else if length given > 1 then
      throw "fetcher called with mutually-incompatible arguments: ${concatStringsSep ", " given}"
    else if given != [ ] then
      removeAttrs args names // normalized
    else if required then
      throw "fetcher called without `hash`"
    else
      args;
in
{
  /**
    Variables of the environment that a download takes from whoever builds: proxies, and certificates that
    they may need. The result is known by its hash, whatever these are.

    Type: `proxyImpureEnvVars :: [String]`
  */
  proxyImpureEnvVars = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "FTP_PROXY"
    "ALL_PROXY"
    "NO_PROXY"
    "NIX_SSL_CERT_FILE"
  ];

  /**
    Arguments of a fetcher in which the hash, given as `hash` or under the name of its type, is `outputHash`
    and `outputHashAlgo`. An empty hash is replaced by one that cannot be right.

    Inputs: `hashTypes`, the names that are allowed besides `hash`, by default `[ "sha256" ]`, and
    `required`, whether there must be one, true by default; then the arguments.

    Type: `normalizeHash :: { hashTypes ? [String]; required ? Bool; } -> AttrSet -> AttrSet`

    Example: `fetchers.normalizeHash { } { hash = "sha256-x"; url = "u"; }` => `{ outputHash = "sha256-x"; outputHashAlgo = null; url = "u"; }`
  */
  inherit normalizeHash;

  /**
    A fetcher that takes `outputHash` and `outputHashAlgo`, as one that takes a hash in the ways of
    `normalizeHash`.

    Inputs: `{ hashTypes ? [ "sha256" ]; }`, then the fetcher.

    Type: `withNormalizedHash :: { hashTypes ? [String]; } -> (AttrSet -> a) -> (AttrSet -> a)`

    Example: `(fetchers.withNormalizedHash { } ({ outputHash, outputHashAlgo }: outputHash)) { sha256 = "x"; }` => `"x"`
  */
  withNormalizedHash =
    {
      hashTypes ? [ "sha256" ],
    }:
    fetcher:
    let
      formals = functionArgs fetcher;
      normalize = normalizeHash {
        inherit hashTypes;
        required = !formals.outputHash;
      };
    in
    assert formals ? outputHash && formals ? outputHashAlgo;
    assert intersectAttrs formals (genAttrs (hashNames hashTypes) (const null)) == { };
    setFunctionArgs (args: fetcher (normalize args)) (
      removeAttrs formals [
        "outputHash"
        "outputHashAlgo"
      ]
      // {
        hash = formals.outputHash;
      }
    );
}
