CREATE TABLE `user` (
  `id` BIGINT NOT NULL COMMENT 'random, 53 bits: tells neither how many users there are nor the next one',
  `username` VARCHAR(64) DEFAULT NULL COMMENT 'lower case',
  `phone` VARCHAR(16) DEFAULT NULL COMMENT 'E.164',
  `email` VARCHAR(254) DEFAULT NULL COMMENT 'lower case, domain in IDNA form',
  `role` VARCHAR(32) NOT NULL DEFAULT 'user',
  `status` VARCHAR(16) NOT NULL DEFAULT 'active' COMMENT 'active or banned',
  `ban_reason` VARCHAR(255) NOT NULL DEFAULT '',
  `ban_until` BIGINT NOT NULL DEFAULT 0 COMMENT 'Unix milliseconds; 0 is for good',
  `created` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  `epoch` BIGINT NOT NULL DEFAULT 0 COMMENT 'rises whenever open codes of the user become void',
  `locale` VARCHAR(35) NOT NULL DEFAULT '' COMMENT 'BCP 47 tag of the language for messages',
  `seen` BIGINT NOT NULL DEFAULT 0 COMMENT 'last sign-in, Unix milliseconds; 0 before the first',
  PRIMARY KEY (`id`),
  UNIQUE KEY `user_username` (`username`),
  UNIQUE KEY `user_phone` (`phone`),
  UNIQUE KEY `user_email` (`email`),
  KEY `user_role` (`role`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
