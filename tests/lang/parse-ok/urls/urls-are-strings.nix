x: [ http://a.b/c?d=e&f=%20 a:b mailto:x@y.z x:x ]
