CREATE TABLE `recovery_code` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `user_id` INTEGER NOT NULL REFERENCES `user` (`id`) ON DELETE CASCADE,
  `used` INTEGER NOT NULL,
  `created` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX `recovery_code_user` ON `recovery_code` (`user_id`);
