{ a = [ "file" ]; }
