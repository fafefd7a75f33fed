"""One file a command: what the user may say, then one call down."""
