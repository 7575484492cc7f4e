CREATE TABLE `user` (
  `id` INTEGER NOT NULL PRIMARY KEY,
  `username` TEXT DEFAULT NULL,
  `phone` TEXT DEFAULT NULL,
  `email` TEXT DEFAULT NULL,
  `role` TEXT NOT NULL DEFAULT 'user',
  `status` TEXT NOT NULL DEFAULT 'active',
  `ban_reason` TEXT NOT NULL DEFAULT '',
  `ban_until` INTEGER NOT NULL DEFAULT 0,
  `created` INTEGER NOT NULL
);
CREATE UNIQUE INDEX `user_username` ON `user` (`username`);
CREATE UNIQUE INDEX `user_phone` ON `user` (`phone`);
CREATE UNIQUE INDEX `user_email` ON `user` (`email`);
