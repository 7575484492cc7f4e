CREATE TABLE `event` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `at` INTEGER NOT NULL,
  `type` TEXT NOT NULL,
  `user_id` INTEGER NOT NULL,
  `session_id` TEXT NOT NULL,
  `actor_id` INTEGER NOT NULL,
  `address` TEXT NOT NULL,
  `ip` TEXT NOT NULL,
  `reason` TEXT NOT NULL,
  `request_id` TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX `event_user` ON `event` (`user_id`, `id`);
CREATE INDEX `event_type` ON `event` (`type`, `id`);
