"""What each function may do: ``infra/deploy/policies.yaml`` as roles, and held against what was called."""
