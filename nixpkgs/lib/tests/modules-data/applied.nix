text:
{ ... }:
{
  a = [ text ];
}
