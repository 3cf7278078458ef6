"""Training and measuring the network: for `livedigits train` and `livedigits evaluate`, not for the live path."""
