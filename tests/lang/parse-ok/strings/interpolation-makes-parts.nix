x: y: "a${x}b${y}${"c"}d"
