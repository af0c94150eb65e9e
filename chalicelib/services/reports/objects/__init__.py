"""What pages show of objects: values that strangers wrote, readable and bounded."""
