CREATE TABLE `client` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `name` TEXT NOT NULL,
  `kind` TEXT NOT NULL,
  `hash` TEXT NOT NULL,
  `prev_hash` TEXT NOT NULL,
  `prev_ends` INTEGER NOT NULL,
  `scopes` TEXT NOT NULL,
  `redirects` TEXT NOT NULL,
  `audience` TEXT NOT NULL,
  `max_requests` INTEGER NOT NULL,
  `rate_window` INTEGER NOT NULL,
  `created` INTEGER NOT NULL,
  `used` INTEGER NOT NULL,
  `valid_from` INTEGER NOT NULL,
  `disabled` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX `client_name` ON `client` (`name`);
