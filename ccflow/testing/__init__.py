"""What those need who test against ccflow, or extend it."""
