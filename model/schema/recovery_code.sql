CREATE TABLE `recovery_code` (
  `id` VARCHAR(64) NOT NULL COMMENT 'SHA-256 of the user and the code, in hex',
  `user_id` BIGINT NOT NULL,
  `used` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below; 0: it is not',
  `created` BIGINT NOT NULL,
  PRIMARY KEY (`id`),
  KEY `recovery_code_user` (`user_id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
