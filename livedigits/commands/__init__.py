"""The commands, a file each: what a user types becomes calls of the library.

Handed in are words of a command line. Out come calls of the other rooms, lines in the terminal and an exit status. It
may import from every other room.
"""
