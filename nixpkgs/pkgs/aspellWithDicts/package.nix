# Aspell with the dictionaries that are chosen: `aspellWithDicts (dicts: [ dicts.en dicts.de ])`.
{
  aspellDicts,
  debianPackages,
  symlinkJoin,
  writeShellScriptBin,
}:
choose:
let
  dictionaries = symlinkJoin {
    name = "aspell-dictionaries";
    paths = choose aspellDicts ++ [ debianPackages.libaspell15 ];
  };
in
writeShellScriptBin "aspell" ''
  exec ${debianPackages.aspell}/bin/aspell --data-dir=${dictionaries}/lib/aspell --dict-dir=${dictionaries}/lib/aspell "$@"
''
