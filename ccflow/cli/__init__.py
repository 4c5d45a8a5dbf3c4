"""The command line: the extra ``cli`` brings what it needs."""
