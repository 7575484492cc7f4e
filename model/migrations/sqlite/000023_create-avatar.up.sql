CREATE TABLE `avatar` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `user_id` INTEGER DEFAULT NULL REFERENCES `user` (`id`) ON DELETE SET NULL,
  `hash` TEXT NOT NULL,
  `due` INTEGER NOT NULL,
  `created` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX `avatar_user` ON `avatar` (`user_id`);
