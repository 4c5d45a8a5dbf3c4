"""One request out, and one complete answer in, or why there is none."""
