"default of folder"
