CREATE TABLE `endpoint` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `failures` INTEGER NOT NULL,
  `paused` INTEGER NOT NULL,
  `tried` INTEGER NOT NULL,
  `succeeded` INTEGER NOT NULL,
  `result` TEXT NOT NULL
) WITHOUT ROWID;
