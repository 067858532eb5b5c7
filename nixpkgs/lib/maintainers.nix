# People, by the name that `meta.maintainers` refers to them with.
#
# The channel is maintained as a whole, not package by package, so that nobody is listed. What a
# package or a module says about its maintainers is evaluated only where it is shown.
{ ... }: { }
