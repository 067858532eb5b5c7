~user/a
