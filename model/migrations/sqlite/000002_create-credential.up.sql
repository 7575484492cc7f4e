CREATE TABLE `credential` (
  `id` INTEGER NOT NULL PRIMARY KEY,
  `user_id` INTEGER NOT NULL REFERENCES `user` (`id`) ON DELETE CASCADE,
  `kind` TEXT NOT NULL,
  `secret` TEXT NOT NULL,
  `changed` INTEGER NOT NULL
);
CREATE UNIQUE INDEX `credential_user_kind` ON `credential` (`user_id`, `kind`);
