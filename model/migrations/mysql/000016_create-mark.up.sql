CREATE TABLE `mark` (
  `id` VARCHAR(32) NOT NULL COMMENT 'of which part of Redis',
  `n` BIGINT NOT NULL COMMENT 'grows; what Redis holds is never less, unless it has gone back in time',
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
