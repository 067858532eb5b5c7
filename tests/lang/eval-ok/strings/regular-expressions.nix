[ (builtins.match "a(b*)(c)?" "abb") (builtins.match "a" "ba") (builtins.split "(b)|c" "abaca") (builtins.split "" "ab") (builtins.match "[[:alpha:]]+\\.(x|yz)" "ab.yz") ]
