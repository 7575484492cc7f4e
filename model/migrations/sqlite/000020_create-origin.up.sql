CREATE TABLE `origin` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `source` TEXT NOT NULL,
  `external_id` TEXT NOT NULL,
  `user_id` INTEGER NOT NULL,
  `hash` TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX `origin_user` ON `origin` (`user_id`);
CREATE INDEX `origin_hash` ON `origin` (`hash`);
