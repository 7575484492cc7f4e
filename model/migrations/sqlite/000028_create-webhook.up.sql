CREATE TABLE `webhook` (
  `id` INTEGER PRIMARY KEY AUTOINCREMENT,
  `event` TEXT NOT NULL,
  `endpoint` TEXT NOT NULL,
  `user_id` INTEGER NOT NULL,
  `session_id` TEXT NOT NULL,
  `type` TEXT NOT NULL,
  `body` TEXT NOT NULL,
  `at` INTEGER NOT NULL,
  `since` INTEGER NOT NULL,
  `state` TEXT NOT NULL,
  `due` INTEGER NOT NULL,
  `leased` INTEGER NOT NULL,
  `tries` INTEGER NOT NULL,
  `result` TEXT NOT NULL
);
CREATE INDEX `webhook_due` ON `webhook` (`endpoint`, `state`, `due`);
CREATE INDEX `webhook_user` ON `webhook` (`user_id`, `endpoint`, `state`, `at`);
