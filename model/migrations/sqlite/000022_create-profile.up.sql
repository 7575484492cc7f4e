CREATE TABLE `profile` (
  `user_id` INTEGER NOT NULL PRIMARY KEY REFERENCES `user` (`id`) ON DELETE CASCADE,
  `metadata` TEXT NOT NULL,
  `app_metadata` TEXT NOT NULL
);
