CREATE TABLE `failure` (
  `address` VARCHAR(32) NOT NULL COMMENT 'a keyed pseudonym, as Redis has it',
  `rev` BIGINT NOT NULL COMMENT 'grows with each change, over all nodes',
  `in_a_row` BIGINT NOT NULL COMMENT 'wrong codes since the last right one',
  `hour` BIGINT NOT NULL COMMENT 'those of the hour that ends at hour_ends',
  `hour_ends` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below',
  `day` BIGINT NOT NULL,
  `day_ends` BIGINT NOT NULL,
  `last` BIGINT NOT NULL COMMENT 'when the last one came',
  `expires` BIGINT NOT NULL COMMENT 'when nothing of it counts any more',
  PRIMARY KEY (`address`),
  KEY `failure_expires` (`expires`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
