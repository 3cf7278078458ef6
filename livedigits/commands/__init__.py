"""The commands, a file each: what a user types becomes calls of the library."""
