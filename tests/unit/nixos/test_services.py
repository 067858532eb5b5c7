"""Services that are evaluated, but not built: the units, files and rules that the module set makes of their options."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import neve

pytestmark = pytest.mark.usefixtures("packages")

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"

# What is asked of each machine: all units' texts, the files in /etc, and what the firewall lets in.
ANSWERS = """c: {
  failed = map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions);
  units = builtins.mapAttrs (_: unit: unit.text) c.systemd.units;
  etc = builtins.mapAttrs (_: file: if file.text == null then "" else file.text)
    (builtins.intersectAttrs ASKED c.environment.etc);
  ports = c.networking.firewall.allowedTCPPorts;
}"""


@dataclass(frozen=True)
class Machine:
    """A configuration, and what its units have to say: unit → words of its text."""

    configuration: str
    units: dict[str, tuple[str, ...]]
    etc: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ports: frozenset[int] = frozenset()


MACHINES = {
    "web": Machine(
        """
        services.nginx.enable = true;
        services.nginx.enableReload = true;
        services.nginx.virtualHosts."a.example" = {
          forceSSL = true;
          enableACME = true;
          locations."/".proxyPass = "http://localhost:3000";
        };
        security.acme = { acceptTerms = true; defaults.email = "me@a.example"; };
        services.caddy = { enable = true; virtualHosts."http://b.example".extraConfig = "respond hi"; };
        services.haproxy = { enable = true; config = "defaults\\n  mode http\\n"; };
        services.openssh.enable = true;
        networking.firewall.allowedTCPPorts = [ 80 443 ];
        """,
        {
            "nginx.service": ("/bin/nginx ", "User=nginx", "acme-selfsigned-a.example.service"),
            "nginx-config-reload.service": ("systemctl try-reload-or-restart nginx.service",),
            "acme-a.example.service": ("Group=nginx", "StateDirectory=acme/a.example"),
            "acme-a.example.timer": ("OnCalendar=daily",),
            "caddy.service": ("/bin/caddy run", "StateDirectory=caddy"),
            "haproxy.service": ("/bin/haproxy -Ws",),
            "sshd.service": ("/bin/sshd -D -f /etc/ssh/sshd_config", "sshd-keygen.service"),
            "sshd-keygen.service": ("ConditionFileNotEmpty=|!/etc/ssh/ssh_host_ed25519_key",),
            "firewall.service": ("iptables-restore", "ip6tables-restore"),
        },
        ports=frozenset({22, 80, 443}),
    ),
    "apache": Machine(
        """
        services.httpd = { enable = true; virtualHosts.localhost.documentRoot = "/srv"; };
        services.phpfpm.pools.app = { user = "nobody"; group = "nogroup"; settings.pm = "static"; };
        services.samba = { enable = true; openFirewall = true; settings.public.path = "/srv"; };
        services.nfs.server = { enable = true; exports = "/srv *(ro)"; };
        services.postfix.enable = true;
        services.dovecot2.enable = true;
        services.vsftpd = { enable = true; localUsers = true; };
        """,
        {
            "httpd.service": ("/bin/apache2 -f /etc/httpd/httpd.conf",),
            "phpfpm-app.service": ("php-fpm8.4", "RuntimeDirectory=phpfpm"),
            "samba-smbd.service": ("/bin/smbd --foreground",),
            "rpcbind.service": ("/bin/rpcbind -w -f",),
            "postfix.service": ("/bin/postfix start",),
            "dovecot.service": ("/bin/dovecot -F",),
        },
        {"exports": ("/srv *(ro)",), "pam.d/vsftpd": ("auth", "pam_unix.so")},
        ports=frozenset({139, 445}),
    ),
    "databases": Machine(
        """
        services.postgresql = {
          enable = true;
          ensureDatabases = [ "app" ];
          ensureUsers = [ { name = "app"; ensureDBOwnership = true; } ];
        };
        services.mysql.enable = true;
        services.redis.servers."" = { enable = true; openFirewall = true; };
        services.prometheus = { enable = true; exporters.node.enable = true; };
        services.fail2ban.enable = true;
        services.cron.systemCronJobs = [ "0 * * * * root true" ];
        """,
        {
            "postgresql.service": (
                "/lib/postgresql/17/bin/postgres",
                "PGDATA=/var/lib/postgresql/17",
            ),
            "postgresql-setup.service": ("After=postgresql.service",),
            "mysql.service": ("/bin/mariadbd", "Type=notify"),
            "redis.service": ("/bin/redis-server", "StateDirectory=redis"),
            "prometheus.service": ("--web.listen-address=0.0.0.0:9090",),
            "prometheus-node-exporter.service": ("--web.listen-address=0.0.0.0:9100",),
            "fail2ban.service": ("/bin/fail2ban-server",),
            "cron.service": ("/bin/cron -f",),
        },
        ports=frozenset({6379}),
    ),
    "names": Machine(
        """
        services.dnsmasq.enable = true;
        services.unbound = { enable = true; settings.server.port = 5353; };
        services.bind.enable = true;
        services.avahi = { enable = true; nssmdns4 = true; };
        services.chrony.enable = true;
        services.openvpn.servers.home.config = "dev tun";
        networking.wireguard.interfaces.wg0 = { ips = [ "10.0.0.1/24" ]; privateKeyFile = "/key"; };
        """,
        {
            "dnsmasq.service": ("/bin/dnsmasq -k",),
            "unbound.service": ("/bin/unbound -p -d",),
            "bind.service": ("/bin/named",),
            "avahi-daemon.service": ("/bin/avahi-daemon",),
            "chronyd.service": ("/bin/chronyd -n",),
            "openvpn-home.service": ("/bin/openvpn",),
            "wireguard-wg0.service": ("RemainAfterExit",),
        },
        {"nsswitch.conf": ("mdns4_minimal [NOTFOUND=return]",)},
    ),
    "containers": Machine(
        """
        virtualisation.podman = { enable = true; dockerCompat = true; };
        virtualisation.oci-containers.containers.web = { image = "nginx"; ports = [ "8080:80" ]; };
        virtualisation.libvirtd.enable = true;
        services.syncthing = { enable = true; openDefaultPorts = true; };
        """,
        {
            "podman.socket": ("ListenStream=/run/podman/podman.sock",),
            "podman-web.service": ("Type=notify",),
            "libvirtd.service": ("--timeout",),
            "syncthing.service": ("--gui-address=127.0.0.1:8384",),
        },
        ports=frozenset({22000}),
    ),
    "desktop": Machine(
        """
        services.xserver = {
          enable = true;
          xkb.layout = "de";
          displayManager.lightdm.enable = true;
          desktopManager.xfce.enable = true;
        };
        services.pipewire = { enable = true; pulse.enable = true; };
        security.rtkit.enable = true;
        services.printing.enable = true;
        hardware.bluetooth.enable = true;
        networking.networkmanager.enable = true;
        programs.zsh.enable = true;
        """,
        {
            "display-manager.service": ("/bin/lightdm",),
            "cups.service": ("/bin/cupsd -l",),
            "NetworkManager.service": ("StateDirectory=NetworkManager",),
        },
        {"X11/xorg.conf": ('Option "XkbLayout" "de"',), "zsh/zshrc": (". /etc/zshrc",)},
    ),
    "networkd": Machine(
        """
        networking.useNetworkd = true;
        networking.useDHCP = false;
        networking.nftables.enable = true;
        networking.firewall.allowedTCPPorts = [ 8000 ];
        networking.interfaces.eth0.ipv4.addresses = [ { address = "10.1.0.2"; prefixLength = 24; } ];
        networking.defaultGateway = { address = "10.1.0.1"; interface = "eth0"; };
        systemd.network.netdevs."20-br0".netdevConfig = { Name = "br0"; Kind = "bridge"; };
        """,
        {
            "systemd-networkd.service": (),
            "systemd-resolved.service": (),
            "nftables.service": ("/bin/nft -f",),
        },
        {
            "systemd/network/40-eth0.network": ("Address=10.1.0.2/24", "Gateway=10.1.0.1"),
            "systemd/network/20-br0.netdev": ("Kind=bridge",),
        },
        ports=frozenset({8000}),
    ),
}


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Evaluates a function of `config` for the options of a machine."""
    for name in list(os.environ):
        if name.startswith(("NIX_", "NIXOS_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))
    store = f"local?store={tmp_path}/store&state={tmp_path}/state&log={tmp_path}/log"
    evaluator = neve.Evaluator(settings={}, store=store, read_only=False)

    def run(options: str, expression: str) -> Any:
        file = tmp_path / "configuration.nix"
        file.write_text(f'{{ {options} system.stateVersion = "25.11"; }}')
        source = f"""
            let system = import {NIXPKGS}/nixos {{ configuration = {file}; system = "x86_64-linux"; }};
            in ({expression}) system.config
        """
        return neve.to_python(evaluator.evaluate(source))

    return run


BOOTABLE = 'fileSystems."/".device = "/dev/vda"; boot.isContainer = true; '


@pytest.mark.parametrize("name", MACHINES)
def test_services_become_units(evaluate: Any, name: str) -> None:
    """Each service that a machine enables has its unit, with the words that make it that service."""
    machine = MACHINES[name]
    asked = "{ " + "".join(f'"{path}" = null; ' for path in machine.etc) + "}"
    answer = evaluate(BOOTABLE + machine.configuration, ANSWERS.replace("ASKED", asked))
    assert answer["failed"] == []
    for unit, words in machine.units.items():
        for word in words:
            assert word in answer["units"][unit], unit
        assert unit in answer["units"]
    for path, words in machine.etc.items():
        for word in words:
            assert word in answer["etc"][path], path
    assert machine.ports <= set(answer["ports"])


def test_static_addresses_cost_one_process(evaluate: Any) -> None:
    """An interface's addresses are set by one run of `ip` over a batch, without a shell."""
    unit = evaluate(
        BOOTABLE
        + 'networking.interfaces.eth1.ipv4.addresses = [ { address = "10.0.0.1"; prefixLength = 8; } ];',
        'c: c.systemd.units."network-addresses-eth1.service".text',
    )
    starts = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert len(starts) == 1
    assert "/bin/ip -force -batch " in starts[0]
    assert "BindsTo=sys-subsystem-net-devices-eth1.device" in unit


def test_routes_are_lines_of_a_batch(evaluate: Any) -> None:
    """Each line that sets a default route begins with an object of `ip`: a batch takes no flags such as `-4`."""
    texts = evaluate(
        BOOTABLE
        + 'networking.defaultGateway = "10.0.0.1";'
        + 'networking.defaultGateway6 = { address = "fe80::1"; interface = "eth0"; };',
        'c: with builtins; map readFile (filter (path: match ".*default-routes.drv" path != null)'
        " (attrNames (getContext c.systemd.services.network-setup.serviceConfig.ExecStart)))",
    )
    lines = re.findall(r'[^\n"]*route replace[^\n"]*', "".join(texts).replace("\\n", "\n"))
    assert lines == [
        "route replace default via 10.0.0.1 proto static",
        "route replace fe80::1 dev eth0 proto static",
        "route replace default via fe80::1 dev eth0 proto static",
    ]


def test_programs_are_asked_of_their_packages() -> None:
    """No module takes kill, uptime or hostname from the coreutils, which have them in nixpkgs, but not in Debian."""
    wrong = re.compile(r"coreutils\}/bin/(kill|uptime|hostname)\b")
    modules = (NIXPKGS / "nixos").rglob("*.nix")
    assert [str(path) for path in modules if wrong.search(path.read_text())] == []


def test_encrypted_disks_have_names_for_udev(evaluate: Any) -> None:
    """Rules of the device mapper are in place, and stage 1 leaves links where udev would have made them."""
    answer = evaluate(
        'fileSystems."/".device = "/dev/mapper/disk"; boot.loader.grub.enable = false;'
        'boot.initrd.luks.devices.disk.device = "/dev/vda";',
        "c: { rules = toString c.services.udev.packages; commands = c.boot.initrd.postMountCommands; }",
    )
    assert "-dmsetup-" in answer["rules"]
    assert "/dev/mapper/$(cat" in answer["commands"]


def test_dhcp_does_not_delay_the_boot(evaluate: Any) -> None:
    """Targets that want the DHCP client do not wait for it; network-online.target does."""
    unit = evaluate(BOOTABLE, 'c: c.systemd.units."dhcpcd.service".text')
    assert "DefaultDependencies=false" in unit
    assert "Before=network-online.target" in unit


def test_networkmanager_wins_over_generated_defaults(evaluate: Any) -> None:
    """A generated hardware configuration's default for DHCP gives way to NetworkManager."""
    units = evaluate(
        BOOTABLE
        + "imports = [ ({ lib, ... }: { networking.useDHCP = lib.mkDefault true; }) ];"
        + "networking.networkmanager.enable = true;",
        "c: builtins.attrNames c.systemd.units",
    )
    assert "NetworkManager.service" in units
    assert "dhcpcd.service" not in units


def test_a_certificate_needs_consent(evaluate: Any) -> None:
    """Asking an authority for a certificate without accepting its terms is a failed assertion."""
    failed = evaluate(
        BOOTABLE
        + 'services.nginx.enable = true; services.nginx.virtualHosts."a.b".enableACME = true;',
        "c: map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions)",
    )
    assert any("security.acme.acceptTerms" in message for message in failed)


def test_exclusive_services_say_so(evaluate: Any) -> None:
    """Two services that would do the same work are a failed assertion that names both options."""
    failed = evaluate(
        BOOTABLE + "services.tlp.enable = true; services.power-profiles-daemon.enable = true;",
        "c: map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions)",
    )
    assert (
        "services.power-profiles-daemon.enable and services.tlp.enable exclude each other."
        in failed
    )
