CREATE TABLE `invite` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `created` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX `invite_expires` ON `invite` (`expires`);
