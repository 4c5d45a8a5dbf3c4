"""Looks a profile over in steps that yield findings; nothing is printed or sent."""
