# IPv6 addresses as lists of eight integers.
{
  lib ? import ../.,
}:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    length
    map
    match
    ;
  inherit (lib)
    fromHexString
    hasInfix
    hasPrefix
    hasSuffix
    optionals
    replicate
    splitString
    toHexString
    toInt
    toLower
    ;

  addressBits = 128;
  groupCount = 8;
  groupMaximum = 65535;

  # The eight groups of an address as they are written, with `::` made zeros.
  groupsOf =
    address:
    let
      pieces = splitString ":" address;
      groups = filter (piece: piece != "") pieces;
      isShort = hasInfix "::" address;
      zeros = replicate (groupCount - length groups) "0";
      # At either end `::` leaves two empty pieces, in the middle one.
      expectedEmpty =
        if address == "::" then
          3
        else if hasPrefix "::" address || hasSuffix "::" address then
          2
        else if isShort then
          1
        else
          0;
      isComplete = if isShort then length groups < groupCount else length groups == groupCount;
      before = lib.lists.findFirstIndex (piece: piece == "") 0 pieces;
    in
    if match "[0-9A-Fa-f:]+" address == null then
      throw "${address} contains malformed characters for IPv6 address"
    else if !isComplete || length pieces - length groups != expectedEmpty then
      throw "${address} is not a valid IPv6 address"
    else
      lib.take before groups ++ optionals isShort zeros ++ lib.drop before groups;

  parseGroup =
    group:
    let
      value = fromHexString group;
    in
    if value <= groupMaximum then value else throw "0x${group} is not a valid u16 integer";

  parseAddress = address: map parseGroup (groupsOf address);

  parsePrefixLength =
    text: written:
    let
      value = toInt written;
    in
    if 1 <= value && value <= addressBits then
      value
    else
      throw "${text} IPv6 subnet should be in range [1;${toString addressBits}], got ${toString value}";
in
{
  _ipv6 = {
    # The integers of an address as text.
    toStringFromExpandedIp =
      groups: concatStringsSep ":" (map (group: toLower (toHexString group)) groups);

    # An address, perhaps with a prefix length, as `{ address; prefixLength; }`.
    split =
      text:
      let
        parts = splitString "/" text;
      in
      if length parts == 1 then
        {
          address = parseAddress text;
          prefixLength = addressBits;
        }
      else if length parts == 2 then
        {
          address = parseAddress (elemAt parts 0);
          prefixLength = parsePrefixLength text (elemAt parts 1);
        }
      else
        throw "${text} is not a valid IPv6 address in CIDR notation";
  };
}
