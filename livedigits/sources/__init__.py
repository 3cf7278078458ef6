"""Where frames come from: cameras, network streams, video files and pictures.

Handed in is what a user named: an index, a device, an address, a path, or a file's bytes. Out come frames (a BGR
image, its number, its time, its source's name), or a LivedigitsError that says in one line why there are none. It
imports from no other room.
"""
