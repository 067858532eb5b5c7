# What happens when a system becomes the running one: at boot and at every switch.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.system;

  snippetType = types.either types.str (
    types.submodule {
      options = {
        text = mkOption {
          type = types.lines;
          default = "";
          description = "The commands.";
        };
        deps = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Snippets that run before.";
        };
        supportsDryActivation = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether the snippet also runs for `dry-activate`, with {env}`NIXOS_ACTION` set to `dry-activate`; it must not
            change anything then.
          '';
        };
        step = mkOption {
          type = types.nullOr types.str;
          default = null;
          internal = true;
          description = "The step of the activation program that takes the place of commands.";
        };
      };
    }
  );

  toEntry =
    snippet:
    if builtins.isString snippet then
      {
        text = snippet;
        deps = [ ];
        supportsDryActivation = false;
        step = null;
      }
    else
      snippet;

  # Names in an order in which dependencies come first.
  orderOf =
    entries:
    let
      known = name: entries ? ${name};
      unknown = lib.concatLists (
        lib.mapAttrsToList (
          name: entry: map (dep: "${name} needs ${dep}") (lib.filter (dep: !known dep) entry.deps)
        ) entries
      );
      texts = lib.mapAttrs (name: entry: {
        text = name;
        inherit (entry) deps;
      }) entries;
    in
    if unknown != [ ] then
      throw "system.activationScripts: ${lib.concatStringsSep "; " unknown}, and there is no snippet of that name."
    else
      lib.textClosureList texts (lib.attrNames entries);

  # Steps next to each other run in one process.
  groupSteps = lib.foldl' (
    groups: entry:
    let
      last = lib.last groups;
    in
    if entry.step != null && groups != [ ] && last ? steps then
      lib.init groups ++ [ { steps = last.steps ++ [ entry.step ]; } ]
    else if entry.step != null then
      groups ++ [ { steps = [ entry.step ]; } ]
    else
      groups ++ [ entry ]
  ) [ ];

  # Compiled beforehand, so that it starts quickly.
  program = derivation {
    name = "activate-steps";
    inherit (pkgs.stdenv.hostPlatform) system;
    builder = "${pkgs.bash}/bin/bash";
    args = [
      "-e"
      ./build-program.sh
    ];
    # Not what Python wrote beside it.
    source = lib.sourceFilesBySuffices ./activate [ ".py" ];
    shell = "${pkgs.dash}/bin/dash";
    python = "${pkgs.python3}/bin/python3";
    PATH = "${pkgs.coreutils}/bin";
  };
  plan = import ../../../lib/run-python.nix { inherit pkgs; } {
    name = "activation-plan";
    script = ./make_plan.py;
    inherit (cfg.activation) plan;
  };

  # What steps make of an empty root, which they made when the system was built.
  firstActivation =
    steps:
    derivation {
      name = "first-activation";
      inherit (pkgs.stdenv.hostPlatform) system;
      builder = "${pkgs.python3}/bin/python3";
      args = [
        "-I"
        "-S"
        "-B"
        "-c"
        "import sys; sys.path.insert(0, '${program}/lib'); from activate.first import main; sys.exit(main())"
      ];
      # Python finds its library from its own place, and that from the search path.
      PATH = "${pkgs.python3}/bin:${pkgs.coreutils}/bin";
      activationPlan = plan;
      inherit steps;
      preferLocalBuild = true;
      allowSubstitutes = false;
    };

  # A root that has a state, or that stage 2 has not prepared, is for the steps themselves; and so is a password that only
  # the machine knows.
  canBeFirst =
    steps:
    !config.boot.isContainer
    && lib.elem "accounts" steps
    && lib.elem "wrappers" steps
    && !lib.any (user: user ? hashedPasswordFile) cfg.activation.plan.accounts.users;

  renderSteps =
    steps:
    let
      run = ''
        ${program}/bin/activate-steps ${plan} ${lib.concatStringsSep " " steps} || _failed $? "${lib.concatStringsSep ", " steps}"
      '';
    in
    if canBeFirst steps then
      ''
        if _is_mounted /run/wrappers && _is_empty ${firstActivation steps}/places; then
          ${pkgs.gnutar}/bin/tar --extract --file ${firstActivation steps}/files.tar --directory / --touch \
            --preserve-permissions --numeric-owner --xattrs --xattrs-include=security.capability || _failed $? "first activation"
        else
          ${run}
        fi
      ''
    else
      run;

  renderGroup =
    group:
    if group ? steps then
      renderSteps group.steps
    else
      ''
        #### ${group.name}
        _snippet="${group.name}"
        _status=0
        ${group.text}
        if (( _status )); then _failed $_status "${group.name}"; fi
      '';

  searchPath = lib.makeBinPath [
    pkgs.coreutils
    pkgs.gnugrep
    pkgs.findutils
    pkgs.getent
    pkgs.glibc
    pkgs.shadow
    pkgs.net-tools
    pkgs.util-linux
  ];

  scriptOf =
    { isDry }:
    let
      all = lib.mapAttrs (_: toEntry) cfg.activationScripts;
      taken = lib.filter (entry: !isDry || entry.supportsDryActivation) (
        map (name: all.${name} // { inherit name; }) (orderOf all)
      );
      groups = groupSteps (lib.filter (entry: entry.step != null || entry.text != "") taken);
    in
    ''
      #!${pkgs.runtimeShell}
      # Makes @out@ the running system.
      systemConfig=@out@
      export PATH=/empty:${searchPath}
      export systemConfig
      umask 0022
      _total=0
      _failed() {
        _total=$1
        printf "Activation script snippet '%s' failed (%s)\n" "$2" "$1" >&2
      }
      # Whether the root has none of the places that the file $1 names.
      _is_empty() {
        local place
        while read -r place; do
          if [[ -e $place || -L $place ]]; then return 1; fi
        done < "$1"
      }
      _is_mounted() {
        local place
        while read -r _ place _; do
          if [[ $place == "$1" ]]; then return 0; fi
        done < /proc/mounts
        return 1
      }
      trap '_status=$?' ERR
      ${lib.concatMapStrings renderGroup groups}
      ${lib.optionalString (!isDry) ''
        # The system is current from here on; its root keeps it from the garbage collector, and another one that which booted.
        ln -sfn "$systemConfig" /run/current-system
        _roots=/nix/var/nix/gcroots
        if [[ -d $_roots && ! ( -L $_roots/current-system && -L $_roots/booted-system ) ]]; then
          ln -sfn /run/current-system /run/booted-system "$_roots/"
        fi
      ''}
      exit $_total
    '';
in
{
  options.system = {
    activationScripts = mkOption {
      type = types.attrsOf snippetType;
      default = { };
      example = {
        greeting.text = "echo hello";
      };
      description = ''
        Shell commands that run at every boot and at every switch. They have to be quick, and to do the same when they run again.
        The value is a text, or a set with `text`, `deps` and `supportsDryActivation`. A snippet that fails is reported, and the
        rest still runs.
      '';
    };

    dryActivationScript = mkOption {
      type = types.lines;
      readOnly = true;
      internal = true;
      default = scriptOf { isDry = true; };
      defaultText = "";
      description = "The script that says what activation would do.";
    };

    activation.plan = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      internal = true;
      description = "What the steps of the activation program need to know, by step.";
    };
  };

  config = {
    system.activationScripts =
      let
        step = name: deps: {
          step = name;
          inherit deps;
        };
      in
      {
        # Names that snippets of configurations put themselves behind.
        stdio = "";
        # Stage 1 and systemd mount them.
        specialfs = "";
        var = step "var" [ "specialfs" ];
        usrbinenv = step "usr" [ "specialfs" ];
        binsh.deps = [ "usrbinenv" ];
        groups.deps = [ ];
        users = step "accounts" [
          "specialfs"
          "var"
          "groups"
        ];
        etc = step "etc" [
          "users"
          "groups"
          "specialfs"
        ];
        hashes.deps = [ "users" ];
        wrappers = (if config.security.enableWrappers then step "wrappers" else (deps: { inherit deps; })) [
          "specialfs"
          "users"
        ];
        # After all steps, which would run in two processes otherwise.
        hostname.deps = [
          "etc"
          "wrappers"
        ];
        # As machine-id(5) describes it. systemd would take a first boot as a reason to look at all units, and to mount the
        # file.
        machineId = {
          deps = [
            "etc"
            "wrappers"
          ];
          text = ''
            _id=
            if [[ -e /etc/machine-id ]]; then read -r _id < /etc/machine-id || true; fi
            if [[ -z $_id || $_id == uninitialized ]]; then
              read -r _id < /proc/sys/kernel/random/uuid
              umask 0333
              echo "''${_id//-/}" > /etc/machine-id
              umask 0022
            fi
          '';
        };
        modprobe.deps = [ "specialfs" ];
      };

    system.build.activationScript = scriptOf { isDry = false; };

    system.activation.plan = {
      etc = {
        tree = "${config.system.build.etc}/etc";
      };
      usr = {
        tree = "${config.system.usr}";
      };
      var = {
        "/home" = "0755";
        "/nix/var/nix/gcroots" = "0755";
        "/root" = "0700";
        "/tmp" = "1777";
        "/var/empty" = "0555";
        "/var/lib/nixos" = "0755";
        "/var/log" = "0755";
        "/var/tmp" = "1777";
      };
    };
  };
}
