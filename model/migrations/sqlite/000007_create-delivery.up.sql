CREATE TABLE `delivery` (
  `id` TEXT NOT NULL PRIMARY KEY,
  `message` TEXT NOT NULL,
  `send` INTEGER NOT NULL,
  `opens` INTEGER NOT NULL,
  `at` INTEGER NOT NULL,
  `step` TEXT NOT NULL,
  `address` TEXT NOT NULL,
  `channel` TEXT NOT NULL,
  `country` TEXT NOT NULL,
  `block` TEXT NOT NULL,
  `provider` TEXT NOT NULL,
  `reason` TEXT NOT NULL,
  `code` INTEGER NOT NULL,
  `price` INTEGER DEFAULT NULL
) WITHOUT ROWID;
CREATE INDEX `delivery_message` ON `delivery` (`message`, `id`);
CREATE INDEX `delivery_opens` ON `delivery` (`opens`, `id`);
CREATE INDEX `delivery_address` ON `delivery` (`address`, `opens`, `id`);
