"""From TOML files and variables to one checked `Profile`."""
