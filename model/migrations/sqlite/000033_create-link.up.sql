CREATE TABLE `link` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `provider` TEXT NOT NULL,
  `subject` TEXT NOT NULL,
  `user_id` INTEGER NOT NULL REFERENCES `user` (`id`) ON DELETE CASCADE,
  `email` TEXT NOT NULL,
  `created` INTEGER NOT NULL,
  `last_used` INTEGER NOT NULL,
  `told` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX `link_subject` ON `link` (`provider`, `subject`);
CREATE UNIQUE INDEX `link_provider` ON `link` (`user_id`, `provider`);
