SELECT 1; -- a text has no length here
