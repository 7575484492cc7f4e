CREATE TABLE `tally` (
  `id` VARCHAR(96) NOT NULL COMMENT 'span, begin, kind and label, so that a range of time of one span stands together; or a writer',
  `n` BIGINT NOT NULL COMMENT 'how many; of a writer the number of its last batch',
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
