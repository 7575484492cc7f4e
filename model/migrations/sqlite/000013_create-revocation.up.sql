CREATE TABLE `revocation` (
  `id` INTEGER PRIMARY KEY AUTOINCREMENT,
  `at` INTEGER NOT NULL,
  `user_id` INTEGER NOT NULL,
  `session_id` TEXT NOT NULL,
  `reason` TEXT NOT NULL,
  `role` TEXT NOT NULL
);
CREATE INDEX `revocation_at` ON `revocation` (`at`);
