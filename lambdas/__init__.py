"""The functions of a project's stack, one folder each: a handler that reads the event and calls AWS, and what it decides by."""
