# Makes `configure` anew with Autoconf, Automake and Libtool before a source is configured.
{
  makeSetupHook,
  autoconf,
  automake,
  gettext,
  libtool,
}:
makeSetupHook {
  name = "autoreconf-hook";
  propagatedBuildInputs = [
    autoconf
    automake
    gettext
    libtool
  ];
} ./setup-hook.sh
