"""The steps from a checkout to a stage that answers, a module each; any of them may be taken again."""
