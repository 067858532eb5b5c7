# Absolute, relative, home, lookup paths, with interpolation; a URL is a string.
[ /a/b ./c ./c/../d ~/e <f/g> ./h${"i"}/j http://k.example/l?m=n ]
