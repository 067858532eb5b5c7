# Reads the index of Debian's archive that a channel generation carries: see src/neve/debian/index.py for its files.
# Everything is lazy: a package costs the shards that it and its dependencies are in.
{ lib, directory }:
let
  readJSON = file: builtins.fromJSON (builtins.readFile (directory + "/${file}"));

  hexDigits = lib.stringToCharacters "0123456789abcdef";
  shardNames = lib.concatMap (a: lib.concatMap (b: map (c: a + b + c) hexDigits) hexDigits) hexDigits;
  shards = lib.genAttrs shardNames (name: readJSON "shards/${name}.json");

  suiteFiles = builtins.attrNames (builtins.readDir (directory + "/suites"));
in
{
  meta = readJSON "meta.json";

  # Package name → 0.
  names = readJSON "names.json";

  # Suite → package name → name in the index, for suites that stand beside the others.
  suites = lib.listToAttrs (
    map (
      file:
      let
        suite = lib.removeSuffix ".json" file;
      in
      {
        name = suite;
        value = lib.mapAttrs' (name: _: {
          name = lib.removeSuffix "/${suite}" name;
          value = name;
        }) (readJSON "suites/${file}");
      }
    ) suiteFiles
  );

  # The entry of a package or unit, which must exist.
  entry = name: shards.${builtins.substring 0 3 (builtins.hashString "sha256" name)}.${name};
}
