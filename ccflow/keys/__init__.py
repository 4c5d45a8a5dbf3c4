"""Private keys, certificates and signatures: the only room that knows JOSE."""
