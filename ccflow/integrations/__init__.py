"""Puts the token on the requests of HTTP libraries."""
