CREATE TABLE `invite` (
  `id` VARCHAR(64) NOT NULL COMMENT 'SHA-256 of the code, and of the address where it is for one, in hex',
  `created` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below',
  `expires` BIGINT NOT NULL,
  PRIMARY KEY (`id`),
  KEY `invite_expires` (`expires`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
