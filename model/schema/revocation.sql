CREATE TABLE `revocation` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `at` BIGINT NOT NULL COMMENT 'Unix milliseconds by the clock of the database',
  `user_id` BIGINT NOT NULL,
  `session_id` VARCHAR(44) NOT NULL COMMENT 'the session that ended; empty where the user changed',
  `reason` VARCHAR(16) NOT NULL,
  `role` VARCHAR(32) NOT NULL COMMENT 'the new role, where it changed',
  `event` VARCHAR(32) NOT NULL DEFAULT '' COMMENT 'id of the entry; empty in rows of a release without',
  PRIMARY KEY (`id`),
  KEY `revocation_at` (`at`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
