{ a = [ "string" ]; }
