# What a guest's Nix is to know of its store: the paths, and the database that it would make of them. Loading the paths
# takes an emulated guest 5 % of the instructions of its boot, and copying the database next to nothing.
{
  host,
  nix,
  rootPaths,
}:
host.runCommandLocal "vm-registration"
  {
    info = host.closureInfo { inherit rootPaths; };
    nativeBuildInputs = [
      nix
      host.python3
    ];
    # The same paths give the same file.
    fixTimes = ''
      import sqlite3, sys
      database = sqlite3.connect(sys.argv[1], isolation_level=None)
      database.execute("pragma journal_mode = delete")
      database.execute("update ValidPaths set registrationTime = 1")
      database.execute("vacuum")
    '';
  }
  ''
    export HOME=$PWD NIX_CONF_DIR=$PWD
    nix-store --store "$PWD/root" --load-db < "$info/registration"
    python3 -c "$fixTimes" root/nix/var/nix/db/db.sqlite
    mkdir -p "$out/db"
    # Copies, as the guest has no other files of the host.
    cp "$info"/* "$out/"
    cp root/nix/var/nix/db/{db.sqlite,schema} "$out/db/"
  ''
