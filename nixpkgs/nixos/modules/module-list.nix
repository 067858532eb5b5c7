# The module set: all files below this folder, found by listing it.
#
# One file is one feature. A folder with a `default.nix` is one module, whose other files are its own affair.
# What configurations import by name is left out: see `byHand`.
let
  byHand = {
    installer = true;
    profiles = true;
    testing = true;
    "module-list.nix" = true;
    virtualisation = {
      qemu-vm = true;
      "qemu-vm.nix" = true;
      "disk-image.nix" = true;
      "disk-size-option.nix" = true;
      "docker-image.nix" = true;
      "lxc-container.nix" = true;
      "oci-image.nix" = true;
      "guest-networking-options.nix" = true;
    };
  };

  isNix = name: builtins.match ".*\\.nix" name != null;

  # `skip` has the names to leave out, as keys; a set there is what to leave out further down.
  listFolder =
    folder: skip:
    let
      entries = builtins.readDir folder;
      list =
        name:
        let
          path = folder + "/${name}";
          skipped = skip.${name} or { };
        in
        if skipped == true then
          [ ]
        else if entries.${name} == "directory" then
          listFolder path skipped
        else if isNix name then
          [ path ]
        else
          [ ];
    in
    if entries ? "default.nix" then
      [ folder ]
    else
      builtins.concatMap list (builtins.attrNames entries);
in
listFolder ./. byHand
