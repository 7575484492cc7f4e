CREATE TABLE `failure` (
  `address` TEXT NOT NULL PRIMARY KEY,
  `rev` INTEGER NOT NULL,
  `in_a_row` INTEGER NOT NULL,
  `hour` INTEGER NOT NULL,
  `hour_ends` INTEGER NOT NULL,
  `day` INTEGER NOT NULL,
  `day_ends` INTEGER NOT NULL,
  `last` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX `failure_expires` ON `failure` (`expires`);
