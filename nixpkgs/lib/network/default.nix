# Addresses of networks.
{ lib }:
let
  inherit (builtins) concatStringsSep elemAt match;
  inherit (lib)
    bitXor
    fromHexString
    toHexString
    toLower
    ;
  inherit (import ./internal.nix { inherit lib; }) _ipv6;

  octet = "([0-9A-Fa-f]{2})";
  macPattern = concatStringsSep "[-:.]?" (lib.replicate 6 octet);

  # The bit that says that an address is unique in the world; it is inverted in the suffix.
  universalBit = 512;
in
{
  ipv6 = {
    /**
      An IPv6 address in full, without leading zeros and in lower case.

      Inputs: the address, with or without the length of its prefix.

      Type: `ipv6.fromString :: String -> { address :: String; prefixLength :: Int; }`

      Example: `network.ipv6.fromString "2001:DB8::ffff/64"` => `{ address = "2001:db8:0:0:0:0:0:ffff"; prefixLength = 64; }`
    */
    fromString =
      text:
      let
        parsed = _ipv6.split text;
      in
      {
        address = _ipv6.toStringFromExpandedIp parsed.address;
        inherit (parsed) prefixLength;
      };

    /**
      The second half of the IPv6 address that a network card gives itself.

      Inputs: the card's hardware address, its six bytes in hexadecimal with or without separators.

      Type: `ipv6.mkEUI64Suffix :: String -> String`

      Example: `network.ipv6.mkEUI64Suffix "66:75:63:6B:20:75"` => `"6475:63ff:fe6b:2075"`
    */
    mkEUI64Suffix =
      mac:
      let
        octets = match macPattern mac;
        at = elemAt octets;
        first = toHexString (bitXor universalBit (fromHexString (at 0 + at 1)));
      in
      if octets == null then
        throw "\"${mac}\" is not a valid MAC address (expected 6 octets of hex digits)"
      else
        toLower "${first}:${at 2}ff:fe${at 3}:${at 4 + at 5}";
  };
}
