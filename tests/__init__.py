"""Tests run in a process that is set as the commands set theirs."""

from livedigits import process

process.quiet_opencv()  # before a test imports cv2
process.tune()
