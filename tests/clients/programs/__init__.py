"""What users type, run in the environments of client releases; nothing here knows Perch."""
