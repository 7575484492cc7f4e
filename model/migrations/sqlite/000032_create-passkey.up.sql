CREATE TABLE `passkey` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `user_id` INTEGER NOT NULL REFERENCES `user` (`id`) ON DELETE CASCADE,
  `hash` TEXT NOT NULL,
  `credential_id` TEXT NOT NULL,
  `public_key` TEXT NOT NULL,
  `handle` TEXT NOT NULL,
  `aaguid` TEXT NOT NULL,
  `name` TEXT NOT NULL,
  `transports` TEXT NOT NULL,
  `counter` INTEGER NOT NULL,
  `eligible` INTEGER NOT NULL,
  `backed_up` INTEGER NOT NULL,
  `challenge` TEXT NOT NULL,
  `cloned` INTEGER NOT NULL,
  `created` INTEGER NOT NULL,
  `used` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX `passkey_hash` ON `passkey` (`hash`);
CREATE INDEX `passkey_user` ON `passkey` (`user_id`, `created`);
