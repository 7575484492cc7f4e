CREATE TABLE `delivery` (
  `id` VARCHAR(26) NOT NULL COMMENT 'sorts by time, over all nodes',
  `message` VARCHAR(32) NOT NULL COMMENT 'a keyed pseudonym of the challenge',
  `send` BIGINT NOT NULL COMMENT 'the number of the message; 0: whichever was the last one',
  `opens` BIGINT NOT NULL COMMENT '1 on the step that a timeline begins with',
  `at` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  `step` VARCHAR(16) NOT NULL,
  `address` VARCHAR(32) NOT NULL COMMENT 'a keyed pseudonym',
  `channel` VARCHAR(16) NOT NULL,
  `country` VARCHAR(3) NOT NULL COMMENT 'of a number, ISO 3166',
  `provider` VARCHAR(32) NOT NULL,
  `reason` VARCHAR(64) NOT NULL,
  `code` BIGINT NOT NULL COMMENT 'the number of the answer, of the provider',
  `price` BIGINT DEFAULT NULL COMMENT 'millionths of the currency of the provider',
  PRIMARY KEY (`id`),
  KEY `delivery_message` (`message`, `id`),
  KEY `delivery_opens` (`opens`, `id`),
  KEY `delivery_address` (`address`, `opens`, `id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
