CREATE TABLE `token` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `user_id` INTEGER NOT NULL REFERENCES `user` (`id`) ON DELETE CASCADE,
  `scope` TEXT NOT NULL,
  `hash` TEXT NOT NULL,
  `prev_hash` TEXT NOT NULL,
  `generation` INTEGER NOT NULL,
  `user_agent` TEXT NOT NULL,
  `ip` TEXT NOT NULL,
  `auth_time` INTEGER NOT NULL,
  `created` INTEGER NOT NULL,
  `rotated` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL,
  `ends` INTEGER NOT NULL,
  `revoked` INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX `token_user` ON `token` (`user_id`, `created`);
CREATE INDEX `token_expires` ON `token` (`expires`);
CREATE INDEX `token_revoked` ON `token` (`revoked`);
