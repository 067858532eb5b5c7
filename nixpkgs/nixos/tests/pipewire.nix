# A user's session has a server of sounds, which programs of PulseAudio use as well.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "pipewire";
    nodes.machine = {
      users.users.alice = {
        isNormalUser = true;
        uid = 1000;
        linger = true;
      };
      security.rtkit.enable = true;
      services.pipewire = {
        enable = true;
        alsa.enable = true;
        pulse.enable = true;
        # A machine without a sound card has a place for sounds, too.
        extraConfig.pipewire."10-null"."context.objects" = [
          {
            factory = "adapter";
            args = {
              "factory.name" = "support.null-audio-sink";
              "node.name" = "nowhere";
              "media.class" = "Audio/Sink";
            };
          }
        ];
      };
      environment.systemPackages = [ pkgs.pulseaudio ];
    };
    testScript = ''
      machine.wait_for_unit("user@1000.service")
      machine.wait_for_unit("default.target", "alice")
      machine.wait_for_unit("pipewire.socket", "alice")
      as_alice = "su - alice -c 'XDG_RUNTIME_DIR=/run/user/1000 {}'"
      machine.succeed(as_alice.format("pw-cli info 0"))
      machine.wait_for_unit("wireplumber.service", "alice")
      machine.wait_until_succeeds(as_alice.format("pactl list short sinks") + " | grep -q nowhere", timeout=120)
      t.assertIn("PipeWire", machine.succeed(as_alice.format("pactl info")))
    '';
  }
)
