# Choose by the answers of a platform.
{ lib }:
let
  inherit (builtins) attrNames head;
  inherit (lib) findFirst;

  questionOf = case: head (attrNames case);
in
{
  # The value after the first question that the platform answers with true, else a default. Each case is a
  # set of one question and its value, such as `{ isLinux = "glibc"; }`.
  choose =
    platform: cases: default:
    let
      case = findFirst (case: platform.${questionOf case}) null cases;
    in
    if case == null then default else case.${questionOf case};
}
