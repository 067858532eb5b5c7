# What is escaped comes back escaped.
[ "\n\r\t\"\\\${a}" "$$ $a $${b}" "\a" ]
