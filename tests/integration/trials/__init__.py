"""Broken set-ups: each is made, read, mended as the message says, and looked at again. See trial.py."""
