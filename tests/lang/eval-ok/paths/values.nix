[ (/a/../b) (/a + "/b") (builtins.baseNameOf "/a/b/") (builtins.baseNameOf /a/b) (builtins.dirOf "/a/b") (builtins.dirOf "b") (builtins.dirOf /a/b) (builtins.typeOf (/a + "b")) (/a/b${"c"}) ]
