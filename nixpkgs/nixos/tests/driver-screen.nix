# The driver sees the screen, reads its text, and types.
import ./make-test-python.nix {
  name = "driver-screen";
  enableOCR = true;
  nodes.machine = { };
  testScript = ''
    machine.wait_for_unit("getty@tty1.service")
    machine.wait_until_tty_matches("1", "login: ")
    machine.send_chars("nobody knows")
    machine.wait_until_tty_matches("1", "login: nobody knows")
    machine.screenshot("screen")
    machine.wait_for_text("nobody knows", timeout=60)
    with open(f"{machine.out_dir}/screen.png", "rb") as picture:
        t.assertEqual(picture.read(4), b"\x89PNG")
  '';
}
