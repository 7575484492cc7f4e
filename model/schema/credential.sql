CREATE TABLE `credential` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `user_id` BIGINT NOT NULL,
  `kind` VARCHAR(16) NOT NULL COMMENT 'password',
  `secret` VARCHAR(255) NOT NULL COMMENT 'a hash in PHC form',
  `changed` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  PRIMARY KEY (`id`),
  UNIQUE KEY `credential_user_kind` (`user_id`, `kind`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
