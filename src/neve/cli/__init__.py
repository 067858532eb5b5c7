"""The commands, one file each: argument list → values → a flow of the layers below → words."""
