"""What acts: one flight for all who wait, the transport under it, the source above."""
