# What the test driver needs inside a machine: a root shell on the first virtio console, and a talkative serial line.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkOption types;
  cfg = config.testing;
  serialDevice = if pkgs.stdenv.hostPlatform.isx86 then "ttyS0" else "ttyAMA0";

  # The driver writes this shell's script line by line; its errors go to the serial line. The driver's own port is better
  # than a console: that takes input in small pieces and loses output.
  rootShell = ''
    export USER=root HOME=/root DISPLAY=:0.0 PAGER=
    if [[ -e /etc/profile ]]; then
      # Of the system's making, and not of the strict kind.
      set +eu
      source /etc/profile
    fi
    cd /tmp
    device=
    for port in /sys/class/virtio-ports/*; do
      if [[ -e $port/name && $(<"$port/name") == test-driver.shell ]]; then
        device=/dev/''${port##*/}
      fi
    done
    if [[ ! $device ]]; then
      device=/dev/hvc0
      stty -F $device raw -echo
    fi
    exec 2> /dev/${serialDevice} <> "$device" >&0
    # The NUL tells the driver that this is the shell and not a command's output.
    printf '\0\nSpawning backdoor root shell...\n'
    PS1= exec ${pkgs.bash}/bin/bash --norc -s
  '';

  # A shell that ended, because of a command or of a person, comes back, and the driver hears of it.
  backdoor = {
    description = "Root shell of the test driver";
    requires = [
      "dev-hvc0.device"
      "dev-${serialDevice}.device"
    ];
    after = [
      "dev-hvc0.device"
      "dev-${serialDevice}.device"
    ];
    script = rootShell;
    unitConfig.StartLimitIntervalSec = 0;
    serviceConfig = {
      KillSignal = "SIGHUP";
      Restart = "always";
      RestartSec = 0;
    };
  };
in
{
  options.testing = {
    backdoor = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the test driver has a root shell in the machine.";
    };
    initrdBackdoor = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the test driver has a root shell in the initial RAM disk, and the boot waits there.";
    };
    sshBackdoor.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether root can log in without a password; the driver adds the virtual socket.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = !cfg.initrdBackdoor;
          message = "testing.initrdBackdoor needs an initial RAM disk with systemd, and that of these machines has none.";
        }
      ];

      boot = {
        kernelParams = [
          "console=${serialDevice}"
          "console=tty0"
          # A panic ends QEMU at once, instead of waiting.
          "panic=1"
          "boot.panic_on_fail"
        ];
        consoleLogLevel = 7;
        kernel.sysctl = {
          "kernel.hung_task_timeout_secs" = 600;
          # Out of memory is a failure of the test, told at once.
          "vm.panic_on_oom" = lib.mkDefault 2;
        };
      };

      services.journald.extraConfig = ''
        ForwardToConsole=yes
        TTYPath=/dev/${serialDevice}
        MaxLevelConsole=debug
      '';

      systemd = {
        # The driver has the serial line and the virtio console for itself.
        services."serial-getty@${serialDevice}".enable = false;
        services."serial-getty@hvc0".enable = false;
        settings.Manager = {
          DefaultTimeoutStartSec = mkDefault 300;
        };
      };

      networking = {
        # No way out, unless a test makes one.
        defaultGateway = lib.mkOverride 150 null;
        nameservers = lib.mkOverride 150 [ ];
        usePredictableInterfaceNames = mkDefault false;
      };

      users.users.root = {
        initialHashedPassword = lib.mkOverride 150 "";
      };

      # `nc` is how the driver waits for Unix sockets.
      environment.systemPackages = [
        pkgs.netcat-openbsd
      ]
      # And what it asks for the names of windows.
      ++ lib.optional config.services.xserver.enable pkgs.xorg.xwininfo;
      system.stateVersion = mkDefault lib.trivial.release;
    }

    (mkIf cfg.backdoor {
      systemd.services.backdoor = backdoor // {
        wantedBy = [ "multi-user.target" ];
      };
    })

    (mkIf cfg.sshBackdoor.enable {
      services.openssh = {
        enable = true;
        settings = {
          PermitRootLogin = "yes";
          PermitEmptyPasswords = "yes";
        };
      };
      security.pam.services.sshd.allowNullPassword = true;
    })
  ];
}
