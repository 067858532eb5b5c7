# A desktop entry (https://specifications.freedesktop.org/desktop-entry-spec/latest/).
{ lib, writeTextFile }:
{
  name,
  desktopName,
  type ? "Application",
  genericName ? null,
  noDisplay ? null,
  comment ? null,
  icon ? null,
  onlyShowIn ? [ ],
  notShowIn ? [ ],
  dbusActivatable ? null,
  tryExec ? null,
  exec ? null,
  path ? null,
  terminal ? null,
  actions ? { },
  mimeTypes ? [ ],
  categories ? [ ],
  implements ? [ ],
  keywords ? [ ],
  startupNotify ? null,
  startupWMClass ? null,
  url ? null,
  prefersNonDefaultGPU ? null,
  destination ? "/share/applications",
  extraConfig ? { },
}:
let
  render = value: if builtins.isBool value then lib.boolToString value else toString value;
  list = values: if values == [ ] then null else lib.concatMapStrings (value: "${value};") values;
  section =
    title: entries:
    "[${title}]\n"
    + lib.concatStrings (
      lib.mapAttrsToList (key: value: "${key}=${render value}\n") (
        lib.filterAttrs (_: value: value != null) entries
      )
    );
  main = section "Desktop Entry" (
    {
      Type = type;
      Version = "1.5";
      Name = desktopName;
      GenericName = genericName;
      NoDisplay = noDisplay;
      Comment = comment;
      Icon = icon;
      OnlyShowIn = list onlyShowIn;
      NotShowIn = list notShowIn;
      DBusActivatable = dbusActivatable;
      TryExec = tryExec;
      Exec = exec;
      Path = path;
      Terminal = terminal;
      Actions = list (builtins.attrNames actions);
      MimeType = list mimeTypes;
      Categories = list categories;
      Implements = list implements;
      Keywords = list keywords;
      StartupNotify = startupNotify;
      StartupWMClass = startupWMClass;
      URL = url;
      PrefersNonDefaultGPU = prefersNonDefaultGPU;
    }
    // extraConfig
  );
  actionSections = lib.mapAttrsToList (
    action: entry:
    section "Desktop Action ${action}" {
      Name = entry.name;
      Icon = entry.icon or null;
      Exec = entry.exec or null;
    }
  ) actions;
in
writeTextFile {
  name = "${name}.desktop";
  destination = "${destination}/${name}.desktop";
  text = lib.concatStringsSep "\n" ([ main ] ++ actionSections);
}
