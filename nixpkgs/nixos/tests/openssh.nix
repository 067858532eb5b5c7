# One logs in with a key, and not without one; the host keeps its key.
import ./make-test-python.nix {
  name = "openssh";
  nodes = {
    server = {
      services.openssh = {
        enable = true;
        settings.PasswordAuthentication = false;
        extraConfig = ''
          Match LocalPort 22
            SetEnv ENTRANCE=front
        '';
      };
    };
    client = { };
  };
  testScript = ''
    start_all()
    client.succeed("mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N \"\" -f /root/.ssh/id_ed25519")
    server.wait_for_unit("multi-user.target")
    server.wait_for_open_port(22)
    client.wait_for_unit("network.target")
    ssh = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null server"
    client.fail(f"{ssh} true")
    key = client.succeed("cat /root/.ssh/id_ed25519.pub").strip()
    server.succeed(f"mkdir -p -m 700 /root/.ssh; echo '{key}' > /root/.ssh/authorized_keys")
    t.assertEqual(client.succeed(f"{ssh} hostname").strip(), "server")
    t.assertEqual(client.succeed(f"{ssh} printenv ENTRANCE").strip(), "front")
  '';
}
