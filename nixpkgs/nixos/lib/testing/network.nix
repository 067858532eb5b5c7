# The networks that connect the nodes: network N is 192.168.N.0/24 and 2001:db8:N::/64; node K is K there.
{ config, lib, ... }:
let
  inherit (lib)
    concatMap
    concatMapStrings
    concatStringsSep
    filter
    imap1
    listToAttrs
    mkDefault
    mkForce
    mkOption
    nameValuePair
    optionalString
    toHexString
    types
    ;

  nodeNames = lib.attrNames config.nodes;
  numbers = listToAttrs (imap1 (index: name: nameValuePair name index) nodeNames);

  twoDigits = number: lib.fixedWidthString 2 "0" (lib.toLower (toHexString number));
  macAddress = vlan: number: "52:54:00:12:${twoDigits vlan}:${twoDigits number}";

  # What everyone's /etc/hosts says of a node.
  hostsLines =
    node:
    let
      inherit (node.networking) hostName fqdnOrHostName;
      names = optionalString (fqdnOrHostName != hostName) "${fqdnOrHostName} " + hostName;
      line = address: optionalString (address != "") "${address} ${names}\n";
    in
    optionalString (hostName != "") (
      line node.networking.primaryIPAddress + line node.networking.primaryIPv6Address
    );

  networkModule =
    { config, ... }:
    let
      number = config.virtualisation.test.nodeNumber;
      inherit (config.virtualisation) allInterfaces;
      cards = imap1 (index: name: allInterfaces.${name} // { inherit index; }) (
        lib.naturalSort (lib.attrNames allInterfaces)
      );
      withAddress = filter (card: card.assignIP) cards;

      addressesOf = card: {
        ipv4.addresses = [
          {
            address = "192.168.${toString card.vlan}.${toString number}";
            prefixLength = 24;
          }
        ];
        ipv6.addresses = [
          {
            address = "2001:db8:${toString card.vlan}::${toString number}";
            prefixLength = 64;
          }
        ];
      };

      # The first address of each family, without its prefix.
      primary =
        family:
        let
          all = concatMap (
            card: map (entry: entry.address) config.networking.interfaces.${card.name}.${family}.addresses or [ ]
          ) withAddress;
        in
        if all == [ ] then "" else lib.head all;
    in
    {
      options.networking = {
        primaryIPAddress = mkOption {
          type = types.str;
          internal = true;
          description = "The IPv4 address under which other nodes know this one.";
        };
        primaryIPv6Address = mkOption {
          type = types.str;
          internal = true;
          description = "The IPv6 address under which other nodes know this one.";
        };
      };

      config = {
        assertions = [
          {
            assertion = number <= 254;
            message = "A test can have 254 nodes at most: their numbers are parts of addresses.";
          }
        ];

        networking = {
          hostName = mkDefault config.virtualisation.test.nodeName;
          interfaces = listToAttrs (map (card: nameValuePair card.name (addressesOf card)) withAddress);
          primaryIPAddress = mkDefault (primary "ipv4");
          primaryIPv6Address = mkDefault (primary "ipv6");
          extraHosts = concatMapStrings hostsLines (lib.attrValues allNodes);
        };

        virtualisation = {
          test.nodeNumber = mkForce numbers.${config.virtualisation.test.nodeName};
          qemu.options = map (
            card:
            let
              id = "vlan${toString card.index}";
            in
            concatStringsSep " " [
              "-netdev vde,id=${id},sock=\"$QEMU_VDE_SOCKET_${toString card.vlan}\""
              "-device virtio-net-pci,netdev=${id},romfile=,mac=${macAddress card.vlan number}"
            ]
          ) cards;
        };

        # Names do not depend on the order in which the kernel finds the cards.
        services.udev.extraRules = concatMapStrings (card: ''
          SUBSYSTEM=="net", ACTION=="add", ATTR{address}=="${macAddress card.vlan number}", NAME="${card.name}"
        '') (filter (card: card.name != "eth${toString card.index}") cards);
      };
    };

  allNodes = config.nodes;
in
{
  config.extraBaseModules = networkModule;
}
