CREATE TABLE `origin` (
  `id` VARCHAR(64) NOT NULL COMMENT 'SHA-256 of source and external_id, hex: what was imported is not imported again',
  `source` VARCHAR(32) NOT NULL COMMENT 'the system that the user came from',
  `external_id` VARCHAR(255) NOT NULL COMMENT 'the id of the user there; empty once the account is erased',
  `user_id` BIGINT NOT NULL COMMENT '0 once the account is erased',
  `hash` VARCHAR(64) NOT NULL COMMENT 'the effort of the imported hash of the password; empty once it is replaced',
  PRIMARY KEY (`id`),
  KEY `origin_user` (`user_id`),
  KEY `origin_hash` (`hash`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
