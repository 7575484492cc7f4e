CREATE TABLE `signing_key` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `alg` TEXT NOT NULL,
  `state` TEXT NOT NULL,
  `slot` TEXT,
  `public_key` TEXT NOT NULL,
  `private_key` TEXT NOT NULL,
  `created` INTEGER NOT NULL,
  `due` INTEGER NOT NULL,
  `activated` INTEGER NOT NULL,
  `retired` INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX `signing_key_slot` ON `signing_key` (`slot`);
