"""Steps of activating a system: accounts, /etc, setuid programs, the tree at /usr."""
