"""
Everything that decides about OAuth, and nothing that touches the world.

The modules of this room import no clock, file, network, lock, environment or
signer. Whatever they need of the world comes in as an argument.
"""
