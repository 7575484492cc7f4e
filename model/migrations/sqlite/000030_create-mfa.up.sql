CREATE TABLE `mfa` (
  `user_id` INTEGER NOT NULL PRIMARY KEY REFERENCES `user` (`id`) ON DELETE CASCADE,
  `secret` TEXT NOT NULL,
  `pepper` TEXT NOT NULL,
  `pending` TEXT NOT NULL,
  `confirmed` INTEGER NOT NULL,
  `step` INTEGER NOT NULL,
  `minute` INTEGER NOT NULL,
  `tries` INTEGER NOT NULL,
  `failed` INTEGER NOT NULL,
  `required` INTEGER NOT NULL,
  `reset_due` INTEGER NOT NULL,
  `created` INTEGER NOT NULL
);
CREATE INDEX `mfa_pepper` ON `mfa` (`pepper`, `user_id`);
