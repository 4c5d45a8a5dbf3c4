"""
What can be said of a provider without a tenant, as values: one check each.

`ccflow.testing.ProviderConformance` and ``ccflow conformance`` run the same ones.
"""
