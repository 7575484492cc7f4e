-- SQLite declares its foreign keys in the tables; this keeps the versions alike.
SELECT 1;
