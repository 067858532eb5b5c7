# The certificates of public authorities as single files, which Debian makes when the package is installed.
{
  lib,
  runCommandLocal,
  ca-certificates,
}:
runCommandLocal "cacert-${ca-certificates.version}"
  {
    certificates = ca-certificates;
    meta = ca-certificates.meta // {
      description = "Bundle of the certificates of public authorities";
    };
  }
  ''
    mkdir -p $out/etc/ssl/certs
    cat $certificates/share/ca-certificates/mozilla/*.crt > $out/etc/ssl/certs/ca-bundle.crt
    ln -s ca-bundle.crt $out/etc/ssl/certs/ca-certificates.crt
  ''
// {
  inherit (ca-certificates) version;
}
